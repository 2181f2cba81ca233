using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The first OpenCL device: its limits and its clock.</summary>
[TestFixture]
public class OpenClEngineTests
{
    [SetUp]
    public void SkipWhereAbsent() => Missing.UnlessOpenCl();

    [Test]
    public void Each_kernel_is_counted_and_timed_and_its_work_is_done()
    {
        using OpenClEngine engine = OpenClEngine.Open(profile: true);
        using MemoryBuffer1D<float, Stride1D.Dense> a = engine.Allocate<float>(1 << 16),
            b = engine.Allocate<float>(1 << 16);
        void Work()
        {
            engine.Operations.Fill(a.View, 3);
            engine.Operations.Copy(a.View, b.View);
            engine.Operations.Copy(a.View, b.View);
        }
        IReadOnlyList<KernelTime> times = engine.Profile(Work)!;
        Assert.That(times.Select(time => (time.Kernel, time.Launches)),
            Is.EquivalentTo(new[] { ("Elementwise.Copy", 2), ("Elementwise.Fill", 1) }));
        Assert.That(times.Select(time => time.Seconds), Has.All.InRange(1e-9, 60));
        Assert.That(times.Select(time => time.Seconds), Is.Ordered.Descending);
        Assert.That(engine.Read(b), Has.All.EqualTo(3f));
        engine.Operations.Fill(b.View, 4);
        Assert.That(engine.Read(b), Has.All.EqualTo(4f), "what comes after is as before");
    }

    [Test]
    public void An_engine_that_was_not_opened_for_it_tells_no_times()
    {
        using OpenClEngine engine = OpenClEngine.Open();
        using MemoryBuffer1D<float, Stride1D.Dense> a = engine.Allocate<float>(10);
        Assert.That(engine.Profile(() => engine.Operations.Fill(a.View, 3)), Is.Null);
        Assert.That(engine.Read(a), Has.All.EqualTo(3f));
    }

    [Test]
    public void Too_much_is_refused_with_what_was_asked_and_what_is_free_and_changes_nothing()
    {
        using OpenClEngine engine = OpenClEngine.Open(memoryBytes: 10_000_000);
        using MemoryBuffer1D<byte, Stride1D.Dense> some = engine.Allocate<byte>(4_000_000);
        DeviceMemoryException error = Assert.Throws<DeviceMemoryException>(() => engine.Allocate<float>(2_000_000))!;
        Assert.That(error.Message, Is.EqualTo($"{engine.Name} could not give a buffer of 8.0 MB: "
            + "6.0 of its 10.0 MB are not in use here; a smaller --batch needs less."));
        Assert.That(error.UsedBytes, Is.EqualTo(4_000_000));
        using (MemoryBuffer1D<byte, Stride1D.Dense> more = engine.Allocate<byte>(6_000_000))
            Assert.That(engine.Read(more), Has.All.EqualTo((byte)0));
        engine.Allocate<byte>(6_000_000).Dispose(); // what is freed can be had again
    }

    [Test]
    public void A_buffer_beyond_the_devices_largest_is_refused()
    {
        using OpenClEngine engine = OpenClEngine.Open(memoryBytes: long.MaxValue);
        Assert.That(() => engine.AllocateWorkspace<byte>(engine.LargestBufferBytes + 1),
            Throws.InstanceOf<DeviceMemoryException>().With.Message.Contains("its largest is"));
    }

    [Test]
    public void A_number_that_no_device_has_is_refused() =>
        Assert.That(() => OpenClEngine.Open(99),
            Throws.InstanceOf<DeviceException>().With.Message.Contains("opencl:99"));
}
