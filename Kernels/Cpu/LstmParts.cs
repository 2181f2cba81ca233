using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>A step of <see cref="LstmParts{S, V}"/>, and the arguments of each part.</summary>
public unsafe struct LstmPartsArguments
{
    public int B, N;         // samples, values of a row: H, or the size of a state
    public int Time;         // of the step
    public int* Lengths;     // [B] or null
    public float* Gates;     // [B, 4H]
    public float* FromH;     // [B, 4H]
    public float* Before;    // [B, N]
    public float* Cell;      // [B, H]
    public float* Normed;    // [B, H]
    public float* Inner;     // [B, H]
    public float* DNormed;   // [B, H]
    public float* DCell;     // [B, H]
    public float* D;         // [B, N]
    public float* DY;        // [B, N] or null
    public float* Fresh;     // [B, N]
    public float* After;     // [B, N]
    public float* Y;         // [B, N] or null
    public float* Mask;      // [B, N] or null
    public float* Masked;    // [B, N] or null
    public byte* Zone;       // [B, N] or null
    public float Rate;       // how much stays where there is no Zone
    public float Slope;      // of hard sigmoid gates, slope a + 1/2 cut to 0 .. 1; 0: sigmoids

    /// <summary>Whether a sample's sequence reaches this time.</summary>
    public readonly bool Runs(int sample) => Lengths == null || Time < Lengths[sample];
}

/// <summary>The pointwise parts of an LSTM step; see <see cref="Gpu.LstmParts"/>, which has the same on a device. Each
/// is a worker's share of the samples.</summary>
public static unsafe class LstmParts<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private static int W => S.Width;

    /// <summary>Gates: activated; Cell = f Before + i g.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Cell(in LstmPartsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        for (int s = start; s < end; s++)
        {
            float* gates = a.Gates + (nint)s * 4 * a.N, fromH = a.FromH + (nint)s * 4 * a.N;
            float* before = a.Before + (nint)s * a.N, cell = a.Cell + (nint)s * a.N;
            if (!a.Runs(s))
            {
                new Span<float>(gates, 4 * a.N).Clear();
                new Span<float>(before, a.N).CopyTo(new(cell, a.N));
                continue;
            }
            for (int u = 0; u < a.N; u += W)
            {
                int n = Math.Min(W, a.N - u);
                V i = Gate(Sum(gates, fromH, u, n), a.Slope), f = Gate(Sum(gates, fromH, a.N + u, n), a.Slope);
                V g = VectorMath<S, V>.Tanh(Sum(gates, fromH, 2 * a.N + u, n)),
                    o = Gate(Sum(gates, fromH, 3 * a.N + u, n), a.Slope);
                Tiles<S, V>.StorePart(gates + u, i, n);
                Tiles<S, V>.StorePart(gates + a.N + u, f, n);
                Tiles<S, V>.StorePart(gates + 2 * a.N + u, g, n);
                Tiles<S, V>.StorePart(gates + 3 * a.N + u, o, n);
                Tiles<S, V>.StorePart(cell + u, S.Fma(f, Tiles<S, V>.LoadPart(before + u, n), S.Mul(i, g)), n);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Gate(V sum, float slope) => slope > 0
        ? S.Min(S.Set(1), S.Max(S.Set(0), S.Fma(S.Set(slope), sum, S.Set(0.5f)))) : VectorMath<S, V>.Sigmoid(sum);

    /// <summary>Inner = o tanh(Normed).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Hidden(in LstmPartsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        for (nint s = start; s < end; s++)
            for (int u = 0; u < a.N; u += W)
            {
                int n = Math.Min(W, a.N - u);
                V tanh = VectorMath<S, V>.Tanh(Tiles<S, V>.LoadPart(a.Normed + s * a.N + u, n));
                Tiles<S, V>.StorePart(a.Inner + s * a.N + u,
                    S.Mul(Tiles<S, V>.LoadPart(a.Gates + (4 * s + 3) * a.N + u, n), tanh), n);
            }
    }

    /// <summary>DNormed, and the output gate's gradient in its place, from Inner, which holds its own
    /// gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void HiddenBack(in LstmPartsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        V one = S.Set(1);
        for (nint s = start; s < end; s++)
            for (int u = 0; u < a.N; u += W)
            {
                int n = Math.Min(W, a.N - u);
                float* gate = a.Gates + (4 * s + 3) * a.N + u;
                V o = Tiles<S, V>.LoadPart(gate, n), d = Tiles<S, V>.LoadPart(a.Inner + s * a.N + u, n);
                V tanh = VectorMath<S, V>.Tanh(Tiles<S, V>.LoadPart(a.Normed + s * a.N + u, n)), dO = S.Mul(d, o);
                Tiles<S, V>.StorePart(a.DNormed + s * a.N + u, S.Mul(dO, S.Sub(one, S.Mul(tanh, tanh))), n);
                Tiles<S, V>.StorePart(gate, S.Mul(S.Mul(dO, tanh), S.Sub(one, o)), n);
            }
    }

    /// <summary>The other gates' gradients in their places, and D += those of the cell before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CellBack(in LstmPartsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        V one = S.Set(1);
        for (nint s = start; s < end; s++)
            for (int u = 0; u < a.N; u += W)
            {
                int n = Math.Min(W, a.N - u);
                float* gates = a.Gates + 4 * s * a.N + u;
                nint place = s * a.N + u;
                V i = Tiles<S, V>.LoadPart(gates, n), f = Tiles<S, V>.LoadPart(gates + a.N, n),
                    g = Tiles<S, V>.LoadPart(gates + 2 * a.N, n);
                V d = S.Add(Tiles<S, V>.LoadPart(a.DNormed + place, n), Tiles<S, V>.LoadPart(a.DCell + place, n));
                V before = Tiles<S, V>.LoadPart(a.Before + place, n);
                Tiles<S, V>.StorePart(gates, S.Mul(S.Mul(d, g), S.Mul(i, S.Sub(one, i))), n);
                Tiles<S, V>.StorePart(gates + a.N, S.Mul(S.Mul(d, before), S.Mul(f, S.Sub(one, f))), n);
                Tiles<S, V>.StorePart(gates + 2 * a.N, S.Mul(S.Mul(d, i), S.Sub(one, S.Mul(g, g))), n);
                Tiles<S, V>.StorePart(a.D + place, S.Fma(d, f, Tiles<S, V>.LoadPart(a.D + place, n)), n);
            }
    }

    /// <summary>After: zoneout's mixture of Before and Fresh; Y, and Masked = Mask After.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mix(in LstmPartsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        for (int s = start; s < end; s++)
        {
            bool runs = a.Runs(s);
            for (int u = 0; u < a.N; u += W)
            {
                int n = Math.Min(W, a.N - u);
                nint place = (nint)s * a.N + u;
                V value = Tiles<S, V>.LoadPart(a.Before + place, n);
                if (runs)
                {
                    V stay = Stay(a, place, n);
                    value = S.Fma(stay, value, S.Mul(S.Sub(S.Set(1), stay), Tiles<S, V>.LoadPart(a.Fresh + place, n)));
                }
                Tiles<S, V>.StorePart(a.After + place, value, n);
                if (a.Y != null)
                    Tiles<S, V>.StorePart(a.Y + place, runs ? value : default, n);
                if (a.Masked != null)
                    Tiles<S, V>.StorePart(a.Masked + place, S.Mul(value, Tiles<S, V>.LoadPart(a.Mask + place, n)), n);
            }
        }
    }

    /// <summary>D: from the gradient of the state after the step to what goes straight to the one before; Fresh: the
    /// new one's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MixBack(in LstmPartsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        for (int s = start; s < end; s++)
        {
            bool runs = a.Runs(s);
            for (int u = 0; u < a.N; u += W)
            {
                int n = Math.Min(W, a.N - u);
                nint place = (nint)s * a.N + u;
                V d = Tiles<S, V>.LoadPart(a.D + place, n), fresh = default;
                if (runs)
                {
                    if (a.DY != null)
                        d = S.Add(d, Tiles<S, V>.LoadPart(a.DY + place, n));
                    V stay = Stay(a, place, n);
                    fresh = S.Mul(S.Sub(S.Set(1), stay), d);
                    d = S.Mul(stay, d);
                }
                Tiles<S, V>.StorePart(a.D + place, d, n);
                Tiles<S, V>.StorePart(a.Fresh + place, fresh, n);
            }
        }
    }

    /// <summary>D += Mask Fresh.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddMasked(in LstmPartsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        V one = S.Set(1);
        for (nint s = start; s < end; s++)
            for (int u = 0; u < a.N; u += W)
            {
                int n = Math.Min(W, a.N - u);
                nint place = s * a.N + u;
                V mask = a.Mask == null ? one : Tiles<S, V>.LoadPart(a.Mask + place, n);
                Tiles<S, V>.StorePart(a.D + place,
                    S.Fma(mask, Tiles<S, V>.LoadPart(a.Fresh + place, n), Tiles<S, V>.LoadPart(a.D + place, n)), n);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Sum(float* a, float* b, int place, int n) =>
        S.Add(Tiles<S, V>.LoadPart(a + place, n), Tiles<S, V>.LoadPart(b + place, n));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Stay(in LstmPartsArguments a, nint place, int n) =>
        a.Zone == null ? S.Set(a.Rate) : Tiles<S, V>.LoadPartBytes(a.Zone + place, n);
}
