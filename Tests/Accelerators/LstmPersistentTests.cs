using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The kernels that keep the weights on chip give the reference's values and gradients: each in every way that
/// lanes share units.</summary>
[TestFixture("debug")]
[TestFixture("cuda")]
public sealed class LstmPersistentTests(string id)
{
    private static IEnumerable<TestCaseData> Cases() =>
    [
        Case(new(3, 5, 7, 17) { States = true }, 8, 1, 1),
        Case(new(3, 3, 7, 20, Reverse: true) { States = true }, 8, 1, 2),
        Case(new(2, 3, 5, 31, Reverse: true), 8, 4, 4),
        Case(new(2, 4, 3, 29) { States = true }, 8, 2, 4),
        Case(new(2, 7, 3, 5) { States = true, SpareBatch = 1 }, 8, 4, 4),
        Case(new(2, 3, 3, 13) { States = true }, 8, 2, 2),
        Case(new(2, 1, 1, 1), 8, 1, 2),
        Case(new(2, 2, 3, 64) { States = true }, 16, 1, 4),
        Case(new(2, 3, 3, 33) { States = true }, 16, 1, 1),
        Case(new(2, 3, 3, 30, Reverse: true), 16, 2, 2),
        Case(new(2, 5, 3, 20, Reverse: true) { Biases = 1 }, 16, 4, 4),
        Case(new(2, 2, 3, 96) { States = true }, 24, 1, 4),
        Case(new(2, 3, 3, 31, Reverse: true) { States = true }, 24, 2, 4),
        Case(new(2, 2, 3, 100) { States = true }, 24, 1, 2),
        Case(new(2, 3, 3, 127, Reverse: true) { States = true }, 16, 2, 4),
        Case(new(2, 2, 3, 128), 16, 1, 4),
        Case(new(2, 2, 3, 127) { States = true }, 48, 1, 2),
        Case(new(2, 3, 3, 50) { States = true }, 48, 1, 1),
    ];

    private static TestCaseData Case(LstmShape shape, int kept, int samples, int slices) =>
        new TestCaseData(shape, kept, samples, slices).SetArgDisplayNames(
            $"{shape}", $"{kept} kept", $"{samples} samples", $"{slices} slices");

    [TestCaseSource(nameof(Cases))]
    public void Values_and_gradients_are_the_references(LstmShape shape, int kept, int samples, int slices)
    {
        OnChipVariant variant = OnChipVariant.Persistent.Single(v => (v.Kept, v.Samples) == (kept, samples));
        PersistentSchedule schedule = PersistentPlanner.Schedule(shape.H, variant, slices);
        Assert.That(schedule.Items, Is.LessThanOrEqualTo(variant.MostItems));
        if (id == "debug" && schedule.Items > 64)
            Assert.Ignore("A thread for each of so many items takes minutes; CUDA, emulated or not, runs it.");
        using GpuEngine engine = LimitedDevice.Open(id, GpuModels.H100, onChip: schedule);
        RecurrenceCheck.Run(engine, shape);
    }
}
