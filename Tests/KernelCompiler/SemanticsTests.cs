using GpuLstm.Kernels.Language;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Debug;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Accelerators.OpenCl;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>The text computes on a device what the C# computes on the host, bit for bit.</summary>
[TestFixture("opencl")]
[TestFixture("cuda")]
public class SemanticsTests(string id)
{
    private static readonly int[] s_ints =
        [0, 1, -1, 2, 7, 31, 32, 33, 100, -100, 12345, -98765, int.MaxValue, int.MinValue, int.MaxValue - 3, 1 << 20];

    private static readonly float[] s_floats =
    [
        0, -0f, 0.5f, 1.5f, 2.5f, -2.5f, 1e-3f, 3.9999f, -7.25f, 1e9f, 3e9f, -3e9f, 5e9f, 1e19f, -1e19f, 1e38f,
        float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon,
    ];

    [Test]
    public void Integers_keep_their_meaning()
    {
        (int[] a, int[] b) = Pairs(s_ints);
        Same(SemanticsKernels.IntResults * a.Length, (launcher, make, results) =>
            SemanticsKernels.LaunchIntegers(launcher, a.Length, make.View(a), make.View(b), results));
    }

    [Test]
    public void Floats_keep_their_meaning()
    {
        (float[] a, float[] b) = Pairs(s_floats);
        Same(SemanticsKernels.FloatResults * a.Length, (launcher, make, results) =>
            SemanticsKernels.LaunchFloats(launcher, a.Length, make.View(a), make.View(b), results));
    }

    [TestCase(1)]
    [TestCase(5)]
    public void Groups_meet_vote_and_share(int factor)
    {
        int[] x = [.. Enumerable.Range(0, 3 * SemanticsKernels.GroupItems).Select(i => i * 37 % 101 - 40)];
        Same(x.Length, (launcher, make, results) => SemanticsKernels.LaunchGroups(
            launcher, new KernelConfig(3, SemanticsKernels.GroupItems), make.View(x), results, make.View<int>([0, 100]),
            factor));
    }

    [Test]
    public void Vectors_structs_and_dynamic_memory_work()
    {
        Float4[] x = [.. Enumerable.Range(0, 9).Select(i => new Float4(i, i * 0.5f, -i, 1f / (i + 1)))];
        KernelConfig config = new(1, 8, SharedMemoryConfig.RequestDynamic<Float4>(8));
        Same(8, (launcher, make, results) => SemanticsKernels.LaunchVectors(
            launcher, config, make.View(x), results.Cast<float>(), new() { Scale = 1.25f, Offset = 3 }));
    }

    [Test]
    public void An_index_outside_is_reported_with_kernel_group_and_item()
    {
        using DebugLauncher launcher = new();
        using HostMemory<int> x = new(40), results = new(64), counters = new(2);
        x.View.AsSpan().Clear();
        Assert.That(() => SemanticsKernels.LaunchGroups(
                launcher, new KernelConfig(2, SemanticsKernels.GroupItems), x.View, results.View, counters.View, 1),
            Throws.InstanceOf<DeviceException>().With.Message.EqualTo(
                "Kernel SemanticsKernels_Groups, group (1, 0, 0), item (8, 0, 0): Index 40 is outside a view of 40 "
                + "elements."));
    }

    [Test]
    public void A_barrier_that_an_item_misses_is_reported()
    {
        using DebugLauncher launcher = new();
        KernelDescriptor kernel = new("Divergent", "", [], 0, KernelTargets.All, 50, false, false, static _ =>
        {
            if (Group.IdxX != 2)
                Group.Barrier();
        });
        Assert.That(() => launcher.Launch(kernel, new KernelConfig(1, 4), []), Throws.InstanceOf<DeviceException>()
            .With.Message.Contains("item (2, 0, 0): returned while").And.Message.Contains("SemanticsTests.cs"));
    }

    [Test]
    public void A_new_array_reads_as_nan()
    {
        using HostMemory<float> memory = new(3);
        Assert.That(memory.View.AsSpan().ToArray(), Is.All.NaN);
    }

    private static (T[] A, T[] B) Pairs<T>(T[] values) =>
        ([.. values.SelectMany(value => Enumerable.Repeat(value, values.Length))],
            [.. Enumerable.Repeat(values, values.Length).SelectMany(all => all)]);

    /// <summary>Makes views of a launcher's memory that live as long as the test.</summary>
    private interface IMemory
    {
        ArrayView<T> View<T>(T[] values) where T : unmanaged;
    }

    private void Same(int count, Action<IKernelLauncher, IMemory, ArrayView<int>> launch)
    {
        using HostViews host = new();
        ArrayView<int> expected = host.View(new int[count]);
        using (DebugLauncher debug = new())
            launch(debug, host, expected);
        if (id == "opencl" && OpenClDevice.WhyNone is { } why)
            Toolchain.Missing(why);
        using var accelerator = (GpuAccelerator)new TestAccelerator(id).OpenAnew();
        using DeviceViews device = new(accelerator);
        int[] zeros = new int[count];
        ArrayView<int> results = device.View(zeros);
        launch(accelerator.Launcher, device, results);
        ((DeviceBuffer<int>)results.Buffer!).CopyTo(0, zeros);
        Assert.That(zeros, Is.EqualTo(expected.AsSpan().ToArray()));
    }

    private sealed class HostViews : IMemory, IDisposable
    {
        private readonly List<IDisposable> _buffers = [];

        public ArrayView<T> View<T>(T[] values) where T : unmanaged
        {
            HostMemory<T> memory = new(values);
            _buffers.Add(memory);
            return memory.View;
        }

        public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());
    }

    private sealed class DeviceViews(Accelerator accelerator) : IMemory, IDisposable
    {
        private readonly List<IDisposable> _buffers = [];

        public ArrayView<T> View<T>(T[] values) where T : unmanaged
        {
            DeviceBuffer<T> buffer = accelerator.Upload<T>(values);
            _buffers.Add(buffer);
            return new ArrayView<T>((IKernelBuffer)buffer, 0, values.Length);
        }

        public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());
    }
}
