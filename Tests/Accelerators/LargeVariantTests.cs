using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.OperationFixtures;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The kernels for more units, and the large tiles of products, which a device of one compute unit takes even
/// for small layers.</summary>
[TestFixture]
public sealed class LargeVariantTests
{
    private static readonly GpuLimits s_one = new(IsGpu: true, ComputeUnits: 1, MaxGroupSize: 256,
        SharedBytes: 48 * 1024);

    [TestCase(65)]
    [TestCase(129)]
    public void Large_variants_on_opencl_give_the_references_values_and_gradients(int units)
    {
        Missing.UnlessOpenCl();
        Assert.That(MatMulTiles.Choose(s_one, Precision.F32, quads: true, 65, 65, 1, 1).Tile,
            Is.EqualTo(MatMulTiles.Large));
        using OpenClEngine engine = OpenClEngine.Open(limits: s_one);
        RecurrenceCheck.Run(engine, new(2, 1, 1, units));
    }
}
