using GpuLstm.Runtime.Accelerators;

namespace GpuLstm.Runtime.Layers;

/// <summary>What the layers of a stack are made for.</summary>
/// <param name="Name">The stack's module name.</param>
internal sealed record StackPlan(
    Accelerator Accelerator, ParameterSet Parameters, string Name, LstmSpec Spec, int MaxBatch, int TimeSteps,
    bool Training, MaskSource Masks);

/// <summary>One layer of a stack, in one direction of time or both.</summary>
internal sealed class RecurrentLayer : IDisposable
{
    private readonly StackPlan _plan;
    private readonly Operations _operations;
    private readonly int _layer, _state; // P, values of h in one direction
    private readonly Direction[] _directions;
    private readonly List<IDisposable> _owned = [];
    private readonly BufferView<float> _joined; // [T, B, D P]: what is passed on, where it is not simply y
    private readonly BufferView<float> _final;  // [B, D P] of both directions
    private readonly BufferView<float> _gradient, _dY, _dFinal; // [T, B, D P], [T, B, P], [B, P]
    private readonly float _dropout;

    public RecurrentLayer(StackPlan plan, int layer)
    {
        (_plan, _layer, _operations) = (plan, layer, plan.Accelerator.Operations);
        LstmSpec spec = plan.Spec;
        _state = spec.StateSize(layer);
        bool top = layer == spec.Layers - 1, both = spec.Directions == 2;
        long rows = (long)plan.TimeSteps * plan.MaxBatch;
        _dropout = top || !plan.Training || plan.Masks.IsAbsent ? 0 : spec.Variant.Dropout;
        _directions = [.. Enumerable.Range(0, spec.Directions).Select(MakeDirection)];
        if (!top && (both || _dropout > 0))
            _joined = Allocate(rows * spec.OutputSize(layer));
        if (top && both)
            _final = Allocate((long)plan.MaxBatch * spec.OutputSize(layer));
        if (!plan.Training)
            return;
        if (!top)
            _gradient = Allocate(rows * spec.OutputSize(layer));
        if (!top && both)
            _dY = Allocate(rows * _state);
        if (top && both)
            _dFinal = Allocate((long)plan.MaxBatch * _state);
    }

    /// <summary>The gradient of the layer's output, [T, B, D P], which the layer above writes.</summary>
    public BufferView<float> Gradient => _gradient;

    /// <summary>Overwrites the outputs.</summary>
    /// <returns>What the next layer takes, [T, B, D P]; of the last layer the forward direction's outputs.</returns>
    public BufferView<float> Forward(int batch, BufferView<float> x)
    {
        foreach (Direction direction in _directions)
        {
            direction.Pass = new()
            {
                BatchSize = batch, Weights = direction.Weights, X = x,
                Y = direction.Outputs.Slice(0, (long)_plan.TimeSteps * batch * _state),
            };
            _operations.LstmForward(direction.Plan, direction.Pass);
        }
        if (_joined.IsAbsent)
            return _directions[0].Pass.Y;
        BufferView<float> output = _joined.Slice(0, (long)_plan.TimeSteps * batch * _plan.Spec.OutputSize(_layer));
        bool both = _directions.Length == 2;
        for (int d = 0; both && d < _directions.Length; d++)
            Join(_directions[d].Pass.Y, output, d, _plan.TimeSteps * batch);
        if (_dropout > 0)
            Drop(both ? output : _directions[0].Pass.Y, output);
        return output;
    }

    /// <summary>h of every direction side by side after <paramref name="step"/> + 1 of its own steps, [B, D P]; valid
    /// until the next call.</summary>
    public BufferView<float> Hidden(int batch, int step)
    {
        if (_directions.Length == 1)
            return At(_directions[0], batch, step);
        BufferView<float> both = _final.Slice(0, (long)batch * _plan.Spec.OutputSize(_layer));
        for (int d = 0; d < _directions.Length; d++)
            Join(At(_directions[d], batch, step), both, d, batch);
        return both;
    }

    /// <summary>From the gradient of the final h: overwrites the parameters' gradients and, where given, dx.</summary>
    /// <param name="dFinal">[B, D P], of the last layer only; the others have their <see cref="Gradient"/>.</param>
    public void Backward(BufferView<float> dFinal, BufferView<float> dx)
    {
        int batch = _directions[0].Pass.BatchSize;
        if (_dropout > 0)
        {
            BufferView<float> gradient = _gradient.Slice(0, (long)_plan.TimeSteps * batch * _plan.Spec.OutputSize(_layer));
            Drop(gradient, gradient);
        }
        for (int d = 0; d < _directions.Length; d++)
            _operations.LstmBackward(_directions[d].Plan, new()
            {
                Forward = _directions[d].Pass, Gradients = _directions[d].Gradients,
                DY = Part(_gradient, _dY, d, _plan.TimeSteps * batch), DHLast = Part(dFinal, _dFinal, d, batch),
                DX = dx, AccumulateDX = d > 0,
            });
    }

    /// <summary>The forward direction's gates and cells of the last forward pass.</summary>
    public LstmTrace Trace() => _operations.ReadTrace(_directions[0].Plan);

    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
    }

    private void Drop(BufferView<float> source, BufferView<float> target) =>
        _plan.Masks.Drop(_operations, source, target, _dropout, MaskSource.Stream(_layer, use: 0));

    /// <summary>One direction's columns of a gradient of both: itself, or copied into <paramref name="room"/>.</summary>
    private BufferView<float> Part(BufferView<float> both, BufferView<float> room, int direction, int rows)
    {
        if (_directions.Length == 1 || both.IsAbsent)
            return both;
        _operations.CopyColumns(new()
        {
            Rows = rows, Columns = _state, Source = both, SourceStride = 2 * _state, SourceColumn = direction * _state,
            Target = room, TargetStride = _state,
        });
        return room;
    }

    private void Join(BufferView<float> one, BufferView<float> both, int direction, int rows) => _operations.CopyColumns(new()
    {
        Rows = rows, Columns = _state, Source = one, SourceStride = _state,
        Target = both, TargetStride = _directions.Length * _state, TargetColumn = direction * _state,
    });

    private BufferView<float> At(Direction direction, int batch, int step)
    {
        long time = direction.Plan.Descriptor.Reverse ? _plan.TimeSteps - 1 - step : step;
        return direction.Outputs.Slice(time * batch * _state, (long)batch * _state);
    }

    private Direction MakeDirection(int direction)
    {
        LstmSpec spec = _plan.Spec;
        LstmPlan plan = _operations.PlanLstm(new(_plan.MaxBatch, _plan.TimeSteps, spec.InputOf(_layer), spec.HiddenSize[_layer],
            Reverse: direction == 1, _plan.Training));
        _owned.Add(plan);
        return new(plan, Allocate((long)_plan.TimeSteps * _plan.MaxBatch * _state),
            Views(direction, _plan.Parameters.Value), Views(direction, _plan.Parameters.GradientOrAbsent));
    }

    private LstmWeightViews Views(int direction, Func<string, BufferView<float>> view)
    {
        string Name(string kind) => $"{_plan.Name}.{kind}{LstmSpec.Suffix(_layer, direction)}";
        return new(view(Name("weight_ih")), view(Name("weight_hh")), view(Name("bias_ih")),
            _plan.Parameters.Has(Name("bias_hh")) ? view(Name("bias_hh")) : default);
    }

    private BufferView<float> Allocate(long count)
    {
        DeviceBuffer<float> buffer = _plan.Accelerator.Allocate<float>(count);
        _owned.Add(buffer);
        return buffer.View;
    }

    /// <param name="Outputs">[T, B, P].</param>
    private sealed record Direction(LstmPlan Plan, BufferView<float> Outputs, LstmWeightViews Weights, LstmWeightViews Gradients)
    {
        /// <summary>The last forward pass.</summary>
        public LstmForwardPass Pass { get; set; }
    }
}
