namespace GpuLstm.Kernels.Gpu;

/// <summary>Fills, scaling and sums over flat buffers.</summary>
public static partial class Elementwise
{
    /// <summary>Overwrites every element of <paramref name="x"/> with <paramref name="value"/>.</summary>
    [Kernel]
    public static void Fill(Index1D i, ArrayView<float> x, float value) => x[i] = value;

    /// <summary>x *= factor.</summary>
    [Kernel]
    public static void Scale(Index1D i, ArrayView<float> x, float factor) => x[i] *= factor;

    /// <summary>y += factor * x.</summary>
    [Kernel]
    public static void Accumulate(Index1D i, ArrayView<float> x, float factor, ArrayView<float> y) =>
        y[i] = Fused.MultiplyAdd(factor, x[i], y[i]);
}
