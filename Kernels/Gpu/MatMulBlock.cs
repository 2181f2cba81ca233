namespace GpuLstm.Kernels.Gpu;

/// <summary>What an item of <see cref="MatMul"/> adds up, in registers: squares of 4 by 4 elements of C. The kernel is
/// generic in it, so that one text serves blocks of several sizes.</summary>
public interface IMatMulBlock<TSelf> where TSelf : struct, IMatMulBlock<TSelf>
{
    /// <summary>Squares along each side of the block.</summary>
    static abstract int Squares { get; }

    /// <summary>sums += the outer product of a block's rows and columns at one summand.</summary>
    /// <param name="sums">Updated.</param>
    /// <param name="rows">A's piece in quads.</param>
    /// <param name="row">The block's first quad there.</param>
    /// <param name="columns">B's piece in quads.</param>
    /// <param name="column">The block's first quad there.</param>
    static abstract void MultiplyAdd(
        ref TSelf sums, ArrayView<Float4> rows, int row, ArrayView<Float4> columns, int column);

    /// <summary>Writes the block's elements.</summary>
    /// <param name="sums">Read.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="row">Of C, the block's first.</param>
    /// <param name="column">Of C, the block's first.</param>
    static abstract void Store(ref TSelf sums, MatMulTarget to, int row, int column);
}

/// <summary>C of a product, and what it does with a sum.</summary>
public struct MatMulTarget
{
    public ArrayView<float> C, Bias; // [M, N], [N] or empty
    public int M, N;
    public long Stride;              // elements from a row of C to the next
    public float Alpha, Beta;

    /// <summary>C[row, column] = alpha sum + beta C + bias, if it is inside.</summary>
    public static void Put(MatMulTarget to, int row, int column, float sum)
    {
        if (row >= to.M || column >= to.N)
            return;
        float value = to.Alpha * sum;
        if (to.Bias.Length > 0)
            value += to.Bias[column];
        if (to.Beta != 0)
            value = to.Beta * to.C[row * to.Stride + column] + value;
        to.C[row * to.Stride + column] = value;
    }
}

/// <summary>One square.</summary>
public struct Block4 : IMatMulBlock<Block4>
{
    public Float4 First, Second, Third, Fourth; // rows

    public static int Squares => 1;

    public static void MultiplyAdd(
        ref Block4 sums, ArrayView<Float4> rows, int row, ArrayView<Float4> columns, int column) =>
        Outer(ref sums, rows[row], columns[column]);

    internal static void Outer(ref Block4 sums, Float4 left, Float4 right)
    {
        sums.First = right * left.X + sums.First;
        sums.Second = right * left.Y + sums.Second;
        sums.Third = right * left.Z + sums.Third;
        sums.Fourth = right * left.W + sums.Fourth;
    }

    public static void Store(ref Block4 sums, MatMulTarget to, int row, int column)
    {
        StoreRow(sums.First, to, row, column);
        StoreRow(sums.Second, to, row + 1, column);
        StoreRow(sums.Third, to, row + 2, column);
        StoreRow(sums.Fourth, to, row + 3, column);
    }

    private static void StoreRow(Float4 sums, MatMulTarget to, int row, int column)
    {
        MatMulTarget.Put(to, row, column, sums.X);
        MatMulTarget.Put(to, row, column + 1, sums.Y);
        MatMulTarget.Put(to, row, column + 2, sums.Z);
        MatMulTarget.Put(to, row, column + 3, sums.W);
    }
}

/// <summary>Two by two squares, half a group's tile apart, so that neighbouring items read neighbouring
/// quads.</summary>
public struct Block8 : IMatMulBlock<Block8>
{
    private const int Apart = MatMul.Side; // quads

    public Block4 TopLeft, TopRight, BottomLeft, BottomRight;

    public static int Squares => 2;

    public static void MultiplyAdd(
        ref Block8 sums, ArrayView<Float4> rows, int row, ArrayView<Float4> columns, int column)
    {
        Float4 top = rows[row], bottom = rows[row + Apart], left = columns[column], right = columns[column + Apart];
        Block4.Outer(ref sums.TopLeft, top, left);
        Block4.Outer(ref sums.TopRight, top, right);
        Block4.Outer(ref sums.BottomLeft, bottom, left);
        Block4.Outer(ref sums.BottomRight, bottom, right);
    }

    public static void Store(ref Block8 sums, MatMulTarget to, int row, int column)
    {
        Block4.Store(ref sums.TopLeft, to, row, column);
        Block4.Store(ref sums.TopRight, to, row, column + 4 * Apart);
        Block4.Store(ref sums.BottomLeft, to, row + 4 * Apart, column);
        Block4.Store(ref sums.BottomRight, to, row + 4 * Apart, column + 4 * Apart);
    }
}
