using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>What a fused layer may have beyond the plain one.</summary>
public unsafe struct LstmExtras
{
    public bool Present;    // any of the following
    public int* Lengths;    // [B] steps of each sequence, or null: all T
    public int* Ends;       // [slices, T + 1] sums of a slice's samples that run at each time, its first ones; or null
    public float* Mask;     // [B, H] what h is multiplied by on its way to the next step, or null: 1
    public byte* ZoneH;     // [T, B, H] 1 where h stays as it is, or null: StayH of all
    public byte* ZoneC;     // [T, B, H] the same of c
    public float StayH, StayC;

    /// <summary>Whether a sequence reaches a time.</summary>
    public readonly bool Runs(int sample, int time) => Lengths == null || time < Lengths[sample];

    public readonly bool HasZoneH => ZoneH != null || StayH > 0;

    public readonly bool HasZoneC => ZoneC != null || StayC > 0;
}

/// <summary>The pointwise part of a step of a layer with <see cref="LstmExtras"/>: zoneout (Krueger et al. 2017,
/// section 3.2), recurrent dropout (Gal and Ghahramani 2016) and sequences of several lengths. A sample that does not
/// run has gates of zero and hands its states on.</summary>
public static unsafe class LstmVariant<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private static int W => S.Width;

    /// <summary>What the first step's product takes: the initial state, masked; of a worker's slice.</summary>
    public static void Start(in LstmLayer layer, in LstmSlice slice)
    {
        for (nint i = (nint)slice.Start * layer.H; i < (nint)(slice.Start + slice.Count) * layer.H; i++)
            layer.HiddenStart[i] = layer.H0 == null ? 0 : layer.Extras.Mask == null ? layer.H0[i]
                : layer.Extras.Mask[i] * layer.H0[i];
    }

    /// <summary>The gate functions, the cell and h of <paramref name="rows"/> samples and W units, in place of the
    /// pre-activations.</summary>
    /// <param name="s">The first sample in the slice.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Activate(in LstmLayer layer, in LstmSlice slice, int step, int block, int s, int rows)
    {
        LstmExtras extras = layer.Extras;
        int time = layer.Time(step), units = Math.Min(W, layer.H - block * W);
        nint h = layer.H, row = block * slice.Rows + slice.Row(layer, step) + s;
        nint previous = step == 0 ? 0 : block * slice.Rows + slice.Row(layer, step - 1) + s;
        V one = S.Set(1);
        for (int r = 0; r < rows; r++)
        {
            int sample = slice.Start + s + r;
            float* gates = slice.Gates + (row + r) * 4 * W, cells = slice.Cells + (row + r) * 2 * W;
            float* before = step == 0 ? null : slice.Cells + (previous + r) * 2 * W;
            nint state = sample * h + block * W, place = time * (nint)layer.B * h + state;
            if (!extras.Runs(sample, time))
            {
                if (!slice.IsCompact)
                {
                    new Span<float>(gates, 4 * W).Clear();
                    S.Store(cells, before == null ? default : S.Load(before));
                    S.Store(cells + W, default);
                }
                Tiles<S, V>.StorePart(layer.Y + place, default, units);
                Tiles<S, V>.StorePart(layer.Hidden + place, Tiles<S, V>.LoadPart(layer.HiddenStart + state, units),
                    units);
                continue;
            }
            bool begins = Begins(layer, step, time, sample);
            V c = begins ? Initial(layer.C0, state, units) : S.Load(before);
            V i = VectorMath<S, V>.Sigmoid(S.Load(gates)), f = VectorMath<S, V>.Sigmoid(S.Load(gates + W));
            V g = VectorMath<S, V>.Tanh(S.Load(gates + 2 * W)), o = VectorMath<S, V>.Sigmoid(S.Load(gates + 3 * W));
            S.Store(gates, i);
            S.Store(gates + W, f);
            S.Store(gates + 2 * W, g);
            S.Store(gates + 3 * W, o);
            V fresh = S.Fma(f, c, S.Mul(i, g)), tanh = VectorMath<S, V>.Tanh(fresh), y = S.Mul(o, tanh);
            if (extras.HasZoneC)
            {
                V stay = Stay(extras.ZoneC, extras.StayC, place, units);
                fresh = S.Fma(stay, c, S.Mul(S.Sub(one, stay), fresh));
            }
            S.Store(cells, fresh);
            S.Store(cells + W, tanh);
            if (extras.HasZoneH)
            {
                V stay = Stay(extras.ZoneH, extras.StayH, place, units);
                V earlier = begins ? Initial(layer.H0, state, units)
                    : Tiles<S, V>.LoadPart(layer.Y + layer.Time(step - 1) * (nint)layer.B * h + state, units);
                y = S.Fma(stay, earlier, S.Mul(S.Sub(one, stay), y));
            }
            Tiles<S, V>.StorePart(layer.Y + place, y, units);
            if (layer.Hidden != layer.Y)
                Tiles<S, V>.StorePart(layer.Hidden + place,
                    extras.Mask == null ? y : S.Mul(y, Tiles<S, V>.LoadPart(extras.Mask + state, units)), units);
        }
    }

    /// <summary>Gradients of a unit block's gates at one step, for the slice's samples.</summary>
    /// <param name="dh">What comes back through the next step's product, of the slice.</param>
    /// <param name="bias">[4W] that the gates' gradients are added to.</param>
    /// <param name="carry">What goes straight back to h of the step before, of the slice; both with rows of <paramref
    /// name="stride"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gates(in LstmBackwardArguments a, in LstmSlice slice, int step, int block, float* dh,
        float* carry, nint stride, float* bias)
    {
        ref readonly LstmLayer layer = ref a.Layer;
        LstmExtras extras = layer.Extras;
        bool last = step == layer.T - 1;
        int time = layer.Time(step), units = Math.Min(W, layer.H - block * W), blocks = Tiles<S, V>.Cover(layer.H, W);
        nint h = layer.H, column = block * W, row = block * slice.Rows + slice.Row(layer, step);
        nint previous = step == 0 ? 0 : block * slice.Rows + slice.Row(layer, step - 1);
        float* dcSlice = a.DC + ((nint)slice.Start * blocks + (nint)block * slice.Count) * W;
        V one = S.Set(1);
        V di = S.Load(bias), df = S.Load(bias + W), dg = S.Load(bias + 2 * W), dO = S.Load(bias + 3 * W);
        for (nint s = 0; s < slice.Count; s++)
        {
            int sample = slice.Start + (int)s;
            nint state = sample * h + column, place = time * (nint)layer.B * h + state;
            float* straight = carry + s * stride + column;
            V d = last ? Initial(a.DHLast, state, units)
                : S.Add(Masked(extras, state, units, S.Load(dh + s * stride + column)), S.Load(straight));
            V dc = last ? Initial(a.DCLast, state, units) : S.Load(dcSlice + s * W);
            if (extras.Runs(sample, time))
            {
                if (a.DY != null)
                    d = S.Add(d, Tiles<S, V>.LoadPart(a.DY + place, units));
                V fresh = d, dFresh = dc;
                (d, dc) = (default, default);
                if (extras.HasZoneH)
                {
                    V stay = Stay(extras.ZoneH, extras.StayH, place, units);
                    d = S.Mul(stay, fresh);
                    fresh = S.Mul(S.Sub(one, stay), fresh);
                }
                if (extras.HasZoneC)
                {
                    V stay = Stay(extras.ZoneC, extras.StayC, place, units);
                    dc = S.Mul(stay, dFresh);
                    dFresh = S.Mul(S.Sub(one, stay), dFresh);
                }
                V before = Begins(layer, step, time, sample) ? Initial(layer.C0, state, units)
                    : S.Load(slice.Cells + (previous + s) * 2 * W);
                float* gates = slice.Gates + (row + s) * 4 * W;
                V i = S.Load(gates), f = S.Load(gates + W), g = S.Load(gates + 2 * W), o = S.Load(gates + 3 * W);
                V tanh = S.Load(slice.Cells + (row + s) * 2 * W + W), dho = S.Mul(fresh, o);
                dFresh = S.Add(dFresh, S.Mul(dho, S.Sub(one, S.Mul(tanh, tanh))));
                V toI = S.Mul(S.Mul(dFresh, g), S.Mul(i, S.Sub(one, i)));
                V toF = S.Mul(S.Mul(dFresh, before), S.Mul(f, S.Sub(one, f)));
                V toG = S.Mul(S.Mul(dFresh, i), S.Sub(one, S.Mul(g, g)));
                V toO = S.Mul(S.Mul(dho, tanh), S.Sub(one, o));
                S.Store(gates, toI);
                S.Store(gates + W, toF);
                S.Store(gates + 2 * W, toG);
                S.Store(gates + 3 * W, toO);
                di = S.Add(di, toI);
                df = S.Add(df, toF);
                dg = S.Add(dg, toG);
                dO = S.Add(dO, toO);
                dc = S.Fma(dFresh, f, dc);
            }
            S.Store(straight, d);
            S.Store(dcSlice + s * W, dc);
            if (step == 0 && a.DC0 != null)
                Tiles<S, V>.StorePart(a.DC0 + state, dc, units);
        }
        S.Store(bias, di);
        S.Store(bias + W, df);
        S.Store(bias + 2 * W, dg);
        S.Store(bias + 3 * W, dO);
    }

    /// <summary>DH0 of a slice, from what came back through the first step's product and straight.</summary>
    public static void InitialGradient(in LstmBackwardArguments a, in LstmSlice slice, float* dh, float* carry,
        nint stride)
    {
        for (nint s = 0; s < slice.Count; s++)
            for (int unit = 0; unit < a.Layer.H; unit += W)
            {
                int units = Math.Min(W, a.Layer.H - unit);
                nint state = (slice.Start + s) * a.Layer.H + unit, place = s * stride + unit;
                Tiles<S, V>.StorePart(a.DH0 + state, S.Add(Masked(a.Layer.Extras, state, units, S.Load(dh + place)),
                    S.Load(carry + place)), units);
            }
    }

    /// <summary>Whether a sample's first step is this one: a reversed sequence begins at its own end.</summary>
    private static bool Begins(in LstmLayer layer, int step, int time, int sample) =>
        step == 0 || (layer.Reverse && !layer.Extras.Runs(sample, time + 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Initial(float* state, nint place, int units) => state == null ? default
        : Tiles<S, V>.LoadPart(state + place, units);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Masked(in LstmExtras extras, nint state, int units, V value) =>
        extras.Mask == null ? value : S.Mul(value, Tiles<S, V>.LoadPart(extras.Mask + state, units));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Stay(byte* zone, float rate, nint place, int units) =>
        zone == null ? S.Set(rate) : Tiles<S, V>.LoadPartBytes(zone + place, units);
}
