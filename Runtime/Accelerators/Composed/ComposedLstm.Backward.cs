using ILGPU;

namespace GpuLstm.Runtime.Accelerators.Composed;

internal sealed partial class ComposedLstm
{
    private readonly BackwardRoom? _back;

    /// <summary>What only backward needs.</summary>
    private sealed class BackwardRoom(ComposedLstm plan, long batch, long rows)
    {
        public ArrayView<float> DH { get; } = plan.Allocate(batch * plan._state);         // [B, P]
        public ArrayView<float> DC { get; } = plan.Allocate(batch * plan._hidden);        // [B, H]
        // [B, H] of c~ through zoneout
        public ArrayView<float> DCell { get; } = plan.Allocate(batch * plan._hidden);
        public ArrayView<float> DThroughH { get; } = plan.Allocate(batch * plan._hidden); // [B, H] of c~ through h
        // [B, H]
        public ArrayView<float> DInner { get; } = plan._project ? plan.Allocate(batch * plan._hidden) : default;
        public ArrayView<float> DBefore { get; } = plan.Allocate(batch * plan._state);    // [B, P] through the gates
        public ArrayView<float> DFresh { get; } = plan.Allocate(rows * plan._state);      // [T, B, P] of h~
        // [T, B, 4H]
        public ArrayView<float> Product { get; } = plan._norm && plan._parts.KeepsProducts
            ? plan.Allocate(4 * rows * plan._hidden) : default;
    }

    public void Backward(in LstmBackwardPass pass)
    {
        if (Descriptor.GateSlope > 0)
            throw new NotSupportedException("Hard sigmoid gates have no backward pass.");
        if (_back == null || !_hasGates || _batch != pass.Forward.BatchSize
            || _steps != pass.Forward.StepsOf(Descriptor))
            throw new InvalidOperationException("Backward follows a training forward pass of the same batch size.");
        _hasGates = false;
        ArrayView<float> dH = Of(_back.DH, _state), dC = Of(_back.DC, _hidden);
        _operations.CopyOrZero(pass.DHLast, dH);
        _operations.CopyOrZero(pass.DCLast, dC);
        _parts.BeginSteps();
        for (int step = _steps - 1; step >= 0; step--)
            if (_fused == null)
                RunStepBack(pass, step, dH, dC);
            else
                RunFusedBack(_fused, pass, step, dH, dC);
        _parts.EndSteps();
        if (_fused != null && pass.DH0.IsValid)
            ThroughGates(pass, Step(0, pass.Forward), At(_gates, Time(0), 4 * _hidden), dH);
        if (pass.DH0.IsValid)
            _operations.Copy(dH, pass.DH0.Slice(0, dH.Length));
        if (pass.DC0.IsValid)
            _operations.Copy(dC, pass.DC0.Slice(0, dC.Length));
        WeightGradients(pass);
    }

    private void RunStepBack(in LstmBackwardPass pass, int step, ArrayView<float> dH, ArrayView<float> dC)
    {
        int time = Time(step);
        StepSize size = Step(step, pass.Forward);
        LstmWeightViews weights = pass.Forward.Weights;
        ArrayView<float> gates = At(_gates, time, 4 * _hidden), cell = At(_cell, time, _hidden), normed = _norm
            ? At(_normed, time, _hidden) : cell;
        ArrayView<float> dFresh = At(_back!.DFresh, time, _state), dInner = dFresh, dCell = _back.DThroughH,
            fromH = gates;
        _parts.MixBack(size, _state, dH, At(pass.DY, time, _state), ZoneH(pass.Forward, time), dFresh);
        _parts.MixBack(size, _hidden, dC, default, ZoneC(pass.Forward, time), _back.DCell);
        if (_project)
        {
            dInner = _back.DInner;
            _parts.Times(StepWeights.Projection, new()
            {
                M = _batch, N = _hidden, K = _state, A = new(dFresh, _state), B = new(weights.Hr, _hidden),
                C = new(dInner, _hidden),
            });
        }
        if (_norm)
        {
            // the gradient takes its place, for the gain's and bias's
            _parts.HiddenBack(size, _hidden, gates, normed, dInner, normed);
            _parts.LayerNormBack(Norm.Cell, _batch, _hidden, cell, weights.GainC, normed, dCell, cell);
        }
        else
            _parts.HiddenBack(size, _hidden, gates, normed, dInner, dCell);
        _parts.CellBack(size, _hidden, gates, At(_c, time, _hidden), dCell, _back.DCell, dC);
        if (_norm)
        {
            fromH = At(_allFromH, time, 4 * _hidden);
            _parts.LayerNormBack(Norm.Recurrent, _batch, 4 * _hidden, fromH, weights.GainHh, gates, fromH,
                At(_back.Product, time, 4 * _hidden));
        }
        ThroughGates(pass, size, fromH, dH);
    }

    private void RunFusedBack(IFusedLstmStep fused, in LstmBackwardPass pass, int step, ArrayView<float> dH,
        ArrayView<float> dC)
    {
        int time = Time(step);
        fused.Backward(Step(step, pass.Forward), _hidden, At(_gates, time, 4 * _hidden),
            step < _steps - 1 ? At(_gates, Time(step + 1), 4 * _hidden) : default, pass.Forward.Weights.Hh,
            At(_cell, time, _hidden),
            At(_c, time, _hidden), At(pass.DY, time, _hidden), ZoneH(pass.Forward, time), ZoneC(pass.Forward, time),
                pass.Forward.RecurrentMask, dH, dC);
    }

    /// <summary>dH += what comes back to h of the step before through a step's gates.</summary>
    private void ThroughGates(in LstmBackwardPass pass, in StepSize size, ArrayView<float> dGates,
        ArrayView<float> dH)
    {
        _parts.Times(StepWeights.Recurrent, new()
        {
            M = _batch, N = _state, K = 4 * _hidden, A = new(dGates, 4 * _hidden),
            B = new(pass.Forward.Weights.Hh, _state), C = new(_back!.DBefore, _state),
        });
        _parts.AddMasked(size, _state, _back.DBefore, pass.Forward.RecurrentMask, dH);
    }

    /// <summary>The sums over all steps and samples.</summary>
    private void WeightGradients(in LstmBackwardPass pass)
    {
        int rows = _steps * _batch, gates = 4 * _hidden;
        LstmWeightViews gradients = pass.Gradients, weights = pass.Forward.Weights;
        ArrayView<float> bias = !gradients.BiasIh.IsValid ? gradients.BiasHh : gradients.BiasIh; // both get the same
        if (_norm)
            NormGradients(gradients, weights, rows, gates, bias);
        else if (bias.IsValid)
            _operations.SumRows(_gates, rows, gates, bias);
        if (gradients.BiasIh.IsValid && gradients.BiasHh.IsValid)
            _operations.Copy(bias.Slice(0, gates), gradients.BiasHh.Slice(0, gates));
        Product(_norm ? _allFromH : _gates, gates, !pass.Forward.RecurrentMask.IsValid ? _h : _masked, _state,
            gradients.Hh);
        if (_project)
            Product(_back!.DFresh, _state, _inner, _hidden, gradients.Hr);
        ArrayView<float> dFromX = _norm ? _fromX : _gates;
        Product(dFromX, gates, pass.Forward.X, _inputs, gradients.Ih);
        if (pass.DX.IsValid)
            _operations.MatMul(new()
            {
                M = rows, N = _inputs, K = gates, Beta = pass.AccumulateDX ? 1 : 0,
                A = new(dFromX, gates), B = new(weights.Ih, _inputs), C = new(pass.DX, _inputs),
            });
    }

    /// <summary>Of the normalisations' gains and biases, the gates' among these, and through the inputs' one.</summary>
    private void NormGradients(
        in LstmWeightViews gradients, in LstmWeightViews weights, int rows, int gates, ArrayView<float> bias)
    {
        ArrayView<float> products = _back!.Product;
        _parts.GainGradient(Norm.Cell, rows, _hidden, _cell, _normed, gradients.GainC, gradients.BiasC);
        _parts.GainGradient(Norm.Recurrent, rows, gates, products, default, gradients.GainHh, default);
        _parts.LayerNormBack(Norm.Inputs, rows, gates, _fromX, weights.GainIh, _gates, _fromX, products);
        _parts.GainGradient(Norm.Inputs, rows, gates, products, _gates, gradients.GainIh, bias);
    }

    /// <summary>target [m, n] = left^T right, over all rows.</summary>
    private void Product(ArrayView<float> left, int m, ArrayView<float> right, int n, ArrayView<float> target) =>
        _operations.MatMul(new()
    {
        M = m, N = n, K = _steps * _batch, A = new(left, m, Transposed: true), B = new(right, n), C = new(target, n),
    });
}
