using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Data;
using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>Compiled kernels: in memory by kernel, group size and specialised values; on disk, as the driver's binaries,
/// by a hash of text, options, device and driver. A file that the driver refuses is built anew.</summary>
internal sealed unsafe class OpenClProgramCache(OpenClContext context) : IDisposable
{
    private readonly Dictionary<KernelDescriptor, List<Variant>> _variants = new(ReferenceEqualityComparer.Instance);

    private sealed record Variant(Index3D Group, int[] Specialized, nint Program, nint Kernel);

    /// <summary>The kernel for these specialised values and this group; allocates only when it is new.</summary>
    public nint Kernel(KernelDescriptor kernel, Index3D group, ReadOnlySpan<KernelArgument> arguments)
    {
        Span<int> values = stackalloc int[kernel.Parameters.Count];
        int count = 0;
        for (int i = 0; i < kernel.Parameters.Count; i++)
            if (kernel.Parameters[i].Kind == KernelParameterKind.Specialized)
                values[count++] = arguments[i].Value<int>();
        values = values[..count];
        if (_variants.TryGetValue(kernel, out List<Variant>? variants))
            foreach (Variant variant in variants)
                if (variant.Group == group && values.SequenceEqual(variant.Specialized))
                    return variant.Kernel;
        return Build(kernel, group, values.ToArray());
    }

    private nint Build(KernelDescriptor kernel, Index3D group, int[] values)
    {
        if (!kernel.Targets.HasFlag(KernelTargets.OpenCl))
            throw new DeviceException($"The kernel {kernel.Name} needs CUDA and cannot run on {context.Device.Name}.");
        if (kernel.UsesDouble && !context.Device.HasDouble)
            throw new DeviceException($"The kernel {kernel.Name} needs double precision, which {context.Device.Name} lacks.");
        string options = Options(kernel, group, values), text = kernel.Text(KernelDialect.OpenCl);
        string? file = CacheFile(text, options);
        nint program = FromFile(file, options);
        if (program == 0)
        {
            program = FromText(kernel, text, options);
            Save(program, file);
        }
        int error;
        nint compiled;
        fixed (byte* name = Encoding.UTF8.GetBytes(kernel.Name + "\0"))
            compiled = clCreateKernel(program, name, &error);
        context.Check(error, nameof(clCreateKernel));
        if (!_variants.TryGetValue(kernel, out List<Variant>? variants))
            _variants[kernel] = variants = [];
        variants.Add(new Variant(group, values, program, compiled));
        return compiled;
    }

    private static string Options(KernelDescriptor kernel, Index3D group, int[] values)
    {
        StringBuilder options = new("-cl-std=CL1.2");
        options.Append(CultureInfo.InvariantCulture, $" -D GROUP_X={group.X} -D GROUP_Y={group.Y} -D GROUP_Z={group.Z}");
        int next = 0;
        foreach (KernelParameter parameter in kernel.Parameters)
            if (parameter.Kind == KernelParameterKind.Specialized)
                options.Append(CultureInfo.InvariantCulture, $" -D SPECIALIZED_{parameter.Name}={values[next++]}");
        return options.ToString();
    }

    private nint FromText(KernelDescriptor kernel, string text, string options)
    {
        int error;
        nint program;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* first = bytes)
        {
            byte* start = first;
            nuint length = (nuint)bytes.Length;
            program = clCreateProgramWithSource(context.Handle, 1, &start, &length, &error);
        }
        context.Check(error, nameof(clCreateProgramWithSource));
        int code = Compile(program, options);
        if (code == 0)
            return program;
        string log = BuildLog(program);
        _ = clReleaseProgram(program);
        throw new DeviceException(
            $"{context.Device.Name} ({context.Device.Driver}) cannot build the kernel {kernel.Name}: {OpenClError.Name(code)}.\n{log}");
    }

    private int Compile(nint program, string options)
    {
        nint device = context.Device.Handle;
        fixed (byte* text = Encoding.UTF8.GetBytes(options + "\0"))
            return clBuildProgram(program, 1, &device, text, 0, 0);
    }

    private string BuildLog(nint program)
    {
        nuint size = 0;
        _ = clGetProgramBuildInfo(program, context.Device.Handle, ProgramBuildLog, 0, null, &size);
        byte[] log = new byte[size];
        fixed (byte* first = log)
            _ = clGetProgramBuildInfo(program, context.Device.Handle, ProgramBuildLog, size, first, null);
        return Encoding.UTF8.GetString(log).TrimEnd('\0', '\n');
    }

    private string? CacheFile(string text, string options)
    {
        if (CacheFolder.Path is not { } folder)
            return null;
        string key = string.Join('\0', context.Device.Platform, context.Device.Name, context.Device.Driver, options, text);
        return Path.Combine(folder, "opencl", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))) + ".bin");
    }

    /// <summary>The program in a cache file, or 0. Nothing about the cache is fatal.</summary>
    private nint FromFile(string? file, string options)
    {
        byte[] bytes;
        try
        {
            if (file is null || !File.Exists(file))
                return 0;
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
        if (bytes.Length == 0)
            return 0;
        nint device = context.Device.Handle;
        nuint length = (nuint)bytes.Length;
        int status, error;
        nint program;
        fixed (byte* first = bytes)
        {
            byte* start = first;
            program = clCreateProgramWithBinary(context.Handle, 1, &device, &length, &start, &status, &error);
        }
        if (error == 0 && status == 0 && Compile(program, options) == 0)
            return program;
        if (program != 0)
            _ = clReleaseProgram(program);
        return 0;
    }

    private static void Save(nint program, string? file)
    {
        nuint size = 0;
        if (file is null || clGetProgramInfo(program, ProgramBinarySizes, (nuint)sizeof(nuint), &size, null) != 0 || size == 0)
            return;
        byte[] bytes = new byte[size];
        fixed (byte* first = bytes)
        {
            byte* start = first;
            if (clGetProgramInfo(program, ProgramBinaries, (nuint)sizeof(byte*), &start, null) != 0)
                return;
        }
        string temporary = $"{file}.{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a cache that cannot be written only costs the next start some time
        }
    }

    public void Dispose()
    {
        foreach (Variant variant in _variants.Values.SelectMany(variants => variants))
        {
            _ = clReleaseKernel(variant.Kernel);
            _ = clReleaseProgram(variant.Program);
        }
        _variants.Clear();
    }
}
