namespace GpuLstm.Kernels.Gpu;

/// <summary>Sums in an order that depends on the sizes alone: same bits on every run.</summary>
public static partial class Reductions
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
    [Kernel(NoAlias = true)]
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
        Group.Barrier();
        if (Group.IdxY == 0 && column < columns)
        {
            float total = 0;
            for (int slice = 0; slice < Loop.Unroll(Items / Columns); slice++)
                total += partial[slice * Columns + Group.IdxX];
            sums[(long)Grid.IdxY * columns + column] = total;
        }
    }

    /// <summary>As <see cref="SumRows"/> in one part, for a processor: ceil(columns / RowPanel.Width) groups of one
    /// item.</summary>
    [Kernel(NoAlias = true, Targets = KernelTargets.OpenCl)]
    public static void SumRowsByPanel(ArrayView<float> values, ArrayView<float> sums, int rows, int columns)
    {
        ArrayView<float> sum = LocalMemory.Allocate<float>(RowPanel.Width);
        int first = Grid.IdxX * RowPanel.Width, width = XMath.Min(RowPanel.Width, columns - first);
        for (int column = 0; column < Loop.Unroll(RowPanel.Width); column++)
            sum[column] = 0;
        for (int row = 0; row < rows; row++)
        {
            ArrayView<float> part = values.SubView((long)row * columns + first);
            if (width == RowPanel.Width)
                for (int column = 0; column < Loop.Unroll(RowPanel.Width); column++)
                    sum[column] += part[column];
            else
                for (int column = 0; column < width; column++)
                    sum[column] += part[column];
        }
        for (int column = 0; column < width; column++)
            sums[first + column] = sum[column];
    }

    /// <summary>First pass of the global norm: partial[group] = sum of squares of every Grid.DimX-th chunk of
    /// <see cref="Items"/> values; overwrites.</summary>
    [Kernel(NoAlias = true)]
    public static void SquareSums(ArrayView<float> values, ArrayView<float> partial)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Items);
        float sum = 0;
        long stride = (long)Grid.DimX * Items;
        for (long i = (long)Grid.IdxX * Items + Group.IdxX; i < values.Length; i += stride)
            sum = Fused.MultiplyAdd(values[i], values[i], sum);
        shared[Group.IdxX] = sum;
        Group.Barrier();
        for (int half = Items / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                shared[Group.IdxX] += shared[Group.IdxX + half];
            Group.Barrier();
        }
        if (Group.IdxX == 0)
            partial[Grid.IdxX] = shared[0];
    }

    /// <summary>Second pass: norm[0] = sqrt(sum of partial [n]); overwrites. One group, n at most
    /// <see cref="Items"/>.</summary>
    [Kernel(NoAlias = true)]
    public static void Norm(ArrayView<float> partial, ArrayView<float> norm)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Items);
        shared[Group.IdxX] = Group.IdxX < partial.Length ? partial[Group.IdxX] : 0;
        Group.Barrier();
        for (int half = Items / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                shared[Group.IdxX] += shared[Group.IdxX + half];
            Group.Barrier();
        }
        if (Group.IdxX == 0)
            norm[0] = XMath.Sqrt(shared[0]);
    }
}
