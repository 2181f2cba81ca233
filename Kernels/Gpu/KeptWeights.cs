namespace GpuLstm.Kernels.Gpu;

/// <summary>The recurrent weights that an item of <see cref="LstmPersistent"/> or <see cref="LstmSpread"/> keeps in
/// registers: the kernels are generic in it. See <see cref="OnChipWeights"/> for what a place is.</summary>
public interface IKeptWeights<TSelf> where TSelf : struct, IKeptWeights<TSelf>
{
    /// <summary>Places, a multiple of 4.</summary>
    static abstract int Places { get; }

    /// <summary>From [place, item].</summary>
    /// <param name="packed">The weights.</param>
    /// <param name="at">The item's first place.</param>
    /// <param name="stride">From a place to the next.</param>
    static abstract TSelf Load(ArrayView<Float4> packed, long at, long stride);

    /// <summary>sums += the weights times each sample's vector.</summary>
    /// <param name="kept">The weights.</param>
    /// <param name="sums">Updated.</param>
    /// <param name="vectors">Quads of the samples' vectors.</param>
    /// <param name="at">The item's first quad of the first sample.</param>
    /// <param name="row">Quads from a sample to the next.</param>
    /// <param name="apart">Quads from one of the item's to its next.</param>
    static abstract void MultiplyAdd<TSamples>(
        ref TSelf kept, ref TSamples sums, ArrayView<Float4> vectors, long at, long row, long apart)
        where TSamples : struct, IGroupSamples<TSamples>;
}

/// <summary>Four places, which meet one quad of a vector.</summary>
public struct Kept4 : IKeptWeights<Kept4>
{
    public Block4 Weights;

    public static int Places => 4;

    public static Kept4 Load(ArrayView<Float4> packed, long at, long stride)
    {
        Kept4 kept;
        kept.Weights.First = packed[at];
        kept.Weights.Second = packed[at + stride];
        kept.Weights.Third = packed[at + 2 * stride];
        kept.Weights.Fourth = packed[at + 3 * stride];
        return kept;
    }

    public static void MultiplyAdd<TSamples>(
        ref Kept4 kept, ref TSamples sums, ArrayView<Float4> vectors, long at, long row, long apart)
        where TSamples : struct, IGroupSamples<TSamples> =>
        TSamples.MultiplyAdd(ref sums, kept.Weights, vectors, at, row);
}

/// <summary>4 places and 4.</summary>
public struct Kept8 : IKeptWeights<Kept8>
{
    public Kept4 First;
    public Kept4 Second;

    public static int Places => 8;

    public static Kept8 Load(ArrayView<Float4> packed, long at, long stride)
    {
        Kept8 kept;
        kept.First = Kept4.Load(packed, at, stride);
        kept.Second = Kept4.Load(packed, at + 4 * stride, stride);
        return kept;
    }

    public static void MultiplyAdd<TSamples>(
        ref Kept8 kept, ref TSamples sums, ArrayView<Float4> vectors, long at, long row, long apart)
        where TSamples : struct, IGroupSamples<TSamples>
    {
        Kept4.MultiplyAdd(ref kept.First, ref sums, vectors, at, row, apart);
        Kept4.MultiplyAdd(ref kept.Second, ref sums, vectors, at + 1 * apart, row, apart);
    }
}

/// <summary>8 places and 8.</summary>
public struct Kept16 : IKeptWeights<Kept16>
{
    public Kept8 First;
    public Kept8 Second;

    public static int Places => 16;

    public static Kept16 Load(ArrayView<Float4> packed, long at, long stride)
    {
        Kept16 kept;
        kept.First = Kept8.Load(packed, at, stride);
        kept.Second = Kept8.Load(packed, at + 8 * stride, stride);
        return kept;
    }

    public static void MultiplyAdd<TSamples>(
        ref Kept16 kept, ref TSamples sums, ArrayView<Float4> vectors, long at, long row, long apart)
        where TSamples : struct, IGroupSamples<TSamples>
    {
        Kept8.MultiplyAdd(ref kept.First, ref sums, vectors, at, row, apart);
        Kept8.MultiplyAdd(ref kept.Second, ref sums, vectors, at + 2 * apart, row, apart);
    }
}

/// <summary>16 places and 8.</summary>
public struct Kept24 : IKeptWeights<Kept24>
{
    public Kept16 First;
    public Kept8 Second;

    public static int Places => 24;

    public static Kept24 Load(ArrayView<Float4> packed, long at, long stride)
    {
        Kept24 kept;
        kept.First = Kept16.Load(packed, at, stride);
        kept.Second = Kept8.Load(packed, at + 16 * stride, stride);
        return kept;
    }

    public static void MultiplyAdd<TSamples>(
        ref Kept24 kept, ref TSamples sums, ArrayView<Float4> vectors, long at, long row, long apart)
        where TSamples : struct, IGroupSamples<TSamples>
    {
        Kept16.MultiplyAdd(ref kept.First, ref sums, vectors, at, row, apart);
        Kept8.MultiplyAdd(ref kept.Second, ref sums, vectors, at + 4 * apart, row, apart);
    }
}

/// <summary>16 places and 16.</summary>
public struct Kept32 : IKeptWeights<Kept32>
{
    public Kept16 First;
    public Kept16 Second;

    public static int Places => 32;

    public static Kept32 Load(ArrayView<Float4> packed, long at, long stride)
    {
        Kept32 kept;
        kept.First = Kept16.Load(packed, at, stride);
        kept.Second = Kept16.Load(packed, at + 16 * stride, stride);
        return kept;
    }

    public static void MultiplyAdd<TSamples>(
        ref Kept32 kept, ref TSamples sums, ArrayView<Float4> vectors, long at, long row, long apart)
        where TSamples : struct, IGroupSamples<TSamples>
    {
        Kept16.MultiplyAdd(ref kept.First, ref sums, vectors, at, row, apart);
        Kept16.MultiplyAdd(ref kept.Second, ref sums, vectors, at + 4 * apart, row, apart);
    }
}

/// <summary>24 places and 24.</summary>
public struct Kept48 : IKeptWeights<Kept48>
{
    public Kept24 First;
    public Kept24 Second;

    public static int Places => 48;

    public static Kept48 Load(ArrayView<Float4> packed, long at, long stride)
    {
        Kept48 kept;
        kept.First = Kept24.Load(packed, at, stride);
        kept.Second = Kept24.Load(packed, at + 24 * stride, stride);
        return kept;
    }

    public static void MultiplyAdd<TSamples>(
        ref Kept48 kept, ref TSamples sums, ArrayView<Float4> vectors, long at, long row, long apart)
        where TSamples : struct, IGroupSamples<TSamples>
    {
        Kept24.MultiplyAdd(ref kept.First, ref sums, vectors, at, row, apart);
        Kept24.MultiplyAdd(ref kept.Second, ref sums, vectors, at + 6 * apart, row, apart);
    }
}
