using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests.Accelerators;

/// <summary>Plans for devices from consumer to data centre respect what each has, and are the sensible ones.</summary>
[TestFixture]
public sealed class PersistentPlannerTests
{
    private static readonly int[] s_batches = [1, 31, 64, 100, 128, 256, 1000],
        s_sizes = [1, 3, 28, 33, 64, 100, 128, 192, 512];

    private static IEnumerable<TestCaseData> Devices() =>
        GpuModels.EveryCuda.Select(device => new TestCaseData(device.Limits).SetArgDisplayNames(device.Name));

    private static LstmDescriptor Layer(int batch, int hidden, bool training = true) =>
        new(batch, TimeSteps: 28, InputSize: 28, hidden, Training: training);

    [TestCaseSource(nameof(Devices))]
    public void A_persistent_plan_keeps_to_the_limits(GpuLimits limits)
    {
        foreach (int batch in s_batches)
            foreach (int hidden in s_sizes)
                foreach (bool training in new[] { true, false })
                    if (PersistentPlanner.Choose(limits, Layer(batch, hidden, training)) is { } plan)
                    {
                        Check(limits, hidden, plan, backward: false);
                        if (training)
                            Check(limits, hidden, plan, backward: true);
                        Assert.That(plan.Groups(batch) * plan.Variant.Samples, Is.GreaterThanOrEqualTo(batch));
                    }
    }

    private static void Check(GpuLimits limits, int hidden, PersistentSchedule plan, bool backward) =>
        Assert.Multiple(() =>
        {
            Assert.That(plan.Units, Is.GreaterThanOrEqualTo(hidden));
            Assert.That(plan.Places * plan.Slices, Is.GreaterThanOrEqualTo(hidden));
            Assert.That(plan.Items % 32, Is.Zero, "whole warps");
            Assert.That(plan.Places % 4, Is.Zero, "whole quads");
            Assert.That(plan.FarPlaces, Is.GreaterThanOrEqualTo(0));
            Assert.That(plan.Slices, Is.GreaterThanOrEqualTo(plan.Variant.Samples), "a sample for each lane at most");
            Assert.That(plan.Items, Is.LessThanOrEqualTo(Math.Min(plan.Variant.MostItems, limits.MaxGroupSize)));
            Assert.That(plan.SharedBytes(backward), Is.LessThanOrEqualTo(limits.SharedBytes));
        });

    [Test]
    public void The_128_units_of_a_hundred_digits_fit_one_multiprocessor_each([Values(100, 132)] int batch)
    {
        PersistentSchedule? plan = PersistentPlanner.Choose(GpuModels.H100, Layer(batch, 128));
        Assert.That(plan, Is.Not.Null);
        Assert.That(plan!.Variant.Samples, Is.EqualTo(1), "each sample has a multiprocessor to itself");
        Assert.That(plan.Variant.Kept, Is.GreaterThanOrEqualTo(plan.Places / 2), "registers are nearer");
    }

    [Test]
    public void Layers_of_up_to_96_units_stay_mostly_in_registers([Values(3, 28, 33, 64, 96)] int hidden)
    {
        foreach ((string name, GpuLimits limits) in GpuModels.EveryCuda)
        {
            PersistentSchedule? plan = PersistentPlanner.Choose(limits, Layer(100, hidden));
            Assert.That(plan, Is.Not.Null, name);
            Assert.That(plan!.FarPlaces, Is.LessThanOrEqualTo(plan.Places / 3), name);
        }
    }

    [Test]
    public void Large_batches_share_the_weights_of_a_group() => Assert.Multiple(() =>
    {
        Assert.That(PersistentPlanner.Choose(GpuModels.H100, Layer(264, 128))!.Variant.Samples, Is.EqualTo(2));
        Assert.That(PersistentPlanner.Choose(GpuModels.H100, Layer(10_000, 64))!.Variant.Samples, Is.GreaterThan(1));
    });

    [Test]
    public void What_does_not_fit_is_left_to_others([Values(160, 256, 512, 1024)] int hidden)
    {
        foreach ((string name, GpuLimits limits) in GpuModels.EveryCuda)
            Assert.That(PersistentPlanner.Choose(limits, Layer(64, hidden)), Is.Null, name);
    }

    [Test]
    public void Devices_without_cuda_have_no_persistent_plan() => Assert.That(
        PersistentPlanner.Choose(GpuModels.IntegratedGpu, Layer(100, 64)), Is.Null);
}
