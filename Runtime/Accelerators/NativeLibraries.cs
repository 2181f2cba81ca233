using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>Finds drivers' libraries at run time under the names they have on each system.</summary>
internal static class NativeLibraries
{
    private static readonly Dictionary<string, string[]> s_names = new()
    {
        [OpenCl.OpenClApi.Library] = OperatingSystem.IsWindows() ? ["OpenCL.dll"]
            : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
            : ["libOpenCL.so.1", "libOpenCL.so"],
    };

#pragma warning disable CA2255 // an assembly has one resolver, and it must be there before the first call
    [ModuleInitializer]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);
#pragma warning restore CA2255

    /// <summary>Whether a library can be loaded here.</summary>
    public static bool Exists(string library) => Resolve(library, typeof(NativeLibraries).Assembly, null) != 0;

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        if (s_names.TryGetValue(library, out string[]? names))
            foreach (string name in names)
                if (NativeLibrary.TryLoad(name, assembly, path, out nint handle))
                    return handle;
        return 0;
    }
}
