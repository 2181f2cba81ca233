using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>An accelerator that runs the kernels of <c>Kernels/Gpu</c>: OpenCL and CUDA devices, and the
/// debugger.</summary>
public abstract class GpuAccelerator : Accelerator
{
    private GpuOperations? _operations;

    public override Operations Operations => _operations ??= new GpuOperations(this);

    /// <summary>Takes the launches.</summary>
    public abstract IKernelLauncher Launcher { get; }

    public abstract GpuLimits Limits { get; }

    /// <summary>What products round their factors to. Operands that cannot be read four floats at a time are not
    /// rounded.</summary>
    /// <exception cref="DeviceException">Set to one that the device lacks.</exception>
    public Precision Precision
    {
        get;
        init => field = value == Precision.F32 || Limits.ComputeCapability >= 80 ? value : throw new DeviceException(
            $"{Name} has no tensor cores for --precision {PrecisionNames.Of(value)}: that takes a CUDA device from "
            + "compute capability 8.0 on.");
    }

    /// <summary>The ceilings of a GPU; null for a processor, which OpenCL drivers do not bring near its own.</summary>
    public override DevicePeak? MeasurePeak() => Limits.IsGpu ? GpuPeak.Measure(this) : null;

    /// <summary>A buffer whose elements nobody reads before they are written; on the debugger they are NaN.</summary>
    public virtual DeviceBuffer<T> AllocateWorkspace<T>(long length) where T : unmanaged => Allocate<T>(length);

    protected override void Dispose(bool disposing) => _operations?.Dispose();
}
