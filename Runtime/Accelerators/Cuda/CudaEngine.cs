using System.Globalization;
using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators.Gpu;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A GPU behind NVIDIA's driver, with an ILGPU context and a stream of its own.</summary>
public sealed class CudaEngine : GpuEngine
{
    private const int TensorCapability = 80; // of the instructions for TF32 and BF16

    private readonly CudaGpu _gpu;
    private readonly int _number;
    private DeviceLostException? _lost;
    private bool _recording, _disposed;

    private CudaEngine(
        CudaGpu gpu, int number, CudaAccelerator accelerator, GpuLimits limits, long memoryBytes, Precision precision)
        : base(accelerator, accelerator.CreateStream(), limits, memoryBytes, precision) =>
        (_gpu, _number) = (gpu, number);

    /// <param name="number">Of the device in <see cref="CudaGpu.List"/>.</param>
    /// <param name="limits">To stay below the device's own; null: those.</param>
    /// <param name="memoryBytes">What buffers may take in all; 0: what the device has.</param>
    /// <param name="precision">Of the factors of products.</param>
    /// <param name="profile">Whether kernels can be timed.</param>
    /// <exception cref="DeviceException">There is no such device, it cannot be opened, or it lacks the
    /// precision.</exception>
    public static CudaEngine Open(
        int number = 0, GpuLimits? limits = null, long memoryBytes = 0, Precision precision = Precision.F32,
        bool profile = false) => Open(number, limits, memoryBytes, precision, profile, null);

    /// <param name="onChip">How layers keep their weights on chip; null: as the planners say.</param>
    internal static CudaEngine Open(
        int number, GpuLimits? limits, long memoryBytes, Precision precision, bool profile,
        OnChipSchedule? onChip)
    {
        if (CudaGpu.WhyNone is { } why)
            throw new DeviceException(why);
        IReadOnlyList<CudaGpu> gpus = CudaGpu.List();
        if (number < 0 || number >= gpus.Count)
            throw new DeviceException($"There is no device cuda:{number}; the last one is cuda:{gpus.Count - 1}.");
        CudaGpu gpu = gpus[number];
        if (gpu.WhyRefused is { } refused)
            throw new DeviceException($"{gpu.Name} cannot be used: {refused}");
        if (precision != Precision.F32 && (limits ?? gpu.Limits).ComputeCapability < TensorCapability)
            throw new DeviceException(
                $"{gpu.Name} has no --precision {PrecisionNames.Of(precision)}: its compute capability is "
                + $"{gpu.Limits.ComputeCapability / 10}.{gpu.Limits.ComputeCapability % 10}, and that takes 8.0.");
        Context context = Context.Create(builder =>
        {
            builder.LstmKernels();
            if (profile)
                builder.Profiling();
        });
        try
        {
            return new(gpu, number, gpu.Device.CreateCudaAccelerator(context), limits ?? gpu.Limits, memoryBytes,
                precision)
            {
                OnChip = onChip == null ? OnChipSchedule.Choose : (_, _) => onChip,
            };
        }
        catch (Exception e) when (e is AcceleratorException or NotSupportedException)
        {
            context.Dispose();
            throw e is CudaException cuda ? CudaFailure.Of(CudaFailure.Code(cuda), "Opening it", gpu.Name, e)
                : new DeviceException($"{gpu.Name} could not be opened: {e.Message}", e);
        }
    }

    public override string Id => string.Create(CultureInfo.InvariantCulture, $"cuda:{_number}");

    public override string Name => _gpu.Name;

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["driver"] = CudaGpu.Driver,
        ["compiler"] = $"ILGPU, PTX {((CudaAccelerator)Accelerator).InstructionSet} for "
            + $"{((CudaAccelerator)Accelerator).Architecture}",
        ["precision"] = PrecisionNames.Of(Precision),
        ["compute_units"] = $"{_gpu.Limits.ComputeUnits}",
    };

    /// <summary>The stream's <c>CUstream</c>.</summary>
    internal nint StreamHandle => ((CudaStream)Stream).StreamPtr;

    /// <summary>Whether every launch is measured.</summary>
    internal bool IsProfiling => Launchers.IsProfiling;

    /// <summary>Whether handles went with the context.</summary>
    internal bool IsGone => _disposed || _lost != null;

    /// <summary>Makes the context that of the calling thread, until the binding is disposed.</summary>
    internal ScopedAcceleratorBinding Enter()
    {
        CheckFaults();
        return Accelerator.BindScoped();
    }

    /// <exception cref="DeviceException">The code is an error.</exception>
    internal void Check(int code, string call)
    {
        if (code != 0)
            throw Remember(CudaFailure.Of(code, call, Name));
    }

    internal override DeviceException Failure(AcceleratorException exception, string what)
    {
        int code = CudaFailure.Code(exception);
        return code == 0 ? base.Failure(exception, what) : Remember(CudaFailure.Of(code, what, Name, exception));
    }

    private DeviceException Remember(DeviceException exception)
    {
        _lost ??= exception as DeviceLostException;
        return exception;
    }

    protected override string? Room(AcceleratorException exception) => !CudaFailure.IsOutOfMemory(exception) ? null
        : string.Create(CultureInfo.InvariantCulture,
            $"{((CudaAccelerator)Accelerator).GetFreeMemory() / 1e6:N1} of its {MemoryBytes / 1e6:N1} MB are free");

    /// <exception cref="DeviceLostException">A fault has made the device unusable.</exception>
    internal override void CheckFaults()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_lost != null)
            throw new DeviceLostException(_lost.Message);
    }

    /// <exception cref="InvalidOperationException">Work is being recorded.</exception>
    internal override void BeforeTransfer()
    {
        RefuseWhileRecording();
        CheckFaults();
    }

    internal void RefuseWhileRecording()
    {
        if (_recording)
            throw new InvalidOperationException(
                "Work that is being recorded can neither allocate, copy to or from the host, nor wait.");
    }

    /// <summary>Dynamic shared memory may be all that a group can have, beyond the 48 KiB that need no
    /// permission.</summary>
    internal override unsafe void Prepare(Kernel kernel)
    {
        using var binding = Enter();
        nint function = ((CudaKernel)kernel).FunctionPtr;
        int declared;
        Check(cuFuncGetAttribute(&declared, SharedSizeBytes, function), nameof(cuFuncGetAttribute));
        Check(cuFuncSetAttribute(function, MaxDynamicSharedSizeBytes, (int)_gpu.Limits.SharedBytes - declared),
            nameof(cuFuncSetAttribute));
    }

    internal override T Cooperative<T>(T launcher) =>
        CooperativeLaunch.Launcher<T>(this, (CudaKernel)launcher.GetKernel());

    /// <summary>ILGPU's own copy waits for the device.</summary>
    internal override unsafe void CopyToHost<T>(ArrayView<T> source, T* target)
    {
        BeforeTransfer();
        using var binding = Enter();
        Check(
            (int)CudaAPI.CurrentAPI.MemcpyAsync(
                (nint)target, source.LoadEffectiveAddressAsPtr(), (nint)source.LengthInBytes, (CudaStream)Stream),
            "cuMemcpyAsync");
    }

    public override ReadBack<T> CreateReadBack<T>(int capacity) => new CudaReadBack<T>(this, capacity);

    /// <summary>A graph, where the driver has what it takes.</summary>
    public override IReplay Record(Action work) =>
        CudaGpu.DriverVersion >= GraphDriver ? new CudaReplay(this, work) : base.Record(work);

    /// <summary>Queues nothing of <paramref name="work"/>, but makes it a graph, a <c>CUgraph</c>.</summary>
    internal unsafe nint Capture(Action work)
    {
        using var binding = Enter();
        // Relaxed: buffers that nobody holds any more may be freed meanwhile.
        Check(cuStreamBeginCapture_v2(StreamHandle, CaptureRelaxed), nameof(cuStreamBeginCapture_v2));
        _recording = true;
        bool whole = false;
        nint graph = 0;
        int code;
        try
        {
            work();
            whole = true;
        }
        finally
        {
            _recording = false;
            code = cuStreamEndCapture(StreamHandle, &graph); // after an exception too: else the stream stays as it is
            if (!whole && graph != 0)
                _ = cuGraphDestroy(graph);
        }
        Check(code, nameof(cuStreamEndCapture));
        return graph;
    }

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        Context context = Accelerator.Context;
        foreach (Action dispose in new[] { () => base.Dispose(disposing), Stream.Dispose, Accelerator.Dispose })
            try
            {
                dispose();
            }
            catch (AcceleratorException)
            {
                // After a fault the driver refuses to free what goes with the context.
            }
        _disposed = true;
        context.Dispose();
    }
}
