using System.Reflection;
using GpuLstm.Runtime.Accelerators.Gpu;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Tests;

/// <summary>Lets ILGPU take oclgrind, where <c>tools/oclgrind-check</c> runs the tests on it, and writes down which
/// kernels they load. It is an OpenCL 1.2 device; the words of 2.0 that our kernels use are defined by its build
/// options.</summary>
[SetUpFixture]
public class Oclgrind
{
    [OneTimeSetUp]
    public void Admit()
    {
        if (Environment.GetEnvironmentVariable("OCLGRIND_BUILD_OPTIONS") == null)
            return;
        OpenClDevice.Found = device =>
        {
            Set(device.Capabilities, nameof(CLCapabilityContext.GenericAddressSpace), true);
            Set(device, nameof(CLDevice.CVersion), CLCVersion.CL20);
        };
        if (Environment.GetEnvironmentVariable("GPULSTM_LAUNCHED") is { } file)
            KernelLaunchers.Loaded = kernel => File.AppendAllText(file, kernel.Name + "\n");
    }

    private static void Set(object target, string property, object value) =>
        target.GetType().GetProperty(property, BindingFlags.Public | BindingFlags.Instance)!
            .GetSetMethod(nonPublic: true)!.Invoke(target, [value]);
}

/// <summary>Whether a race would be seen.</summary>
[TestFixture]
public class OclgrindTests
{
    /// <summary>Each item writes what the others read, and none waits.</summary>
    private static void Race(ArrayView<int> results)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(1);
        shared[0] = Group.IdxX;
        results[Group.IdxX] = shared[0];
    }

    [Test]
    public void A_race_is_reported()
    {
        if (Environment.GetEnvironmentVariable("GPULSTM_INJECT_RACE") == null)
            Assert.Ignore("tools/oclgrind-check alone wants the race, to see it reported.");
        using OpenClEngine engine = OpenClEngine.Open();
        using MemoryBuffer1D<int, Stride1D.Dense> results = engine.Allocate<int>(8);
        engine.Accelerator.LoadStreamKernel<ArrayView<int>>(Race)(new KernelConfig(1, 8), results.View);
        engine.Accelerator.Synchronize();
    }
}
