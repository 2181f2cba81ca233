namespace GpuLstm.Kernels.Gpu;

/// <summary>The ceiling of a GPU's arithmetic: multiply-adds in registers.</summary>
public static partial class Peak
{
    /// <summary>Multiply-adds of an item's repeat: as many independent chains.</summary>
    public const int Chains = 16;

    /// <summary>Repeats x = factor x + summand in chains that start at the item's number and above it.</summary>
    /// <param name="i">Item.</param>
    /// <param name="results">[items] the sum of an item's chains: else the loop would be removed.</param>
    /// <param name="repeats">Of all chains.</param>
    /// <param name="factor">Below 1.</param>
    /// <param name="summand">Any.</param>
    [Kernel]
    public static void MultiplyAdd(Index1D i, ArrayView<float> results, int repeats, float factor, float summand)
    {
        ArrayView<Float4> chains = LocalMemory.Allocate<Float4>(Chains / 4);
        Float4 summands = new(summand, summand, summand, summand);
        for (int chain = 0; chain < Loop.Unroll(Chains / 4); chain++)
            chains[chain] = new(i, i + 1, i + 2, i + 3 + chain);
        for (int repeat = 0; repeat < repeats; repeat++)
            for (int chain = 0; chain < Loop.Unroll(Chains / 4); chain++)
                chains[chain] = Fused.MultiplyAdd(chains[chain], factor, summands);
        Float4 sum = chains[0];
        for (int chain = 1; chain < Loop.Unroll(Chains / 4); chain++)
            sum += chains[chain];
        results[i] = sum.X + sum.Y + sum.Z + sum.W;
    }
}
