using GpuLstm.Runtime.Accelerators.OpenCl;
using GpuLstm.Tests.KernelCompiler;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Accelerators;

/// <summary>Processors and GPUs get kernels of their own; an OpenCL device of either kind runs them all.</summary>
[TestFixture]
public sealed class DeviceKindTests
{
    private static readonly LstmShape[] s_shapes =
        [new(3, 5, 3, 15, Reverse: true) { States = true }, new(2, 3, 7, 33) { States = true }];

    [Test]
    public void Either_kind_of_kernels_gives_the_references_values_and_gradients(
        [Values("gpu", "processor")] string kind, [ValueSource(nameof(s_shapes))] LstmShape shape)
    {
        if (OpenClDevice.WhyNone is { } why)
            Toolchain.Missing(why);
        using OpenClAccelerator itself = new();
        using OpenClAccelerator accelerator = new(0, itself.Limits with { IsGpu = kind == "gpu" });
        RecurrenceCheck.Run(accelerator, shape);
    }
}
