using System.Text;
using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Gpu;
using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>Compiled kernels, in memory and on disk. A file that the driver refuses is built anew.</summary>
internal sealed unsafe class OpenClProgramCache : IDisposable
{
    private readonly OpenClContext _context;
    private readonly BinaryCache _disk;
    private readonly KernelVariants<Compiled> _kernels;

    public OpenClProgramCache(OpenClContext context, string? folder)
    {
        _context = context;
        _disk = new("opencl", folder);
        _kernels = new(Build);
    }

    private sealed class Compiled(nint program, nint kernel) : IDisposable
    {
        public nint Kernel => kernel;

        public void Dispose()
        {
            _ = clReleaseKernel(kernel);
            _ = clReleaseProgram(program);
        }
    }

    /// <summary>The kernel for these specialised values and this group; allocates only when it is new.</summary>
    public nint Kernel(KernelDescriptor kernel, Index3D group, ReadOnlySpan<KernelArgument> arguments) =>
        _kernels.Get(kernel, group, arguments).Kernel;

    private Compiled Build(KernelDescriptor kernel, IReadOnlyList<string> definitions)
    {
        if (!kernel.Targets.HasFlag(KernelTargets.OpenCl))
            throw new DeviceException($"The kernel {kernel.Name} needs CUDA and cannot run on {_context.Device.Name}.");
        if (kernel.UsesDouble && !_context.Device.HasDouble)
            throw new DeviceException(
                $"The kernel {kernel.Name} needs double precision, which {_context.Device.Name} lacks.");
        string options = "-cl-std=CL1.2 -D " + string.Join(" -D ", definitions),
            text = kernel.Text(KernelDialect.OpenCl);
        string? file = _disk.FileOf(_context.Device.Platform, _context.Device.Name, _context.Device.Driver, options,
            text);
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
        _context.Check(error, nameof(clCreateKernel));
        return new(program, compiled);
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
            program = clCreateProgramWithSource(_context.Handle, 1, &start, &length, &error);
        }
        _context.Check(error, nameof(clCreateProgramWithSource));
        int code = Compile(program, options);
        if (code == 0)
            return program;
        string log = BuildLog(program);
        _ = clReleaseProgram(program);
        throw new DeviceException(
            $"{_context.Device.Name} ({_context.Device.Driver}) cannot build the kernel {kernel.Name}: "
            + $"{OpenClError.Name(code)}.\n{log}");
    }

    private int Compile(nint program, string options)
    {
        nint device = _context.Device.Handle;
        fixed (byte* text = Encoding.UTF8.GetBytes(options + "\0"))
            return clBuildProgram(program, 1, &device, text, 0, 0);
    }

    private string BuildLog(nint program)
    {
        nuint size = 0;
        _ = clGetProgramBuildInfo(program, _context.Device.Handle, ProgramBuildLog, 0, null, &size);
        byte[] log = new byte[size];
        fixed (byte* first = log)
            _ = clGetProgramBuildInfo(program, _context.Device.Handle, ProgramBuildLog, size, first, null);
        return Encoding.UTF8.GetString(log).TrimEnd('\0', '\n');
    }

    /// <summary>The program in a cache file, or 0.</summary>
    private nint FromFile(string? file, string options)
    {
        byte[] bytes = BinaryCache.Read(file);
        if (bytes.Length == 0)
            return 0;
        nint device = _context.Device.Handle;
        nuint length = (nuint)bytes.Length;
        int status, error;
        nint program;
        fixed (byte* first = bytes)
        {
            byte* start = first;
            program = clCreateProgramWithBinary(_context.Handle, 1, &device, &length, &start, &status, &error);
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
        if (file is null || clGetProgramInfo(program, ProgramBinarySizes, (nuint)sizeof(nuint), &size, null) != 0
            || size == 0)
            return;
        byte[] bytes = new byte[size];
        fixed (byte* first = bytes)
        {
            byte* start = first;
            if (clGetProgramInfo(program, ProgramBinaries, (nuint)sizeof(byte*), &start, null) != 0)
                return;
        }
        BinaryCache.Write(file, bytes);
    }

    public void Dispose() => _kernels.Dispose();
}
