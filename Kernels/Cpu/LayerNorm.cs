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
    public float* Product; // [Rows, N] overwritten by backward; may be X when DX is not
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
        for (nint row = start; row < end; row++)
        {
            float* x = a.X + row * a.N, dy = a.DY + row * a.N;
            (V mean, V scale) = Statistics(x, a.N);
            V direct = default, slope = default;
            for (int i = 0; i < a.N; i += W)
            {
                int n = Math.Min(W, a.N - i);
                V d = S.Mul(Tiles<S, V>.LoadPart(a.Gain + i, n), Tiles<S, V>.LoadPart(dy + i, n)); // 0 beyond the row
                direct = S.Add(direct, d);
                slope = S.Fma(d, S.Mul(S.Sub(Tiles<S, V>.LoadPart(x + i, n), mean), scale), slope);
            }
            direct = S.Set(S.Sum(direct) / a.N);
            slope = S.Set(S.Sum(slope) / a.N);
            for (int i = 0; i < a.N; i += W)
            {
                int n = Math.Min(W, a.N - i);
                V normal = S.Mul(S.Sub(Tiles<S, V>.LoadPart(x + i, n), mean), scale),
                    d = Tiles<S, V>.LoadPart(dy + i, n);
                V centred = S.Sub(S.Sub(S.Mul(Tiles<S, V>.LoadPart(a.Gain + i, n), d), direct), S.Mul(normal, slope));
                Tiles<S, V>.StorePart(a.DX + row * a.N + i, S.Mul(scale, centred), n);
                Tiles<S, V>.StorePart(a.Product + row * a.N + i, S.Mul(d, normal), n);
            }
        }
    }

    /// <summary>The mean, and 1 / sqrt(variance + epsilon).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (V Mean, V Scale) Statistics(float* x, int count)
    {
        V sum = default;
        for (int i = 0; i < count; i += W)
            sum = S.Add(sum, Tiles<S, V>.LoadPart(x + i, Math.Min(W, count - i)));
        float mean = S.Sum(sum) / count, tail = 0;
        V centre = S.Set(mean), squares = default;
        int whole = count / W * W;
        for (int i = 0; i < whole; i += W)
        {
            V d = S.Sub(S.Load(x + i), centre);
            squares = S.Fma(d, d, squares);
        }
        for (int i = whole; i < count; i++)
            tail += (x[i] - mean) * (x[i] - mean);
        return (centre, S.Set(1 / MathF.Sqrt((S.Sum(squares) + tail) / count + Epsilon)));
    }
}
