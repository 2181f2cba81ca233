using GpuLstm.Kernels.Cpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>The CPU's workspace for an LSTM layer: packed weights, gates and cells in the kernels' own
/// layout.</summary>
public sealed unsafe class CpuLstmPlan<S, V> : LstmPlan where S : struct, ISimd<V> where V : unmanaged
{
    private readonly int _workers;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _forward, _bias, _gates, _cells;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>?
        _backwardH, _backwardX, _dc, _dHidden, _biases, _sums, _packed, _hidden, _hiddenStart, _carry;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _arrivals = CpuMemory.Allocate<int>(1);
    private readonly SequenceOrder? _order;
    private bool _isOrdered;  // whether the last forward pass has several lengths
    private int _batch;       // of that pass
    private LstmLayer _layer; // as it saw it

    internal CpuLstmPlan(LstmDescriptor descriptor, WorkerPool pool) : base(descriptor)
    {
        int workers = pool.Workers;
        (int b, int t, int i, int h) = (descriptor.MaxBatch, descriptor.TimeSteps, descriptor.InputSize,
            descriptor.HiddenSize);
        _workers = workers;
        long width = 4 * S.Width, gates = Tiles<S, V>.Cover(h, S.Width) * width;
        long rows = descriptor.Training ? (long)t * b : 2L * b;
        _forward = Floats(gates * (i + h));
        _bias = Floats(gates);
        _gates = Floats(gates * rows);
        _cells = Floats(gates / 2 * rows);
        if (descriptor.RecurrentDropout || descriptor.Lengths)
            (_hidden, _hiddenStart) = (Floats((long)t * b * h), Floats((long)b * h));
        if (descriptor.Lengths)
            _order = new(descriptor, pool);
        if (!descriptor.Training)
            return;
        _backwardH = Floats(Tiles<S, V>.Cover(h, 4 * S.Width) * gates * width);
        _backwardX = Floats(Tiles<S, V>.Cover(i, 4 * S.Width) * gates * width);
        _dc = Floats(gates / 4 * b);
        _dHidden = Floats((long)b * LstmBackward<S, V>.HiddenStride(h));
        _carry = descriptor.IsPlain ? null : Floats(_dHidden.Length);
        _biases = Floats(gates * workers);
        _sums = Floats(LstmWeightGradients<S, V>.SumsFloats(i, h, workers));
        _packed = Floats((long)workers * LstmWeightGradients<S, V>.PackedFloats);
    }

    /// <summary>Whether forward's weights are packed for good.</summary>
    internal bool IsPacked { get; set; }

    /// <summary>The order for a pass with sequences of several lengths; else null.</summary>
    internal SequenceOrder? Order(in LstmForwardPass pass)
    {
        _isOrdered = _order != null && SequenceOrder.Concerns(pass, pass.StepsOf(Descriptor));
        return _isOrdered ? _order : null;
    }

    private static MemoryBuffer1D<float, Stride1D.Dense> Floats(long count) => CpuMemory.Allocate<float>(count);

    public LstmForwardArguments Arguments(in LstmForwardPass pass)
    {
        (int b, int t, int i, int h) = (pass.BatchSize, pass.StepsOf(Descriptor), Descriptor.InputSize,
            Descriptor.HiddenSize);
        _batch = b;
        long state = (long)b * h;
        *_arrivals.Pointer() = 0;
        float* y = pass.Y.Required(t * state), h0 = pass.H0.Pointer(state);
        _layer = new()
        {
            T = t, B = b, I = i, H = h, Slices = SharesUnits(b) ? 1 : _workers, Reverse = Descriptor.Reverse,
            Training = Descriptor.Training,
            X = pass.X.Required((long)t * b * i), Y = y, H0 = h0, C0 = pass.C0.Pointer(state),
            Hidden = _hidden == null ? y : _hidden.Pointer(), HiddenStart = _hiddenStart == null ? h0
                : _hiddenStart.Pointer(), Extras = Extras(pass, t * state),
            Gates = _gates.Pointer(), Cells = _cells.Pointer(),
        };
        return new()
        {
            Layer = _layer,
            Weights = Weights(pass.Weights),
            HLast = pass.HLast.Pointer(state),
            CLast = pass.CLast.Pointer(state),
            Arrivals = SharesUnits(b) ? _arrivals.Pointer() : null,
        };
    }

    /// <summary>Whether workers share out units, not samples, for there are too few of these.</summary>
    private bool SharesUnits(int batch) => !Descriptor.Training && Descriptor.IsPlain && batch < _workers;

    /// <exception cref="InvalidOperationException">The last forward pass was another.</exception>
    internal void CheckFollows(in LstmBackwardPass pass)
    {
        if (!Descriptor.Training || _batch != pass.Forward.BatchSize || _layer.T != pass.Forward.StepsOf(Descriptor))
            throw new InvalidOperationException("Backward follows a training forward pass of the same batch size.");
    }

    public LstmBackwardArguments Arguments(in LstmBackwardPass pass)
    {
        (int b, int t, int i, int h) = (pass.Forward.BatchSize, _layer.T, Descriptor.InputSize, Descriptor.HiddenSize);
        LstmForwardArguments forward = Arguments(pass.Forward);
        long state = (long)b * h;
        return new()
        {
            Layer = forward.Layer,
            Weights = forward.Weights,
            DY = pass.DY.Pointer(t * state), DHLast = pass.DHLast.Pointer(state), DCLast = pass.DCLast.Pointer(state),
            DX = pass.DX.Pointer((long)t * b * i), AccumulateDX = pass.AccumulateDX, DH0 = pass.DH0.Pointer(state),
            DC0 = pass.DC0.Pointer(state), DC = _dc!.Pointer(),
            BiasSums = _biases!.Pointer(), DHidden = _dHidden!.Pointer(),
            Carry = _carry == null ? null : _carry.Pointer(),
        };
    }

    public LstmWeightGradientsArguments Arguments(in LstmWeightViews gradients, in LstmLayer layer)
    {
        long gates = 4L * Descriptor.HiddenSize;
        return new()
        {
            Layer = layer, BiasSums = _biases!.Pointer(), Sums = _sums!.Pointer(), Packed = _packed!.Pointer(),
            DIh = gradients.Ih.Required(gates * Descriptor.InputSize),
            DHh = gradients.Hh.Required(gates * Descriptor.HiddenSize),
            DBiasIh = gradients.BiasIh.Pointer(gates), DBiasHh = gradients.BiasHh.Pointer(gates),
        };
    }

    private LstmExtras Extras(in LstmForwardPass pass, long states) => new()
    {
        Present = !Descriptor.IsPlain, Lengths = pass.Lengths.Pointer(pass.BatchSize),
        Ends = _isOrdered ? _order!.Ends : null,
        Mask = pass.RecurrentMask.Pointer((long)pass.BatchSize * Descriptor.HiddenSize),
        ZoneH = pass.ZoneoutH.Pointer(states), ZoneC = pass.ZoneoutC.Pointer(states),
        StayH = Descriptor.ZoneoutHidden, StayC = Descriptor.ZoneoutCell,
    };

    public LstmTrace Trace()
    {
        if (!Descriptor.Training || _batch == 0)
            throw new InvalidOperationException("A trace needs a forward pass of a training plan.");
        (int b, int h, int w) = (_batch, Descriptor.HiddenSize, S.Width);
        long rows = (long)_layer.T * b;
        float[] gates = new float[rows * 4 * h], cells = new float[rows * h];
        for (int worker = 0; worker < _workers; worker++)
        {
            var slice = new LstmSlice(_layer, worker, w);
            for (int t = 0; t < _layer.T; t++)
                for (int s = 0; s < slice.Running(t); s++)
                    for (int unit = 0; unit < h; unit++)
                    {
                        int sample = _isOrdered ? _order!.Caller(slice.Start + s) : slice.Start + s;
                        long packed = unit / w * slice.Rows + slice.RowAt(t) + s, row = (long)t * b + sample;
                        cells[row * h + unit] = slice.Cells[packed * 2 * w + unit % w];
                        for (int gate = 0; gate < 4; gate++)
                            gates[(row * 4 + gate) * h + unit] = slice.Gates[(packed * 4 + gate) * w + unit % w];
                    }
        }
        return new(gates, cells);
    }

    private LstmWeights Weights(in LstmWeightViews weights)
    {
        long gates = 4L * Descriptor.HiddenSize;
        return new()
        {
            Ih = weights.Ih.Required(gates * Descriptor.InputSize),
            Hh = weights.Hh.Required(gates * Descriptor.HiddenSize),
            BiasIh = weights.BiasIh.Pointer(gates), BiasHh = weights.BiasHh.Pointer(gates),
            Forward = _forward.Pointer(), Bias = _bias.Pointer(),
            BackwardH = _backwardH == null ? null : _backwardH.Pointer(), BackwardX = _backwardX == null ? null
                : _backwardX.Pointer(),
        };
    }

    protected override void Dispose(bool disposing)
    {
        foreach (MemoryBuffer? buffer in (ReadOnlySpan<MemoryBuffer?>)[_forward, _bias, _gates, _cells, _backwardH,
            _backwardX, _dc, _dHidden, _biases, _sums, _packed, _hidden, _hiddenStart, _carry])
            buffer?.Dispose();
        _arrivals.Dispose();
        _order?.Dispose();
    }
}
