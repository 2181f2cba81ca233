using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Tests.OperationFixtures;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Cuda;

/// <summary>A kernel's fault spoils the GPU for its whole process, so this runs in one of its own.</summary>
[TestFixture, Explicit("After it the process cannot use the GPU.")]
public class CudaFaultTests
{
    [Test]
    public void After_a_fault_every_call_says_so_and_nothing_throws_on_the_way_out()
    {
        var engine = (CudaEngine)new TestEngine("cuda").OpenAnew();
        MemoryBuffer1D<int, ILGPU.Stride1D.Dense> x = engine.Allocate<int>(10);
        MemoryBuffer1D<float, ILGPU.Stride1D.Dense> y = engine.Allocate<float>(10);
        var increment = CudaTestKernels.LoadIncrement(engine);
        using IReplay replay = engine.Record(() => increment(engine.Stream, 10, x.View));
        using ReadBack<int> reading = engine.CreateReadBack<int>(10);
        replay.Run();
        replay.Run();
        reading.Begin(x.View);
        Assert.That(reading.End().ToArray(), Is.All.EqualTo(2));

        CudaTestKernels.LoadStray(engine)(engine.Stream, new(1, 1), x.View);
        Assert.That(engine.Synchronize, Throws.InstanceOf<DeviceLostException>().With.Message.Contains(engine.Name));
        Assert.That(engine.Synchronize, Throws.InstanceOf<DeviceLostException>());
        Assert.That(replay.Run, Throws.InstanceOf<DeviceLostException>());
        Assert.That(() => engine.Read(x), Throws.InstanceOf<DeviceLostException>());
        Assert.That(() => engine.Allocate<int>(1), Throws.InstanceOf<DeviceLostException>());
        Assert.That(() => engine.Operations.Fill(y.View, 1), Throws.InstanceOf<DeviceLostException>());
        Assert.That(() => reading.Begin(x.View), Throws.InstanceOf<DeviceLostException>());
        Assert.That(() =>
        {
            replay.Dispose();
            reading.Dispose();
            x.Dispose();
            y.Dispose();
            engine.Dispose();
            engine.Dispose();
        }, Throws.Nothing);
    }
}
