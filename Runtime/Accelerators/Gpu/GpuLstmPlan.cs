using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>How a layer's recurrence runs on a device.</summary>
/// <param name="WholeSequence">All steps in one launch; else one launch per step.</param>
/// <param name="TileB">Samples of a group.</param>
/// <param name="BlockB">Samples of an item.</param>
/// <param name="ForwardInShared">Whether forward keeps the recurrent weights in shared memory.</param>
/// <param name="BackwardInShared">Whether backward does.</param>
public sealed record LstmSchedule(bool WholeSequence, int TileB, int BlockB, bool ForwardInShared, bool BackwardInShared)
{
    /// <summary>Chooses by the device's limits.</summary>
    public static LstmSchedule Choose(GpuLimits limits, int hiddenSize)
    {
        int tile = limits.IsGpu ? 4 : 8;
        long weights = 16L * hiddenSize * hiddenSize;
        long forward = 8L * hiddenSize * tile, backward = 32L * hiddenSize * tile; // both halves of what steps hand on
        bool fits = hiddenSize <= limits.MaxGroupSize && backward + 16 <= limits.SharedBytes;
        return new LstmSchedule(
            fits, tile, tile,
            limits.IsGpu && weights + forward <= limits.SharedBytes,
            limits.IsGpu && weights + backward <= limits.SharedBytes); // a processor's caches do as well
    }
}

/// <summary>A device's workspace for an LSTM layer.</summary>
internal sealed class GpuLstmPlan : LstmPlan
{
    private readonly GpuAccelerator _accelerator;
    private readonly List<IDisposable> _buffers = [];

    public GpuLstmPlan(GpuAccelerator accelerator, LstmDescriptor descriptor) : base(descriptor)
    {
        _accelerator = accelerator;
        (int b, int t, int h) = (descriptor.MaxBatch, descriptor.TimeSteps, descriptor.HiddenSize);
        Schedule = LstmSchedule.Choose(accelerator.Limits, h);
        Gates = Allocate<float>(4L * t * b * h);
        Cells = Allocate<float>((long)t * b * h);
        Bias = Allocate<float>(4L * h);
        if (Schedule.WholeSequence)
            PackedForward = Allocate<Float4>((long)h * h);
        if (!descriptor.Training)
            return;
        if (Schedule.WholeSequence)
            PackedBackward = Allocate<Float4>((long)h * h);
        else
            DCell = Allocate<float>((long)b * h);
    }

    public LstmSchedule Schedule { get; }
    public BufferView<float> Gates { get; }            // [T, B, 4H] activated, then their gradients
    public BufferView<float> Cells { get; }            // [T, B, H]
    public BufferView<float> Bias { get; }             // [4H] both biases' sum
    public BufferView<Float4> PackedForward { get; }   // [H, H] recurrent weights, four gates together
    public BufferView<Float4> PackedBackward { get; }  // [H, H] the same transposed
    public BufferView<float> DCell { get; }            // [B, H]

    /// <summary>B of the last forward pass; 0 before it.</summary>
    public int Batch { get; set; }

    /// <summary>Whether the gates already hold gradients.</summary>
    public bool IsConsumed { get; set; }

    private BufferView<T> Allocate<T>(long length) where T : unmanaged
    {
        DeviceBuffer<T> buffer = _accelerator.AllocateWorkspace<T>(length);
        _buffers.Add(buffer);
        return buffer.View;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (IDisposable buffer in _buffers)
            buffer.Dispose();
        _buffers.Clear();
    }
}
