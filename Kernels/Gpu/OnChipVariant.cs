namespace GpuLstm.Kernels.Gpu;

/// <summary>A form of <see cref="LstmPersistent"/> or <see cref="LstmSpread"/>.</summary>
/// <param name="Kept">Places of an item in registers.</param>
/// <param name="Samples">Of a group, at a time.</param>
/// <param name="MostItems">Of a group, whose registers then hold all that the kernels need: a multiprocessor has 65,536
/// and shares them out by fours of warps, so 256 items have up to 255 each, 384 have 168 and 512 have 128.</param>
/// <param name="Forward">The kernel.</param>
/// <param name="Backward">The kernel.</param>
public sealed record OnChipVariant(int Kept, int Samples, int MostItems, Delegate Forward, Delegate Backward)
{
    /// <summary>All of <see cref="LstmPersistent"/>: a layer whose piece is larger than what its groups can keep reads
    /// the rest from shared memory.</summary>
    public static IReadOnlyList<OnChipVariant> Persistent { get; } =
    [
        Persist<Kept8, Samples1>(256), Persist<Kept8, Samples2>(256), Persist<Kept8, Samples4>(256),
        Persist<Kept16, Samples1>(512), Persist<Kept16, Samples2>(512), Persist<Kept16, Samples4>(384),
        Persist<Kept24, Samples1>(384), Persist<Kept24, Samples2>(384),
        Persist<Kept48, Samples1>(256),
    ];

    /// <summary>All of <see cref="LstmSpread"/>.</summary>
    public static IReadOnlyList<OnChipVariant> Spread { get; } =
    [
        Over<Kept16, Samples1>(384), Over<Kept16, Samples2>(384), Over<Kept16, Samples4>(384),
        Over<Kept32, Samples1>(256), Over<Kept32, Samples2>(256), Over<Kept32, Samples4>(256),
        Over<Kept48, Samples1>(256),
    ];

    private static OnChipVariant Persist<TKept, TSamples>(int mostItems)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples> =>
        new(TKept.Places, TSamples.Count, mostItems, LstmPersistent.Forward<TKept, TSamples>,
            LstmPersistent.Backward<TKept, TSamples>);

    private static OnChipVariant Over<TKept, TSamples>(int mostItems)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples> =>
        new(TKept.Places, TSamples.Count, mostItems, LstmSpread.Forward<TKept, TSamples>,
            LstmSpread.Backward<TKept, TSamples>);
}
