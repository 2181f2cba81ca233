using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>A device's workspace for an LSTM layer.</summary>
internal sealed class GpuLstmPlan : LstmPlan
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _gates, _cells, _bias;

    public GpuLstmPlan(GpuEngine engine, LstmDescriptor descriptor) : base(descriptor)
    {
        (int b, int t, int h) = (descriptor.MaxBatch, descriptor.TimeSteps, descriptor.HiddenSize);
        _gates = engine.AllocateWorkspace<float>(4L * t * b * h);
        _cells = engine.AllocateWorkspace<float>((long)t * b * h);
        _bias = engine.AllocateWorkspace<float>(4L * h);
        Recurrence = LstmRecurrence.Create(engine, descriptor);
    }

    public LstmRecurrence Recurrence { get; }

    public ArrayView<float> Gates => _gates.AsContiguous(); // [T, B, 4H] activated, then their gradients
    public ArrayView<float> Cells => _cells.AsContiguous(); // [T, B, H]
    public ArrayView<float> Bias => _bias.AsContiguous();   // [4H] both biases' sum

    /// <summary>B of the last forward pass; 0 before it.</summary>
    public int Batch { get; set; }

    /// <summary>S of the last forward pass.</summary>
    public int Steps { get; set; }

    /// <summary>Whether the gates already hold gradients.</summary>
    public bool IsConsumed { get; set; }

    protected override void Dispose(bool disposing)
    {
        foreach (IDisposable part in (ReadOnlySpan<IDisposable>)[Recurrence, _gates, _cells, _bias])
            part.Dispose();
    }
}
