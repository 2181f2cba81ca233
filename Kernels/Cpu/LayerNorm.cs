using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="LayerNorm{S, V}"/>.</summary>
public unsafe struct LayerNormArguments
{
    public int Rows, N;
    public float* X;       // [Rows, N]
    public float* Gain;    // [N]
    public float* Bias;    // [N] or null
    public float* Y;       // [Rows, N] overwritten by forward; may be X
    public float* DY;      // [Rows, N]
    public float* DX;      // [Rows, N] overwritten by backward; may be X
    public float* Sums;    // [workers, 2, N] of the gain's and the bias's gradients, added to
    public float* DGain;   // [N] overwritten by Finish
    public float* DBias;   // [N] or null, the same
}

/// <summary>Layer normalisation of rows, with the formulas of <see cref="Gpu.LayerNorm"/>.</summary>
public static unsafe class LayerNorm<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const float Epsilon = 1e-5f;

    private static int W => S.Width;

    /// <summary>A worker's share of the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in LayerNormArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.Rows, worker, workers);
        for (nint row = start; row < end; row++)
        {
            float* x = a.X + row * a.N, y = a.Y + row * a.N;
            (V mean, V scale) = Statistics(x, a.N);
            for (int i = 0; i < a.N; i += W)
            {
                int n = Math.Min(W, a.N - i);
                V normal = S.Mul(S.Sub(Tiles<S, V>.LoadPart(x + i, n), mean), scale);
                V bias = a.Bias == null ? default : Tiles<S, V>.LoadPart(a.Bias + i, n);
                Tiles<S, V>.StorePart(y + i, S.Fma(Tiles<S, V>.LoadPart(a.Gain + i, n), normal, bias), n);
            }
        }
    }

    /// <summary>A worker's share of the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in LayerNormArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.Rows, worker, workers);
        float* gains = a.Sums + (nint)worker * 2 * a.N, biases = gains + a.N;
        for (nint row = start; row < end; row++)
        {
            float* x = a.X + row * a.N, dy = a.DY + row * a.N, dx = a.DX + row * a.N;
            (V mean, V scale) = Statistics(x, a.N);
            (V direct, V slope) = Slopes(x, dy, a.Gain, a.N, mean, scale);
            for (int i = 0; i < a.N; i += W)
            {
                int n = Math.Min(W, a.N - i);
                V normal = S.Mul(S.Sub(Tiles<S, V>.LoadPart(x + i, n), mean), scale),
                    d = Tiles<S, V>.LoadPart(dy + i, n);
                V centred = S.Sub(S.Sub(S.Mul(Tiles<S, V>.LoadPart(a.Gain + i, n), d), direct), S.Mul(normal, slope));
                Tiles<S, V>.StorePart(dx + i, S.Mul(scale, centred), n);
                Tiles<S, V>.StorePart(gains + i, S.Fma(d, normal, Tiles<S, V>.LoadPart(gains + i, n)), n);
                Tiles<S, V>.StorePart(biases + i, S.Add(d, Tiles<S, V>.LoadPart(biases + i, n)), n);
            }
        }
    }

    /// <summary>The gradients of gain and bias from the workers' sums, in their order; for a worker's share of the
    /// columns.</summary>
    public static void Finish(in LayerNormArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.N, worker, workers);
        for (int i = start; i < end; i++)
        {
            float gain = 0, bias = 0;
            for (int other = 0; other < workers; other++)
            {
                gain += a.Sums[(nint)other * 2 * a.N + i];
                bias += a.Sums[((nint)other * 2 + 1) * a.N + i];
            }
            a.DGain[i] = gain;
            if (a.DBias != null)
                a.DBias[i] = bias;
        }
    }

    /// <summary>The mean, and 1 / sqrt(variance + epsilon). Two sums at a time, as one would wait for
    /// itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (V Mean, V Scale) Statistics(float* x, int count)
    {
        V even = default, odd = default;
        int i = 0, pairs = count / (2 * W) * 2 * W, whole = count / W * W;
        for (; i < pairs; i += 2 * W)
            (even, odd) = (S.Add(even, S.Load(x + i)), S.Add(odd, S.Load(x + i + W)));
        for (; i < count; i += W)
            even = S.Add(even, Tiles<S, V>.LoadPart(x + i, Math.Min(W, count - i)));
        float mean = S.Sum(S.Add(even, odd)) / count, tail = 0;
        V centre = S.Set(mean);
        even = odd = default;
        for (i = 0; i < pairs; i += 2 * W)
        {
            V first = S.Sub(S.Load(x + i), centre), second = S.Sub(S.Load(x + i + W), centre);
            (even, odd) = (S.Fma(first, first, even), S.Fma(second, second, odd));
        }
        for (; i < whole; i += W)
        {
            V d = S.Sub(S.Load(x + i), centre);
            even = S.Fma(d, d, even);
        }
        for (; i < count; i++)
            tail += (x[i] - mean) * (x[i] - mean);
        return (centre, S.Set(1 / MathF.Sqrt((S.Sum(S.Add(even, odd)) + tail) / count + Epsilon)));
    }

    /// <summary>mean(d) and mean(d n), with n the normalised x and d = gain dy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (V Direct, V Slope) Slopes(float* x, float* dy, float* gain, int count, V mean, V scale)
    {
        V direct = default, slope = default, direct2 = default, slope2 = default;
        int i = 0;
        for (; i + 2 * W <= count; i += 2 * W)
        {
            V d = S.Mul(S.Load(gain + i), S.Load(dy + i)), e = S.Mul(S.Load(gain + i + W), S.Load(dy + i + W));
            (direct, direct2) = (S.Add(direct, d), S.Add(direct2, e));
            slope = S.Fma(d, S.Sub(S.Load(x + i), mean), slope);
            slope2 = S.Fma(e, S.Sub(S.Load(x + i + W), mean), slope2);
        }
        for (; i < count; i += W)
        {
            int n = Math.Min(W, count - i);
            V d = S.Mul(Tiles<S, V>.LoadPart(gain + i, n), Tiles<S, V>.LoadPart(dy + i, n)); // 0 beyond the row
            direct = S.Add(direct, d);
            slope = S.Fma(d, S.Sub(Tiles<S, V>.LoadPart(x + i, n), mean), slope);
        }
        V deviation = S.Mul(S.Set(S.Sum(S.Add(slope, slope2)) / count), scale);
        return (S.Set(S.Sum(S.Add(direct, direct2)) / count), deviation);
    }
}
