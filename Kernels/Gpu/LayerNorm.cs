namespace GpuLstm.Kernels.Gpu;

/// <summary>Layer normalisation of rows (Ba, Kiros and Hinton 2016, equation 4), as torch.nn.functional.layer_norm: the
/// variance biased, epsilon within the root. One group per row, of
/// a power of two of items, <see cref="MostItems"/> at most.</summary>
public static class LayerNorm
{
    /// <summary>Of a group.</summary>
    public const int MostItems = 64;

    private const float Epsilon = 1e-5f;

    /// <summary>y = gain (x - mean) / sqrt(variance + epsilon) + bias.</summary>
    /// <param name="x">[rows, N].</param>
    /// <param name="gain">[N].</param>
    /// <param name="bias">[N], or empty: zero.</param>
    /// <param name="y">[rows, N] overwritten; may be x.</param>
    /// <param name="N">Columns.</param>
    /// <param name="items">Of a group.</param>
    public static void Forward(ArrayView<float> x, ArrayView<float> gain, ArrayView<float> bias, ArrayView<float> y,
        int N, int items)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(MostItems);
        long row = (long)Grid.IdxX * N;
        float mean = Mean(x, row, N, shared, items);
        float scale = Scale(x, row, N, mean, shared, items);
        for (int i = Group.IdxX; i < N; i += items)
            y[row + i] = gain[i] * ((x[row + i] - mean) * scale) + (bias.Length > 0 ? bias[i] : 0);
    }

    /// <summary>With n = (x - mean) / sqrt(variance + epsilon) and d = gain dy:
    /// dx = (d - mean(d) - n mean(d n)) / sqrt(variance + epsilon).</summary>
    /// <param name="x">[rows, N].</param>
    /// <param name="gain">[N].</param>
    /// <param name="dy">[rows, N].</param>
    /// <param name="dx">[rows, N] overwritten; may be x.</param>
    /// <param name="product">[rows, N] overwritten with dy n, whose sums are the gain's gradient; may be x when dx is
    /// not.</param>
    /// <param name="N">Columns.</param>
    /// <param name="items">Of a group.</param>
    public static void Backward(
        ArrayView<float> x, ArrayView<float> gain, ArrayView<float> dy, ArrayView<float> dx, ArrayView<float> product,
        int N, int items)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(MostItems);
        long row = (long)Grid.IdxX * N;
        float mean = Mean(x, row, N, shared, items);
        float scale = Scale(x, row, N, mean, shared, items);
        float direct = 0, slope = 0;
        for (int i = Group.IdxX; i < N; i += items)
        {
            float d = gain[i] * dy[row + i];
            direct += d;
            slope += d * (x[row + i] - mean) * scale;
        }
        direct = Total(direct / N, shared, items);
        slope = Total(slope / N, shared, items);
        for (int i = Group.IdxX; i < N; i += items)
        {
            float normal = (x[row + i] - mean) * scale, d = dy[row + i];
            dx[row + i] = scale * (gain[i] * d - direct - normal * slope);
            product[row + i] = d * normal;
        }
    }

    private static float Mean(ArrayView<float> x, long row, int N, ArrayView<float> shared, int items)
    {
        float sum = 0;
        for (int i = Group.IdxX; i < N; i += items)
            sum += x[row + i];
        float total = Total(sum, shared, items);
        return total / N;
    }

    /// <summary>1 / sqrt(variance + epsilon).</summary>
    private static float Scale(
        ArrayView<float> x, long row, int N, float mean, ArrayView<float> shared, int items)
    {
        float sum = 0;
        for (int i = Group.IdxX; i < N; i += items)
            sum = (x[row + i] - mean) * (x[row + i] - mean) + sum;
        float total = Total(sum, shared, items);
        return 1 / XMath.Sqrt(total / N + Epsilon);
    }

    /// <summary>The sum of the group's values, for every item.</summary>
    private static float Total(float value, ArrayView<float> shared, int items)
    {
        shared[Group.IdxX] = value;
        Sync.Barrier();
        for (int half = items / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                shared[Group.IdxX] += shared[Group.IdxX + half];
            Sync.Barrier();
        }
        float total = shared[0];
        Sync.Barrier();
        return total;
    }
}
