namespace GpuLstm.Kernels.Gpu;

/// <summary>What the persistent kernels share: an item's piece of the recurrent weights, its product with a vector in
/// shared memory, and sums over the lanes that share a row.</summary>
/// <remarks>
/// An item's number is unit * slices + slice. Its piece is <c>places</c> quads of weights: forward the four gates of
/// its unit, at every k in its slice; backward four units' columns, at every gate row in its slice. A vector is cut in
/// quads, and lane l of the n that share a row takes the quads l, l + n, l + 2n, ..., so that a warp reads neighbours.
/// Of its places an item keeps <c>kept</c> in registers, spread evenly; the rest lies in shared memory, [place, item].
/// </remarks>
internal static class LstmPieces
{
    /// <summary>Brings an item's piece from <paramref name="packed"/>, <paramref name="stride"/> quads from a place to
    /// the next.</summary>
    public static void Load(
        ArrayView<Float4> packed, int stride, ArrayView<Float4> near, ArrayView<Float4> far, int item, int items,
        SpecializedValue<int> places, SpecializedValue<int> kept)
    {
        for (int place = 0; place < Loop.Unroll(places); place++)
        {
            int index = place * kept / places;
            if ((place + 1) * kept / places > index)
                near[index] = packed[place * stride + item];
            else
                far[(place - index) * items + item] = packed[place * stride + item];
        }
    }

    /// <summary>sums[sample] = the item's piece times its quads of each sample's vector.</summary>
    /// <param name="vectors">Shared: quads of the samples' vectors.</param>
    /// <param name="start">The item's first quad of the first sample.</param>
    /// <param name="row">Quads from a sample to the next.</param>
    /// <param name="apart">Quads from one of the item's to its next.</param>
    /// <param name="near">The places in registers.</param>
    /// <param name="far">The others.</param>
    /// <param name="sums">[samples] overwritten.</param>
    /// <param name="item">In the group.</param>
    /// <param name="items">Of the group.</param>
    /// <param name="samples">Of a group.</param>
    /// <param name="places">Quads of an item's piece, a multiple of 4.</param>
    /// <param name="kept">Of them in registers.</param>
    public static void Multiply(
        ArrayView<Float4> vectors, int start, int row, int apart, ArrayView<Float4> near, ArrayView<Float4> far,
        ArrayView<Float4> sums, int item, int items, SpecializedValue<int> samples, SpecializedValue<int> places,
        SpecializedValue<int> kept)
    {
        ArrayView<Float4> own = vectors.SubView(start); // what is left of an index is then part of the instruction
        for (int n = 0; n < Loop.Unroll(samples); n++)
            sums[n] = default;
        for (int quad = 0; quad < Loop.Unroll(places / 4); quad++)
        {
            Float4 first = Weight(near, far, 4 * quad, item, items, places, kept);
            Float4 second = Weight(near, far, 4 * quad + 1, item, items, places, kept);
            Float4 third = Weight(near, far, 4 * quad + 2, item, items, places, kept);
            Float4 fourth = Weight(near, far, 4 * quad + 3, item, items, places, kept);
            for (int n = 0; n < Loop.Unroll(samples); n++)
            {
                Float4 vector = own[n * row + quad * apart];
                sums[n] = Fused.MultiplyAdd(first, vector.X, sums[n]);
                sums[n] = Fused.MultiplyAdd(second, vector.Y, sums[n]);
                sums[n] = Fused.MultiplyAdd(third, vector.Z, sums[n]);
                sums[n] = Fused.MultiplyAdd(fourth, vector.W, sums[n]);
            }
        }
    }

    private static Float4 Weight(
        ArrayView<Float4> near, ArrayView<Float4> far, int place, int item, int items,
        SpecializedValue<int> places, SpecializedValue<int> kept)
    {
        int index = place * kept / places;
        return (place + 1) * kept / places > index ? near[index] : far[(place - index) * items + item];
    }

    /// <summary>Adds up the sums of the <paramref name="slices"/> neighbouring lanes that share a unit. The samples are
    /// shared out among them: a lane ends with its own in sums[0], sums[1], ...</summary>
    public static void Share(ArrayView<Float4> sums, SpecializedValue<int> samples, SpecializedValue<int> slices)
    {
        if (slices > 1)
            Halve(sums, slices / 2, samples);
        if (slices > 2)
            Halve(sums, slices / 4, (samples + 1) / 2);
        if (slices > 4)
            Halve(sums, slices / 8, (samples + 3) / 4);
        if (slices > 8)
            Halve(sums, slices / 16, (samples + 7) / 8);
        if (slices > 16)
            Halve(sums, slices / 32, (samples + 15) / 16);
    }

    /// <summary>Two lanes that differ in <paramref name="mask"/> add their sums of <paramref name="count"/> samples:
    /// the upper lane goes on with the upper half, or both with the only one.</summary>
    private static void Halve(ArrayView<Float4> sums, int mask, int count)
    {
        bool upper = (Warp.LaneIdx & mask) != 0;
        if (count == 1)
            sums[0] += Exchange(sums[0], mask);
        else
            for (int n = 0; n < Loop.Unroll(count / 2); n++)
            {
                Float4 give = upper ? sums[n] : sums[n + count / 2];
                Float4 keep = upper ? sums[n + count / 2] : sums[n];
                sums[n] = keep + Exchange(give, mask);
            }
    }

    private static Float4 Exchange(Float4 value, int mask) => new(
        Warp.ShuffleXor(value.X, mask), Warp.ShuffleXor(value.Y, mask),
        Warp.ShuffleXor(value.Z, mask), Warp.ShuffleXor(value.W, mask));

    /// <summary>As <see cref="Share"/> for backward, where 4 * slices lanes share four units: a lane ends with its own
    /// unit's sums, of its own samples, in <paramref name="own"/>.</summary>
    public static void ShareColumns(
        ArrayView<Float4> sums, ArrayView<float> own, SpecializedValue<int> samples, SpecializedValue<int> slices)
    {
        bool right = (Warp.LaneIdx & 2 * slices) != 0, odd = (Warp.LaneIdx & slices) != 0;
        for (int n = 0; n < Loop.Unroll(samples); n++)
        {
            float x = (right ? sums[n].Z : sums[n].X) + Warp.ShuffleXor(right ? sums[n].X : sums[n].Z, 2 * slices);
            float y = (right ? sums[n].W : sums[n].Y) + Warp.ShuffleXor(right ? sums[n].Y : sums[n].W, 2 * slices);
            own[n] = (odd ? y : x) + Warp.ShuffleXor(odd ? x : y, slices);
        }
        if (slices > 1)
            Halve(own, slices / 2, samples);
        if (slices > 2)
            Halve(own, slices / 4, (samples + 1) / 2);
        if (slices > 4)
            Halve(own, slices / 8, (samples + 3) / 4);
    }

    private static void Halve(ArrayView<float> sums, int mask, int count)
    {
        bool upper = (Warp.LaneIdx & mask) != 0;
        if (count == 1)
            sums[0] += Warp.ShuffleXor(sums[0], mask);
        else
            for (int n = 0; n < Loop.Unroll(count / 2); n++)
            {
                float give = upper ? sums[n] : sums[n + count / 2];
                float keep = upper ? sums[n + count / 2] : sums[n];
                sums[n] = keep + Warp.ShuffleXor(give, mask);
            }
    }

    /// <summary>Samples that a lane ends with: fewer than one of the group's per lane still count as one.</summary>
    public static int Own(SpecializedValue<int> samples, SpecializedValue<int> slices) =>
        samples > slices ? samples / slices : 1;

    /// <summary>The first of them.</summary>
    public static int FirstOwn(SpecializedValue<int> samples, SpecializedValue<int> slices, int slice) =>
        samples > slices ? slice * (samples / slices) : slice / (slices / samples);

    /// <summary>Whether a lane is the one that writes its samples' values.</summary>
    public static bool Writes(SpecializedValue<int> samples, SpecializedValue<int> slices, int slice) =>
        samples > slices || slice % (slices / samples) == 0;
}
