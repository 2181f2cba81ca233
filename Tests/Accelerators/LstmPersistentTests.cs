using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The kernels that keep the weights on chip give the reference's values and gradients: here on
/// devices said to have the limits that make the planner choose each kind of schedule.</summary>
[TestFixture("debug")]
[TestFixture("cuda")]
public sealed class LstmPersistentTests(string id)
{
    private static GpuLimits Device(int units, int items, int registers) => GpuModels.H100 with
    {
        ComputeUnits = units, MaxGroupSize = items, RegistersPerUnit = registers, RegistersPerGroup = registers,
        ItemsPerUnit = items,
    };

    private static IEnumerable<TestCaseData> Cases() =>
    [
        Case("one slice, all in registers", Device(8, 32, 32 * 248), new(3, 5, 7, 17) { States = true }, 1, 1,
            far: false),
        Case("one slice, part in shared memory", Device(8, 32, 32 * 128), new(3, 5, 3, 31) { States = true }, 1, 1,
            far: true),
        Case("two slices", Device(8, 64, 64 * 136), new(3, 3, 7, 20, Reverse: true) { States = true }, 2, 1,
            far: false),
        Case("two slices, two samples", Device(2, 64, 64 * 104), new(2, 3, 5, 31) { States = true }, 2, 2, far: true),
        Case("two slices, four samples", Device(1, 64, 64 * 104), new(2, 3, 5, 31, Reverse: true), 2, 4, far: true),
        Case("four slices", Device(8, 128, 128 * 104), new(3, 3, 3, 28), 4, 1, far: false),
        Case("four slices, two samples", Device(2, 128, 128 * 88), new(2, 3, 3, 29, Reverse: true) { Biases = 1 }, 4, 2,
            far: true),
        Case("four slices, four samples", Device(1, 128, 128 * 128), new(2, 4, 3, 29) { States = true }, 4, 4,
            far: false),
        Case("more samples than slices", Device(1, 32, 32 * 248), new(2, 7, 3, 5) { States = true, SpareBatch = 1 }, 2,
            8, far: false),
        Case("one unit", Device(8, 256, 256 * 96), new(2, 1, 1, 1), 2, 1, far: false),
    ];

    private static TestCaseData Case(string name, GpuLimits limits, LstmShape shape, int slices, int samples,
        bool far) =>
        new TestCaseData(limits, shape, slices, samples, far).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Cases))]
    public void Values_and_gradients_are_the_references(GpuLimits limits, LstmShape shape, int slices, int samples,
        bool far)
    {
        PersistentSchedule? plan = LstmPlanner.Persistent(limits, shape.Descriptor());
        Assert.That(plan, Is.Not.Null);
        TestContext.Out.WriteLine(plan);
        Assert.That((plan!.Slices, plan.Samples, plan.KeptBackward < plan.Places), Is.EqualTo((slices, samples, far)),
            $"{plan}");
        using Accelerator accelerator = LimitedDevice.Open(id, limits);
        RecurrenceCheck.Run(accelerator, shape);
    }
}
