namespace GpuLstm.Kernels.Gpu;

/// <summary>Sums in an order that depends on the sizes alone: same bits on every run.</summary>
public static class Reductions
{
    /// <summary>Items of a group in every kernel here.</summary>
    public const int Items = 256;

    /// <summary>Columns that a group of <see cref="SumRows"/> sums; its items stand in Items / Columns rows.</summary>
    public const int Columns = 32;

    /// <summary>sums[part, column] = sum over a part's rows of values [rows, columns]; overwrites. Groups: one of
    /// (Columns, Items / Columns) for each <see cref="Columns"/> columns, by the parts.</summary>
    /// <param name="values">[rows, columns].</param>
    /// <param name="sums">[parts, columns].</param>
    /// <param name="rows">Of all parts.</param>
    /// <param name="columns">Of values and sums.</param>
    /// <param name="partRows">Rows of a part; the last may have fewer.</param>
    public static void SumRows(ArrayView<float> values, ArrayView<float> sums, int rows, int columns, int partRows)
    {
        ArrayView<float> partial = SharedMemory.Allocate<float>(Items);
        int column = Grid.IdxX * Columns + Group.IdxX;
        int begin = Grid.IdxY * partRows, end = XMath.Min(rows, begin + partRows);
        float sum = 0;
        if (column < columns)
            for (int row = begin + Group.IdxY; row < end; row += Items / Columns)
                sum += values[(long)row * columns + column];
        partial[Group.IdxY * Columns + Group.IdxX] = sum;
        Sync.Barrier();
        if (Group.IdxY == 0 && column < columns)
        {
            float total = 0;
            for (int slice = 0; slice < Items / Columns; slice++)
                total += partial[slice * Columns + Group.IdxX];
            sums[(long)Grid.IdxY * columns + column] = total;
        }
    }

    /// <summary>First pass of the global norm: partial[group] = sum of squares of every Grid.DimX-th chunk of
    /// <see cref="Items"/> values; overwrites.</summary>
    public static void SquareSums(ArrayView<float> values, ArrayView<float> partial)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Items);
        float sum = 0;
        long stride = (long)Grid.DimX * Items;
        for (long i = (long)Grid.IdxX * Items + Group.IdxX; i < values.Length; i += stride)
            sum = values[i] * values[i] + sum;
        shared[Group.IdxX] = sum;
        Sync.Barrier();
        for (int half = Items / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                shared[Group.IdxX] += shared[Group.IdxX + half];
            Sync.Barrier();
        }
        if (Group.IdxX == 0)
            partial[Grid.IdxX] = shared[0];
    }

    /// <summary>Second pass: norm[0] = sqrt(sum of partial [n]); overwrites. One group, n at most
    /// <see cref="Items"/>.</summary>
    public static void Norm(ArrayView<float> partial, ArrayView<float> norm)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Items);
        shared[Group.IdxX] = Group.IdxX < partial.Length ? partial[Group.IdxX] : 0;
        Sync.Barrier();
        for (int half = Items / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                shared[Group.IdxX] += shared[Group.IdxX + half];
            Sync.Barrier();
        }
        if (Group.IdxX == 0)
            norm[0] = XMath.Sqrt(shared[0]);
    }
}
