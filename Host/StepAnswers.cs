using GpuLstm.Host.Plots;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>Answers at every step, put together by sequence.</summary>
internal static class StepAnswers
{
    private const int Most = 12; // that a picture shows

    /// <summary>The first sequences; a step without a label was not judged, and has the class of the step before
    /// it.</summary>
    public static IReadOnlyList<ClassifiedSteps> Of(SequenceSamples sequences, ClassEvaluation evaluation)
    {
        List<ClassifiedSteps> all = [];
        int answered = 0;
        for (int i = 0; i < Math.Min(Most, sequences.Count); i++)
        {
            int[] truths = sequences.StepLabels!.AsSpan(sequences.Starts[i], sequences.Lengths[i]).ToArray();
            int[] predicted = new int[truths.Length];
            for (int t = 0; t < truths.Length; t++)
                predicted[t] = truths[t] >= 0 ? evaluation.Predicted(answered++) : t > 0 ? predicted[t - 1] : -1;
            all.Add(new($"test sequence {i}", predicted, truths));
        }
        return all;
    }
}
