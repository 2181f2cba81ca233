using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="Adam{S, V}.Run"/>.</summary>
public unsafe struct AdamArguments
{
    public long Count;
    public float* Parameters;   // [Count] updated in place
    public float* Gradients;    // [Count]
    public float* First;        // [Count] m, updated in place
    public float* Second;       // [Count] v, updated in place
    public float Beta1, Beta2, Epsilon, WeightDecay;
    public float LearningRate;
    public float Correction1;   // 1 / (1 - beta1^t)
    public float Correction2;   // 1 / sqrt(1 - beta2^t)
    public float GradientScale; // clipping's factor, 1 for none
}

/// <summary>Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019, algorithm
/// 2), epsilon added after the bias correction, as torch.optim.AdamW has it: p -= lr wd p;  p -= lr m^ / (sqrt(v^) +
/// eps).</summary>
public static unsafe class Adam<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>A worker's share, in whole vectors; the last one partial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in AdamArguments a, int worker, int workers)
    {
        long vectors = (a.Count + S.Width - 1) / S.Width;
        long end = Math.Min(a.Count, vectors * (worker + 1) / workers * S.Width);
        V beta1 = S.Set(a.Beta1), beta2 = S.Set(a.Beta2), rest1 = S.Set(1 - a.Beta1), rest2 = S.Set(1 - a.Beta2);
        V scale = S.Set(a.GradientScale), rate = S.Set(-a.LearningRate * a.Correction1), root = S.Set(a.Correction2);
        V epsilon = S.Set(a.Epsilon), decay = S.Set(1 - a.LearningRate * a.WeightDecay);
        for (long i = vectors * worker / workers * S.Width; i < end; i += S.Width)
        {
            int count = (int)Math.Min(S.Width, end - i);
            V g = S.Mul(Tiles<S, V>.LoadPart(a.Gradients + i, count), scale);
            V m = S.Fma(beta1, Tiles<S, V>.LoadPart(a.First + i, count), S.Mul(rest1, g));
            V v = S.Fma(beta2, Tiles<S, V>.LoadPart(a.Second + i, count), S.Mul(S.Mul(rest2, g), g));
            V step = S.Div(m, S.Fma(S.Sqrt(v), root, epsilon));
            V p = S.Fma(rate, step, S.Mul(decay, Tiles<S, V>.LoadPart(a.Parameters + i, count)));
            Tiles<S, V>.StorePart(a.First + i, m, count);
            Tiles<S, V>.StorePart(a.Second + i, v, count);
            Tiles<S, V>.StorePart(a.Parameters + i, p, count);
        }
    }
}
