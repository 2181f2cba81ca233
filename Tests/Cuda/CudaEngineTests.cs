using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.OperationFixtures;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Cuda;

/// <summary>What CUDA adds to operations: memory, copies, launches.</summary>
[TestFixture]
public class CudaEngineTests
{
    private CudaEngine _engine = null!;

    [OneTimeSetUp]
    public void Open() => _engine = (CudaEngine)new TestEngine("cuda").OpenAnew();

    [OneTimeTearDown]
    public void Close() => _engine?.Dispose();

    [Test]
    public void The_limits_are_a_gpus()
    {
        GpuLimits limits = _engine.Limits;
        Assert.Multiple(() =>
        {
            Assert.That(limits.IsGpu);
            Assert.That(limits.ComputeUnits, Is.InRange(1, 1024));
            Assert.That(limits.MaxGroupSize, Is.EqualTo(1024));
            Assert.That(limits.WarpSize, Is.EqualTo(32));
            Assert.That(limits.ComputeCapability, Is.InRange(50, 200));
            Assert.That(limits.DeclaredSharedBytes, Is.EqualTo(48 * 1024));
            Assert.That(limits.SharedBytes, Is.GreaterThanOrEqualTo(limits.DeclaredSharedBytes));
            Assert.That(limits.SharedBytesPerUnit, Is.GreaterThanOrEqualTo(limits.SharedBytes));
            Assert.That(limits.RegistersPerGroup, Is.GreaterThanOrEqualTo(32768));
            Assert.That(limits.ItemsPerUnit, Is.GreaterThanOrEqualTo(1024));
            Assert.That(_engine.MemoryBytes, Is.GreaterThan(100_000_000));
        });
    }

    [TestCase(1)]
    [TestCase((1 << 20) - 1)]
    [TestCase((9 << 20) + 3)]
    public void Copies_arrive_whole_and_leave_the_caller_free(int length)
    {
        byte[] values = new byte[length];
        new Random(length).NextBytes(values);
        byte[] sent = [.. values];
        using MemoryBuffer1D<byte, Stride1D.Dense> buffer = _engine.Allocate<byte>(length + 20);
        _engine.Write<byte>(buffer.View.Slice(7, length), sent);
        Array.Fill(sent, (byte)0xEE); // the copy must not need it any more
        byte[] back = _engine.Read(buffer);
        Assert.That(back.AsSpan(7, length).SequenceEqual(values));
        Assert.That(back[..7].Concat(back[(7 + length)..]), Is.All.Zero);
    }

    [Test]
    public void Any_thread_may_launch()
    {
        using MemoryBuffer1D<int, Stride1D.Dense> x = _engine.Allocate<int>(100);
        var increment = CudaTestKernels.LoadIncrement(_engine);
        for (int i = 0; i < 3; i++)
        {
            Thread thread = new(() => increment(_engine.Stream, 100, x.View));
            thread.Start();
            thread.Join();
        }
        Assert.That(_engine.Read(x), Is.All.EqualTo(3));
    }

    [Test]
    public void A_reading_shows_what_was_there_when_it_began()
    {
        using MemoryBuffer1D<int, Stride1D.Dense> x = _engine.Allocate<int>(1000);
        using ReadBack<int> reading = _engine.CreateReadBack<int>(1001);
        var increment = CudaTestKernels.LoadIncrement(_engine);
        increment(_engine.Stream, 1000, x.View);
        reading.Begin(x.View.Slice(3, 500), x.View.Slice(0, 2));
        increment(_engine.Stream, 1000, x.View);
        int[] read = reading.End().ToArray();
        Assert.That(read, Has.Length.EqualTo(502).And.All.EqualTo(1));
        Assert.That(() => reading.Begin(x.View, x.View), Throws.ArgumentException);
    }

    [Test]
    public void Shared_memory_beyond_what_a_kernel_may_declare_is_opted_into()
    {
        int length = (int)_engine.Limits.SharedBytes / sizeof(int);
        int[] values = [.. Enumerable.Range(0, length)];
        using MemoryBuffer1D<int, Stride1D.Dense> source = _engine.Upload<int>(values),
            target = _engine.Allocate<int>(length);
        var reverse = CudaTestKernels.LoadReverse(_engine);
        KernelConfig Config(int ints) => new(1, 256, SharedMemoryConfig.RequestDynamic<int>(ints));
        reverse(_engine.Stream, Config(length), source.View, target.View);
        Array.Reverse(values);
        Assert.That(_engine.Read(target), Is.EqualTo(values));
        Assert.That(() => reverse(_engine.Stream, Config(length + 1), source.View, target.View),
            Throws.InstanceOf<AcceleratorException>());
        reverse(_engine.Stream, Config(length), target.View, source.View);
        Assert.That(_engine.Read(source), Is.EqualTo(values.Reverse()), "what comes after works");
    }

    [Test]
    public void Too_large_a_buffer_is_refused_with_the_numbers_and_a_smaller_one_is_given()
    {
        Assert.That(() => _engine.Allocate<byte>(_engine.MemoryBytes * 2),
            Throws.InstanceOf<DeviceMemoryException>().With.Message.Contains("--batch"));
        using CudaEngine unlimited = CudaEngine.Open(memoryBytes: long.MaxValue / 2);
        Assert.That(() => unlimited.Allocate<byte>(_engine.MemoryBytes * 2),
            Throws.InstanceOf<DeviceMemoryException>()
                .With.Message.Contains("are free").And.Message.Contains("--batch"));
        using MemoryBuffer1D<byte, Stride1D.Dense> buffer = _engine.Allocate<byte>(1000);
        Assert.That(_engine.Read(buffer), Is.All.Zero);
    }

    [Test]
    public void Memory_given_back_is_used_again()
    {
        long bytes = _engine.MemoryBytes / 3;
        for (int i = 0; i < 10; i++)
            _engine.AllocateWorkspace<byte>(bytes).Dispose();
        _engine.Synchronize();
    }

    [Test]
    public void Each_kernel_is_counted_and_timed()
    {
        using CudaEngine engine = CudaEngine.Open(profile: true);
        using MemoryBuffer1D<float, Stride1D.Dense> a = engine.Allocate<float>(100), b = engine.Allocate<float>(100);
        using IReplay replay = engine.Record(() =>
        {
            engine.Operations.Fill(a.View, 3);
            engine.Operations.Copy(a.View, b.View);
        });
        replay.Run();
        replay.Run();
        IReadOnlyList<KernelTime> times = engine.Profile(replay.Run)!;
        Assert.That(times.Select(time => (time.Kernel, time.Launches)),
            Is.EquivalentTo(new[] { ("Elementwise.Copy", 1), ("Elementwise.Fill", 1) }), "recorded work too");
        Assert.That(engine.Read(b), Has.All.EqualTo(3f));
    }

    [Test]
    public void A_second_device_works_beside_the_first()
    {
        if (CudaGpu.List().Count < 2)
            Assert.Ignore("There is one CUDA device here.");
        using CudaEngine second = CudaEngine.Open(1);
        using MemoryBuffer1D<int, Stride1D.Dense> here = _engine.Upload<int>([1, 2, 3]),
            there = second.Upload<int>([10, 20, 30]);
        var increment = CudaTestKernels.LoadIncrement(_engine);
        var incrementThere = CudaTestKernels.LoadIncrement(second);
        for (int i = 0; i < 3; i++)
        {
            increment(_engine.Stream, 3, here.View);
            incrementThere(second.Stream, 3, there.View);
        }
        Assert.That(_engine.Read(here), Is.EqualTo(new[] { 4, 5, 6 }));
        Assert.That(second.Read(there), Is.EqualTo(new[] { 13, 23, 33 }));
        Assert.That(second.Id, Is.EqualTo("cuda:1"));
    }

    private static IEnumerable<TestCaseData> Kernels() => KernelTable.All
        .Where(kernel => kernel.Targets.HasFlag(KernelTargets.Ptx))
        .Select(kernel => new TestCaseData(kernel).SetArgDisplayNames(kernel.Name));

    /// <summary>As the driver does it; ptxas has its own test.</summary>
    [TestCaseSource(nameof(Kernels))]
    public void Every_kernel_is_taken_by_the_driver(KernelEntry kernel)
    {
        if (kernel.LeastCapability > _engine.Limits.ComputeCapability)
            Assert.Ignore($"It needs sm_{kernel.LeastCapability}.");
        Assert.That(() => _engine.Accelerator.LoadKernel(kernel.Method), Throws.Nothing);
    }
}
