using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The recurrence launched step by step, as layers too large for one group are: here a small layer on a device
/// that is said to have little shared memory.</summary>
[TestFixture("debug")]
[TestFixture("opencl")]
public sealed class LstmStepTests(string id)
{
    private static readonly GpuLimits s_little = new(IsGpu: true, ComputeUnits: 4, MaxGroupSize: 256,
        SharedBytes: 2048);

    private static readonly LstmShape[] s_shapes =
        [new(3, 5, 7, 17) { States = true }, new(2, 35, 3, 33, Reverse: true) { States = true },
            new(3, 3, 5, 20, Reverse: true)];

    [Test]
    public void Steps_give_the_references_values_and_gradients([ValueSource(nameof(s_shapes))] LstmShape shape)
    {
        if (id == "opencl")
            Missing.UnlessOpenCl();
        using Engine engine = id == "debug" ? new DebugEngine(s_little) : OpenClEngine.Open(limits: s_little);
        Assert.That(LstmRecurrence.RunsWholeSequence(s_little, shape.H), Is.False);
        RecurrenceCheck.Run(engine, shape);
    }
}
