using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>Finds the drivers' libraries under the names that they have on each system. ILGPU asks for
/// <c>libOpenCL.so</c> and <c>libcuda.so</c>, which many have only with their development packages.</summary>
internal static class NativeLibraries
{
    /// <summary>The CUDA driver, as imports name it.</summary>
    internal const string Cuda = "cuda";

    private static readonly Lock s_lock = new();
    private static bool s_registered;

    private static IEnumerable<string> OpenClNames => OperatingSystem.IsWindows() ? ["OpenCL.dll"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"];

    private static IEnumerable<string> CudaNames => OperatingSystem.IsWindows() ? ["nvcuda.dll"]
        : ["libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1"]; // the last in Windows' Linux

    /// <summary>Whether there is an OpenCL loader here.</summary>
    public static bool HasOpenCl => Load(OpenClNames) != 0;

    /// <summary>Whether there is a CUDA driver here.</summary>
    public static bool HasCuda => Load(CudaNames) != 0;

    /// <summary>Before ILGPU's first context, and before the first import of ours.</summary>
    public static void Register()
    {
        lock (s_lock)
        {
            if (s_registered)
                return;
            s_registered = true;
            foreach (Assembly importing in new[] { typeof(Context).Assembly, typeof(NativeLibraries).Assembly })
                try
                {
                    NativeLibrary.SetDllImportResolver(importing, (name, _, _) =>
                        name.Contains("OpenCL", StringComparison.Ordinal) ? Load(OpenClNames)
                        : name.Contains(Cuda, StringComparison.Ordinal) ? Load(CudaNames) : 0);
                }
                catch (InvalidOperationException)
                {
                    // The program that we are part of has a resolver of its own for ILGPU.
                }
        }
    }

    private static nint Load(IEnumerable<string> names)
    {
        foreach (string name in names)
            if (NativeLibrary.TryLoad(name, out nint handle))
                return handle;
        return 0;
    }
}
