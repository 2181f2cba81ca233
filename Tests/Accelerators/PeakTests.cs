using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Tests.OperationFixtures;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The kernel whose speed is a device's ceiling does the work that is counted.</summary>
[TestFixture("debug")]
[TestFixture("opencl")]
public sealed class PeakTests(string id)
{
    [TestCase(0)]
    [TestCase(5)]
    public void Every_chain_goes_through_every_repeat(int repeats)
    {
        const int Items = 70;
        using var device = (GpuEngine)new TestEngine(id).OpenAnew();
        using MemoryBuffer1D<float, Stride1D.Dense> results = device.Allocate<float>(Items);
        device.Launchers.PeakMultiplyAdd(device.Stream, Items, results.View, repeats, 0.5f, 3);
        float[] actual = device.Read(results);
        for (int item = 0; item < Items; item++)
        {
            double expected = 0;
            for (int chain = 0; chain < Peak.Chains; chain++)
            {
                double x = item + chain % 4 + (chain % 4 == 3 ? chain / 4 : 0);
                for (int repeat = 0; repeat < repeats; repeat++)
                    x = 0.5 * x + 3;
                expected += x;
            }
            Assert.That(actual[item], Is.EqualTo(expected).Within(1e-4));
        }
    }
}
