using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.Reference;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The products for CUDA alone, staged and on tensor cores: within what rounding the
/// factors may cost.</summary>
[TestFixture("debug")]
[TestFixture("cuda")]
public sealed class CudaMatMulTests(string id)
{
    private static double Rounding(Precision precision) => precision switch
    {
        Precision.Tf32 => 2.0 / 3 / (1 << 10), Precision.Bf16 => 1.0 / (1 << 8), _ => 0,
    };

    [Test]
    public void Every_transpose_is_close([Values] Precision precision, [Values] bool transposeA,
        [Values] bool transposeB) =>
        Multiply(GpuModels.A100 with { ComputeUnits = 1 }, precision, (36, 68, 52), transposeA, transposeB, 1, 0);

    [Test]
    public void Alpha_beta_and_bias_count([Values] Precision precision) =>
        Multiply(GpuModels.A100 with { ComputeUnits = 1 }, precision, (4, 8, 20), false, true, -0.5f, 2);

    [Test]
    public void Large_tiles_are_close([Values] Precision precision) =>
        Multiply(GpuModels.A100 with { ComputeUnits = 1 }, precision, (132, 68, 20), true, false, 1, 1);

    [Test]
    public void Summands_that_groups_share_add_up([Values] Precision precision) =>
        Multiply(GpuModels.A100 with { ComputeUnits = 2 }, precision, (32, 28, 284), true, false, 0.5f, 1);

    [TestCase(512, 128, 2800, 8)] // dW of 100 digits at H = 128
    [TestCase(512, 28, 2800, 16)]
    [TestCase(2048, 2048, 2048, 1)]
    [TestCase(2800, 512, 28, 1)]
    public void Few_tiles_share_their_summands_out(int m, int n, int k, int splits)
    {
        MatMulTiles tiles = MatMulTiles.Choose(GpuModels.H100, Precision.F32, quads: true, m, n, k, 1);
        Assert.Multiple(() =>
        {
            Assert.That(tiles.Kind, Is.EqualTo(MatMulKind.Staged));
            Assert.That(tiles.Splits, Is.EqualTo(splits));
            Assert.That(tiles.SplitK % MatMulStaged.TileK, Is.Zero);
            Assert.That((tiles.Splits - 1L) * tiles.SplitK, Is.LessThan(k));
        });
    }

    [Test]
    public void Tiles_keep_to_the_limits([Values(1, 64, 129, 4096)] int m, [Values(1, 128, 4096)] int n,
        [Values] Precision precision)
    {
        foreach ((string name, GpuLimits limits) in GpuModels.EveryCuda)
        {
            MatMulTiles tiles = MatMulTiles.Choose(limits, precision, quads: true, m, n, 512, 1);
            Assert.That(tiles.Kind == MatMulKind.Tiled, Is.EqualTo(limits.ComputeCapability < 80), name);
            Assert.That(16L * tiles.SharedQuads, Is.LessThanOrEqualTo(limits.SharedBytes), name);
        }
    }

    [Test]
    public void A_device_without_tensor_cores_says_so() => Assert.Multiple(() =>
    {
        foreach (string other in new[] { "cpu", "debug" })
            Assert.That(() => EngineFactory.Open(other, precision: Precision.Bf16),
                Throws.InstanceOf<DeviceException>().With.Message.Contains("--precision bf16")
                .And.Message.Contains("CUDA device"));
        Assert.That(() => PrecisionNames.Parse("f16"),
            Throws.InstanceOf<UsageException>().With.Message.Contains("tf32"));
    });

    private void Multiply(
        GpuLimits limits, Precision precision, (int M, int N, int K) size, bool transposeA, bool transposeB,
        float alpha, float beta)
    {
        (int m, int n, int k) = size;
        // A thread for each item takes seconds for every exchange of lanes: on the debugger each precision runs once.
        if (id == "debug" && precision != Precision.F32 && (alpha, beta) != (-0.5f, 2))
            Assert.Ignore("CUDA, emulated or not, runs all shapes; the debugger the smallest.");
        SampleNumbers numbers = new(1);
        double[] a = numbers.Uniforms(m * k), b = numbers.Uniforms(k * n), bias = numbers.Uniforms(n),
            c = numbers.Uniforms(m * n);
        using GpuEngine engine = LimitedDevice.Open(id, limits, precision);
        ArrayView<float> Upload(double[] values) => engine.Upload<float>(Compare.Narrow(values)).AsContiguous();
        ArrayView<float> target = Upload(beta == 0 ? [.. c.Select(_ => double.NaN)] : c);
        engine.Operations.MatMul(new()
        {
            M = m, N = n, K = k, Alpha = alpha, Beta = beta, Bias = Upload(bias), C = new(target, n),
            A = new(Upload(a), transposeA ? m : k, transposeA), B = new(Upload(b), transposeB ? k : n, transposeB),
        });
        float[] actual = engine.Read(target);
        // Two factors of a product are rounded, and float32 rounds each sum.
        double unit = 2.1 * Rounding(precision) + (k + 4) / (double)(1 << 24);
        for (int row = 0; row < m; row++)
            for (int column = 0; column < n; column++)
            {
                (double sum, double magnitude) = (0, 0);
                for (int i = 0; i < k; i++)
                {
                    double product = a[transposeA ? i * m + row : row * k + i] * b[transposeB ? column * k + i : i * n
                        + column];
                    (sum, magnitude) = (sum + product, magnitude + Math.Abs(product));
                }
                double before = beta == 0 ? 0 : beta * c[row * n + column],
                    expected = alpha * sum + bias[column] + before;
                double tolerance = unit * (Math.Abs(alpha) * magnitude + Math.Abs(bias[column]) + Math.Abs(before));
                double error = Math.Abs(actual[row * n + column] - expected);
                Assert.That(error <= tolerance,
                    $"({row}, {column}): {actual[row * n + column]}, not {expected}; off by {error}");
            }
    }
}
