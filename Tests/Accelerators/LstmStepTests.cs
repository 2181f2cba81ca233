using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.Debug;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Accelerators.OpenCl;
using GpuLstm.Tests.KernelCompiler;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The recurrence launched step by step, as layers too large for one group are: here a small layer on a device
/// that is said to have little shared memory.</summary>
[TestFixture("debug")]
[TestFixture("opencl")]
[TestFixture("cuda")]
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
        if (id == "opencl" && OpenClDevice.WhyNone is { } why)
            Toolchain.Missing(why);
        if (id == "cuda" && CudaAccelerator.WhyNone is { } reason)
            Assert.Ignore(reason);
        using Accelerator accelerator = id switch
        {
            "debug" => new DebugAccelerator(s_little),
            "opencl" => new OpenClAccelerator(0, s_little),
            _ => new CudaAccelerator(0, s_little),
        };
        Assert.That(LstmSchedule.Choose(s_little, shape.H).WholeSequence, Is.False);
        RecurrenceCheck.Run(accelerator, shape);
    }
}
