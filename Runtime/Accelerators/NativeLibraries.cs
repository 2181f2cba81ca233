using System.Runtime.InteropServices;
using ILGPU;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>Finds the OpenCL loader under the names that it has on each system. ILGPU asks for <c>libOpenCL.so</c>,
/// which many have only with their development packages.</summary>
internal static class NativeLibraries
{
    private static readonly Lock s_lock = new();
    private static bool s_registered;

    private static IEnumerable<string> OpenCl => OperatingSystem.IsWindows() ? ["OpenCL.dll"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"];

    /// <summary>Whether there is an OpenCL loader here.</summary>
    public static bool HasOpenCl => Load(OpenCl) != 0;

    /// <summary>Before ILGPU's first context.</summary>
    public static void Register()
    {
        lock (s_lock)
        {
            if (s_registered)
                return;
            s_registered = true;
            try
            {
                NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, _, _) =>
                    name.Contains("OpenCL", StringComparison.Ordinal) ? Load(OpenCl) : 0);
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
