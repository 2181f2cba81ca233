namespace GpuLstm.Kernels.Gpu;

/// <summary>A form of <see cref="LstmPersistent"/>.</summary>
/// <param name="Kept">Places of an item in registers.</param>
/// <param name="Samples">Of a group.</param>
/// <param name="MostItems">Of a group, whose registers then hold all that the kernels need: a multiprocessor has 65,536
/// and shares them out by fours of warps, so 256 items have up to 255 each, 384 have 168 and 512 have 128.</param>
/// <param name="Forward">The kernel.</param>
/// <param name="Backward">The kernel.</param>
public sealed record PersistentVariant(int Kept, int Samples, int MostItems, Delegate Forward, Delegate Backward)
{
    /// <summary>All that there are: a layer whose piece is larger than what its groups can keep reads the rest from
    /// shared memory.</summary>
    public static IReadOnlyList<PersistentVariant> All { get; } =
    [
        Of<Kept8, Samples1>(256), Of<Kept8, Samples2>(256), Of<Kept8, Samples4>(256),
        Of<Kept16, Samples1>(512), Of<Kept16, Samples2>(512), Of<Kept16, Samples4>(384),
        Of<Kept24, Samples1>(384), Of<Kept24, Samples2>(384),
        Of<Kept48, Samples1>(256),
    ];

    private static PersistentVariant Of<TKept, TSamples>(int mostItems)
        where TKept : struct, IKeptWeights<TKept>
        where TSamples : struct, IGroupSamples<TSamples> =>
        new(TKept.Places, TSamples.Count, mostItems, LstmPersistent.Forward<TKept, TSamples>,
            LstmPersistent.Backward<TKept, TSamples>);
}
