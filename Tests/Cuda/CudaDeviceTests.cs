using GpuLstm.Kernels.Language;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Cuda;

/// <summary>What the CUDA accelerator adds to operations: memory, copies, launches, the compiler's cache.</summary>
[TestFixture]
public class CudaDeviceTests
{
    private CudaAccelerator _device = null!;

    private CudaContext Context => _device.Context;

    [OneTimeSetUp]
    public void Open() => _device = (CudaAccelerator)new TestAccelerator("cuda").OpenAnew();

    [OneTimeTearDown]
    public void Close() => _device?.Dispose();

    [Test]
    public void The_limits_are_a_gpus()
    {
        GpuLimits limits = _device.Limits;
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
            Assert.That(limits.RegistersPerUnit, Is.GreaterThanOrEqualTo(32768));
            Assert.That(limits.ItemsPerUnit, Is.GreaterThanOrEqualTo(1024));
            Assert.That(limits.L2Bytes, Is.GreaterThan(100_000));
            Assert.That(_device.MemoryBytes, Is.GreaterThan(100_000_000));
        });
    }

    /// <summary>Around the size of a staging piece and of all of them.</summary>
    [TestCase(1)]
    [TestCase((1 << 20) - 1)]
    [TestCase((1 << 20) + 1)]
    [TestCase((3 << 20) + 5)]
    [TestCase((9 << 20) + 3)]
    public void Copies_arrive_whole_and_leave_the_caller_free(int length)
    {
        byte[] values = new byte[length];
        new Random(length).NextBytes(values);
        byte[] sent = [.. values];
        using DeviceBuffer<byte> buffer = _device.Allocate<byte>(length + 20);
        buffer.View.Slice(7, length).CopyFrom(sent);
        Array.Fill(sent, (byte)0xEE); // the copy must not need it any more
        byte[] back = buffer.View.ToArray();
        Assert.That(back.AsSpan(7, length).SequenceEqual(values));
        Assert.That(back[..7].Concat(back[(7 + length)..]), Is.All.Zero);
    }

    [Test]
    public void Any_thread_may_launch()
    {
        using DeviceBuffer<int> x = _device.Allocate<int>(100);
        for (int i = 0; i < 3; i++)
        {
            Thread thread = new(() => CudaTestKernels.LaunchIncrement(Context, 100, View(x)));
            thread.Start();
            thread.Join();
        }
        Assert.That(x.View.ToArray(), Is.All.EqualTo(3));
    }

    [Test]
    public void A_reading_shows_what_was_there_when_it_began()
    {
        using DeviceBuffer<int> x = _device.Allocate<int>(1000);
        using ReadBack<int> reading = _device.CreateReadBack<int>(1001);
        CudaTestKernels.LaunchIncrement(Context, 1000, View(x));
        reading.Begin(x.View.Slice(3, 500), x.View.Slice(0, 2));
        CudaTestKernels.LaunchIncrement(Context, 1000, View(x));
        int[] read = reading.End().ToArray();
        Assert.That(read, Has.Length.EqualTo(502).And.All.EqualTo(1));
        Assert.That(() => reading.Begin(x.View, x.View), Throws.ArgumentException);
    }

    [Test]
    public void Shared_memory_beyond_what_a_kernel_may_declare_is_opted_into()
    {
        int length = (int)_device.Limits.SharedBytes / sizeof(int);
        int[] values = [.. Enumerable.Range(0, length)];
        using DeviceBuffer<int> source = _device.Upload<int>(values), target = _device.Allocate<int>(length);
        KernelConfig Config(int ints) => new(1, 256, SharedMemoryConfig.RequestDynamic<int>(ints));
        CudaTestKernels.LaunchReverse(Context, Config(length), View(source), View(target));
        Array.Reverse(values);
        Assert.That(target.View.ToArray(), Is.EqualTo(values));
        Assert.That(() => CudaTestKernels.LaunchReverse(Context, Config(length + 1), View(source), View(target)),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("CudaTestKernels_Reverse")
                .And.Message.Contains("shared memory"));
    }

    [Test]
    public void A_launch_that_does_not_fit_says_so_and_the_next_one_works()
    {
        using DeviceBuffer<int> x = _device.Allocate<int>(10);
        Assert.That(() => CudaTestKernels.LaunchReverse(Context, new(1, 2048), View(x), View(x)),
            Throws.InstanceOf<DeviceException>());
        CudaTestKernels.LaunchIncrement(Context, 10, View(x));
        Assert.That(x.View.ToArray(), Is.All.EqualTo(1));
    }

    [Test]
    public void Groups_that_wait_for_one_another_must_fit_at_once()
    {
        if (!_device.Limits.Cooperative)
            Assert.Ignore($"{_device.Name} has no cooperative launches.");
        using DeviceBuffer<int> source = _device.Upload<int>([1, 2, 3]), target = _device.Allocate<int>(3);
        KernelConfig Config(int groups) =>
            new(groups, 256, SharedMemoryConfig.RequestDynamic<int>(3)) { Cooperative = true };
        KernelArgument[] arguments = [KernelArgument.Of(View(source)), KernelArgument.Of(View(target))];
        int most = Context.ResidentGroups(CudaTestKernels.ReverseKernel, Config(1), arguments);
        Assert.That(most, Is.InRange(_device.Limits.ComputeUnits, 32 * _device.Limits.ComputeUnits));
        CudaTestKernels.LaunchReverse(Context, Config(most), View(source), View(target));
        Assert.That(target.View.ToArray(), Is.EqualTo(new[] { 3, 2, 1 }));
        Assert.That(() => CudaTestKernels.LaunchReverse(Context, Config(most + 1), View(source), View(target)),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("COOPERATIVE_LAUNCH_TOO_LARGE"));
    }

    [Test]
    public void Too_large_a_buffer_is_refused_with_the_numbers_and_a_smaller_one_is_given()
    {
        Assert.That(() => _device.Allocate<byte>(_device.MemoryBytes * 2),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("free").And.Message.Contains("--batch"));
        using DeviceBuffer<byte> buffer = _device.Allocate<byte>(1000);
        Assert.That(buffer.View.ToArray(), Is.All.Zero);
    }

    [Test]
    public void Memory_given_back_is_used_again()
    {
        long bytes = _device.MemoryBytes / 3;
        for (int i = 0; i < 10; i++)
            _device.AllocateWorkspace<byte>(bytes).Dispose();
        _device.Synchronize();
    }

    [Test]
    public void A_damaged_binary_on_disk_is_compiled_anew()
    {
        using var folder = new TemporaryFolder();
        byte[] first = Built(folder.Path), again = Built(folder.Path);
        Assert.That(again, Is.EqualTo(first));
        string file = Directory.GetFiles(folder["cuda"]).Single();
        File.WriteAllBytes(file, [1, 2, 3]);
        Assert.That(Built(folder.Path), Is.EqualTo(first));
    }

    /// <summary>Launches with a cache folder and returns what lies in it.</summary>
    private byte[] Built(string cache)
    {
        using var context = new CudaContext(_device.Device, cache);
        using var x = new CudaBuffer<int>(context, 5, zeros: true);
        CudaTestKernels.LaunchIncrement(context, 5, new ArrayView<int>(x, 0, 5));
        int[] values = new int[5];
        x.CopyTo(0, values);
        Assert.That(values, Is.All.EqualTo(1));
        return File.ReadAllBytes(Directory.GetFiles(cache, "*.bin", SearchOption.AllDirectories).Single());
    }

    private static IEnumerable<TestCaseData> Kernels() => GpuLstm.Kernels.KernelCatalog.All.Concat(KernelCatalog.All)
        .Where(kernel => kernel.Targets.HasFlag(KernelTargets.Cuda))
        .Select(kernel => new TestCaseData(kernel).SetArgDisplayNames(kernel.Name));

    /// <summary>Inline assembly too, which no other compiler reads.</summary>
    [TestCaseSource(nameof(Kernels))]
    public void Every_kernel_is_assembled_for_this_gpu(KernelDescriptor kernel)
    {
        if (kernel.MinArch > _device.Limits.ComputeCapability)
            Assert.Ignore($"It needs sm_{kernel.MinArch}.");
        KernelArgument[] defaults = [.. kernel.Parameters.Select(parameter => KernelArgument.Of(parameter.Default))];
        Assert.That(() => Context.Build(kernel, new Index3D(64, 1, 1), defaults), Throws.Nothing);
    }

    private static ArrayView<T> View<T>(DeviceBuffer<T> buffer) where T : unmanaged =>
        new((IKernelBuffer)buffer, 0, buffer.Length);
}
