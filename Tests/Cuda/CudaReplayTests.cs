using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Tests.OperationFixtures;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Cuda;

/// <summary>Recorded work does again what it did.</summary>
[TestFixture]
public class CudaReplayTests
{
    private CudaEngine _engine = null!;
    private MemoryBuffer1D<int, Stride1D.Dense> _x = null!;
    private Action<AcceleratorStream, Index1D, ArrayView<int>> _increment = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _engine = (CudaEngine)new TestEngine("cuda").OpenAnew();
        _increment = CudaTestKernels.LoadIncrement(_engine);
    }

    [OneTimeTearDown]
    public void Close() => _engine?.Dispose();

    [SetUp]
    public void Make() => _x = _engine.Allocate<int>(77);

    [TearDown]
    public void Drop() => _x.Dispose();

    private void Increment() => _increment(_engine.Stream, 77, _x.View);

    [Test]
    public void Work_is_asked_for_twice_and_then_repeated()
    {
        int asked = 0;
        using IReplay replay = _engine.Record(() =>
        {
            asked++;
            Increment();
            Increment();
        });
        for (int run = 1; run <= 5; run++)
        {
            replay.Run();
            Assert.That(_engine.Read(_x), Is.All.EqualTo(2 * run), $"after run {run}");
        }
        Assert.That(asked, Is.EqualTo(2));
    }

    [Test]
    public void Copies_between_two_runs_count()
    {
        using IReplay replay = _engine.Record(Increment);
        for (int run = 0; run < 4; run++)
        {
            _engine.Write<int>(_x.View, [.. Enumerable.Repeat(10 * run, 77)]);
            replay.Run();
            Assert.That(_engine.Read(_x), Is.All.EqualTo(10 * run + 1));
        }
    }

    [TestCase("allocates")]
    [TestCase("uploads")]
    [TestCase("downloads")]
    [TestCase("waits")]
    public void Work_that_cannot_be_recorded_is_refused_and_the_device_goes_on(string how)
    {
        using IReplay replay = _engine.Record(() =>
        {
            Increment();
            if (how == "allocates")
                _engine.Allocate<int>(5).Dispose();
            else if (how == "uploads")
                _engine.Write<int>(_x.View.Slice(0, 1), [1]);
            else if (how == "downloads")
                _engine.Read(_x);
            else
                _engine.Synchronize();
        });
        replay.Run(); // as it is
        Assert.That(replay.Run, Throws.InvalidOperationException.With.Message.Contains("recorded"));
        int[] before = _engine.Read(_x);
        Increment();
        Assert.That(_engine.Read(_x), Is.EqualTo(before.Select(value => value + 1)));
    }

    [Test]
    public void A_buffer_given_back_while_work_is_recorded_does_not_spoil_it()
    {
        var buffers = new Stack<MemoryBuffer1D<int, Stride1D.Dense>>(
            [_engine.Allocate<int>(9), _engine.Allocate<int>(9)]);
        using IReplay replay = _engine.Record(() =>
        {
            buffers.Pop().Dispose();
            Increment();
        });
        for (int run = 0; run < 3; run++)
            replay.Run();
        Assert.That(_engine.Read(_x), Is.All.EqualTo(3));
    }

    /// <summary>The scratch of an operation grows when a larger batch comes; recorded work still has its own.</summary>
    [Test]
    public void Scratch_that_is_outgrown_stays_for_recorded_work()
    {
        float[] logits = [.. Enumerable.Range(0, 600 * 3).Select(i => i % 7 * 0.5f)];
        int[] labels = [.. Enumerable.Range(0, 600).Select(i => i % 3)];
        using MemoryBuffer1D<float, Stride1D.Dense> values = _engine.Upload<float>(logits);
        using MemoryBuffer1D<float, Stride1D.Dense> small = _engine.Allocate<float>(2),
            large = _engine.Allocate<float>(2);
        using MemoryBuffer1D<int, Stride1D.Dense> targets = _engine.Upload<int>(labels);
        void Loss(int batch, MemoryBuffer1D<float, Stride1D.Dense> result) =>
            _engine.Operations.SoftmaxCrossEntropy(new()
            {
                BatchSize = batch, Classes = 3, Logits = values.View, Labels = targets.View, Result = result.View,
            });
        using IReplay replay = _engine.Record(() => Loss(5, small));
        replay.Run();
        replay.Run();
        float[] expected = _engine.Read(small);
        Loss(600, large);
        using MemoryBuffer1D<float, Stride1D.Dense> occupant =
            _engine.Upload<float>([.. Enumerable.Repeat(float.NaN, 100)]);
        replay.Run();
        Assert.That(_engine.Read(small), Is.EqualTo(expected));
        Assert.That(_engine.Read(large), Is.Not.EqualTo(expected));
    }
}
