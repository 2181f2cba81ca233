using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="SoftmaxCrossEntropy{S, V}"/>.</summary>
public unsafe struct SoftmaxCrossEntropyArguments
{
    public int B, C;
    public float* Logits;        // [B, C]
    public int* Labels;          // [B], below 0 where there is none; null when only probabilities are wanted
    public float LabelSmoothing; // 0..1, PyTorch's: (1 - s) on the label, s / C on every class
    public float Count;          // labels that the mean is over
    public float* Weights;       // [C] what a sample's loss is multiplied by, for its label, or null
    public float* Losses;        // [B, 2] loss and hit per sample, overwritten; null without labels
    public float* DLogits;       // [B, C] or null, overwritten: weight (p - target) / count
    public float* Probabilities; // [B, C] or null, overwritten
}

/// <summary>Softmax and cross-entropy in one pass over each sample's logits: loss, gradient and hit (the largest logit,
/// the first of equals, is the label's). Cross-entropy as torch.nn.CrossEntropyLoss defines it.</summary>
public static unsafe class SoftmaxCrossEntropy<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>A worker's share of the samples.</summary>
    public static void Run(in SoftmaxCrossEntropyArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        int padded = Tiles<S, V>.Cover(a.C, S.Width) * S.Width;
        float* exponentials = stackalloc float[Math.Min(padded, 1024)];
        for (int s = start; s < end; s++)
            Sample(a, s, exponentials, a.C <= 1024);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sample(in SoftmaxCrossEntropyArguments a, int sample, float* kept, bool keep)
    {
        float* logits = a.Logits + (nint)sample * a.C;
        int best = 0;
        for (int c = 1; c < a.C; c++)
            if (logits[c] > logits[best] || float.IsNaN(logits[c]))
                best = c;
        float max = logits[best];

        float sum = 0, logitSum = 0;
        for (int c = 0; c < a.C; c += S.Width)
        {
            int count = Math.Min(S.Width, a.C - c);
            V e = Exponential(logits + c, count, max);
            if (keep)
                S.Store(kept + c, e);
            float* lanes = (float*)&e;
            for (int lane = 0; lane < count; lane++)
            {
                sum += lanes[lane];
                logitSum += logits[c + lane] - max;
            }
        }

        float log = MathF.Log(sum), smoothing = a.LabelSmoothing;
        int label = a.Labels == null ? -1 : a.Labels[sample];
        if (a.Losses != null && label < 0)
            a.Losses[2 * sample] = a.Losses[2 * sample + 1] = 0;
        else if (a.Losses != null)
        {
            float loss = (1 - smoothing) * (log - (logits[label] - max)) + smoothing * (log - logitSum / a.C);
            a.Losses[2 * sample] = Weight(a, label) * loss;
            a.Losses[2 * sample + 1] = best == label ? 1 : 0;
        }
        Write(a, sample, label, max, sum, kept, keep);
    }

    private static void Write(in SoftmaxCrossEntropyArguments a, int sample, int label, float max, float sum,
        float* kept, bool keep)
    {
        float* logits = a.Logits + (nint)sample * a.C;
        float share = Weight(a, label) / a.Count;
        V scale = S.Set(1 / sum), mean = S.Set(share), smooth = S.Set(a.LabelSmoothing / a.C);
        for (int c = 0; c < a.C; c += S.Width)
        {
            int count = Math.Min(S.Width, a.C - c);
            V p = S.Mul(keep ? S.Load(kept + c) : Exponential(logits + c, count, max), scale);
            if (a.Probabilities != null)
                Tiles<S, V>.StorePart(a.Probabilities + (nint)sample * a.C + c, p, count);
            if (a.DLogits != null)
                Tiles<S, V>.StorePart(a.DLogits + (nint)sample * a.C + c, S.Mul(S.Sub(p, smooth), mean), count);
        }
        if (a.DLogits != null && label >= 0)
            a.DLogits[(nint)sample * a.C + label] -= (1 - a.LabelSmoothing) * share;
    }

    private static float Weight(in SoftmaxCrossEntropyArguments a, int label) =>
        label < 0 ? 0 : a.Weights == null ? 1 : a.Weights[label];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Exponential(float* logits, int count, float max) =>
        VectorMath<S, V>.Exp(S.Sub(Tiles<S, V>.LoadPart(logits, count), S.Set(max)));
}
