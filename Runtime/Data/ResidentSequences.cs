using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Data;

/// <summary>Sequences as normalised floats, one after the other.</summary>
internal sealed class ResidentSequences : BatchSource
{
    private readonly SequenceSamples _samples;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _values;
    private readonly MemoryBuffer1D<byte, Stride1D.Dense> _labels;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _starts, _lengths;
    private readonly MemoryBuffer1D<int, Stride1D.Dense>? _stepLabels;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>? _targets;

    public ResidentSequences(Engine engine, SequenceSamples samples, InputScale scale) : base(engine, samples)
    {
        _samples = samples;
        float[] normalised = new float[samples.Values.Length];
        for (int i = 0; i < samples.Count; i++)
            scale.Features!.Normalise(samples[i], normalised.AsSpan(samples.Starts[i] * samples.InputSize));
        _values = engine.Upload<float>(normalised);
        _labels = engine.Upload<byte>(samples.Labels);
        _starts = engine.Upload<int>(samples.Starts);
        _lengths = engine.Upload<int>(samples.Lengths);
        if (samples.StepLabels is { } labels)
            _stepLabels = engine.Upload<int>(labels);
        if (samples.Targets is { } targets)
        {
            float[] scaled = new float[targets.Length];
            scale.Targets!.Normalise(targets, scaled);
            _targets = engine.Upload<float>(scaled);
        }
    }

    public override void Load(int size, long start, ArrayView<int> state, DeviceBatch batch, int first = 0)
    {
        Operations operations = Engine.Operations;
        operations.GatherSequences(new()
        {
            BatchSize = size, TimeSteps = batch.Steps, InputSize = _samples.InputSize, Values = _values.View,
            Starts = _starts.View, ItemLengths = _lengths.View, ItemLabels = _labels.View, Order = Order, State = state,
            Start = start, First = first, X = batch.X, Labels = batch.Labels, Lengths = batch.Lengths,
        });
        if (_stepLabels != null)
            operations.GatherStepLabels(new()
            {
                BatchSize = size, TimeSteps = batch.Steps, ItemLabels = _stepLabels.View, Starts = _starts.View,
                ItemLengths = _lengths.View, Order = Order, State = state, Start = start, First = first,
                Labels = batch.StepLabels,
            });
        if (_targets != null)
            operations.GatherRows(new()
            {
                BatchSize = size, Size = _samples.AnswerSize, Items = _targets.View, Order = Order, State = state,
                Start = start, Rows = batch.Targets,
            });
    }

    private protected override IEnumerable<IDisposable> Parts =>
        new IDisposable?[] { _values, _labels, _starts, _lengths, _stepLabels, _targets }.OfType<IDisposable>();
}
