using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Tests.OpenCl;

[TestFixture]
public class ProfileTests : OpenClTests
{
    [Test]
    public void Each_kernel_is_counted_and_timed_and_its_work_is_done()
    {
        using OpenClAccelerator accelerator = new();
        using DeviceBuffer<float> a = accelerator.Allocate<float>(1 << 16), b = accelerator.Allocate<float>(1 << 16);
        void Work()
        {
            accelerator.Operations.Fill(a.View, 3);
            accelerator.Operations.Copy(a.View, b.View);
            accelerator.Operations.Copy(a.View, b.View);
        }
        IReadOnlyList<KernelTime> times = accelerator.Profile(Work)!;
        Assert.That(times.Select(time => (time.Kernel, time.Launches)),
            Is.EquivalentTo(new[] { ("Elementwise_Copy", 2), ("Elementwise_Fill", 1) }));
        Assert.That(times.Select(time => time.Seconds), Has.All.InRange(1e-9, 60));
        Assert.That(times.Select(time => time.Seconds), Is.Ordered.Descending);
        Assert.That(b.View.ToArray(), Has.All.EqualTo(3f));
        accelerator.Operations.Fill(b.View, 4);
        Assert.That(b.View.ToArray(), Has.All.EqualTo(4f), "the queue of before goes on");
    }
}
