using GpuLstm.Kernels.Language;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Cuda;

/// <summary>A kernel's fault spoils the GPU for its whole process, so this runs in one of its own.</summary>
[TestFixture, Explicit("After it the process cannot use the GPU.")]
public class CudaFaultTests
{
    [Test]
    public void After_a_fault_every_call_says_so_and_nothing_throws_on_the_way_out()
    {
        var device = (CudaAccelerator)new TestAccelerator("cuda").OpenAnew();
        DeviceBuffer<int> x = device.Allocate<int>(10);
        using IReplay replay = device.Record(() =>
            CudaTestKernels.LaunchIncrement(device.Launcher, 10, new ArrayView<int>((IKernelBuffer)x, 0, 10)));
        using ReadBack<int> reading = device.CreateReadBack<int>(10);
        replay.Run();
        replay.Run();
        reading.Begin(x.View);
        Assert.That(reading.End().ToArray(), Is.All.EqualTo(2));

        CudaTestKernels.LaunchStray(
            device.Launcher, new KernelConfig(1, 1), new ArrayView<int>((IKernelBuffer)x, 0, 10));
        Assert.That(device.Synchronize, Throws.InstanceOf<DeviceLostException>().With.Message.Contains(device.Name));
        Assert.That(device.Synchronize, Throws.InstanceOf<DeviceLostException>());
        Assert.That(replay.Run, Throws.InstanceOf<DeviceLostException>());
        Assert.That(() => x.View.ToArray(), Throws.InstanceOf<DeviceLostException>());
        Assert.That(() => device.Allocate<int>(1), Throws.InstanceOf<DeviceLostException>());
        Assert.That(() => reading.Begin(x.View), Throws.InstanceOf<DeviceLostException>());
        Assert.That(() =>
        {
            replay.Dispose();
            reading.Dispose();
            x.Dispose();
            device.Dispose();
            device.Dispose();
        }, Throws.Nothing);
    }
}
