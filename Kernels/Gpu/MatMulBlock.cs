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
    /// <param name="row">The block's first quad there, of 64 bits: what is added to it then becomes part of an
    /// instruction.</param>
    /// <param name="columns">B's piece in quads.</param>
    /// <param name="column">The block's first quad there.</param>
    static abstract void MultiplyAdd(
        ref TSelf sums, ArrayView<Float4> rows, long row, ArrayView<Float4> columns, long column);

    /// <summary>The same at four summands, from a ring of <see cref="MatMulStaged"/>.</summary>
    /// <param name="sums">Updated.</param>
    /// <param name="ring">With both pieces.</param>
    /// <param name="row">Where the item's part of A's piece begins.</param>
    /// <param name="column">Where the item's part of B's piece begins.</param>
    /// <param name="quad">Which four of the pieces' summands.</param>
    static abstract void MultiplyAddFour<TA, TB>(ref TSelf sums, ArrayView<Float4> ring, long row, long column,
        int quad)
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder;

    /// <summary>Writes the block's elements.</summary>
    /// <param name="sums">Read.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="row">Of C, the block's first.</param>
    /// <param name="column">Of C, the block's first.</param>
    static abstract void Store(ref TSelf sums, MatMulTarget to, int row, int column);

    /// <summary>Writes elements whose rows and columns are spread over the group's tile, as
    /// <see cref="MatMulStaged.Place"/> says.</summary>
    /// <param name="sums">Read.</param>
    /// <param name="to">Where they go.</param>
    /// <param name="firstRow">Of the tile.</param>
    /// <param name="itemRow">The item's.</param>
    /// <param name="firstColumn">Of the tile.</param>
    /// <param name="itemColumn">The item's.</param>
    static abstract void StoreSpread<TA, TB>(
        ref TSelf sums, MatMulTarget to, int firstRow, int itemRow, int firstColumn, int itemColumn)
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder;
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
        ref Block4 sums, ArrayView<Float4> rows, long row, ArrayView<Float4> columns, long column) =>
        Outer(ref sums, rows[row], columns[column]);

    internal static void Outer(ref Block4 sums, Float4 left, Float4 right)
    {
        sums.First = right * left.X + sums.First;
        sums.Second = right * left.Y + sums.Second;
        sums.Third = right * left.Z + sums.Third;
        sums.Fourth = right * left.W + sums.Fourth;
    }

    public static void MultiplyAddFour<TA, TB>(
        ref Block4 sums, ArrayView<Float4> ring, long row, long column, int quad)
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        Block4 left = MatMulStaged.Read<TA>(ring, row, quad, 0, Squares);
        Block4 right = MatMulStaged.Read<TB>(ring, column, quad, 0, Squares);
        OuterFour(ref sums, left, right);
    }

    internal static void OuterFour(ref Block4 sums, Block4 left, Block4 right)
    {
        Outer(ref sums, left.First, right.First);
        Outer(ref sums, left.Second, right.Second);
        Outer(ref sums, left.Third, right.Third);
        Outer(ref sums, left.Fourth, right.Fourth);
    }

    public static void StoreSpread<TA, TB>(
        ref Block4 sums, MatMulTarget to, int firstRow, int itemRow, int firstColumn, int itemColumn)
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder =>
        StoreSquare<TA, TB>(sums, to, firstRow, itemRow, 0, firstColumn, itemColumn, 0);

    internal static void StoreSquare<TA, TB>(
        Block4 sums, MatMulTarget to, int firstRow, int itemRow, int i, int firstColumn, int itemColumn, int j)
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        StoreRow<TB>(sums.First, to, firstRow + MatMulStaged.Place<TA>(itemRow, i), firstColumn, itemColumn, j);
        StoreRow<TB>(sums.Second, to, firstRow + MatMulStaged.Place<TA>(itemRow, i + 1), firstColumn, itemColumn, j);
        StoreRow<TB>(sums.Third, to, firstRow + MatMulStaged.Place<TA>(itemRow, i + 2), firstColumn, itemColumn, j);
        StoreRow<TB>(sums.Fourth, to, firstRow + MatMulStaged.Place<TA>(itemRow, i + 3), firstColumn, itemColumn, j);
    }

    private static void StoreRow<TB>(Float4 sums, MatMulTarget to, int row, int firstColumn, int itemColumn, int j)
        where TB : struct, IOperandOrder
    {
        MatMulTarget.Put(to, row, firstColumn + MatMulStaged.Place<TB>(itemColumn, j), sums.X);
        MatMulTarget.Put(to, row, firstColumn + MatMulStaged.Place<TB>(itemColumn, j + 1), sums.Y);
        MatMulTarget.Put(to, row, firstColumn + MatMulStaged.Place<TB>(itemColumn, j + 2), sums.Z);
        MatMulTarget.Put(to, row, firstColumn + MatMulStaged.Place<TB>(itemColumn, j + 3), sums.W);
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
        ref Block8 sums, ArrayView<Float4> rows, long row, ArrayView<Float4> columns, long column)
    {
        Float4 top = rows[row], bottom = rows[row + Apart], left = columns[column], right = columns[column + Apart];
        Block4.Outer(ref sums.TopLeft, top, left);
        Block4.Outer(ref sums.TopRight, top, right);
        Block4.Outer(ref sums.BottomLeft, bottom, left);
        Block4.Outer(ref sums.BottomRight, bottom, right);
    }

    public static void MultiplyAddFour<TA, TB>(
        ref Block8 sums, ArrayView<Float4> ring, long row, long column, int quad)
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        Block4 top = MatMulStaged.Read<TA>(ring, row, quad, 0, Squares);
        Block4 bottom = MatMulStaged.Read<TA>(ring, row, quad, 1, Squares);
        Block4 left = MatMulStaged.Read<TB>(ring, column, quad, 0, Squares);
        Block4 right = MatMulStaged.Read<TB>(ring, column, quad, 1, Squares);
        Block4.OuterFour(ref sums.TopLeft, top, left);
        Block4.OuterFour(ref sums.TopRight, top, right);
        Block4.OuterFour(ref sums.BottomLeft, bottom, left);
        Block4.OuterFour(ref sums.BottomRight, bottom, right);
    }

    public static void StoreSpread<TA, TB>(
        ref Block8 sums, MatMulTarget to, int firstRow, int itemRow, int firstColumn, int itemColumn)
        where TA : struct, IOperandOrder
        where TB : struct, IOperandOrder
    {
        Block4.StoreSquare<TA, TB>(sums.TopLeft, to, firstRow, itemRow, 0, firstColumn, itemColumn, 0);
        Block4.StoreSquare<TA, TB>(sums.TopRight, to, firstRow, itemRow, 0, firstColumn, itemColumn, 4);
        Block4.StoreSquare<TA, TB>(sums.BottomLeft, to, firstRow, itemRow, 4, firstColumn, itemColumn, 0);
        Block4.StoreSquare<TA, TB>(sums.BottomRight, to, firstRow, itemRow, 4, firstColumn, itemColumn, 4);
    }

    public static void Store(ref Block8 sums, MatMulTarget to, int row, int column)
    {
        Block4.Store(ref sums.TopLeft, to, row, column);
        Block4.Store(ref sums.TopRight, to, row, column + 4 * Apart);
        Block4.Store(ref sums.BottomLeft, to, row + 4 * Apart, column);
        Block4.Store(ref sums.BottomRight, to, row + 4 * Apart, column + 4 * Apart);
    }
}
