using System.Text;
using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Gpu;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A kernel that is loaded on a device.</summary>
internal sealed unsafe class CudaKernel(CudaContext context, nint module, nint function) : IDisposable
{
    private readonly Lock _lock = new();
    private int _dynamicBytes;

    public nint Function => function;

    /// <summary>Makes room for a launch's dynamic shared memory: beyond 48 KiB a kernel must opt in.</summary>
    /// <exception cref="DeviceException">The device has not that much.</exception>
    public void Reserve(KernelDescriptor kernel, int bytes)
    {
        lock (_lock)
        {
            if (bytes <= _dynamicBytes)
                return;
            int declared;
            context.Check(cuFuncGetAttribute(&declared, FunctionSharedBytes, function), nameof(cuFuncGetAttribute));
            GpuLimits limits = context.Device.Limits;
            if (declared + bytes > limits.SharedBytes)
                throw new DeviceException($"The kernel {kernel.Name} needs {declared + bytes} bytes of shared memory; "
                    + $"a group of {context.Device.Name} has {limits.SharedBytes}.");
            if (declared + bytes > limits.DeclaredSharedBytes)
                context.Check(
                    cuFuncSetAttribute(function, FunctionMaxDynamicSharedBytes, bytes), nameof(cuFuncSetAttribute));
            _dynamicBytes = bytes;
        }
    }

    public void Dispose() => _ = cuModuleUnload(module);
}

/// <summary>Compiled kernels: in memory, and on disk. A file that the driver refuses is compiled anew.</summary>
internal sealed unsafe class CudaKernels : IDisposable
{
    private readonly CudaContext _context;
    private readonly NvrtcCompiler _compiler;
    private readonly BinaryCache _disk;
    private readonly KernelVariants<CudaKernel> _variants;

    /// <param name="cacheRoot">See <see cref="BinaryCache"/>.</param>
    public CudaKernels(CudaContext context, NvrtcCompiler compiler, string? cacheRoot)
    {
        (_context, _compiler, _disk) = (context, compiler, new("cuda", cacheRoot));
        _variants = new(Build);
    }

    /// <summary>The kernel for this group and these specialised values; allocates only when it is new.</summary>
    public CudaKernel Get(KernelDescriptor kernel, Index3D group, ReadOnlySpan<KernelArgument> arguments) =>
        _variants.Get(kernel, group, arguments);

    private CudaKernel Build(KernelDescriptor kernel, IReadOnlyList<string> definitions)
    {
        CudaDevice device = _context.Device;
        if (!kernel.Targets.HasFlag(KernelTargets.Cuda))
            throw new DeviceException($"The kernel {kernel.Name} needs OpenCL and cannot run on {device.Name}.");
        if (device.Limits.ComputeCapability < kernel.MinArch)
            throw new DeviceException(
                $"The kernel {kernel.Name} needs sm_{kernel.MinArch}, "
                + $"and {device.Name} is sm_{device.Limits.ComputeCapability}.");
        string text = kernel.Text(KernelDialect.Cuda);
        string? file = _disk.FileOf([_compiler.Version, .. _compiler.Options, .. definitions, text]);
        byte[] image = BinaryCache.Read(file);
        nint module = 0;
        if (image.Length == 0 || Load(image, &module) != 0)
        {
            image = _compiler.Compile(kernel.Name, text, definitions);
            int code = Load(image, &module);
            if (code != 0)
                throw new DeviceException($"{device.Name} ({CudaDevice.Driver}) cannot load the kernel {kernel.Name}, "
                    + $"which {_compiler.Version} compiled for {_compiler.Architecture}: {CudaError.Name(code)}.");
            BinaryCache.Write(file, image);
        }
        nint function;
        fixed (byte* name = Encoding.UTF8.GetBytes(kernel.Name + "\0"))
            _context.Check(cuModuleGetFunction(&function, module, name), nameof(cuModuleGetFunction));
        return new(_context, module, function);
    }

    private static int Load(byte[] image, nint* module)
    {
        fixed (byte* first = image)
            return cuModuleLoadData(module, first);
    }

    public void Dispose() => _variants.Dispose();
}
