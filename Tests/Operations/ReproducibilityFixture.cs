using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>On each accelerator, the same seed gives the same bits, and so does a run that was interrupted and
/// resumed.</summary>
[TestFixtureSource(typeof(TestEngine), nameof(TestEngine.AsUsed))]
public class ReproducibilityFixture(TestEngine on) : TestsInFolder
{
    private const int Samples = 45, Batch = 10, Epochs = 2, Steps = 10;

    private static readonly Dataset _data = DatasetLoader.Load(
        new DataOptions { Spec = "strokes", StrokesTrain = Samples, StrokesTest = 20 }, new RecordingProgress(),
            CancellationToken.None);

    // Zoneout and recurrent dropout take a launch per step, which the debugger is too slow for.
    private readonly Recipe _recipe = on.Slow ? _basic : _basic with
    {
        Variant = _basic.Variant with { RecurrentDropout = 0.1f, ZoneoutHidden = 0.1f },
    };

    private static readonly Recipe _basic = Recipes.Find("dense28-lstm28") with
    {
        PreLinear = 5, Hidden = new(6, 5), Layers = 2, Variant = new() { Bidirectional = true, Dropout = 0.2f },
        Batch = Batch, Epochs = Epochs, LearningRate = 0.01f, ClipNorm = 1,
            WeightDecay = 0.01f,
        Schedule = LearningRateSchedule.Cosine, WarmupSteps = 3, LabelSmoothing = 0.1f, LogEvery = 1,
        Augment = new() { Shift = 1, Rotate = 10, Scale = 0.1f, Elastic = 1 },
    };

    /// <summary>How many steps later the host learns of a step: one, where it reads results while the device goes
    /// on.</summary>
    private int Delay => on.Id == "cuda" ? 1 : 0;

    [OneTimeSetUp]
    public void SkipWhereAbsent() => on.Open();

    [Test]
    public void The_same_seed_gives_the_same_bits_and_another_seed_others()
    {
        Ending one = Train("one", seed: 1), again = Train("again", seed: 1), other = Train("other", seed: 2);
        Assert.That(again, Is.EqualTo(one).Using<Ending>(Same));
        Assert.That(other.Parameters, Is.Not.EqualTo(one.Parameters));
    }

    [Test]
    public void A_run_resumed_after_any_step_ends_with_the_same_bits()
    {
        Ending whole = Train("whole", seed: 1);
        for (int step = 1; step < Steps - Delay; step += on.Slow ? 4 : 1)
            Assert.That(Resume($"stopped-{step}", step), Is.EqualTo(whole).Using<Ending>(Same),
                $"stopped after step {step}");
    }

    /// <summary>Stops a run after a step, which saves it, and ends it with another trainer.</summary>
    private Ending Resume(string name, int step)
    {
        using var stop = new CancellationTokenSource();
        Train(name, seed: 1, new Observer(s => { if (s == step) stop.Cancel(); }), stop.Token);
        var store = new CheckpointStore(Folder[name], keep: 2);
        Checkpoint checkpoint = store.Latest(_ => { })!;
        Assert.That(checkpoint.Position.Step, Is.InRange(step, step + Delay));
        using Trainer trainer = Make(store, seed: 1, new Observer(_ => { }));
        trainer.Restore(checkpoint);
        return End(trainer, default);
    }

    private Ending Train(string name, ulong seed, Observer? observer = null, CancellationToken cancel = default)
    {
        using Trainer trainer = Make(new(Folder[name], keep: 2), seed, observer ?? new Observer(_ => { }));
        return End(trainer, cancel);
    }

    private Trainer Make(CheckpointStore store, ulong seed, Observer observer) =>
        new(on.Open(), _recipe, _data, seed, observer, new(store, new()
        {
            Recipe = _recipe, Seed = seed, Data = "strokes", DataSha256 = DataFingerprint.Of(_data), Device = on.Id,
            DeviceSettings = on.Open().Settings, Checkpoints = new() { EveryEpoch = false },
        }));

    private static Ending End(Trainer trainer, CancellationToken cancel)
    {
        TrainingResult result = trainer.Run(cancel);
        Checkpoint end = trainer.Capture();
        return new(trainer.Parameters.Engine.Read(trainer.Parameters.Values),
            [.. end.FirstMoments.Concat(end.SecondMoments).SelectMany(t => t.Values)],
            end.StepState, [.. trainer.History.Steps],
            [.. trainer.History.Epochs.Select(e => (e.TrainLoss, e.TestLoss))], result.Final.Loss);
    }

    private static bool Same(Ending a, Ending b) =>
        a.Parameters.SequenceEqual(b.Parameters) && a.Moments.SequenceEqual(b.Moments) && a.State.SequenceEqual(b.State)
        && a.Steps.SequenceEqual(b.Steps) && a.Epochs.SequenceEqual(b.Epochs) && a.TestLoss.Equals(b.TestLoss);

    private sealed record Ending(float[] Parameters, float[] Moments, int[] State, StepLog[] Steps,
        (double, double)[] Epochs, double TestLoss);

    private sealed class Observer(Action<long> atStep) : ITrainingObserver
    {
        public void OnProgress(in TrainingProgress progress) { }
        public void OnStep(in StepLog step, bool logged) => atStep(step.Step);
        public void OnTest(TestLog test) { }
        public void OnEpoch(EpochLog epoch) { }
    }
}
