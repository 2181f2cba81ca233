using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Tests.OpenCl;

[TestFixture]
public class OpenClMemoryTests : OpenClTests
{
    private const long Mega = 1 << 20;

    [TestCase(1, 256)]
    [TestCase(256, 256)]
    [TestCase(257, 512)]
    [TestCase(5000, 5120)]
    [TestCase(100_000, 106_496)]
    [TestCase(9 * Mega + 1, 10 * Mega)]
    [TestCase(1000 * Mega + 1, 1001 * Mega)]
    public void A_size_class_wastes_little(long bytes, long size) =>
        Assert.That(OpenClMemory.SizeClass(bytes), Is.EqualTo(size));

    [Test]
    public void A_buffer_given_back_is_used_again_and_starts_as_zeros()
    {
        using OpenClContext context = new(Device);
        nint first;
        using (OpenClBuffer<float> buffer = new(context, 1001, zeros: true))
        {
            first = buffer.Handle;
            buffer.CopyFrom(0, new float[] { 1, 2, 3 });
            Assert.That(context.Memory.UsedBytes, Is.EqualTo(OpenClMemory.SizeClass(4004)));
        }
        Assert.That((context.Memory.UsedBytes, context.Memory.KeptBytes),
            Is.EqualTo((0L, OpenClMemory.SizeClass(4004))));
        using OpenClBuffer<float> again = new(context, 1000, zeros: true);
        Assert.That(again.Handle, Is.EqualTo(first), "the same class");
        Assert.That(again.View.ToArray(), Has.All.EqualTo(0f));
        using OpenClBuffer<float> other = new(context, 1000, zeros: false);
        Assert.That(other.Handle, Is.Not.EqualTo(first), "one is in use");
    }

    [Test]
    public void No_more_than_an_eighth_is_kept()
    {
        using OpenClContext context = new(Device, memoryBytes: 16 * Mega);
        OpenClBuffer<byte>[] buffers = [.. Enumerable.Range(0, 4).Select(_ =>
            new OpenClBuffer<byte>(context, Mega, zeros: false))];
        foreach (OpenClBuffer<byte> buffer in buffers)
            buffer.Dispose();
        Assert.That(context.Memory.KeptBytes, Is.EqualTo(2 * Mega));
    }

    [Test]
    public void What_is_kept_makes_room_for_what_is_asked()
    {
        using OpenClContext context = new(Device, memoryBytes: 16 * Mega);
        new OpenClBuffer<byte>(context, 2 * Mega, zeros: false).Dispose();
        Assert.That(context.Memory.KeptBytes, Is.EqualTo(2 * Mega));
        using OpenClBuffer<byte> all = new(context, 16 * Mega, zeros: false);
        Assert.That((context.Memory.UsedBytes, context.Memory.KeptBytes), Is.EqualTo((16 * Mega, 0L)));
    }

    [Test]
    public void Too_much_is_refused_with_what_was_asked_and_what_is_free_and_changes_nothing()
    {
        using OpenClContext context = new(Device, memoryBytes: 10_000_000);
        using OpenClBuffer<byte> some = new(context, 4 * Mega, zeros: false);
        DeviceMemoryException? error = Assert.Throws<DeviceMemoryException>(() =>
            new OpenClBuffer<float>(context, 2_000_000, zeros: true));
        Assert.That(error!.Message, Is.EqualTo($"{Device.Name} could not give a buffer of 8.0 MB: "
            + "5.8 of its 10.0 MB are not in use here; a smaller --batch needs less."));
        Assert.That(error.UsedBytes, Is.EqualTo(4 * Mega));
        using OpenClBuffer<byte> more = new(context, 5 * Mega, zeros: true);
        Assert.That(more.View.ToArray(), Has.All.EqualTo((byte)0));
    }

    [Test]
    public void A_buffer_beyond_the_devices_largest_is_refused()
    {
        using OpenClContext context = new(Device with { MaxBufferBytes = 3_000_000 });
        using OpenClBuffer<byte> largest = new(context, 3_000_000, zeros: false);
        Assert.That(() => new OpenClBuffer<byte>(context, 3_000_001, zeros: false),
            Throws.InstanceOf<DeviceMemoryException>().With.Message.Contains("its largest is 3.0 MB"));
    }
}
