using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>What a model said of samples, for people and for programs.</summary>
internal abstract class PredictionOutput(PredictionInput input)
{
    /// <summary>Samples that are shown whole when nothing is said.</summary>
    public const int Few = 20;

    protected PredictionInput Input { get; } = input;

    protected int Count => Input.Samples.Count;

    /// <summary>In the form that the answers have.</summary>
    public static PredictionOutput Of(PredictionInput input, Evaluation result, Model model) => result switch
    {
        ValueEvaluation values => new ValuePredictions(input, values, model),
        ClassEvaluation steps when model.Network.Head == Runtime.Layers.Head.StepClasses =>
            new StepPredictions(input, steps, model),
        _ => new ClassPredictions(input, (ClassEvaluation)result, model),
    };

    /// <exception cref="UsageException">There is no picture of such answers.</exception>
    public abstract Figure Draw();

    /// <summary>A row for each sample, or step.</summary>
    /// <exception cref="GpuLstmException">The file cannot be written.</exception>
    public abstract void WriteTable(string path);

    /// <summary>As Kaggle's digit recogniser wants predictions: numbered from 1.</summary>
    /// <exception cref="GpuLstmException">The file cannot be written.</exception>
    public virtual void WriteSubmission(string path) => throw new UsageException(
        "--submission goes with models that answer one class of each sample: --out FILE.csv has other answers.");

    public abstract void WriteJson();

    /// <param name="all">Whether to show many as few are.</param>
    public abstract void Show(Terminal terminal, bool all);

    /// <summary>Says how many were left out.</summary>
    protected void TellRest(Terminal terminal, int shown)
    {
        if (shown < Count)
            terminal.Line($"... and {Count - shown} more: --out FILE.csv and --json have all.");
    }
}
