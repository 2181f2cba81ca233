using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Layers;

/// <summary>One direction of time of a layer: its weights, its plan on the accelerator, its outputs.</summary>
internal sealed class LayerDirection : IDisposable
{
    private readonly StackPlan _plan;
    private readonly Operations _operations;
    private readonly int _layer, _direction, _state;
    private readonly LstmPlan _lstm;
    private readonly LayerMasks _masks;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _outputs; // [T, B, P]
    private readonly MemoryBuffer1D<float, Stride1D.Dense>? _last; // [B, P], of the last layer where lengths differ
    private readonly LstmWeightViews _weights, _gradients;

    public LayerDirection(StackPlan plan, int layer, int direction)
    {
        (_plan, _layer, _direction, _operations) = (plan, layer, direction, plan.Engine.Operations);
        LstmSpec spec = plan.Spec;
        _state = spec.StateSize(layer);
        _masks = new(plan, layer, direction);
        _lstm = _operations.PlanLstm(new(plan.MaxBatch, plan.TimeSteps, spec.InputOf(layer), spec.HiddenSize[layer],
            direction == 1, plan.Training)
        {
            Projection = spec.Variant.Projection, LayerNorm = spec.Variant.LayerNorm,
            GateSlope = spec.Variant.GateSlope,
            RecurrentDropout = _masks.HasRecurrent,
            ZoneoutHidden = spec.Variant.ZoneoutHidden, ZoneoutCell = spec.Variant.ZoneoutCell, Lengths = plan.Lengths,
            FixedWeights = plan.FixedWeights,
        });
        _outputs = plan.Engine.Allocate<float>((long)plan.TimeSteps * plan.MaxBatch * _state);
        _last = plan.Lengths && layer == spec.Layers - 1
            ? plan.Engine.Allocate<float>((long)plan.MaxBatch * _state) : null;
        (_weights, _gradients) = (Views(plan.Parameters.Value), Views(plan.Parameters.GradientOrAbsent));
    }

    /// <summary>The last forward pass.</summary>
    public LstmForwardPass Pass { get; private set; }

    public void Forward(in LstmBatch batch, int steps, ArrayView<float> x)
    {
        long state = (long)batch.BatchSize * _state;
        Pass = _masks.Draw(new()
        {
            BatchSize = batch.BatchSize, Steps = steps, Lengths = batch.Lengths, Weights = _weights, X = x,
            Y = _outputs.View.Slice(0, steps * state),
            H0 = batch.Initial?.Hidden(_layer, _direction) ?? default,
            C0 = batch.Initial?.Cell(_layer, _direction) ?? default,
            HLast = batch.Final?.Hidden(_layer, _direction).Slice(0, state) ?? _last?.View.Slice(0, state) ?? default,
            CLast = batch.Final?.Cell(_layer, _direction) ?? default,
        }, steps);
        _operations.LstmForward(_lstm, Pass);
    }

    /// <summary>h of the last forward pass's end, [B, P].</summary>
    public ArrayView<float> Last => !Pass.HLast.IsValid ? After(Pass.Steps - 1) : Pass.HLast;

    /// <summary>h after <paramref name="step"/> + 1 steps, [B, P].</summary>
    public ArrayView<float> After(int step)
    {
        long time = _direction == 1 ? Pass.Steps - 1 - step : step, state = (long)Pass.BatchSize * _state;
        return _outputs.View.Slice(time * state, state);
    }

    /// <summary>Overwrites this direction's gradients; the second direction adds to dx.</summary>
    public void Backward(in LstmBatchGradients gradients, ArrayView<float> dY, ArrayView<float> dLast,
        ArrayView<float> dx) =>
        _operations.LstmBackward(_lstm, new()
        {
            Forward = Pass, Gradients = _gradients, DY = dY, DX = dx, AccumulateDX = _direction > 0,
            DHLast = gradients.Final?.Hidden(_layer, _direction) ?? dLast,
            DCLast = gradients.Final?.Cell(_layer, _direction) ?? default,
            DH0 = gradients.Initial?.Hidden(_layer, _direction) ?? default,
            DC0 = gradients.Initial?.Cell(_layer, _direction) ?? default,
        });

    public LstmTrace Trace() => _operations.ReadTrace(_lstm) with { Hidden = _plan.Engine.Read(Pass.Y) };

    public void Dispose()
    {
        foreach (IDisposable? part in (ReadOnlySpan<IDisposable?>)[_lstm, _masks, _outputs, _last])
            part?.Dispose();
    }

    private LstmWeightViews Views(Func<string, ArrayView<float>> view)
    {
        ArrayView<float> Named(string kind)
        {
            string name = $"{_plan.Name}.{kind}{LstmSpec.Suffix(_layer, _direction)}";
            return _plan.Parameters.Has(name) ? view(name) : default;
        }
        return new(Named("weight_ih"), Named("weight_hh"), Named("bias_ih"), Named("bias_hh"))
        {
            Hr = Named("weight_hr"), GainIh = Named("gain_ih"), GainHh = Named("gain_hh"), GainC = Named("gain_c"),
            BiasC = Named("bias_c"),
        };
    }
}
