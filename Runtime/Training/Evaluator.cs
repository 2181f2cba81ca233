using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Training;

/// <summary>Runs a network over a whole data set, without gradients.</summary>
public sealed class Evaluator : IDisposable
{
    /// <summary>Samples of a pass.</summary>
    internal const int BatchSize = 200;

    private readonly Engine _engine;
    private readonly Network _network;
    private readonly Samples _samples;
    private readonly InputScale _scale;
    private readonly Recipe? _recipe;
    private readonly BatchSource _source;
    private readonly DeviceBatch _batch;
    private readonly LstmState[] _states = []; // of sequences that are read in pieces: before one and after it
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _result, _answers;

    /// <param name="parameters">Those of the network being trained, or of a model.</param>
    /// <param name="samples">Their T need not be the network's.</param>
    /// <param name="scale">How their values become inputs.</param>
    /// <param name="hasFixedWeights">Whether they are a model's, which stay as they are.</param>
    /// <param name="recipe">Tells which loss numbers have, and in which pieces sequences with classes at every step are
    /// read; null: the squared one, and whole.</param>
    public Evaluator(Engine engine, NetworkSpec spec, ParameterSet parameters, Samples samples, InputScale scale,
        bool hasFixedWeights = false, Recipe? recipe = null)
    {
        int batch = Math.Min(BatchSize, samples.Count);
        int steps = recipe?.PieceSteps(samples.TimeSteps, spec.Head) ?? samples.TimeSteps;
        (_engine, _samples, _scale, _recipe) = (engine, samples, scale, recipe);
        _network = new(engine, spec with { TimeSteps = steps }, parameters, batch, training: false,
            hasFixedWeights: hasFixedWeights, hasLengths: samples.HasLengths && steps == samples.TimeSteps);
        _source = BatchSource.Create(engine, samples, scale);
        _batch = new(engine, samples, batch, steps);
        _result = engine.Allocate<float>(2);
        _answers = engine.Allocate<float>(spec.Head switch
        {
            Head.Values => 0, // read batch by batch
            Head.StepClasses => (long)_network.RowsOf(batch) * spec.Outputs,
            _ => (long)samples.Count * spec.Outputs,
        });
        if (steps < samples.TimeSteps)
            _states = [new(engine, spec.Stack, batch), new(engine, spec.Stack, batch)];
    }

    private int Outputs => _network.Spec.Outputs;

    /// <summary>Evaluates the first <paramref name="count"/> samples.</summary>
    /// <param name="progress">Told now and then how many are done.</param>
    public Evaluation Evaluate(int count, Action<int>? progress = null)
    {
        count = Math.Min(count, _samples.Count);
        return _network.Spec.Head switch
        {
            Head.Values => EvaluateValues(count, progress),
            Head.StepClasses => EvaluateSteps(count, progress),
            _ => EvaluateClasses(count, progress),
        };
    }

    /// <summary>Answers to samples of which nothing true is known, [N, M] in units.</summary>
    public float[] Answer()
    {
        float[] units = new float[(long)_samples.Count * Outputs];
        ForEachBatch(_samples.Count, null, (start, batch) =>
            ToUnits(start, _engine.Read(_network.Forward(batch, _batch.X)), units));
        return units;
    }

    private ClassEvaluation EvaluateClasses(int count, Action<int>? progress)
    {
        double loss = 0, hits = 0;
        ForEachBatch(count, progress, (start, batch) =>
        {
            ArrayView<float> logits = _network.Forward(batch, _batch.X, _batch.Lengths);
            (double batchLoss, double batchHits) = Judge(batch, logits, _batch.Labels,
                _answers.View.Slice((long)start * Outputs, (long)batch * Outputs));
            (loss, hits) = (loss + batchLoss, hits + batchHits);
        });
        return new(loss / count, hits / count, _samples.Labels[..count],
            _engine.Read(_answers.View.Slice(0, (long)count * Outputs)));
    }

    /// <summary>The labelled steps of all sequences, one after the other.</summary>
    private ClassEvaluation EvaluateSteps(int count, Action<int>? progress)
    {
        SequenceSamples sequences = (SequenceSamples)_samples;
        int[] all = sequences.StepLabels!, lengths = sequences.Lengths, starts = sequences.Starts;
        int[] places = new int[count == 0 ? 0 : starts[count - 1] + lengths[count - 1]]; // of a step among the labelled
        int labelled = 0;
        for (int step = 0; step < places.Length; step++)
            places[step] = all[step] >= 0 ? labelled++ : -1;
        byte[] labels = [.. all.Take(places.Length).Where(label => label >= 0).Select(label => (byte)label)];
        float[] probabilities = new float[(long)labelled * Outputs];
        double loss = 0, hits = 0;
        int steps = _batch.Steps;
        ForEachBatch(count, progress, (start, batch) =>
        {
            for (int first = 0, piece = 0; first < _samples.TimeSteps; first += steps, piece++)
            {
                if (first > 0)
                    _source.Load(batch, start, default, _batch, first);
                ArrayView<float> logits = _network.Forward(batch, _batch.X, _batch.Lengths,
                    piece == 0 ? null : _states[piece % 2], _states.Length == 0 ? null : _states[(piece + 1) % 2]);
                int rows = _network.RowsOf(batch);
                ArrayView<float> kept = _answers.View.Slice(0, (long)rows * Outputs);
                (double pieceLoss, double pieceHits) = Judge(rows, logits, _batch.StepLabels.Slice(0, rows), kept);
                (loss, hits) = (loss + pieceLoss, hits + pieceHits);
                float[] values = _engine.Read(kept);
                for (int row = 0; row < rows; row++)
                {
                    int sample = start + row % batch, time = first + row / batch;
                    if (time < lengths[sample] && places[starts[sample] + time] is >= 0 and int place)
                        values.AsSpan(row * Outputs, Outputs).CopyTo(probabilities.AsSpan(place * Outputs));
                }
            }
        });
        int answers = Math.Max(1, labelled);
        return new(loss / answers, hits / answers, labels, probabilities);
    }

    private ValueEvaluation EvaluateValues(int count, Action<int>? progress)
    {
        double loss = 0;
        float[] result = new float[2], units = new float[(long)count * Outputs];
        ForEachBatch(count, progress, (start, batch) =>
        {
            ArrayView<float> answers = _network.Forward(batch, _batch.X, _batch.Lengths);
            _engine.Operations.ValueLoss(new()
            {
                BatchSize = batch, Values = Outputs, Kind = _recipe?.Loss ?? default, Delta = _recipe?.HuberDelta ?? 1,
                Answers = answers, Targets = _batch.Targets, Result = _result.View,
            });
            ToUnits(start, _engine.Read(answers), units);
            _engine.Read(_result.View, result);
            loss += result[0];
        });
        return new(loss / count, units, _samples);
    }

    /// <summary>Puts a batch's answers where they belong.</summary>
    private void ToUnits(int start, float[] answers, float[] units)
    {
        double[] values = new double[Outputs];
        for (int at = 0; at < answers.Length; at += Outputs)
        {
            _samples.ToUnits(start + at / Outputs, answers.AsSpan(at, Outputs), _scale, values);
            for (int k = 0; k < Outputs; k++)
                units[(long)start * Outputs + at + k] = (float)values[k];
        }
    }

    private void ForEachBatch(int count, Action<int>? progress, Action<int, int> run)
    {
        for (int start = 0, batch; start < count; start += batch)
        {
            batch = Math.Min(_network.MaxBatch, count - start);
            _source.Load(batch, start, default, _batch);
            run(start, batch);
            progress?.Invoke(start + batch);
        }
    }

    /// <summary>Summed loss and hits of rows of logits; their probabilities are kept.</summary>
    private (double Loss, double Hits) Judge(
        int rows, ArrayView<float> logits, ArrayView<int> labels, ArrayView<float> probabilities)
    {
        _engine.Operations.SoftmaxCrossEntropy(new()
        {
            BatchSize = rows, Classes = Outputs, Logits = logits, Labels = labels, Result = _result.View,
            Probabilities = probabilities,
        });
        Span<float> result = stackalloc float[2];
        _engine.Read(_result.View, result);
        return (result[0], result[1]);
    }

    public void Dispose()
    {
        _network.Dispose();
        foreach (IDisposable part in (ReadOnlySpan<IDisposable>)[_source, _batch, _result, _answers, .. _states])
            part.Dispose();
    }
}
