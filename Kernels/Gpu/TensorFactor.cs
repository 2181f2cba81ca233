namespace GpuLstm.Kernels.Gpu;

/// <summary>What <see cref="MatMulTensor"/> rounds its factors to.</summary>
public interface ITensorFactor
{
    /// <summary>Summands of one instruction.</summary>
    static abstract int Depth { get; }

    /// <summary>A lane's part of 16 rows.</summary>
    /// <param name="ring">Floats.</param>
    /// <param name="at">The lane's first element: its row's summand 2 t, t being lane % 4.</param>
    /// <param name="down">From a row to the eighth after it.</param>
    /// <param name="along">From a summand to the next.</param>
    static abstract Float4 Left(ArrayView<float> ring, long at, long down, long along);

    /// <summary>A lane's part of 8 columns; see <see cref="Left"/>.</summary>
    static abstract Float2 Right(ArrayView<float> ring, long at, long along);

    /// <summary>sum + a b.</summary>
    static abstract Float4 MultiplyAdd(Float4 a, Float2 b, Float4 sum);
}

/// <summary>10 bits of mantissa.</summary>
/// <remarks>Summands 2 t and 2 t + 1 stand where the manual has t and t + 4: any order of the summands will do that is
/// the same for rows and columns, and neighbours are one read.</remarks>
public struct Tf32 : ITensorFactor
{
    public static int Depth => 8;

    public static Float4 Left(ArrayView<float> ring, long at, long down, long along) => new(
        Round(ring[at]), Round(ring[at + down]), Round(ring[at + along]), Round(ring[at + down + along]));

    public static Float2 Right(ArrayView<float> ring, long at, long along) =>
        new(Round(ring[at]), Round(ring[at + along]));

    public static Float4 MultiplyAdd(Float4 a, Float2 b, Float4 sum) => TensorCore.MultiplyAddTf32(a, b, sum);

    /// <summary>Rounded by a product, where the conversion takes three instructions: the tensor core drops what is
    /// beyond 10 bits, before which this adds from a third to two thirds of the last one, as the mantissa goes from 1
    /// to 2. Numbers of TF32 stay as they are; others err by at most two thirds of the last bit, to either side
    /// alike.</summary>
    private static float Round(float x) => x * (1 + 1f / 3072);
}

/// <summary>7 bits of mantissa.</summary>
public struct Bf16 : ITensorFactor
{
    public static int Depth => 16;

    public static Float4 Left(ArrayView<float> ring, long at, long down, long along) => new(
        Pair(ring, at, along), Pair(ring, at + down, along), Pair(ring, at + 8 * along, along),
        Pair(ring, at + down + 8 * along, along));

    public static Float2 Right(ArrayView<float> ring, long at, long along) =>
        new(Pair(ring, at, along), Pair(ring, at + 8 * along, along));

    public static Float4 MultiplyAdd(Float4 a, Float2 b, Float4 sum) => TensorCore.MultiplyAddBf16(a, b, sum);

    private static float Pair(ArrayView<float> ring, long at, long along) =>
        TensorCore.PackBf16(ring[at], ring[at + along]);
}
