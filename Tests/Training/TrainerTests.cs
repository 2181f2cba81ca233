using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Training;

[TestFixture]
public class TrainerTests
{
    private static readonly Recipe _recipe = Recipes.Find("lstm128x2") with { Hidden = 20, Batch = 32, Epochs = 2,
        LearningRate = 0.005f };

    private static readonly Dataset _data = DatasetLoader.Load(
        new DataOptions { Spec = "strokes", StrokesTrain = 500, StrokesTest = 100 }, new Data.RecordingProgress(),
        CancellationToken.None);

    [Test]
    public void The_same_seed_and_number_of_threads_give_the_same_bits([Values(1, 2, 3)] int threads)
    {
        float[] once = TrainedParameters(threads), again = TrainedParameters(threads);
        Assert.That(again, Is.EqualTo(once));
    }

    [Test]
    public void Losses_fall_and_are_told_in_order()
    {
        var observer = new Observer();
        TrainingResult result = Train(new CpuEngine(2), _recipe with { Epochs = 4 }, observer).Result;
        Assert.Multiple(() =>
        {
            Assert.That(observer.Steps.Select(s => s.Step),
                Is.EqualTo(Enumerable.Range(1, 4 * 16).Select(i => (long)i)));
            Assert.That(observer.Epochs.Select(e => e.Epoch), Is.EqualTo(new[] { 1, 2, 3, 4 }));
            Assert.That(observer.Epochs[^1].TrainLoss, Is.LessThan(0.8 * observer.Epochs[0].TrainLoss));
            Assert.That(result.SamplesSeen, Is.EqualTo(4 * 500), "the last, smaller batch counts too");
            Assert.That(result.Final.Accuracy, Is.GreaterThan(0.2));
            Assert.That(observer.Epochs[^1].TestAccuracy, Is.EqualTo(result.Final.Accuracy));
        });
    }

    [Test]
    public void A_training_step_allocates_nothing([Values("cpu", "opencl", "cuda")] string id, [Values] bool augmented)
    {
        if (id == "opencl")
            Missing.UnlessOpenCl();
        if (id == "cuda")
            Missing.UnlessCuda();
        using Engine device = id == "cpu" ? new CpuEngine(2) : EngineFactory.Open(id);
        var observer = new AllocationObserver();
        // An emulated GPU is slow, and meanwhile the test host's own threads always do something.
        bool slow = id == "cuda" && device.Name.Contains("mulated", StringComparison.Ordinal);
        Recipe recipe = _recipe with { Batch = 4, Epochs = slow ? 1 : 8,
            Augment = augmented ? new() { Shift = 1, Elastic = 1 } : default };
        // 125 steps an epoch, a look every 20: 48 chances that the test host does nothing.
        Train(device, recipe, observer);
        Assert.That(observer.PerLook.Count, Is.GreaterThan(2));
        if (!slow)
            Assert.That(observer.PerLook.Skip(1).Min(), Is.Zero, "bytes on all threads, 20 steps apart");
        // The runtime itself may allocate once (2,640 bytes in one look of one run were seen); a step would each time.
        Assert.That(observer.PerLookHere.Skip(1).Count(bytes => bytes != 0), Is.LessThan(2),
            $"looks with bytes on the training thread: {string.Join(' ', observer.PerLookHere)}");
        Assert.That(observer.OnDevice.Skip(1), Is.All.Zero, "bytes on the device");
    }

    [Test]
    public void A_divergence_never_reaches_the_weights_and_is_named()
    {
        using var cpu = new CpuEngine(2);
        using var trainer = new Trainer(cpu, _recipe with { LearningRate = 3e37f }, _data, 1, new Observer());
        GpuLstmException? error = Assert.Throws<DivergenceException>(() => trainer.Run(CancellationToken.None));
        Assert.That(error!.Message, Does.Match(@"step \d+ (the loss|the gradient of '(lstm|fc)\..*') was not finite"));
        Assert.That(trainer.Parameters.Engine.Read(trainer.Parameters.Values).Count(v => !float.IsFinite(v)), Is.Zero);
    }

    [Test]
    public void Cancelling_stops_after_the_current_step()
    {
        using var stop = new CancellationTokenSource();
        var observer = new Observer { AtStep = step => { if (step == 20) stop.Cancel(); } };
        TrainingResult result = Train(new CpuEngine(2), _recipe, observer, stop.Token).Result;
        Assert.Multiple(() =>
        {
            Assert.That(result.Interrupted);
            Assert.That(result.StepsDone, Is.EqualTo(20));
        });
    }

    [TestCase(LearningRateSchedule.Constant, 0, 50, 100, ExpectedResult = 1f)]
    [TestCase(LearningRateSchedule.Constant, 10, 4, 100, ExpectedResult = 0.5f)]
    [TestCase(LearningRateSchedule.Cosine, 0, 0, 100, ExpectedResult = 1f)]
    [TestCase(LearningRateSchedule.Cosine, 0, 50, 100, ExpectedResult = 0.5f)]
    [TestCase(LearningRateSchedule.Cosine, 20, 60, 100, ExpectedResult = 0.5f)]
    [TestCase(LearningRateSchedule.Cosine, 0, 100, 100, ExpectedResult = 0f)]
    public float The_schedule_follows_its_formula(LearningRateSchedule schedule, int warmup, long step, long steps) =>
        (_recipe with { LearningRate = 1, Schedule = schedule, WarmupSteps = warmup }).RateAt(step, steps);

    [TestCaseSource(typeof(Reference.TorchOptimizers), nameof(Reference.TorchOptimizers.Schedules))]
    public void Rates_are_PyTorchs(Reference.TorchSchedule torch)
    {
        Recipe recipe = _recipe with { LearningRate = (float)torch.Rate, Epochs = torch.Epochs,
            Schedule = torch.Schedule, StepEpochs = 2, PlateauPatience = 2 };
        var at = new RunPosition();
        long steps = (long)torch.Epochs * torch.PerEpoch;
        for (long step = 0; step < steps; step++)
        {
            Assert.That(recipe.RateAt(step, steps) * at.RateScale, Is.EqualTo(torch.Rates[step]).Within(2e-5).Percent,
                $"step {step}");
            if (torch.Losses != null && (step + 1) % torch.PerEpoch == 0)
                at.WatchPlateau(torch.Losses[step / torch.PerEpoch], recipe.PlateauPatience, recipe.Factor);
        }
    }

    [Test]
    public void Every_optimiser_resumes_to_the_same_bits(
        [Values] OptimizerKind kind, [Values(LearningRateSchedule.Plateau, LearningRateSchedule.OneCycle)]
        LearningRateSchedule schedule)
    {
        Recipe recipe = _recipe with { Optimizer = kind, Schedule = schedule, PlateauPatience = 0, Epochs = 3,
            Momentum = kind is OptimizerKind.Sgd or OptimizerKind.RmsProp ? 0.9f : 0,
            WeightDecay = 0.01f, ClipValue = 0.1f, ClassWeights = "balanced" };
        RunSettings settings = new() { Recipe = recipe, Seed = 7, Data = "strokes", DataSha256 = "", Device = "cpu",
            DeviceSettings = new Dictionary<string, string>() };
        using var folder = new TemporaryFolder();
        using var cpu = new CpuEngine(2);
        using var whole = new Trainer(cpu, recipe, _data, 7, new Observer(), new(new(folder["whole"], 9), settings));
        whole.Run(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        var observer = new Observer { AtStep = step => { if (step == 20) stop.Cancel(); } };
        var store = new CheckpointStore(folder["stopped"], 9);
        using (var stopped = new Trainer(cpu, recipe, _data, 7, observer, new(store, settings)))
            stopped.Run(stop.Token);
        using var resumed = new Trainer(cpu, recipe, _data, 7, new Observer(), new(store, settings));
        resumed.Restore(store.Latest(_ => { })!);
        resumed.Run(CancellationToken.None);
        Assert.That(cpu.Read(resumed.Parameters.Values), Is.EqualTo(cpu.Read(whole.Parameters.Values)));
    }

    private static float[] TrainedParameters(int threads) =>
        Train(new CpuEngine(threads), _recipe, new Observer()).Parameters;

    private static (TrainingResult Result, float[] Parameters) Train(Engine device, Recipe recipe,
        ITrainingObserver observer, CancellationToken cancel = default)
    {
        using (device)
        {
            using var trainer = new Trainer(device, recipe, _data, seed: 7, observer);
            TrainingResult result = trainer.Run(cancel);
            return (result, trainer.Parameters.Engine.Read(trainer.Parameters.Values));
        }
    }

    private sealed class Observer : ITrainingObserver
    {
        public List<StepLog> Steps { get; } = [];
        public List<EpochLog> Epochs { get; } = [];
        public Action<long> AtStep { get; init; } = _ => { };

        public void OnProgress(in TrainingProgress progress) { }

        public void OnStep(in StepLog step, bool logged)
        {
            Steps.Add(step);
            AtStep(step.Step);
        }

        public void OnTest(TestLog test) { }
        public void OnEpoch(EpochLog epoch) => Epochs.Add(epoch);
    }

    /// <summary>Counts what is allocated between two looks of the trainer at the device within an epoch.</summary>
    private sealed class AllocationObserver : ITrainingObserver
    {
        private long _total, _here, _device;
        private int _epoch;

        public List<long> PerLook { get; } = new(100);
        public List<long> PerLookHere { get; } = new(100);
        public List<long> OnDevice { get; } = new(100);

        public void OnProgress(in TrainingProgress progress)
        {
            long total = GC.GetTotalAllocatedBytes(precise: true), here = GC.GetAllocatedBytesForCurrentThread();
            if (progress.Epoch == _epoch)
            {
                PerLook.Add(total - _total);
                PerLookHere.Add(here - _here);
                OnDevice.Add(DeviceMemory.AllocatedByThisThread - _device);
            }
            _epoch = progress.Epoch;
            _device = DeviceMemory.AllocatedByThisThread;
            (_total, _here) = (GC.GetTotalAllocatedBytes(precise: true), GC.GetAllocatedBytesForCurrentThread());
        }

        public void OnStep(in StepLog step, bool logged) { }
        public void OnTest(TestLog test) { }
        public void OnEpoch(EpochLog epoch) { }
    }
}
