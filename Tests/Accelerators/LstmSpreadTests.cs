using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The recurrence with its weights spread over the multiprocessors gives the reference's values and gradients,
/// in every form of its kernels.</summary>
[TestFixture("debug")]
[TestFixture("cuda")]
public sealed class LstmSpreadTests(string id)
{
    private static readonly (int Kept, int Samples) s_one = (16, 1), s_two = (16, 2), s_four = (16, 4);

    private static IEnumerable<TestCaseData> Cases() =>
    [
        Case(new(3, 3, 3, 8) { States = true }, 4, 3, s_one, s_one),
        Case(new(2, 5, 3, 8, Reverse: true) { States = true }, 4, 3, s_two, s_four),
        Case(new(3, 5, 3, 20) { States = true }, 4, 5, s_one, s_one),
        Case(new(2, 3, 5, 36, Reverse: true) { SpareBatch = 2 }, 8, 2, s_two, s_one),
        Case(new(3, 7, 3, 32, Reverse: true) { States = true }, 8, 4, s_two, s_two),
        Case(new(2, 7, 3, 24), 12, 7, s_four, s_four),
        Case(new(1, 1, 3, 4), 4, 1, s_four, s_two),
        Case(new(2, 3, 3, 132) { States = true }, 16, 2, s_one, s_four),
        Case(new(2, 2, 3, 68, Reverse: true) { States = true }, 32, 1, (32, 1), (32, 1)),
        Case(new(2, 5, 3, 260) { States = true }, 24, 3, (32, 2), (32, 2)),
        Case(new(2, 6, 3, 256, Reverse: true) { States = true }, 32, 6, (32, 4), (32, 4)),
        Case(new(2, 3, 3, 100), 32, 3, (48, 1), (48, 1)),
        Case(new(2, 2, 3, 512) { States = true }, 16, 1, (48, 1), (32, 1)),
    ];

    private static TestCaseData Case(
        LstmShape shape, int units, int rows, (int Kept, int Samples) forward, (int Kept, int Samples) backward) =>
        new TestCaseData(SpreadPlanner.Plan(shape.H, units, rows, Variant(forward), Variant(backward)), shape)
            .SetArgDisplayNames($"{units} units, {rows} rows, forward {forward}, backward {backward}", $"{shape}");

    private static OnChipVariant Variant((int Kept, int Samples) form) =>
        OnChipVariant.Spread.Single(variant => (variant.Kept, variant.Samples) == form);

    [TestCaseSource(nameof(Cases))]
    public void Values_and_gradients_are_the_references(SpreadSchedule schedule, LstmShape shape)
    {
        int groups = schedule.UnitGroups * schedule.SampleGroups(shape.B);
        if (id == "debug" && groups > 3)
            Assert.Ignore("So many groups are too many threads at once; CUDA, emulated or not, runs it.");
        using GpuEngine engine = LimitedDevice.Open(id, GpuModels.A100 with { ComputeUnits = groups },
            onChip: schedule);
        RecurrenceCheck.Run(engine, shape);
    }

    [Test]
    public void Layers_one_after_another_meet_at_the_same_barriers()
    {
        SpreadSchedule schedule = SpreadPlanner.Plan(8, units: 4, rows: 3, Variant(s_one), Variant(s_two));
        using GpuEngine engine = LimitedDevice.Open(id, GpuModels.A100 with { ComputeUnits = 2 }, onChip: schedule);
        foreach (int steps in new[] { 1, 2, 3 })
            RecurrenceCheck.Run(engine, new(steps, 3, 3, 8));
    }
}
