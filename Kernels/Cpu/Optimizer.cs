using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="Optimizer{S, V}"/>.</summary>
public unsafe struct OptimizerArguments
{
    public long Count;
    public float* Parameters;   // [Count] updated in place
    public float* Gradients;    // [Count]
    public float* First;        // [Count] m, or the momentum's buffer, updated in place
    public float* Second;       // [Count] v, or RMSprop's mean square, updated in place
    public float Beta1, Beta2, Epsilon;
    public float Decay;         // of the weights themselves, AdamW's
    public float GradientDecay; // of the weights, added to the gradients
    public float Nesterov;      // beta1 of the momentum's look ahead; 0: plain momentum
    public float LearningRate;
    public float Correction1;   // 1 / (1 - beta1^t)
    public float Correction2;   // 1 / sqrt(1 - beta2^t)
    public float GradientScale; // clipping's factor, 1 for none
    public float MaxValue;      // largest magnitude of a scaled gradient, infinite for none
}

/// <summary>The updates of <see cref="OptimizerKind"/>, with the formulas of <see cref="Gpu.Optimizer"/>: a worker's
/// share, in whole vectors, the last one partial.</summary>
public static unsafe class Optimizer<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>Adam and AdamW, epsilon added after the bias correction: p -= lr wd p; p -= lr m^ / (sqrt(v^) +
    /// eps).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Adam(in OptimizerArguments a, int worker, int workers)
    {
        (long start, long end) = Share(a, worker, workers);
        V beta1 = S.Set(a.Beta1), beta2 = S.Set(a.Beta2), rest1 = S.Set(1 - a.Beta1), rest2 = S.Set(1 - a.Beta2);
        V rate = S.Set(-a.LearningRate * a.Correction1), root = S.Set(a.Correction2);
        V epsilon = S.Set(a.Epsilon), decay = S.Set(1 - a.LearningRate * a.Decay);
        for (long i = start; i < end; i += S.Width)
        {
            int count = (int)Math.Min(S.Width, end - i);
            V p = Tiles<S, V>.LoadPart(a.Parameters + i, count), g = Gradient(a, i, count, p);
            V m = S.Fma(beta1, Tiles<S, V>.LoadPart(a.First + i, count), S.Mul(rest1, g));
            V v = S.Fma(beta2, Tiles<S, V>.LoadPart(a.Second + i, count), S.Mul(S.Mul(rest2, g), g));
            V step = S.Div(m, S.Fma(S.Sqrt(v), root, epsilon));
            Tiles<S, V>.StorePart(a.First + i, m, count);
            Tiles<S, V>.StorePart(a.Second + i, v, count);
            Tiles<S, V>.StorePart(a.Parameters + i, S.Fma(rate, step, S.Mul(decay, p)), count);
        }
    }

    /// <summary>SGD: m = beta1 m + g; p -= lr m, or Nesterov's lr (g + beta1 m).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sgd(in OptimizerArguments a, int worker, int workers)
    {
        (long start, long end) = Share(a, worker, workers);
        V beta1 = S.Set(a.Beta1), rate = S.Set(-a.LearningRate), ahead = S.Set(a.Nesterov);
        for (long i = start; i < end; i += S.Width)
        {
            int count = (int)Math.Min(S.Width, end - i);
            V p = Tiles<S, V>.LoadPart(a.Parameters + i, count), g = Gradient(a, i, count, p);
            V m = S.Fma(beta1, Tiles<S, V>.LoadPart(a.First + i, count), g);
            Tiles<S, V>.StorePart(a.First + i, m, count);
            Tiles<S, V>.StorePart(a.Parameters + i, S.Fma(rate, a.Nesterov > 0 ? S.Fma(ahead, m, g) : m, p), count);
        }
    }

    /// <summary>RMSprop: v = beta2 v + (1 - beta2) g^2; m = beta1 m + g / (sqrt(v) + eps); p -= lr m.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RmsProp(in OptimizerArguments a, int worker, int workers)
    {
        (long start, long end) = Share(a, worker, workers);
        V beta1 = S.Set(a.Beta1), beta2 = S.Set(a.Beta2), rest2 = S.Set(1 - a.Beta2), rate = S.Set(-a.LearningRate);
        V epsilon = S.Set(a.Epsilon);
        for (long i = start; i < end; i += S.Width)
        {
            int count = (int)Math.Min(S.Width, end - i);
            V p = Tiles<S, V>.LoadPart(a.Parameters + i, count), g = Gradient(a, i, count, p);
            V v = S.Fma(beta2, Tiles<S, V>.LoadPart(a.Second + i, count), S.Mul(S.Mul(rest2, g), g));
            V m = S.Fma(beta1, Tiles<S, V>.LoadPart(a.First + i, count), S.Div(g, S.Add(S.Sqrt(v), epsilon)));
            Tiles<S, V>.StorePart(a.First + i, m, count);
            Tiles<S, V>.StorePart(a.Second + i, v, count);
            Tiles<S, V>.StorePart(a.Parameters + i, S.Fma(rate, m, p), count);
        }
    }

    private static (long Start, long End) Share(in OptimizerArguments a, int worker, int workers)
    {
        long vectors = (a.Count + S.Width - 1) / S.Width;
        return (vectors * worker / workers * S.Width, Math.Min(a.Count, vectors * (worker + 1) / workers * S.Width));
    }

    /// <summary>Clipped, and with the weights' decay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Gradient(in OptimizerArguments a, long i, int count, V p)
    {
        V g = S.Mul(Tiles<S, V>.LoadPart(a.Gradients + i, count), S.Set(a.GradientScale));
        g = S.Min(S.Set(a.MaxValue), S.Max(S.Set(-a.MaxValue), g));
        return S.Fma(S.Set(a.GradientDecay), p, g);
    }
}
