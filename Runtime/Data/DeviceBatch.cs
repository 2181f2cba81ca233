using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Layers;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Data;

/// <summary>How values become a network's inputs.</summary>
/// <param name="Mean">Subtracted from pixels in 0..1.</param>
/// <param name="Deviation">Divides what is left.</param>
/// <param name="Features">Of sequences, in place of the two; null: the samples are images.</param>
/// <param name="Targets">Of the numbers that are answered; null: none are, or the features tell.</param>
public sealed record InputScale(
    float Mean, float Deviation, Features? Features = null, Features? Targets = null);

/// <summary>Room for a batch on the device.</summary>
public sealed class DeviceBatch : IDisposable
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _x;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _labels;
    private readonly MemoryBuffer1D<int, Stride1D.Dense>? _lengths, _stepLabels;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>? _targets, _bases;

    /// <param name="samples">Those that it is for.</param>
    /// <param name="size">The largest B.</param>
    /// <param name="steps">S, of each sequence at once; null: T.</param>
    public DeviceBatch(Engine engine, Samples samples, int size, int? steps = null)
    {
        Steps = steps ?? samples.TimeSteps;
        _x = engine.Allocate<float>((long)size * Steps * samples.InputSize);
        _labels = engine.Allocate<int>(size);
        if (samples.HasLengths && Steps == samples.TimeSteps)
            _lengths = engine.Allocate<int>(size);
        if (samples.Head == Head.StepClasses)
            _stepLabels = engine.Allocate<int>((long)size * Steps);
        if (samples.Head == Head.Values)
            _targets = engine.Allocate<float>((long)size * samples.AnswerSize);
        if (samples is WindowSamples { Transform.Relative: not RelativeTo.None } windows)
            _bases = engine.Allocate<float>((long)size * windows.Data.Series);
    }

    /// <summary>S.</summary>
    public int Steps { get; }

    /// <summary>[S, B, I].</summary>
    public ArrayView<float> X => _x.View;

    /// <summary>[B].</summary>
    public ArrayView<int> Labels => _labels.View;

    /// <summary>[S, B], -1 where there is none; absent: classes are not of steps.</summary>
    public ArrayView<int> StepLabels => _stepLabels?.View ?? default(ArrayView<int>);

    /// <summary>[B, M]; absent: no numbers are answered.</summary>
    public ArrayView<float> Targets => _targets?.View ?? default(ArrayView<float>);

    /// <summary>[B, K] what windows are relative to; absent: nothing.</summary>
    public ArrayView<float> Bases => _bases?.View ?? default(ArrayView<float>);

    /// <summary>[B] steps of each sequence; absent: all have T, or they are read in pieces, and run on.</summary>
    public ArrayView<int> Lengths => _lengths?.View ?? default(ArrayView<int>);

    public void Dispose()
    {
        foreach (IDisposable? part in (ReadOnlySpan<IDisposable?>)[_x, _labels, _lengths, _stepLabels, _targets,
            _bases])
            part?.Dispose();
    }
}
