using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The recurrence with its weights spread over the multiprocessors: plans for real devices, and values on
/// one said to be too small to hold a layer in a multiprocessor.</summary>
[TestFixture("debug")]
[TestFixture("cuda")]
public sealed class LstmSpreadTests(string id)
{
    private static GpuLimits Device(int units, int registers) => GpuModels.A100 with
    {
        ComputeUnits = units, MaxGroupSize = 32, RegistersPerUnit = registers, RegistersPerGroup = registers,
        ItemsPerUnit = 32, SharedBytes = 8192, SharedBytesPerUnit = 8192,
    };

    private static IEnumerable<TestCaseData> Cases() =>
    [
        new TestCaseData(Device(12, 32 * 96),
            new LstmShape(3, 5, 3, 20) { States = true }).SetArgDisplayNames("states"),
        new TestCaseData(Device(10, 32 * 96), new LstmShape(2, 3, 5, 36, Reverse: true) { SpareBatch = 2 })
            .SetArgDisplayNames("reverse, a smaller batch"),
        new TestCaseData(Device(8, 32 * 104), new LstmShape(3, 7, 3, 32, Reverse: true) { States = true })
            .SetArgDisplayNames("several turns, reverse, states"),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Values_and_gradients_are_the_references(GpuLimits limits, LstmShape shape)
    {
        Assert.That(LstmPlanner.Persistent(limits, shape.Descriptor()), Is.Null);
        SpreadSchedule? plan = SpreadPlanner.Choose(limits, shape.Descriptor());
        Assert.That(plan, Is.Not.Null);
        TestContext.Out.WriteLine(plan);
        Assert.That(plan!.UnitGroups, Is.GreaterThan(1), "several groups, or nothing is spread");
        using Accelerator accelerator = LimitedDevice.Open(id, limits);
        RecurrenceCheck.Run(accelerator, shape);
    }

    [Test]
    public void Plans_keep_to_the_limits([Values(1, 31, 64, 256)] int batch, [Values(192, 256, 512, 1024)] int hidden)
    {
        foreach ((string name, GpuLimits limits) in GpuModels.EveryCuda)
            if (SpreadPlanner.Choose(limits, new(batch, 50, 64, hidden)) is { } plan)
                Assert.Multiple(() =>
                {
                    Assert.That(limits.ComputeCapability, Is.GreaterThanOrEqualTo(80), name);
                    Assert.That(plan.Units * plan.UnitGroups, Is.GreaterThanOrEqualTo(hidden), name);
                    Assert.That(plan.UnitGroups * plan.SampleGroups(batch), Is.LessThanOrEqualTo(limits.ComputeUnits),
                        name);
                    Assert.That(plan.Items % 32, Is.Zero, name);
                    Assert.That(plan.Items, Is.LessThanOrEqualTo(limits.MaxGroupSize), name);
                    foreach (bool backward in new[] { false, true })
                    {
                        Assert.That(plan.SharedBytes(backward), Is.LessThanOrEqualTo(limits.SharedBytes), name);
                        Assert.That(plan.Registers(backward), Is.LessThanOrEqualTo(255), name);
                        Assert.That((plan.Registers(backward) + 7) / 8 * 8 * plan.Items,
                            Is.LessThanOrEqualTo(limits.RegistersPerGroup), name);
                    }
                });
    }

    [TestCase(512)]
    [TestCase(1024)]
    public void Large_layers_spread_over_data_centre_devices(int hidden)
    {
        SpreadSchedule? plan = SpreadPlanner.Choose(GpuModels.H100, new(64, 50, 64, hidden));
        Assert.That(plan, Is.Not.Null);
        Assert.That(plan!.UnitGroups * plan.SampleGroups(64), Is.GreaterThan(100), "most multiprocessors have work");
    }

    [Test]
    public void Odd_sizes_old_and_foreign_devices_have_no_such_plan() => Assert.Multiple(() =>
    {
        Assert.That(SpreadPlanner.Choose(GpuModels.H100, new(64, 50, 64, 513)), Is.Null);
        Assert.That(SpreadPlanner.Choose(GpuModels.V100, new(64, 50, 64, 512)), Is.Null);
        Assert.That(SpreadPlanner.Choose(GpuModels.IntegratedGpu, new(64, 50, 64, 512)), Is.Null);
        Assert.That(SpreadPlanner.Choose(GpuModels.H100 with { Cooperative = false }, new(64, 50, 64, 512)), Is.Null);
    });
}
