using GpuLstm.Kernels.Gpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Launches products.</summary>
/// <param name="engine">Runs them.</param>
/// <param name="room">Scratch of so many floats.</param>
internal sealed class GpuMatMul(GpuEngine engine, Func<long, ArrayView<float>> room)
{
    private readonly KernelLaunchers _kernels = engine.Launchers;
    private readonly AcceleratorStream _stream = engine.Stream;
    private readonly GpuLimits _limits = engine.Limits;

    public void Run(in MatMulPass pass)
    {
        if (pass.C.Transposed)
            throw new ArgumentException("The product's target cannot be transposed.");
        if (pass.M == 0 || pass.N == 0 || pass.Batch == 0)
            return;
        bool quads = InQuads(pass.A, pass.M, pass.K) && InQuads(pass.B, pass.K, pass.N);
        MatMulTiles tiles = MatMulTiles.Choose(_limits, engine.Precision, quads, pass.M, pass.N, pass.K, pass.Batch);
        Operands all = new(
            pass.A.View.Required(pass.A.Extent(pass.M, pass.K, pass.Batch)),
            pass.B.View.Required(pass.B.Extent(pass.K, pass.N, pass.Batch)),
            pass.Bias.Optional(pass.N), pass.C.View.Required(pass.C.Extent(pass.M, pass.N, pass.Batch)),
            pass.Batch, pass.K, pass.K, pass.A.BatchStride, pass.B.BatchStride, pass.C.BatchStride, pass.C.Stride,
            pass.Alpha, pass.Beta);
        if (tiles.Splits == 1)
        {
            Launch(pass, tiles, all, quads);
            return;
        }
        ArrayView<float> parts = room((long)tiles.Splits * pass.M * pass.N);
        Launch(pass, tiles, all with
        {
            Bias = default, C = parts, Batch = tiles.Splits, K = tiles.SplitK,
            LastK = pass.K - (tiles.Splits - 1) * tiles.SplitK,
            BatchA = pass.A.Transposed ? tiles.SplitK * pass.A.Stride : tiles.SplitK,
            BatchB = pass.B.Transposed ? tiles.SplitK : tiles.SplitK * pass.B.Stride,
            BatchC = (long)pass.M * pass.N, StrideC = pass.N, Alpha = 1, Beta = 0,
        }, quads);
        _kernels.AddParts(
            _stream, checked(pass.M * pass.N), parts, all.Bias, all.C, tiles.Splits, pass.M, pass.N, pass.C.Stride,
            pass.Alpha, pass.Beta);
    }

    /// <summary>What differs between a product and the parts of one whose summands are shared out.</summary>
    private readonly record struct Operands(
        ArrayView<float> A, ArrayView<float> B, ArrayView<float> Bias, ArrayView<float> C, int Batch, int K, int LastK,
        long BatchA, long BatchB, long BatchC, long StrideC, float Alpha, float Beta);

    private void Launch(in MatMulPass pass, MatMulTiles tiles, in Operands on, bool quads)
    {
        Index3D groups = new(
            (pass.N + tiles.Tile - 1) / tiles.Tile, (pass.M + tiles.Tile - 1) / tiles.Tile, on.Batch);
        Index3D items = new(MatMul.Items, 1, 1);
        bool large = tiles.Tile == MatMulTiles.Large;
        if (tiles.Kind != MatMulKind.Tiled)
        {
            KernelConfig withRing = new(groups, items, SharedMemoryConfig.RequestDynamic<float>(4 * tiles.SharedQuads));
            MatMulProduct product = tiles.Kind == MatMulKind.Staged
                ? _kernels.Staged(MatMulStaged.Kernel(large, pass.A.Transposed, pass.B.Transposed))
                : _kernels.Tensor(MatMulTensor.Kernel(
                    engine.Precision == Precision.Bf16, large, pass.A.Transposed, pass.B.Transposed));
            product(
                _stream, withRing, on.A, on.B, on.Bias, on.C, pass.M, pass.N, on.K, on.LastK, pass.A.Stride,
                pass.B.Stride, on.StrideC, on.BatchA, on.BatchB, on.BatchC, on.Alpha, on.Beta);
            return;
        }
        KernelConfig config = new(groups, items);
        MatMulTiled launch = large ? _kernels.MatMulBlock8 : _kernels.MatMulBlock4;
        launch(
            _stream, config, on.A, on.B, on.Bias, on.C, pass.M, pass.N, on.K, on.LastK, pass.A.Stride, pass.B.Stride,
            on.StrideC, on.BatchA, on.BatchB, on.BatchC, on.Alpha, on.Beta, pass.A.Transposed ? 1 : 0,
            pass.B.Transposed ? 1 : 0, quads ? 1 : 0);
    }

    /// <summary>Whether an operand can be read four floats at a time.</summary>
    private static bool InQuads(in MatrixView matrix, int rows, int columns) =>
        FirstElement(matrix.View) % 4 == 0 && matrix.Stride % 4 == 0 && matrix.BatchStride % 4 == 0
        && (matrix.Transposed ? rows : columns) % 4 == 0;

    private static long FirstElement<TView>(TView view) where TView : IContiguousArrayView => view.Index;
}
