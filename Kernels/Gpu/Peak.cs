namespace GpuLstm.Kernels.Gpu;

/// <summary>The ceiling of a GPU's arithmetic: multiply-adds in registers.</summary>
public static class Peak
{
    /// <summary>Multiply-adds of an item's repeat: as many independent chains.</summary>
    public const int Chains = 16;

    /// <summary>Repeats x = factor x + summand in chains that start at the item's number and above it.</summary>
    /// <param name="i">Item.</param>
    /// <param name="results">[items] the sum of an item's chains: else the loop would be removed.</param>
    /// <param name="repeats">Of all chains.</param>
    /// <param name="factor">Below 1.</param>
    /// <param name="summand">Any.</param>
    public static void MultiplyAdd(Index1D i, ArrayView<float> results, int repeats, float factor, float summand)
    {
        Float4 summands = new(summand, summand, summand, summand);
        Float4 first = new(i, i + 1, i + 2, i + 3), second = new(i, i + 1, i + 2, i + 4);
        Float4 third = new(i, i + 1, i + 2, i + 5), fourth = new(i, i + 1, i + 2, i + 6);
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            first = first * factor + summands;
            second = second * factor + summands;
            third = third * factor + summands;
            fourth = fourth * factor + summands;
        }
        Float4 sum = first + second + (third + fourth);
        results[i] = sum.X + sum.Y + sum.Z + sum.W;
    }
}
