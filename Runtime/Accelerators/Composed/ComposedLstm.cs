using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Composed;

/// <summary>An LSTM layer composed of products and the parts of a step, for what no fused kernel has:
/// <code>
/// a  = N_x(W_ih x_t) + N_h(W_hh (m h')) + b_ih + b_hh     m: recurrent dropout, one mask for all steps
/// c~ = f c' + i g                                        i, f, o = sigmoid(a), g = tanh(a)
/// h~ = W_hr (o tanh(N_c(c~)))                            W_hr: projection
/// c  = z_c c' + (1 - z_c) c~;  h = z_h h' + (1 - z_h) h~      z: zoneout
/// </code>
/// Projection: Sak, Senior and Beaufays 2014, as torch.nn.LSTM has it. Recurrent dropout: Gal and Ghahramani 2016, one
/// mask for all gates. Zoneout: Krueger et al. 2017, section 3.2. Layer norm: Ba, Kiros and Hinton 2016, supplement,
/// equations 20 to 22: over all 4H pre-activations together, and of the cell where h is made of it. States lie in slots
/// by time, each before its step; a sample whose sequence has ended, or in reverse not begun, hands them on.</summary>
internal sealed partial class ComposedLstm : LstmPlan
{
    private readonly Engine _engine;
    private readonly Operations _operations;
    private readonly ILstmParts _parts;
    private readonly List<IDisposable> _owned = [];
    private readonly int _inputs, _hidden, _state; // I, H, P
    private readonly bool _norm, _project;
    private readonly IFusedLstmStep? _fused;
    private readonly ArrayView<float> _biases, _bias;      // [2, 4H] both, [4H] their sum
    // [T, B, 4H] activated; backward: gradients of the pre-activations
    private readonly ArrayView<float> _gates;
    private readonly ArrayView<float> _h, _c;              // [T, B, P], [T, B, H] states before each step
    private readonly ArrayView<float> _masked;             // [T, B, P] h before each step times the recurrent mask
    private readonly ArrayView<float> _hFinal, _cFinal;    // [B, P], [B, H]
    private readonly ArrayView<float> _cell, _inner;       // [T, B, H] c~ and what h~ is projected from
    private readonly ArrayView<float> _fresh, _fromH;      // [B, P] h~, [B, 4H] the recurrent part
    private readonly ArrayView<float> _fromX, _allFromH, _normed; // with layer norm: [T, B, 4H] twice, [T, B, H]
    private int _batch, _steps;
    private bool _hasGates;

    public ComposedLstm(LstmDescriptor descriptor, Engine engine, ILstmParts parts) : base(descriptor)
    {
        (_engine, _operations, _parts) = (engine, engine.Operations, parts);
        (_inputs, _hidden, _state) = (descriptor.InputSize, descriptor.HiddenSize, descriptor.StateSize);
        (_norm, _project) = (descriptor.LayerNorm, descriptor.Projection > 0);
        _fused = _norm || _project || descriptor.GateSlope > 0 ? null : parts as IFusedLstmStep;
        long batch = descriptor.MaxBatch, rows = batch * descriptor.TimeSteps;
        (_biases, _bias) = (Allocate(8L * _hidden), Allocate(4L * _hidden));
        (_gates, _h, _c) = (Allocate(4 * rows * _hidden), Allocate(rows * _state), Allocate(rows * _hidden));
        _masked = descriptor.RecurrentDropout ? Allocate(rows * _state) : default;
        (_hFinal, _cFinal) = (Allocate(batch * _state), Allocate(batch * _hidden));
        (_cell, _inner) = (Allocate(rows * _hidden), _fused == null ? Allocate(rows * _hidden) : default);
        (_fresh, _fromH) = (_project ? Allocate(batch * _state) : default, Allocate(4 * batch * _hidden));
        if (_norm)
            (_fromX, _allFromH, _normed) = (Allocate(4 * rows * _hidden), Allocate(4 * rows * _hidden),
                Allocate(rows * _hidden));
        if (descriptor.Training)
            _back = new(this, batch, rows);
    }

    public void Forward(in LstmForwardPass pass)
    {
        pass.Check(Descriptor);
        (_batch, _steps, _hasGates) = (pass.BatchSize, pass.StepsOf(Descriptor), true);
        FromInputs(pass);
        int first = Time(0);
        _operations.CopyOrZero(pass.H0, At(_h, first, _state));
        _operations.CopyOrZero(pass.C0, At(_c, first, _hidden));
        bool masks = pass.RecurrentMask.IsValid;
        if (masks)
        {
            _operations.Fill(At(_masked, first, _state), 0);
            _parts.AddMasked(Step(0, pass), _state, At(_h, first, _state), pass.RecurrentMask,
                At(_masked, first, _state));
        }
        _parts.BeginSteps();
        for (int step = 0; step < _steps; step++)
            if (_fused == null)
                RunStep(pass, step, masks);
            else
                RunFused(_fused, pass, step, masks);
        _parts.EndSteps();
        if (pass.HLast.IsValid)
            _operations.Copy(Of(_hFinal, _state), pass.HLast.Slice(0, (long)_batch * _state));
        if (pass.CLast.IsValid)
            _operations.Copy(Of(_cFinal, _hidden), pass.CLast.Slice(0, (long)_batch * _hidden));
    }

    /// <summary>The input's part of all steps' pre-activations, with the bias, into the gates.</summary>
    private void FromInputs(in LstmForwardPass pass)
    {
        long gates = 4L * _hidden;
        for (int second = 0; second < 2; second++)
        {
            ArrayView<float> given = second == 0 ? pass.Weights.BiasIh : pass.Weights.BiasHh;
            _operations.CopyOrZero(given, _biases.Slice(second * gates, gates));
        }
        _operations.SumRows(_biases, 2, 4 * _hidden, _bias);
        _operations.MatMul(new()
        {
            M = _steps * _batch, N = 4 * _hidden, K = _inputs, Bias = _norm ? default : _bias,
            A = new(pass.X, _inputs), B = new(pass.Weights.Ih, _inputs, Transposed: true),
            C = new(_norm ? _fromX : _gates, gates),
        });
        if (_norm)
            _parts.LayerNorm(_steps * _batch, 4 * _hidden, _fromX, pass.Weights.GainIh, _bias, _gates);
    }

    private void RunFused(IFusedLstmStep fused, in LstmForwardPass pass, int step, bool masks)
    {
        int time = Time(step);
        ArrayView<float> before = At(_h, time, _hidden);
        fused.Forward(Step(step, pass), _hidden, At(_gates, time, 4 * _hidden), pass.Weights.Hh,
            (masks ? At(_masked, time, _hidden) : before, before, At(_c, time, _hidden)),
            ZoneH(pass, time), ZoneC(pass, time), pass.RecurrentMask, At(_cell, time, _hidden),
            (After(_h, _hFinal, step, _hidden), After(_c, _cFinal, step, _hidden),
                masks && step < _steps - 1 ? At(_masked, Time(step + 1), _hidden) : default),
                    At(pass.Y, time, _hidden));
    }

    private void RunStep(in LstmForwardPass pass, int step, bool masks)
    {
        int time = Time(step);
        StepSize size = Step(step, pass);
        LstmWeightViews weights = pass.Weights;
        ArrayView<float> gates = At(_gates, time, 4 * _hidden), cell = At(_cell, time, _hidden),
            inner = At(_inner, time, _hidden);
        ArrayView<float> fromH = _norm ? At(_allFromH, time, 4 * _hidden) : _fromH, normed = cell, fresh = inner;
        _parts.Times(StepWeights.Recurrent, new()
        {
            M = _batch, N = 4 * _hidden, K = _state,
            A = new(At(masks ? _masked : _h, time, _state), _state), B = new(weights.Hh, _state, Transposed: true),
            C = new(fromH, 4 * _hidden),
        });
        if (_norm)
        {
            _parts.LayerNorm(_batch, 4 * _hidden, fromH, weights.GainHh, default, _fromH);
            fromH = _fromH;
        }
        _parts.Cell(size, _hidden, gates, fromH, At(_c, time, _hidden), cell, Descriptor.GateSlope);
        if (_norm)
        {
            normed = At(_normed, time, _hidden);
            _parts.LayerNorm(_batch, _hidden, cell, weights.GainC, weights.BiasC, normed);
        }
        _parts.Hidden(size, _hidden, gates, normed, inner);
        if (_project)
        {
            fresh = _fresh;
            _parts.Times(StepWeights.Projection, new()
            {
                M = _batch, N = _state, K = _hidden,
                A = new(inner, _hidden), B = new(weights.Hr, _hidden, Transposed: true), C = new(fresh, _state),
            });
        }
        bool last = step == _steps - 1;
        _parts.Mix(size, _hidden, At(_c, time, _hidden), cell, ZoneC(pass, time), After(_c, _cFinal, step, _hidden),
            default, default, default);
        _parts.Mix(size, _state, At(_h, time, _state), fresh, ZoneH(pass, time), After(_h, _hFinal, step, _state),
            At(pass.Y, time, _state), masks && !last ? pass.RecurrentMask : default, masks && !last
                ? At(_masked, Time(step + 1), _state) : default);
    }

    /// <summary>The activated gates and the cells after each step, before backward.</summary>
    public LstmTrace Trace()
    {
        if (!Descriptor.Training || !_hasGates)
            throw new InvalidOperationException("A trace needs a forward pass of a training plan, before backward.");
        var cells = new float[(long)_steps * _batch * _hidden];
        for (int step = 0; step < _steps; step++)
            _engine.Read(After(_c, _cFinal, step, _hidden),
                cells.AsSpan(Time(step) * _batch * _hidden, _batch * _hidden));
        return new(_engine.Read(_gates.Slice(0, 4L * _steps * _batch * _hidden)), cells);
    }

    protected override void Dispose(bool disposing)
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
        _parts.Dispose();
    }

    private ArrayView<float> Allocate(long count)
    {
        MemoryBuffer1D<float, Stride1D.Dense> buffer = _engine.AllocateWorkspace<float>(count);
        _owned.Add(buffer);
        return buffer.AsContiguous();
    }

    private int Time(int step) => Descriptor.Reverse ? _steps - 1 - step : step;

    private StepSize Step(int step, in LstmForwardPass pass) => new(_batch, Time(step), pass.Lengths);

    /// <summary>A time's rows of a buffer of all times.</summary>
    private ArrayView<T> At<T>(ArrayView<T> buffer, int time, int width) where T : unmanaged =>
        !buffer.IsValid ? default : buffer.Slice((long)time * _batch * width, (long)_batch * width);

    private ArrayView<float> Of(ArrayView<float> state, int width) => state.Slice(0, (long)_batch * width);

    /// <summary>Where a state goes after a step: before the next one's, or the last.</summary>
    private ArrayView<float> After(ArrayView<float> states, ArrayView<float> final, int step, int width) =>
        step < _steps - 1 ? At(states, Time(step + 1), width) : Of(final, width);

    private Zone ZoneH(in LstmForwardPass pass, int time) =>
        new(At(pass.ZoneoutH, time, _state), Descriptor.ZoneoutHidden);

    private Zone ZoneC(in LstmForwardPass pass, int time) =>
        new(At(pass.ZoneoutC, time, _hidden), Descriptor.ZoneoutCell);
}
