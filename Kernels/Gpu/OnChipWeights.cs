namespace GpuLstm.Kernels.Gpu;

/// <summary>What <see cref="LstmPersistent"/> and <see cref="LstmSpread"/> share: an item's piece of the recurrent
/// weights, and its product with vectors in shared memory.</summary>
/// <remarks>An item's number is unit * slices + slice. Its piece of the weights is <c>places</c> quads, a multiple of 4
/// with places * slices at least H: forward the four gates of its unit, at every k in its slice; backward four units'
/// columns, at every gate row in its slice. A vector is cut in quads, and lane l of the n that share a row takes the
/// quads l, l + n, l + 2n, ..., so that a warp reads neighbours. The first TKept.Places places are in registers, the
/// rest in shared memory behind the vectors, [place, item].</remarks>
public static class OnChipWeights
{
    /// <summary>Quads of dynamic shared memory: what steps hand on, twice, and weights.</summary>
    /// <param name="backward">Gates' gradients are handed on; else h.</param>
    /// <param name="samples">Whose vectors are there at a time.</param>
    /// <param name="places">Of an item.</param>
    /// <param name="kept">Of them in registers.</param>
    /// <param name="slices">Lanes that share a unit.</param>
    /// <param name="items">Of a group.</param>
    public static int SharedQuads(bool backward, int samples, int places, int kept, int slices, int items) =>
        2 * samples * places * slices / (backward ? 1 : 4) + (places - kept) * items;

    /// <summary>The recurrent weights [4H, H] as the items of forward and of backward read them; overwrites
    /// both.</summary>
    /// <param name="index">place * items + item.</param>
    /// <param name="weights">[4H, H].</param>
    /// <param name="forward">[places, items] the four gates of a unit at one k.</param>
    /// <param name="backward">[places, items] four units' columns of one gate row; or empty.</param>
    /// <param name="H">Hidden size.</param>
    /// <param name="slices">Lanes that share a unit.</param>
    /// <param name="items">That share the weights: of a group, or of a row of groups.</param>
    /// <param name="byUnit">1: backward's vectors hold the gates of a unit side by side; 0: they are rows [4H].</param>
    public static void Pack(
        Index1D index, ArrayView<float> weights, ArrayView<Float4> forward, ArrayView<Float4> backward, int H,
        int slices, int items, int byUnit)
    {
        int item = index % items, place = index / items;
        int unit = item / slices, k = 4 * (place / 4 * slices + item % slices) + place % 4;
        forward[index] = new(
            At(weights, 0, unit, k, H), At(weights, 1, unit, k, H), At(weights, 2, unit, k, H),
            At(weights, 3, unit, k, H));
        if (backward.Length == 0)
            return;
        int lanes = 4 * slices, column = item / lanes * 4, quad = place / 4 * lanes + item % lanes;
        int element = 4 * quad + place % 4, gate = byUnit != 0 ? place % 4 : element / H;
        int row = byUnit != 0 ? quad : element % H;
        backward[index] = new(
            At(weights, gate, row, column, H), At(weights, gate, row, column + 1, H),
            At(weights, gate, row, column + 2, H), At(weights, gate, row, column + 3, H));
    }

    private static float At(ArrayView<float> weights, int gate, int unit, int k, int H) =>
        gate < 4 && unit < H && k < H ? weights[((long)gate * H + unit) * H + k] : 0;

    /// <summary>An item's places: the first into registers, the others to shared memory.</summary>
    /// <param name="packed">From <see cref="Pack"/>.</param>
    /// <param name="at">The item's first place.</param>
    /// <param name="stride">From a place to the next.</param>
    /// <param name="quads">Shared memory.</param>
    /// <param name="far">The item's first place there.</param>
    /// <param name="items">Of the group.</param>
    /// <param name="places">Of the item.</param>
    internal static TKept Load<TKept>(
        ArrayView<Float4> packed, int at, int stride, ArrayView<Float4> quads, int far, int items, int places)
        where TKept : struct, IKeptWeights<TKept>
    {
        for (int place = TKept.Places; place < places; place++)
            quads[far + (place - TKept.Places) * items] = packed[place * stride + at];
        return TKept.Load(packed, at, stride);
    }

    /// <summary>sums += the item's piece times its quads of each sample's vector.</summary>
    /// <param name="near">The piece's places in registers.</param>
    /// <param name="sums">Updated.</param>
    /// <param name="quads">Shared memory.</param>
    /// <param name="at">The item's first quad of the first sample.</param>
    /// <param name="row">Quads from a sample to the next.</param>
    /// <param name="apart">Quads from one of the item's to its next.</param>
    /// <param name="far">The item's first place in shared memory.</param>
    /// <param name="items">Of the group.</param>
    /// <param name="places">Of the item.</param>
    internal static void Multiply<TKept, TSamples>(
        ref TKept near, ref TSamples sums, ArrayView<Float4> quads, long at, long row, long apart, int far, int items,
        int places)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples>
    {
        TKept.MultiplyAdd(ref near, ref sums, quads, at, row, apart);
        long weights = far;
        at += TKept.Places / 4 * apart;
        for (int place = TKept.Places; place < places; place += 4)
        {
            Block4 four;
            four.First = quads[weights];
            four.Second = quads[weights + items];
            four.Third = quads[weights + 2L * items];
            four.Fourth = quads[weights + 3L * items];
            TSamples.MultiplyAdd(ref sums, four, quads, at, row);
            weights += 4L * items;
            at += apart;
        }
    }
}
