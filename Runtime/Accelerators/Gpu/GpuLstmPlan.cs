namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>A device's workspace for an LSTM layer.</summary>
internal sealed class GpuLstmPlan : LstmPlan
{
    private readonly DeviceBuffer<float> _gates, _cells, _bias;

    public GpuLstmPlan(GpuAccelerator accelerator, LstmDescriptor descriptor) : base(descriptor)
    {
        (int b, int t, int h) = (descriptor.MaxBatch, descriptor.TimeSteps, descriptor.HiddenSize);
        _gates = accelerator.AllocateWorkspace<float>(4L * t * b * h);
        _cells = accelerator.AllocateWorkspace<float>((long)t * b * h);
        _bias = accelerator.AllocateWorkspace<float>(4L * h);
        Recurrence = LstmRecurrence.Create(accelerator, descriptor);
    }

    public LstmRecurrence Recurrence { get; }

    public BufferView<float> Gates => _gates.View; // [T, B, 4H] activated, then their gradients
    public BufferView<float> Cells => _cells.View; // [T, B, H]
    public BufferView<float> Bias => _bias.View;   // [4H] both biases' sum

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
