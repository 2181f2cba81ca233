namespace GpuLstm.Tests.Reference;

/// <summary>What the loss of a batch gives.</summary>
/// <param name="Loss">The mean over the batch.</param>
/// <param name="Losses">[B].</param>
/// <param name="Hits">Samples whose largest logit, the first of equals, is the label's.</param>
/// <param name="Probabilities">[B, C].</param>
/// <param name="DLogits">[B, C] gradient of the mean loss.</param>
public sealed record CrossEntropyOutput(
    double Loss, double[] Losses, int Hits, double[] Probabilities, double[] DLogits);

/// <summary>Softmax cross-entropy as torch.nn.CrossEntropyLoss(label_smoothing=s), reduction 'mean': the target is 1 -
/// s on the label plus s / C on every class.</summary>
public static class ReferenceSoftmaxCrossEntropy
{
    /// <param name="logits">[B, C].</param>
    /// <param name="labels">[B].</param>
    public static CrossEntropyOutput Evaluate(
        int batch, int classes, double[] logits, int[] labels, double labelSmoothing = 0)
    {
        var losses = new double[batch];
        var probabilities = new double[batch * classes];
        var gradient = new double[batch * classes];
        int hits = 0;
        for (int b = 0; b < batch; b++)
        {
            double[] row = logits.Row(b, classes).ToArray();
            double max = row.Max();
            double logSum = max + Math.Log(row.Sum(z => Math.Exp(z - max)));
            if (Array.IndexOf(row, max) == labels[b])
                hits++;
            for (int c = 0; c < classes; c++)
            {
                double logP = row[c] - logSum;
                double target = labelSmoothing / classes + (c == labels[b] ? 1 - labelSmoothing : 0);
                losses[b] -= target * logP;
                probabilities[b * classes + c] = Math.Exp(logP);
                gradient[b * classes + c] = (Math.Exp(logP) - target) / batch;
            }
        }
        return new(losses.Average(), losses, hits, probabilities, gradient);
    }
}
