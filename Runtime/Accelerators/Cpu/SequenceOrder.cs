using GpuLstm.Kernels.Cpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>A batch of sequences of several lengths in the order in which the processor's kernels run through it:
/// within each worker's slice the longest first, so that those that still run are the first ones at any time, and the
/// slices alike. What a pass reads and writes has buffers in that order.</summary>
internal sealed unsafe class SequenceOrder : IDisposable
{
    private readonly LstmDescriptor _descriptor;
    private readonly WorkerPool _pool;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _order, _lengths, _ends;
    private readonly Dictionary<string, MemoryBuffer1D<byte, Stride1D.Dense>> _buffers = [];
    private LstmForwardPass _forward; // the last one in this order
    private int _batch, _steps;

    public SequenceOrder(LstmDescriptor descriptor, WorkerPool pool)
    {
        (_descriptor, _pool) = (descriptor, pool);
        _order = CpuMemory.Allocate<int>(descriptor.MaxBatch);
        _lengths = CpuMemory.Allocate<int>(descriptor.MaxBatch);
        _ends = CpuMemory.Allocate<int>((long)pool.Workers * (descriptor.TimeSteps + 1));
    }

    /// <summary>[slices, steps + 1] sums of a slice's samples that run at each time.</summary>
    public int* Ends => _ends.Pointer();

    /// <summary>Where the caller has a sample.</summary>
    public int Caller(int sample) => _order.Pointer()[sample];

    /// <summary>Whether a pass has sequences of several lengths.</summary>
    public static bool Concerns(in LstmForwardPass pass, int steps)
    {
        int* lengths = pass.Lengths.Pointer(pass.BatchSize);
        for (int sample = 0; lengths != null && sample < pass.BatchSize; sample++)
            if (lengths[sample] < steps)
                return true;
        return false;
    }

    /// <summary>The pass in this order.</summary>
    public LstmForwardPass Begin(in LstmForwardPass pass)
    {
        (_batch, _steps) = (pass.BatchSize, pass.StepsOf(_descriptor));
        Sort(pass.Lengths.Required(_batch));
        (int i, int h) = (_descriptor.InputSize, _descriptor.HiddenSize);
        return _forward = pass with
        {
            Lengths = _lengths.AsContiguous(), X = Gather("x", pass.X, _steps, i),
            H0 = Gather("h0", pass.H0, 1, h), C0 = Gather("c0", pass.C0, 1, h),
            RecurrentMask = Gather("mask", pass.RecurrentMask, 1, h),
            ZoneoutH = Gather("zoneh", pass.ZoneoutH, _steps, h), ZoneoutC = Gather("zonec", pass.ZoneoutC, _steps, h),
            Y = Room("y", pass.Y, _steps, h), HLast = Room("hn", pass.HLast, 1, h),
            CLast = Room("cn", pass.CLast, 1, h),
        };
    }

    /// <summary>What the pass in this order wrote, to the caller's.</summary>
    public void End(in LstmForwardPass pass)
    {
        Scatter(_forward.Y, pass.Y, _steps, _descriptor.HiddenSize);
        Scatter(_forward.HLast, pass.HLast, 1, _descriptor.HiddenSize);
        Scatter(_forward.CLast, pass.CLast, 1, _descriptor.HiddenSize);
    }

    /// <summary>Backward's pass in the order of the last forward one.</summary>
    public LstmBackwardPass Begin(in LstmBackwardPass pass)
    {
        (int i, int h) = (_descriptor.InputSize, _descriptor.HiddenSize);
        return pass with
        {
            Forward = _forward, DY = Gather("dy", pass.DY, _steps, h), DHLast = Gather("dhn", pass.DHLast, 1, h),
            DCLast = Gather("dcn", pass.DCLast, 1, h),
            DX = pass.AccumulateDX ? Gather("dx", pass.DX, _steps, i) : Room("dx", pass.DX, _steps, i),
            DH0 = Room("dh0", pass.DH0, 1, h), DC0 = Room("dc0", pass.DC0, 1, h),
        };
    }

    /// <param name="inner">From <see cref="Begin(in LstmBackwardPass)"/>.</param>
    /// <param name="pass">The caller's.</param>
    public void End(in LstmBackwardPass inner, in LstmBackwardPass pass)
    {
        Scatter(inner.DX, pass.DX, _steps, _descriptor.InputSize);
        Scatter(inner.DH0, pass.DH0, 1, _descriptor.HiddenSize);
        Scatter(inner.DC0, pass.DC0, 1, _descriptor.HiddenSize);
    }

    /// <summary>Deals the samples out to the slices, the longest first.</summary>
    private void Sort(int* lengths)
    {
        int slices = _pool.Workers, dealt = 0;
        Span<int> next = stackalloc int[slices], end = stackalloc int[slices];
        for (int slice = 0; slice < slices; slice++)
            (next[slice], end[slice]) = Tiles<Simd128, System.Runtime.Intrinsics.Vector128<float>>.Share(
                _batch, slice, slices); // as LstmSlice has it
        new Span<int>(Ends, slices * (_steps + 1)).Clear();
        for (int length = _steps; length >= 0; length--)
            for (int sample = 0; sample < _batch; sample++)
                if (Math.Clamp(lengths[sample], 0, _steps) == length)
                {
                    while (next[dealt % slices] == end[dealt % slices])
                        dealt++;
                    int slice = dealt++ % slices, place = next[slice]++;
                    _order.Pointer()[place] = sample;
                    _lengths.Pointer()[place] = length;
                    for (int time = 1; time <= _steps; time++)
                        Ends[slice * (_steps + 1) + time] += Math.Min(time, length);
                }
    }

    /// <summary>A buffer for an operand [blocks, B, width]; absent for an absent one.</summary>
    private ArrayView<T> Room<T>(string name, ArrayView<T> operand, int blocks, int width) where T : unmanaged
    {
        if (!operand.IsValid)
            return default;
        long bytes = (long)blocks * _batch * width * sizeof(T);
        if (!_buffers.TryGetValue(name, out MemoryBuffer1D<byte, Stride1D.Dense>? buffer) || buffer.Length < bytes)
        {
            buffer?.Dispose();
            _buffers[name] = buffer = CpuMemory.Allocate<byte>(bytes);
        }
        return buffer.AsContiguous().SubView(0, bytes).Cast<T>();
    }

    private ArrayView<T> Gather<T>(string name, ArrayView<T> source, int blocks, int width) where T : unmanaged
    {
        ArrayView<T> target = Room(name, source, blocks, width);
        Copy(source, target, blocks, width, back: false);
        return target;
    }

    private void Scatter<T>(ArrayView<T> source, ArrayView<T> target, int blocks, int width) where T : unmanaged =>
        Copy(source, target, blocks, width, back: true);

    private void Copy<T>(ArrayView<T> source, ArrayView<T> target, int blocks, int width, bool back) where T : unmanaged
    {
        if (!source.IsValid || !target.IsValid)
            return;
        long values = (long)blocks * _batch * width;
        _pool.Run(&Reorder.Run, new ReorderArguments
        {
            Source = (byte*)source.Required(values), Target = (byte*)target.Required(values), Blocks = blocks,
            Rows = _batch, Bytes = (nint)width * sizeof(T), Order = _order.Pointer(), Back = back,
        });
    }

    public void Dispose()
    {
        foreach (MemoryBuffer buffer in _buffers.Values)
            buffer.Dispose();
        _order.Dispose();
        _lengths.Dispose();
        _ends.Dispose();
    }
}
