using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests.Accelerators;

/// <summary>Plans to spread a layer over a device's multiprocessors respect what each has.</summary>
[TestFixture]
public sealed class SpreadPlannerTests
{
    private static LstmDescriptor Layer(int batch, int hidden, bool training = true) =>
        new(batch, TimeSteps: 50, InputSize: 64, hidden, Training: training);

    [Test]
    public void Plans_keep_to_the_limits([Values(1, 31, 64, 256)] int batch,
        [Values(144, 192, 252, 256, 512, 1000, 1024)] int hidden, [Values] bool training)
    {
        foreach ((string name, GpuLimits limits) in GpuModels.EveryCuda)
            if (SpreadPlanner.Choose(limits, Layer(batch, hidden, training)) is { } plan)
                Assert.Multiple(() =>
                {
                    Assert.That(limits.ComputeCapability, Is.GreaterThanOrEqualTo(80), name);
                    Assert.That(plan.Units * plan.UnitGroups, Is.GreaterThanOrEqualTo(hidden), name);
                    Assert.That(plan.Rows * plan.SampleGroups(batch), Is.GreaterThanOrEqualTo(batch), name);
                    Assert.That(plan.UnitGroups * plan.SampleGroups(batch), Is.LessThanOrEqualTo(limits.ComputeUnits),
                        $"{name}: all groups at once");
                    Assert.That(plan.Items % 32, Is.Zero, name);
                    Assert.That(4 * plan.Places * 8, Is.GreaterThanOrEqualTo(4 * hidden), name);
                    foreach (bool backward in training ? new[] { false, true } : [false])
                    {
                        Assert.That(plan.Items, Is.LessThanOrEqualTo(plan.Variant(backward).MostItems), name);
                        Assert.That(plan.FarPlaces(backward), Is.GreaterThanOrEqualTo(0), name);
                        Assert.That(plan.SharedBytes(backward), Is.LessThanOrEqualTo(limits.SharedBytes), name);
                    }
                });
    }

    [TestCase(256, 64)]
    [TestCase(512, 64)]
    [TestCase(1024, 1)]
    public void Large_layers_spread_over_data_centre_devices(int hidden, int batch)
    {
        SpreadSchedule? plan = SpreadPlanner.Choose(GpuModels.H100, Layer(batch, hidden));
        Assert.That(plan, Is.Not.Null);
        Assert.That(plan!.UnitGroups * plan.SampleGroups(batch), Is.GreaterThan(100), "most multiprocessors have work");
    }

    [Test]
    public void So_many_samples_that_products_take_longer_than_launches_are_not_spread() =>
        Assert.That(SpreadPlanner.Choose(GpuModels.H100, Layer(256, 1024)), Is.Null);

    [Test]
    public void What_fits_a_multiprocessor_is_not_spread() => Assert.Multiple(() =>
    {
        Assert.That(OnChipSchedule.Choose(GpuModels.H100, Layer(64, 128)), Is.TypeOf<PersistentSchedule>());
        Assert.That(OnChipSchedule.Choose(GpuModels.H100, Layer(64, 256)), Is.TypeOf<SpreadSchedule>());
    });

    [Test]
    public void Odd_sizes_old_and_foreign_devices_have_no_such_plan() => Assert.Multiple(() =>
    {
        Assert.That(SpreadPlanner.Choose(GpuModels.H100, Layer(64, 513)), Is.Null);
        Assert.That(SpreadPlanner.Choose(GpuModels.V100, Layer(64, 512)), Is.Null);
        Assert.That(SpreadPlanner.Choose(GpuModels.IntegratedGpu, Layer(64, 512)), Is.Null);
        Assert.That(SpreadPlanner.Choose(GpuModels.H100 with { Cooperative = false }, Layer(64, 512)), Is.Null);
    });
}
