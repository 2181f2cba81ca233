using System.Globalization;
using GpuLstm.Kernels;
using GpuLstm.Kernels.Gpu;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>What ILGPU makes of our kernels: OpenCL C or PTX. No device is needed.</summary>
public sealed class KernelText : IDisposable
{
    /// <summary>The architecture that ILGPU's PTX names at most; drivers compile it for later ones.</summary>
    public const string DefaultArchitecture = "sm_80";

    private readonly Context _context;
    private readonly Backend _backend;

    private readonly int _capability; // 80 is sm_80; 0 of OpenCL

    private KernelText(KernelTargets target, int capability, Func<Context, Backend> backend)
    {
        _capability = capability;
        NativeLibraries.Register();
        Target = target;
        _context = Context.Create(builder => builder.LstmKernels());
        _backend = backend(_context);
    }

    public KernelTargets Target { get; }

    /// <summary>As for a device of OpenCL 2.0 or later without half or double precision.</summary>
    public static KernelText OpenCl() => new(KernelTargets.OpenCl, 0, context => new CLBackend(context,
        new(float16: false, float64: false, genericAddressSpace: true, int64_Atomics: false, subGroups: false),
        CLDeviceVendor.Other, CLCVersion.CL20));

    /// <param name="architecture">Such as sm_80.</param>
    /// <exception cref="UsageException">That is none from sm_50 on.</exception>
    public static KernelText Ptx(string architecture = DefaultArchitecture)
    {
        if (!architecture.StartsWith("sm_", StringComparison.Ordinal) || !int.TryParse(architecture.AsSpan(3),
            NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 50 or > 999)
            throw new UsageException($"There is no architecture '{architecture}': sm_50 or later, such as sm_80.");
        CudaCapabilityContext capabilities = new(new(number / 10, number % 10));
        return new(KernelTargets.Ptx, number, context => new PTXBackend(
            context, capabilities, capabilities.TargetArchitecture, CudaInstructionSet.ISA_78, nvvmAPI: null));
    }

    /// <summary>Whether a kernel is meant for the target.</summary>
    public bool Takes(KernelEntry kernel) =>
        kernel.Targets.HasFlag(Target) && kernel.LeastCapability <= _capability;

    /// <summary>The text of a kernel.</summary>
    /// <exception cref="DeviceException">ILGPU cannot compile it; the message names it.</exception>
    public string Of(KernelEntry kernel)
    {
        try
        {
            CompiledKernel compiled = _backend.Compile(
                kernel.IsOverRange ? EntryPointDescription.FromImplicitlyGroupedKernel(kernel.Method)
                    : EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method),
                kernel.Specialization);
            return compiled is CLCompiledKernel openCl ? openCl.Source : ((PTXCompiledKernel)compiled).PTXAssembly;
        }
        catch (Exception e) when (e is InternalCompilerException or NotSupportedException)
        {
            throw new DeviceException(
                $"ILGPU cannot compile the kernel {kernel.Name}: {(e.InnerException ?? e).Message}", e);
        }
    }

    public void Dispose()
    {
        _backend.Dispose();
        _context.Dispose();
    }
}
