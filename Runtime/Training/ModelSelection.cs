using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>What of the validation samples' results decides which model is the best.</summary>
public enum SelectionMetric
{
    Loss,
    Accuracy,
}

/// <summary>How the best model is chosen, and when training has gone on for long enough.</summary>
public sealed record SelectionOptions
{
    public SelectionMetric Monitor { get; init; }

    /// <summary>Epochs without a better model after which training stops; 0: it does not.</summary>
    public int Patience { get; init; }
}

/// <summary>Tests the network on the validation samples after each epoch, and keeps a copy of the best.</summary>
internal sealed class ModelSelection : IDisposable
{
    private readonly Evaluator _evaluator;
    private readonly SelectionOptions _options;
    private readonly int _samples;

    public ModelSelection(
        Engine engine, NetworkSpec network, ParameterSet parameters, Samples validation, InputScale scale,
        SelectionOptions options, Recipe recipe)
    {
        (_options, _samples, Parameters) = (options, validation.Count, parameters);
        _evaluator = new(engine, network, parameters, validation, scale, recipe: recipe);
    }

    private ParameterSet Parameters { get; }

    /// <summary>The parameters of the best epoch so far; null before the first.</summary>
    public IReadOnlyList<Tensor>? Best { get; set; }

    /// <summary>Tests the epoch that has just ended, and notes in the run's position what came of it.</summary>
    public Evaluation Judge(RunPosition at, int epoch)
    {
        Evaluation result = _evaluator.Evaluate(_samples);
        double accuracy = result.Accuracy ?? 0, value = _options.Monitor == SelectionMetric.Loss ? -result.Loss
            : accuracy;
        double best = _options.Monitor == SelectionMetric.Loss ? -at.BestLoss : at.BestAccuracy;
        if (at.BestEpoch == 0 || value > best)
        {
            (at.BestEpoch, at.BestLoss, at.BestAccuracy, at.Waited) = (epoch, result.Loss, accuracy, 0);
            Best = Parameters.ToTensors(Parameters.Values);
        }
        else
            at.Waited++;
        return result;
    }

    /// <summary>Whether there has been no better model for as long as the options allow.</summary>
    public bool IsOver(RunPosition at) => _options.Patience > 0 && at.Waited >= _options.Patience;

    public void Dispose() => _evaluator.Dispose();
}
