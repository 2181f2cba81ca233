using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Cuda;

/// <summary>Recorded work does again what it did.</summary>
[TestFixture]
public class CudaReplayTests
{
    private CudaAccelerator _device = null!;
    private DeviceBuffer<int> _x = null!;

    [OneTimeSetUp]
    public void Open() => _device = (CudaAccelerator)new TestAccelerator("cuda").OpenAnew();

    [OneTimeTearDown]
    public void Close() => _device?.Dispose();

    [SetUp]
    public void Make() => _x = _device.Allocate<int>(77);

    [TearDown]
    public void Drop() => _x.Dispose();

    private void Increment() =>
        CudaTestKernels.LaunchIncrement(_device.Launcher, 77, new ArrayView<int>((IKernelBuffer)_x, 0, 77));

    [Test]
    public void Work_is_asked_for_twice_and_then_repeated()
    {
        int asked = 0;
        using IReplay replay = _device.Record(() =>
        {
            asked++;
            Increment();
            Increment();
        });
        for (int run = 1; run <= 5; run++)
        {
            replay.Run();
            Assert.That(_x.View.ToArray(), Is.All.EqualTo(2 * run), $"after run {run}");
        }
        Assert.That(asked, Is.EqualTo(2));
    }

    [Test]
    public void Copies_between_two_runs_count()
    {
        using IReplay replay = _device.Record(Increment);
        for (int run = 0; run < 4; run++)
        {
            _x.View.CopyFrom([.. Enumerable.Repeat(10 * run, 77)]);
            replay.Run();
            Assert.That(_x.View.ToArray(), Is.All.EqualTo(10 * run + 1));
        }
    }

    [TestCase("allocates")]
    [TestCase("uploads")]
    [TestCase("downloads")]
    [TestCase("waits")]
    public void Work_that_cannot_be_recorded_is_refused_and_the_device_goes_on(string how)
    {
        using IReplay replay = _device.Record(() =>
        {
            Increment();
            if (how == "allocates")
                _device.Allocate<int>(5).Dispose();
            else if (how == "uploads")
                _x.View.Slice(0, 1).CopyFrom([1]);
            else if (how == "downloads")
                _x.View.ToArray();
            else
                _device.Synchronize();
        });
        replay.Run(); // as it is
        Assert.That(replay.Run, Throws.InvalidOperationException.With.Message.Contains("recorded"));
        int[] before = _x.View.ToArray();
        Increment();
        Assert.That(_x.View.ToArray(), Is.EqualTo(before.Select(value => value + 1)));
    }

    [Test]
    public void A_buffer_given_back_while_work_is_recorded_does_not_spoil_it()
    {
        var buffers = new Stack<DeviceBuffer<int>>([_device.Allocate<int>(9), _device.Allocate<int>(9)]);
        using IReplay replay = _device.Record(() =>
        {
            buffers.Pop().Dispose();
            Increment();
        });
        for (int run = 0; run < 3; run++)
            replay.Run();
        Assert.That(_x.View.ToArray(), Is.All.EqualTo(3));
    }

    /// <summary>The scratch of an operation grows when a larger batch comes; recorded work still has its own.</summary>
    [Test]
    public void Scratch_that_is_outgrown_stays_for_recorded_work()
    {
        float[] logits = [.. Enumerable.Range(0, 600 * 3).Select(i => i % 7 * 0.5f)];
        int[] labels = [.. Enumerable.Range(0, 600).Select(i => i % 3)];
        using DeviceBuffer<float> values = _device.Upload<float>(logits);
        using DeviceBuffer<float> small = _device.Allocate<float>(2), large = _device.Allocate<float>(2);
        using DeviceBuffer<int> targets = _device.Upload<int>(labels);
        void Loss(int batch, DeviceBuffer<float> result) => _device.Operations.SoftmaxCrossEntropy(new()
        {
            BatchSize = batch, Classes = 3, Logits = values.View, Labels = targets.View, Result = result.View,
        });
        using IReplay replay = _device.Record(() => Loss(5, small));
        replay.Run();
        replay.Run();
        float[] expected = small.View.ToArray();
        Loss(600, large);
        using DeviceBuffer<float> occupant = _device.Upload<float>([.. Enumerable.Repeat(float.NaN, 100)]);
        replay.Run();
        Assert.That(small.View.ToArray(), Is.EqualTo(expected));
        Assert.That(large.View.ToArray(), Is.Not.EqualTo(expected));
    }
}
