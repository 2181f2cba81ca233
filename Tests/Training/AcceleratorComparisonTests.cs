using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;
using GpuLstm.Runtime.Training.Comparison;

namespace GpuLstm.Tests.Training;

/// <summary>What a comparison of accelerators trains, measures and calls a difference.</summary>
[TestFixture]
public class AcceleratorComparisonTests
{
    private const int Steps = 31; // over four epochs of eight steps, the last step of each smaller

    private static readonly Recipe _recipe = Recipes.Find("lstm128x2") with { Hidden = 12, Batch = 20, Epochs = 4 };

    private static readonly Dataset _data = DatasetLoader.Load(
        new() { Spec = "strokes", StrokesTrain = 150, StrokesTest = 20 }, new Data.RecordingProgress(), default);

    [Test]
    public void The_same_accelerator_again_differs_in_nothing()
    {
        using var cpu = new CpuEngine(2);
        var comparison = new AcceleratorComparison(_recipe, _data, seed: 5, Steps);
        AcceleratorMeasurement one = comparison.Measure(cpu, null, default),
            again = comparison.Measure(cpu, null, default);
        Assert.Multiple(() =>
        {
            Assert.That(again.Losses, Is.EqualTo(one.Losses));
            Assert.That(again.Difference, Is.EqualTo(AcceleratorDifference.None), "states are restored to the bit");
            Assert.That(comparison.Measured, Is.EqualTo(new[] { one, again }));
            Assert.That(comparison.Parts, Is.EqualTo(15));
        });
    }

    [Test]
    public void Other_vectors_differ_a_little()
    {
        using CpuEngine wide = new(2, 0), narrow = new(1, 128);
        var comparison = new AcceleratorComparison(_recipe, _data, seed: 5, Steps);
        comparison.Measure(wide, null, default);
        AcceleratorDifference difference = comparison.Measure(narrow, null, default).Difference;
        Assert.That(difference.SharedGradient, Is.InRange(1e-9, 1e-5));
        Assert.That(difference.WorstParameter, Does.Match("^(lstm|fc)\\."));
        Assert.That(difference.SharedLoss, Is.LessThan(1e-6));
        Assert.That(difference.FirstLosses, Is.LessThan(1e-5));
    }

    [Test]
    public void It_trains_as_the_trainer_does()
    {
        using var cpu = new CpuEngine(2);
        using var trainer = new Trainer(cpu, _recipe, _data, seed: 5, new SilentObserver());
        trainer.Run(default);
        AcceleratorMeasurement measured = new AcceleratorComparison(_recipe, _data, 5, Steps).Measure(cpu, null,
            default);
        Assert.That(measured.Losses, Is.EqualTo(trainer.History.Steps.Take(Steps).Select(step => step.Loss)));
    }

    [Test]
    public void Speed_phases_memory_and_progress_are_measured()
    {
        using var cpu = new CpuEngine(2);
        var progress = new Progress();
        var comparison = new AcceleratorComparison(_recipe, _data, seed: 5, Steps);
        AcceleratorMeasurement measured = comparison.Measure(cpu, progress, default);
        long planned = MemoryPlan.Of(_recipe, _data).Total;
        Assert.Multiple(() =>
        {
            Assert.That(measured.SamplesPerSecond, Is.GreaterThan(100));
            Assert.That(measured.Phases.All.Select(phase => phase.Seconds), Has.All.Positive);
            Assert.That(measured.MemoryBytes, Is.InRange(planned / 2, 2 * planned));
            Assert.That(progress.Told, Is.Ordered.And.Not.Empty);
            Assert.That(progress.Told[^1], Is.EqualTo(1));
        });
    }

    [Test]
    public void A_divergence_is_told_as_in_training()
    {
        using var cpu = new CpuEngine(2);
        var comparison = new AcceleratorComparison(_recipe with { LearningRate = 3e37f }, _data, seed: 5, Steps);
        Assert.That(() => comparison.Measure(cpu, null, default), Throws.InstanceOf<GpuLstmException>()
            .With.Message.Contains("step"));
        Assert.That(comparison.Measured, Is.Empty);
    }

    [Test]
    public void Cancelling_ends_it()
    {
        using var cpu = new CpuEngine(2);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.That(() => new AcceleratorComparison(_recipe, _data, 5, Steps).Measure(cpu, null, stop.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void A_difference_is_relative_the_worst_and_by_parameter()
    {
        AcceleratorDifference losses = AcceleratorDifference.OfLosses([2, 4, 0], [2, 3, 0]);
        Assert.That(losses.FirstLosses, Is.EqualTo(0.25));
        AcceleratorDifference step = AcceleratorDifference.OfStep(
            new(2, [new("a", [2], [3, 4]), new("b", [1], [10])]),
            new(2.5f, [new("a", [2], [3, 5]), new("b", [1], [11])]));
        Assert.That(step, Is.EqualTo(new AcceleratorDifference(0, 0.25, 0.2, "a")));
        Assert.That(losses.Or(step), Is.EqualTo(new AcceleratorDifference(0.25, 0.25, 0.2, "a")));
    }

    [Test]
    public void What_is_not_a_number_is_no_agreement()
    {
        Assert.That(AcceleratorDifference.OfLosses([2], [float.NaN]).FirstLosses, Is.NaN);
        AcceleratorDifference bad = AcceleratorDifference.OfStep(
            new(2, [new("a", [1], [3])]), new(2, [new("a", [1], [float.NaN])]));
        AcceleratorDifference good = AcceleratorDifference.OfStep(
            new(2, [new("b", [1], [3])]), new(2, [new("b", [1], [4])]));
        foreach (AcceleratorDifference worst in new[] { bad.Or(good), good.Or(bad) })
            Assert.That((double.IsNaN(worst.SharedGradient), worst.WorstParameter), Is.EqualTo((true, "a")));
    }

    private sealed class Progress : IProgress<double>
    {
        public List<double> Told { get; } = [];

        public void Report(double value) => Told.Add(value);
    }
}
