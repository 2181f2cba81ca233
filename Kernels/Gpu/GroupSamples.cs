namespace GpuLstm.Kernels.Gpu;

/// <summary>What an item of <see cref="LstmPersistent"/> or <see cref="LstmSpread"/> adds up for each of its group's
/// samples: the kernels are generic in it. Lanes that share a row then share the samples out: each ends with
/// one.</summary>
public interface IGroupSamples<TSelf> where TSelf : struct, IGroupSamples<TSelf>
{
    static abstract int Count { get; }

    /// <summary>sums += four places of weights times a quad of each sample's vector.</summary>
    /// <param name="sums">Updated.</param>
    /// <param name="weights">Of four places.</param>
    /// <param name="vectors">Quads.</param>
    /// <param name="at">Of the first sample.</param>
    /// <param name="row">Quads from a sample to the next.</param>
    static abstract void MultiplyAdd(ref TSelf sums, Block4 weights, ArrayView<Float4> vectors, long at, long row);

    /// <summary>The sum over the <paramref name="slices"/> neighbouring lanes that share a unit, of the lane's sample:
    /// slice / (slices / Count).</summary>
    static abstract Float4 Share(TSelf sums, int slices);

    /// <summary>As <see cref="Share"/> for backward, where 4 * slices lanes share four units: the lane's own
    /// unit's.</summary>
    static abstract float ShareColumns(TSelf sums, int slices);
}

/// <summary>What the lanes of a warp do together.</summary>
internal static class LaneSums
{
    public static Float4 Dot(Block4 weights, Float4 vector, Float4 sum) =>
        weights.Fourth * vector.W
            + (weights.Third * vector.Z + (weights.Second * vector.Y + (weights.First * vector.X + sum)));

    public static Float4 Exchange(Float4 value, int mask) => new(
        Warp.ShuffleXor(value.X, mask), Warp.ShuffleXor(value.Y, mask),
        Warp.ShuffleXor(value.Z, mask), Warp.ShuffleXor(value.W, mask));

    /// <summary>The sum of neighbouring lanes.</summary>
    public static Float4 All(Float4 sum, int lanes)
    {
        if (lanes > 4)
            sum += Exchange(sum, 4);
        if (lanes > 2)
            sum += Exchange(sum, 2);
        if (lanes > 1)
            sum += Exchange(sum, 1);
        return sum;
    }

    /// <inheritdoc cref="All(Float4, int)"/>
    public static float All(float sum, int lanes)
    {
        if (lanes > 4)
            sum += Warp.ShuffleXor(sum, 4);
        if (lanes > 2)
            sum += Warp.ShuffleXor(sum, 2);
        if (lanes > 1)
            sum += Warp.ShuffleXor(sum, 1);
        return sum;
    }

    /// <summary>Two lanes that differ in <paramref name="mask"/> add up: the lower has the first sum, the upper the
    /// second.</summary>
    public static Float4 Halve(Float4 first, Float4 second, int mask)
    {
        bool upper = (Group.IdxX & mask) != 0;
        return (upper ? second : first) + Exchange(upper ? first : second, mask);
    }

    /// <inheritdoc cref="Halve(Float4, Float4, int)"/>
    public static float Halve(float first, float second, int mask)
    {
        bool upper = (Group.IdxX & mask) != 0;
        return (upper ? second : first) + Warp.ShuffleXor(upper ? first : second, mask);
    }

    /// <summary>The lane's own of four units.</summary>
    public static float Column(Float4 units, int slices)
    {
        float x = Halve(units.X, units.Z, 2 * slices), y = Halve(units.Y, units.W, 2 * slices);
        return Halve(x, y, slices);
    }
}

/// <summary>One sample of a group; a unit has 1, 2, 4 or 8 slices.</summary>
public struct Samples1 : IGroupSamples<Samples1>
{
    public Float4 First;

    public static int Count => 1;

    public static void MultiplyAdd(ref Samples1 sums, Block4 weights, ArrayView<Float4> vectors, long at, long row) =>
        sums.First = LaneSums.Dot(weights, vectors[at], sums.First);

    public static Float4 Share(Samples1 sums, int slices) =>
        LaneSums.All(sums.First, slices);

    public static float ShareColumns(Samples1 sums, int slices) =>
        LaneSums.All(LaneSums.Column(sums.First, slices), slices);
}

/// <summary>Two samples of a group; a unit has 2, 4 or 8 slices.</summary>
public struct Samples2 : IGroupSamples<Samples2>
{
    public Float4 First, Second;

    public static int Count => 2;

    public static void MultiplyAdd(ref Samples2 sums, Block4 weights, ArrayView<Float4> vectors, long at, long row)
    {
        sums.First = LaneSums.Dot(weights, vectors[at], sums.First);
        sums.Second = LaneSums.Dot(weights, vectors[at + row], sums.Second);
    }

    public static Float4 Share(Samples2 sums, int slices) =>
        LaneSums.All(LaneSums.Halve(sums.First, sums.Second, slices / 2), slices / 2);

    public static float ShareColumns(Samples2 sums, int slices)
    {
        float first = LaneSums.Column(sums.First, slices), second = LaneSums.Column(sums.Second, slices);
        return LaneSums.All(LaneSums.Halve(first, second, slices / 2), slices / 2);
    }
}

/// <summary>Four samples of a group; a unit has 4 or 8 slices.</summary>
public struct Samples4 : IGroupSamples<Samples4>
{
    public Float4 First, Second, Third, Fourth;

    public static int Count => 4;

    public static void MultiplyAdd(ref Samples4 sums, Block4 weights, ArrayView<Float4> vectors, long at, long row)
    {
        sums.First = LaneSums.Dot(weights, vectors[at], sums.First);
        sums.Second = LaneSums.Dot(weights, vectors[at + row], sums.Second);
        sums.Third = LaneSums.Dot(weights, vectors[at + 2 * row], sums.Third);
        sums.Fourth = LaneSums.Dot(weights, vectors[at + 3 * row], sums.Fourth);
    }

    public static Float4 Share(Samples4 sums, int slices)
    {
        Float4 first = LaneSums.Halve(sums.First, sums.Third, slices / 2);
        Float4 second = LaneSums.Halve(sums.Second, sums.Fourth, slices / 2);
        return LaneSums.All(LaneSums.Halve(first, second, slices / 4), slices / 4);
    }

    public static float ShareColumns(Samples4 sums, int slices)
    {
        float first = LaneSums.Halve(
            LaneSums.Column(sums.First, slices), LaneSums.Column(sums.Third, slices), slices / 2);
        float second = LaneSums.Halve(
            LaneSums.Column(sums.Second, slices), LaneSums.Column(sums.Fourth, slices), slices / 2);
        return LaneSums.All(LaneSums.Halve(first, second, slices / 4), slices / 4);
    }
}
