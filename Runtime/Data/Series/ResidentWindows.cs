using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Data.Series;

/// <summary>Series as normalised floats, of which windows are read where they lie; only the rows that they
/// touch.</summary>
internal sealed class ResidentWindows : BatchSource
{
    private const int PartRows = 1 << 13; // that are normalised at once: the whole is not needed twice

    private readonly WindowSamples _samples;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _values;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _starts, _ahead;
    private readonly bool _hasAnswers; // of windows at the end of a series nothing that follows is known

    public ResidentWindows(Engine engine, WindowSamples samples, InputScale scale) : base(engine, samples)
    {
        _samples = samples;
        int size = samples.InputSize;
        (int from, int to) = samples.Touched;
        _values = engine.Allocate<float>((long)(to - from) * size);
        float[] part = new float[Math.Min(PartRows, to - from) * size];
        for (int row = from, rows; row < to; row += rows)
        {
            rows = Math.Min(PartRows, to - row);
            Span<float> values = part.AsSpan(0, rows * size);
            samples.Normalise(scale.Features!, row, values);
            engine.Write<float>(_values.View.Slice((long)(row - from) * size, values.Length), values);
        }
        _starts = engine.Upload<int>(Array.ConvertAll(samples.Starts, start => start - from));
        _ahead = engine.Upload<int>(samples.Ahead);
        _hasAnswers = samples.Count == 0
            || samples.Starts.Max() + samples.Window + samples.Horizon <= samples.Data.Values.Length / size;
    }

    public override void Load(int size, long start, ArrayView<int> state, DeviceBatch batch, int first = 0) =>
        Engine.Operations.GatherWindows(new()
    {
        BatchSize = size, Window = _samples.Window, Horizon = _samples.Horizon, InputSize = _samples.InputSize,
        Series = _samples.Data.Series, Values = _values.View, Starts = _starts.View, Order = Order, State = state,
        Start = start, Ahead = _ahead.View, Bases = batch.Bases, X = batch.X,
        IsMean = _samples.Transform.Relative == RelativeTo.Mean, Answers = _hasAnswers ? batch.Targets : default,
    });

    private protected override IEnumerable<IDisposable> Parts => [_values, _starts, _ahead];
}
