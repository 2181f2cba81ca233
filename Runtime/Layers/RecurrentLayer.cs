using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Layers;

/// <summary>What the layers of a stack are made for.</summary>
/// <param name="Name">The stack's module name.</param>
/// <param name="EveryStep">Whether the last layer's outputs at every step are wanted, not only the final ones.</param>
/// <param name="Lengths">Whether sequences may end before others.</param>
/// <param name="FixedWeights">Whether the weights stay as they are at the first pass.</param>
internal sealed record StackPlan(
    Engine Engine, ParameterSet Parameters, string Name, LstmSpec Spec, int MaxBatch, int TimeSteps,
    bool Training, bool EveryStep, bool Lengths, bool FixedWeights, MaskSource Masks);

/// <summary>One layer of a stack, in one direction of time or both.</summary>
internal sealed class RecurrentLayer : IDisposable
{
    private readonly StackPlan _plan;
    private readonly Operations _operations;
    private readonly int _layer, _state; // P, values of h in one direction
    private readonly LayerDirection[] _directions;
    private readonly List<IDisposable> _owned = [];
    private readonly ArrayView<float> _joined; // [T, B, D P]: what is passed on, where it is not simply y
    private readonly ArrayView<float> _both;   // [B, D P] final h of both directions
    private readonly ArrayView<float> _gradient, _dY, _dLast; // [T, B, D P], [T, B, P], [B, P]
    private readonly float _dropout;
    private int _rows; // S B of the last forward pass

    public RecurrentLayer(StackPlan plan, int layer)
    {
        (_plan, _layer, _operations) = (plan, layer, plan.Engine.Operations);
        LstmSpec spec = plan.Spec;
        _state = spec.StateSize(layer);
        bool top = layer == spec.Layers - 1, both = spec.Directions == 2, passesOn = !top || plan.EveryStep;
        long rows = (long)plan.TimeSteps * plan.MaxBatch;
        _dropout = top || !plan.Training || !!plan.Masks.IsAbsent ? 0 : spec.Variant.Dropout;
        _directions = [.. Enumerable.Range(0, spec.Directions).Select(direction =>
            new LayerDirection(plan, layer, direction))];
        if (passesOn && (both || _dropout > 0))
            _joined = Allocate(rows * spec.OutputSize(layer));
        if (top && both)
            _both = Allocate((long)plan.MaxBatch * spec.OutputSize(layer));
        if (!plan.Training)
            return;
        if (!top)
            _gradient = Allocate(rows * spec.OutputSize(layer));
        if (passesOn && both)
            _dY = Allocate(rows * _state);
        if (top && both)
            _dLast = Allocate((long)plan.MaxBatch * _state);
    }

    /// <summary>The gradient of the layer's output, [T, B, D P], which the layer above writes; absent of the
    /// last.</summary>
    public ArrayView<float> Gradient => _gradient;

    /// <summary>What is passed on at every step, [S, B, D P]; absent where the last layer keeps the final h
    /// alone.</summary>
    public ArrayView<float> Outputs { get; private set; }

    /// <summary>Overwrites the outputs.</summary>
    public void Forward(in LstmBatch batch, int steps, ArrayView<float> x)
    {
        _rows = steps * batch.BatchSize;
        foreach (LayerDirection direction in _directions)
            direction.Forward(batch, steps, x);
        bool both = _directions.Length == 2;
        if (!_joined.IsValid)
        {
            Outputs = both ? default : _directions[0].Pass.Y;
            return;
        }
        Outputs = _joined.Slice(0, (long)_rows * _plan.Spec.OutputSize(_layer));
        for (int d = 0; both && d < _directions.Length; d++)
            Join(_directions[d].Pass.Y, Outputs, d, _rows);
        if (_dropout > 0)
            Drop(both ? Outputs : _directions[0].Pass.Y, Outputs);
    }

    /// <summary>The final h of every direction side by side, [B, D P]; valid until the next call.</summary>
    public ArrayView<float> Final() => _directions.Length == 1
        ? _directions[0].Last
        : Beside(_directions[0].Last, _directions[1].Last);

    /// <summary>The same after <paramref name="step"/> + 1 of each direction's own steps, where all sequences are
    /// equally long.</summary>
    public ArrayView<float> After(int step) => _directions.Length == 1
        ? _directions[0].After(step)
        : Beside(_directions[0].After(step), _directions[1].After(step));

    /// <summary>Overwrites the parameters' gradients and, where given, dx.</summary>
    public void Backward(in LstmBatchGradients gradients, ArrayView<float> dx)
    {
        if (_dropout > 0)
        {
            ArrayView<float> dropped = _gradient.Slice(0, (long)_rows * _plan.Spec.OutputSize(_layer));
            Drop(dropped, dropped);
        }
        bool top = !_gradient.IsValid;
        int batch = _directions[0].Pass.BatchSize;
        for (int d = 0; d < _directions.Length; d++)
            _directions[d].Backward(gradients, Part(top ? gradients.Outputs : _gradient, _dY, d, _rows),
                top ? Part(gradients.Last, _dLast, d, batch) : default, dx);
    }

    /// <summary>The forward direction's gates and cells of the last forward pass.</summary>
    public LstmTrace Trace() => _directions[0].Trace();

    public void Dispose()
    {
        foreach (IDisposable owned in _owned.Concat(_directions))
            owned.Dispose();
    }

    private void Drop(ArrayView<float> source, ArrayView<float> target) =>
        _plan.Masks.Drop(_operations, source, target, _dropout, MaskSource.Stream(_layer, MaskUse.Dropout));

    /// <summary>One direction's columns of a gradient of both: itself, or copied into <paramref
    /// name="room"/>.</summary>
    private ArrayView<float> Part(ArrayView<float> both, ArrayView<float> room, int direction, int rows)
    {
        if (_directions.Length == 1 || !both.IsValid)
            return both;
        _operations.CopyColumns(new()
        {
            Rows = rows, Columns = _state, Source = both, SourceStride = 2 * _state, SourceColumn = direction * _state,
            Target = room, TargetStride = _state,
        });
        return room;
    }

    /// <summary>[B, P] of both directions side by side.</summary>
    private ArrayView<float> Beside(ArrayView<float> forward, ArrayView<float> reverse)
    {
        int batch = _directions[0].Pass.BatchSize;
        Join(forward, _both, 0, batch);
        Join(reverse, _both, 1, batch);
        return _both.Slice(0, (long)batch * _plan.Spec.OutputSize(_layer));
    }

    private void Join(ArrayView<float> one, ArrayView<float> both, int direction, int rows) =>
        _operations.CopyColumns(new()
    {
        Rows = rows, Columns = _state, Source = one, SourceStride = _state,
        Target = both, TargetStride = _directions.Length * _state, TargetColumn = direction * _state,
    });

    private ArrayView<float> Allocate(long count)
    {
        MemoryBuffer1D<float, Stride1D.Dense> buffer = _plan.Engine.Allocate<float>(count);
        _owned.Add(buffer);
        return buffer.View;
    }
}
