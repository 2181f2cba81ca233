using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training.Metrics;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Training;

/// <summary>What a network said of a data set.</summary>
/// <param name="Loss">Mean cross-entropy.</param>
/// <param name="Accuracy">Share of samples whose most probable class is the true one.</param>
/// <param name="Labels">[N] the true classes.</param>
/// <param name="Probabilities">[N, C].</param>
public sealed record Evaluation(double Loss, double Accuracy, byte[] Labels, float[] Probabilities)
{
    /// <summary>Classes.</summary>
    public int Classes => Probabilities.Length / Labels.Length;

    /// <summary>Whether the network says anything: of one that has diverged the probabilities are not
    /// numbers.</summary>
    public bool IsFinite => Probabilities.All(float.IsFinite);

    /// <summary>The same for the metrics.</summary>
    /// <exception cref="ArgumentException">It is not finite.</exception>
    public Predictions ToPredictions() => new(Labels, Probabilities, Classes);

    /// <summary>A sample's probabilities, [C].</summary>
    public ReadOnlySpan<float> this[int sample] => Probabilities.AsSpan(sample * Classes, Classes);

    /// <summary>A sample's most probable class, the first of equals.</summary>
    public int Predicted(int sample)
    {
        ReadOnlySpan<float> probabilities = this[sample];
        int best = 0;
        for (int c = 1; c < probabilities.Length; c++)
            if (probabilities[c] > probabilities[best])
                best = c;
        return best;
    }
}

/// <summary>Runs a network over a whole data set, without gradients.</summary>
public sealed class Evaluator : IDisposable
{
    /// <summary>Samples of a pass.</summary>
    internal const int BatchSize = 200;

    private readonly Engine _engine;
    private readonly Network _network;
    private readonly Samples _samples;
    private readonly BatchSource _source;
    private readonly DeviceBatch _batch;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _result, _probabilities;

    /// <param name="parameters">Those of the network being trained, or of a model.</param>
    /// <param name="samples">Their T need not be the network's.</param>
    /// <param name="scale">How their values become inputs.</param>
    /// <param name="hasFixedWeights">Whether they are a model's, which stay as they are.</param>
    public Evaluator(Engine engine, NetworkSpec spec, ParameterSet parameters, Samples samples, InputScale scale,
        bool hasFixedWeights = false)
    {
        int batch = Math.Min(BatchSize, samples.Count);
        (_engine, _samples) = (engine, samples);
        _network = new(engine, spec with { TimeSteps = samples.TimeSteps }, parameters, batch, training: false,
            hasFixedWeights: hasFixedWeights, hasLengths: samples.HasLengths);
        _source = BatchSource.Create(engine, samples, scale);
        _batch = new(engine, samples, batch);
        _result = engine.Allocate<float>(2);
        _probabilities = engine.Allocate<float>((long)samples.Count * spec.Classes);
    }

    /// <summary>Evaluates the first <paramref name="count"/> samples.</summary>
    /// <param name="progress">Told now and then how many are done.</param>
    public Evaluation Evaluate(int count, Action<int>? progress = null)
    {
        count = Math.Min(count, _samples.Count);
        int classes = _network.Spec.Classes;
        double loss = 0, hits = 0;
        Span<float> result = stackalloc float[2];
        for (int start = 0, batch; start < count; start += batch)
        {
            batch = Math.Min(_network.MaxBatch, count - start);
            _source.Load(batch, start, default, _batch);
            ArrayView<float> logits = _network.Forward(batch, _batch.X, _batch.Lengths);
            _engine.Operations.SoftmaxCrossEntropy(new()
            {
                BatchSize = batch, Classes = classes, Logits = logits, Labels = _batch.Labels, Result = _result.View,
                Accumulate = false, Probabilities = _probabilities.View.Slice((long)start * classes,
                    (long)batch * classes),
            });
            _engine.Read(_result.View, result);
            loss += result[0];
            hits += result[1];
            progress?.Invoke(start + batch);
        }
        return new(loss / count, hits / count, _samples.Labels[..count],
            _engine.Read(_probabilities.View.Slice(0, (long)count * classes)));
    }

    public void Dispose()
    {
        _network.Dispose();
        foreach (IDisposable buffer in (ReadOnlySpan<IDisposable>)[_source, _batch, _result, _probabilities])
            buffer.Dispose();
    }
}
