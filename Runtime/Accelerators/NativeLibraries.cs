using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.Runtime.Accelerators.Cuda;
using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>Finds drivers' libraries at run time under the names they have on each system.</summary>
internal static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, nint> s_loaded = new();

#pragma warning disable CA2255 // an assembly has one resolver, and it must be there before the first call
    [ModuleInitializer]
    internal static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, (library, _, _) => Handle(library));
#pragma warning restore CA2255

    /// <summary>Whether a library can be loaded here.</summary>
    public static bool Exists(string library) => Handle(library) != 0;

    private static nint Handle(string library) => s_loaded.GetOrAdd(library, static name => Load(Names(name)));

    private static IEnumerable<string> Names(string library) => library switch
    {
        OpenClApi.Library => OperatingSystem.IsWindows() ? ["OpenCL.dll"]
            : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
            : ["libOpenCL.so.1", "libOpenCL.so"],
        CudaApi.Library => OperatingSystem.IsWindows() ? ["nvcuda.dll"]
            : OperatingSystem.IsLinux() // also where containers and Windows' subsystem mount it
                ? ["libcuda.so.1", "/usr/local/nvidia/lib64/libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1"]
            : [],
        NvrtcApi.Library => NvrtcFinder.ForThisSystem().Candidates(),
        _ => [],
    };

    private static nint Load(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            foreach (string needed in NvrtcFinder.Companions(name))
                _ = NativeLibrary.TryLoad(needed, out _);
            if (NativeLibrary.TryLoad(name, typeof(NativeLibraries).Assembly, null, out nint handle))
                return handle;
        }
        return 0;
    }
}
