namespace GpuLstm.Kernels.Gpu;

/// <summary>What an item adds up for its unit: the four gates of four samples, in registers.</summary>
public struct GateSums
{
    /// <summary>Samples of an item.</summary>
    public const int Samples = 4;

    public Float4 First, Second, Third, Fourth;

    /// <summary>Adds one summand of the recurrent product.</summary>
    /// <param name="sums">Updated.</param>
    /// <param name="weights">Of the four gates.</param>
    /// <param name="h">Of the four samples.</param>
    public static void MultiplyAdd(ref GateSums sums, Float4 weights, Float4 h)
    {
        sums.First = weights * h.X + sums.First;
        sums.Second = weights * h.Y + sums.Second;
        sums.Third = weights * h.Z + sums.Third;
        sums.Fourth = weights * h.W + sums.Fourth;
    }
}
