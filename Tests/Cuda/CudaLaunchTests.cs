using System.Runtime.InteropServices;
using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Cuda;

namespace GpuLstm.Tests.Cuda;

/// <summary>How launches are handed to the CUDA driver; needs no GPU.</summary>
[TestFixture]
public class CudaLaunchTests
{
    private sealed class Memory(nint handle) : IKernelBuffer
    {
        public nint Handle => handle;
        public nint HostAddress => 0;
    }

    [Test]
    public unsafe void Arguments_lie_in_the_order_of_the_text()
    {
        KernelDescriptor kernel = new("Test_All", "", [
            new("a", KernelParameterKind.View, "float", 4),
            new("n", KernelParameterKind.Value, "int", 4),
            new("tile", KernelParameterKind.Specialized, "int", 4),
            new("b", KernelParameterKind.View, "Float4", 16),
            new("x", KernelParameterKind.Value, "double", 8),
        ], 2, KernelTargets.Cuda, 70, false, true, _ => { });
        ArrayView<float> a = new(new Memory(0x7000), 40, 5);
        KernelArgument[] arguments =
        [
            KernelArgument.Of(a), KernelArgument.Of(-3), KernelArgument.Of(64),
            KernelArgument.Of(default(ArrayView<Float4>)), KernelArgument.Of(2.5),
        ];
        int most = CudaArguments.MaxCount(kernel);
        UInt128* values = (UInt128*)NativeMemory.AllocZeroed((nuint)most, 16);
        void** addresses = (void**)NativeMemory.AllocZeroed((nuint)most, (nuint)sizeof(void*));
        try
        {
            CudaArguments.Write(kernel, arguments, new Index3D(70, 9, 1), 100_000, values, addresses);
            long[] read = new long[most];
            for (int i = 0; i < most; i++)
                read[i] = addresses[i] == null ? long.MinValue : *(long*)addresses[i];
            Assert.Multiple(() =>
            {
                Assert.That(read[..3], Is.EqualTo(new long[] { 0x7000, 10, 5 }));
                Assert.That((int)read[3], Is.EqualTo(-3));
                Assert.That(read[4..7], Is.EqualTo(new long[] { 0, 0, 0 }));
                Assert.That(BitConverter.Int64BitsToDouble(read[7]), Is.EqualTo(2.5));
                Assert.That(((int)read[8], (int)read[9]), Is.EqualTo((70, 9)));
                Assert.That(read[10], Is.EqualTo(100_000));
                Assert.That(read[11..], Is.All.EqualTo(long.MinValue), "nothing follows");
            });
        }
        finally
        {
            NativeMemory.Free(values);
            NativeMemory.Free(addresses);
        }
    }

    [TestCase(1, 1, 1, 32, 1)]
    [TestCase(28, 100, 28, 32, 8)]
    [TestCase(33, 2, 1, 64, 4)]
    [TestCase(1000, 1, 1, 256, 1)]
    [TestCase(int.MaxValue, 7, 3, 256, 1)]
    public void A_range_is_covered_by_groups_of_whole_warps(int x, int y, int z, int groupX, int groupY)
    {
        KernelConfig config = CudaRange.Config(new Index3D(x, y, z));
        Assert.That(config.GroupDim, Is.EqualTo(new Index3D(groupX, groupY, 1)));
        (Index3D grid, Index3D group) = (config.GridDim, config.GroupDim);
        Assert.That((long)grid.X * group.X, Is.GreaterThanOrEqualTo(x).And.LessThan((long)x + group.X));
        Assert.That((long)grid.Y * group.Y, Is.GreaterThanOrEqualTo(y).And.LessThan((long)y + group.Y));
        Assert.That(grid.Z, Is.EqualTo(z));
    }
}
