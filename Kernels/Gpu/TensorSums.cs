namespace GpuLstm.Kernels.Gpu;

/// <summary>What a warp of <see cref="MatMulTensor"/> adds up, in registers: Side by Side products of [16,
/// 8].</summary>
public interface ITensorSums<TSelf> where TSelf : struct, ITensorSums<TSelf>
{
    /// <summary>Products along each side.</summary>
    static abstract int Side { get; }

    /// <summary>sums += rows times columns, TFactor.Depth summands of them.</summary>
    /// <param name="sums">Updated.</param>
    /// <param name="ring">Floats.</param>
    /// <param name="row">The lane's first element of the rows.</param>
    /// <param name="column">Of the columns.</param>
    static abstract void MultiplyAdd<TFactor, TA, TB>(ref TSelf sums, ArrayView<float> ring, long row, long column)
        where TFactor : struct, ITensorFactor
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder;

    /// <summary>Writes the lane's elements.</summary>
    /// <param name="sums">Read.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="row">Of C, the lane's first.</param>
    /// <param name="column">Of C, the lane's first.</param>
    static abstract void Store(ref TSelf sums, MatMulTarget to, int row, int column);
}

/// <summary>Two by two, for tiles of 64.</summary>
public struct Sums2 : ITensorSums<Sums2>
{
    public Float4 TopLeft, TopRight, BottomLeft, BottomRight;

    public static int Side => 2;

    public static void MultiplyAdd<TFactor, TA, TB>(ref Sums2 sums, ArrayView<float> ring, long row, long column)
        where TFactor : struct, ITensorFactor
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        Float2 left = MatMulTensor.Right<TFactor, TB>(ring, column, 0, Side);
        Float2 right = MatMulTensor.Right<TFactor, TB>(ring, column, 1, Side);
        Float4 rows = MatMulTensor.Left<TFactor, TA>(ring, row, 0, Side);
        sums.TopLeft = TFactor.MultiplyAdd(rows, left, sums.TopLeft);
        sums.TopRight = TFactor.MultiplyAdd(rows, right, sums.TopRight);
        rows = MatMulTensor.Left<TFactor, TA>(ring, row, 1, Side);
        sums.BottomLeft = TFactor.MultiplyAdd(rows, left, sums.BottomLeft);
        sums.BottomRight = TFactor.MultiplyAdd(rows, right, sums.BottomRight);
    }

    public static void Store(ref Sums2 sums, MatMulTarget to, int row, int column)
    {
        MatMulTensor.Store(sums.TopLeft, to, row, column);
        MatMulTensor.Store(sums.TopRight, to, row, column + 8);
        MatMulTensor.Store(sums.BottomLeft, to, row + 16, column);
        MatMulTensor.Store(sums.BottomRight, to, row + 16, column + 8);
    }
}

/// <summary>Four by four, for tiles of 128.</summary>
public struct Sums4 : ITensorSums<Sums4>
{
    public Block4 First, Second, Third, Fourth; // rows of products

    public static int Side => 4;

    public static void MultiplyAdd<TFactor, TA, TB>(ref Sums4 sums, ArrayView<float> ring, long row, long column)
        where TFactor : struct, ITensorFactor
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        Float2 first = MatMulTensor.Right<TFactor, TB>(ring, column, 0, Side);
        Float2 second = MatMulTensor.Right<TFactor, TB>(ring, column, 1, Side);
        Float2 third = MatMulTensor.Right<TFactor, TB>(ring, column, 2, Side);
        Float2 fourth = MatMulTensor.Right<TFactor, TB>(ring, column, 3, Side);
        Row<TFactor>(ref sums.First, MatMulTensor.Left<TFactor, TA>(ring, row, 0, Side), first, second, third, fourth);
        Row<TFactor>(ref sums.Second, MatMulTensor.Left<TFactor, TA>(ring, row, 1, Side), first, second, third, fourth);
        Row<TFactor>(ref sums.Third, MatMulTensor.Left<TFactor, TA>(ring, row, 2, Side), first, second, third, fourth);
        Row<TFactor>(ref sums.Fourth, MatMulTensor.Left<TFactor, TA>(ring, row, 3, Side), first, second, third, fourth);
    }

    private static void Row<TFactor>(
        ref Block4 sums, Float4 rows, Float2 first, Float2 second, Float2 third, Float2 fourth)
        where TFactor : struct, ITensorFactor
    {
        sums.First = TFactor.MultiplyAdd(rows, first, sums.First);
        sums.Second = TFactor.MultiplyAdd(rows, second, sums.Second);
        sums.Third = TFactor.MultiplyAdd(rows, third, sums.Third);
        sums.Fourth = TFactor.MultiplyAdd(rows, fourth, sums.Fourth);
    }

    public static void Store(ref Sums4 sums, MatMulTarget to, int row, int column)
    {
        StoreRow(sums.First, to, row, column);
        StoreRow(sums.Second, to, row + 16, column);
        StoreRow(sums.Third, to, row + 32, column);
        StoreRow(sums.Fourth, to, row + 48, column);
    }

    private static void StoreRow(Block4 sums, MatMulTarget to, int row, int column)
    {
        MatMulTensor.Store(sums.First, to, row, column);
        MatMulTensor.Store(sums.Second, to, row, column + 8);
        MatMulTensor.Store(sums.Third, to, row, column + 16);
        MatMulTensor.Store(sums.Fourth, to, row, column + 24);
    }
}
