using GpuLstm.Kernels.Language;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Debug;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>The meaning of the words that only CUDA has, as the debug accelerator gives it.</summary>
[TestFixture]
public class CudaWordTests
{
    private readonly DebugLauncher _launcher = new();

    [OneTimeTearDown]
    public void Close() => _launcher.Dispose();

    [Test]
    public void Shuffles_stay_within_the_warp()
    {
        using HostMemory<int> x = new([.. Enumerable.Range(0, 64).Select(i => i * i)]), results = new(4 * 64);
        CudaWordKernels.LaunchShuffles(_launcher, new KernelConfig(1, 64), x.View, results.View);
        int At(int warp, int lane) => (32 * warp + lane) * (32 * warp + lane);
        Assert.That(results.View.AsSpan().ToArray(), Is.EqualTo(Enumerable.Range(0, 64).SelectMany(i =>
        {
            (int warp, int lane) = (i / 32, i % 32);
            return new[]
            {
                At(warp, 3), At(warp, lane >= 2 ? lane - 2 : lane), At(warp, lane + 5 < 32 ? lane + 5 : lane),
                At(warp, lane ^ 16) + 1000 * warp + 100 * lane,
            };
        })));
    }

    [Test]
    public void Copies_arrive_at_the_wait_and_not_before()
    {
        float[] values = [.. Enumerable.Range(0, 4 * CudaWordKernels.Tile).Select(i => (float)i)];
        using HostMemory<float> x = new(values), sums = new(4);
        KernelConfig config = new(1, CudaWordKernels.Tile / 4);
        CudaWordKernels.LaunchStagedSums(_launcher, config, x.View, sums.View, 1);
        Assert.That(sums.View.AsSpan().ToArray(),
            Is.EqualTo(values.Chunk(CudaWordKernels.Tile).Select(tile => tile.Sum())));
        CudaWordKernels.LaunchStagedSums(_launcher, config, x.View, sums.View, 0);
        Assert.That(sums.View.AsSpan().ToArray(), Is.All.NaN);
    }

    [TestCase(0, 8, 1 << 11)]
    [TestCase(1, 16, 1 << 8)]
    public void Tensor_cores_multiply_rounded_factors(int bf16, int depth, int precision)
    {
        SampleNumbers numbers = new(1);
        double[] a = numbers.Uniforms(16 * depth), b = numbers.Uniforms(depth * 8);
        using HostMemory<float> left = new(Compare.Narrow(a)), right = new(Compare.Narrow(b)), c = new(16 * 8);
        CudaWordKernels.LaunchMultiply(_launcher, new KernelConfig(1, 32), left.View, right.View, c.View, bf16);
        for (int row = 0; row < 16; row++)
            for (int column = 0; column < 8; column++)
            {
                (double sum, double size) = (0, 0);
                for (int k = 0; k < depth; k++)
                {
                    double product = a[row * depth + k] * b[k * 8 + column];
                    (sum, size) = (sum + product, size + Math.Abs(product));
                }
                double error = Math.Abs(c.View[row * 8 + column] - sum);
                Assert.That(error <= 2.1 / precision * size, $"({row}, {column}): off by {error}");
            }
    }

    [TestCase(1f, 1f)]
    [TestCase(1.00048828125f, 1.0009765625f)]  // 1 + 2^-11: a tie goes away from zero
    [TestCase(-1.00048828125f, -1.0009765625f)]
    [TestCase(1.0004881f, 1f)]
    [TestCase(float.PositiveInfinity, float.PositiveInfinity)]
    [TestCase(float.NaN, float.NaN)]
    public void Tf32_keeps_ten_bits(float x, float expected) =>
        Assert.That(TensorCore.RoundTf32(x), Is.EqualTo(expected));

    [TestCase(1f, 0x3F80u)]
    [TestCase(1.00390625f, 0x3F80u)] // 1 + 2^-8: a tie goes to even
    [TestCase(1.01171875f, 0x3F82u)]
    [TestCase(-2f, 0xC000u)]
    [TestCase(float.NaN, 0x7FFFu)]
    public void Bf16_rounds_to_nearest_even(float x, uint bits) => Assert.That(
        BitConverter.SingleToUInt32Bits(TensorCore.PackBf16(x, 1)), Is.EqualTo(0x3F800000u | bits));

    [Test]
    public void Rows_of_groups_wait_for_each_other()
    {
        using HostMemory<int> tokens = new([.. Enumerable.Range(0, 10)]), states = new(new int[2]);
        CudaWordKernels.LaunchPass(_launcher, new KernelConfig((5, 2), 4), tokens.View, states.View, 2, -1);
        Assert.That(tokens.View.AsSpan().ToArray(), Is.EqualTo(new[] { 3, 4, 0, 1, 2, 8, 9, 5, 6, 7 }));
    }

    [Test]
    public void A_group_that_leaves_others_waiting_is_reported()
    {
        using HostMemory<int> tokens = new(new int[3]), states = new(new int[1]);
        Assert.That(() => CudaWordKernels.LaunchPass(_launcher, new KernelConfig(3, 2), tokens.View, states.View, 1, 1),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("CudaWordKernels_Pass, group (0, 0, 0)")
                .And.Message.Contains("group 1 has returned"));
    }

    [Test]
    public void A_lane_that_misses_an_exchange_is_reported()
    {
        KernelDescriptor kernel = new("Divergent", "", [], 0, KernelTargets.Cuda, 50, false, false, static _ =>
        {
            if (Group.IdxX != 7)
                Warp.ShuffleXor(1, 1);
        });
        Assert.That(() => _launcher.Launch(kernel, new KernelConfig(1, 32), []), Throws.InstanceOf<DeviceException>()
            .With.Message.Contains("item (7, 0, 0): returned while")
            .And.Message.Contains("the warp, CudaWordTests.cs"));
    }

    [Test]
    public void A_kernel_for_every_device_has_no_warps()
    {
        KernelDescriptor kernel = new("Everywhere", "", [], 0, KernelTargets.All, 50, false, false, static _ =>
        {
            if (!Warp.IsSupported)
                Warp.ShuffleXor(1, 1);
        });
        Assert.That(() => _launcher.Launch(kernel, new KernelConfig(1, 32), []),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("no warps").Or.Message.Contains("CUDA alone"));
    }

    [Test]
    public void Functions_are_what_they_are_called()
    {
        float[] x = [-3, -0.5f, 0.25f, 1, 7];
        using HostMemory<float> inputs = new(x), y = new(3 * x.Length);
        CudaWordKernels.LaunchFunctions(_launcher, x.Length, inputs.View, y.View);
        Compare.Close(y.View.AsSpan(), [.. x.SelectMany(v => new[] { Math.Pow(2, v), 1.0 / v, Math.Tanh(v) })], 0, 1e-6,
            "functions");
    }

    [Test]
    public void Only_a_kernel_with_a_grid_barrier_is_cooperative() => Assert.Multiple(() =>
    {
        Assert.That(CudaWordKernels.PassKernel.IsCooperative);
        Assert.That(CudaWordKernels.ShufflesKernel.IsCooperative, Is.False);
    });
}
