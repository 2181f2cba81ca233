namespace GpuLstm.Kernels.Gpu;

/// <summary>Softmax and cross-entropy as torch.nn.CrossEntropyLoss defines them, with label smoothing s: the target is
/// 1 - s on the label and s / C on every class. A label below 0 counts nowhere, as PyTorch's ignore_index.</summary>
public static class SoftmaxCrossEntropy
{
    /// <summary>One sample's loss, gradient, hit and probabilities. A hit: the largest logit, the first of equals, is
    /// the label's. Empty views are left out.</summary>
    /// <param name="sample">b of B.</param>
    /// <param name="logits">[B, C].</param>
    /// <param name="labels">[B], below 0 where there is none; empty: only probabilities are wanted.</param>
    /// <param name="losses">[B, 2] loss and hit, overwritten.</param>
    /// <param name="dLogits">[B, C] d(mean loss), overwritten; or empty.</param>
    /// <param name="probabilities">[B, C], overwritten; or empty.</param>
    /// <param name="weights">[C] what a sample's loss is multiplied by, for its label; empty: 1.</param>
    /// <param name="count">[1] labels that the mean is over; empty: B.</param>
    /// <param name="batch">B.</param>
    /// <param name="classes">C.</param>
    /// <param name="smoothing">s, 0 to 1.</param>
    public static void Forward(
        Index1D sample,
        ArrayView<float> logits, ArrayView<int> labels, ArrayView<float> losses, ArrayView<float> dLogits,
        ArrayView<float> probabilities, ArrayView<float> weights, ArrayView<float> count, int batch, int classes,
        float smoothing)
    {
        ArrayView<float> row = logits.SubView((long)(int)sample * classes, classes);
        int best = 0;
        for (int k = 1; k < classes; k++)
            if (row[k] > row[best] || XMath.IsNaN(row[k]))
                best = k;
        float max = row[best], sum = 0, logitSum = 0;
        for (int k = 0; k < classes; k++)
        {
            sum += XMath.Exp(row[k] - max);
            logitSum += row[k] - max;
        }
        int label = labels.Length > 0 ? labels[sample] : -1;
        float weight = label < 0 ? 0f : weights.Length > 0 ? weights[label] : 1f;
        float all = count.Length > 0 ? count[0] : batch;
        if (label >= 0)
        {
            float log = XMath.Log(sum);
            float loss = (1 - smoothing) * (log - (row[label] - max)) + smoothing * (log - logitSum / classes);
            losses[2L * sample] = weight * loss;
            losses[2L * sample + 1] = best == label ? 1f : 0f; // ILGPU 1.5.3 makes 1e-45 of an int 1 here
        }
        else if (labels.Length > 0)
        {
            losses[2L * sample] = 0;
            losses[2L * sample + 1] = 0;
        }
        for (int k = 0; k < classes; k++)
        {
            float p = XMath.Exp(row[k] - max) / sum;
            float target = (k == label ? 1 - smoothing : 0) + smoothing / classes;
            if (probabilities.Length > 0)
                probabilities[(long)(int)sample * classes + k] = p;
            if (dLogits.Length > 0)
                dLogits[(long)(int)sample * classes + k] = label < 0 ? 0f : weight * (p - target) / all;
        }
    }

    /// <summary>count[0] = the labels from 0 up, at least 1. One group of <see cref="Reductions.Items"/>.</summary>
    public static void Count(ArrayView<int> labels, ArrayView<float> count)
    {
        ArrayView<int> partial = SharedMemory.Allocate<int>(Reductions.Items);
        int sum = 0;
        for (int place = Group.IdxX; place < labels.IntLength; place += Reductions.Items)
            if (labels[place] >= 0)
                sum += 1;
        partial[Group.IdxX] = sum;
        Sync.Barrier();
        for (int half = Reductions.Items / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                partial[Group.IdxX] += partial[Group.IdxX + half];
            Sync.Barrier();
        }
        if (Group.IdxX == 0)
            count[0] = XMath.Max(1, partial[0]);
    }

    /// <summary>result {sum of losses, hits} of losses [B, 2], added to what is there if <paramref name="accumulate"/>
    /// is 1, else overwritten. One group of <see cref="Reductions.Items"/>.</summary>
    public static void Total(ArrayView<float> losses, ArrayView<float> result, int batch, int accumulate)
    {
        ArrayView<Float2> partial = SharedMemory.Allocate<Float2>(Reductions.Items);
        ArrayView<Float2> pairs = losses.Cast<Float2>();
        Float2 sum = default;
        for (int sample = Group.IdxX; sample < batch; sample += Reductions.Items)
            sum += pairs[sample];
        partial[Group.IdxX] = sum;
        Sync.Barrier();
        for (int half = Reductions.Items / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                partial[Group.IdxX] += partial[Group.IdxX + half];
            Sync.Barrier();
        }
        if (Group.IdxX == 0)
        {
            result[0] = partial[0].X + (accumulate != 0 ? result[0] : 0);
            result[1] = partial[0].Y + (accumulate != 0 ? result[1] : 0);
        }
    }
}
