namespace GpuLstm.Kernels.Gpu;

/// <summary>Fills, copies and sums of flat buffers, one item per element.</summary>
public static partial class Elementwise
{
    /// <summary>x = value.</summary>
    [Kernel]
    public static void Fill(Index1D i, ArrayView<float> x, float value) => x[i] = value;

    /// <summary>target = source.</summary>
    [Kernel(NoAlias = true)]
    public static void Copy(Index1D i, ArrayView<float> source, ArrayView<float> target) => target[i] = source[i];

    /// <summary>x *= factor.</summary>
    [Kernel]
    public static void Scale(Index1D i, ArrayView<float> x, float factor) => x[i] *= factor;

    /// <summary>sum = a + b.</summary>
    [Kernel]
    public static void Add(Index1D i, ArrayView<float> a, ArrayView<float> b, ArrayView<float> sum) => sum[i] = a[i] + b[i];
}
