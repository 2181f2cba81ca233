using System.Reflection;
using GpuLstm.Runtime.Accelerators.Gpu;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime.OpenCL;

namespace GpuLstm.Tests;

/// <summary>Lets ILGPU take oclgrind, where <c>tools/oclgrind-check</c> runs the tests on it. It is an OpenCL 1.2 device;
/// the words of 2.0 that our kernels use are defined by its build options.</summary>
[SetUpFixture]
public class Oclgrind
{
    [OneTimeSetUp]
    public void Admit()
    {
        if (Environment.GetEnvironmentVariable("OCLGRIND_BUILD_OPTIONS") != null)
            OpenClDevice.Found = device =>
            {
                Set(device.Capabilities, nameof(CLCapabilityContext.GenericAddressSpace), true);
                Set(device, nameof(CLDevice.CVersion), CLCVersion.CL20);
            };
    }

    private static void Set(object target, string property, object value) =>
        target.GetType().GetProperty(property, BindingFlags.Public | BindingFlags.Instance)!
            .GetSetMethod(nonPublic: true)!.Invoke(target, [value]);
}
