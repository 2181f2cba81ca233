using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Vectorised exp, sigmoid and tanh for the whole float range, infinities and NaN included.
/// Bounds, tested against double: exp 1.1 ulp, sigmoid and tanh 2.5 ulp (below the smallest normal number sigmoid may
/// flush to zero).</summary>
public static class VectorMath<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;      // 9 significant bits: n * Ln2High is exact
    private const float Ln2Low = -2.12194440e-4f;

    // e^r - 1 = r + r^2 P(r) for |r| <= ln(2)/2: minimax in the relative error of the whole (Lawson's iteration),
    // 1.4e-8.
    private const float P0 = 0.5f, P1 = 0.16666540503501892f, P2 = 0.04166627302765846f,
        P3 = 0.008366910740733147f, P4 = 0.001394701306708157f;

    /// <summary>e^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        (V n, V expm1) = Reduce(S.Min(S.Set(89f), S.Max(S.Set(-105f), x)));
        return S.Scale(S.Add(S.Set(1f), expm1), n);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        V one = S.Set(1f);
        return S.Div(one, S.Add(one, Exp(S.Sub(S.Set(0f), x))));
    }

    /// <summary>tanh(x) = (e^2x - 1) / (e^2x + 1), through e^2x - 1 so that small x keep their relative
    /// precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V clamped = S.Min(S.Set(10f), S.Max(S.Set(-10f), x)); // tanh is 1 in float from 9.02 on
        (V n, V expm1) = Reduce(S.Add(clamped, clamped));
        V power = S.Scale(S.Set(1f), n);
        V e = S.Fma(power, expm1, S.Sub(power, S.Set(1f)));
        return S.Div(e, S.Add(e, S.Set(2f)));
    }

    /// <summary>x = n ln 2 + r, |r| &lt;= ln(2)/2; returns n and e^r - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (V N, V Expm1) Reduce(V x)
    {
        V n = S.Round(S.Mul(x, S.Set(Log2E)));
        V r = S.Fma(n, S.Set(-Ln2Low), S.Fma(n, S.Set(-Ln2High), x));
        V p = S.Fma(S.Set(P4), r, S.Set(P3));
        p = S.Fma(p, r, S.Set(P2));
        p = S.Fma(p, r, S.Set(P1));
        p = S.Fma(p, r, S.Set(P0));
        return (n, S.Fma(S.Mul(r, r), p, r));
    }
}
