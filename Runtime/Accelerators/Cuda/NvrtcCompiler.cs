using System.Runtime.InteropServices;
using System.Text;
using static GpuLstm.Runtime.Accelerators.Cuda.NvrtcApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>NVIDIA's run-time compiler, for one architecture.</summary>
public sealed unsafe class NvrtcCompiler
{
    private readonly bool _machineCode;

    /// <param name="capability">10 x major + minor of the GPU.</param>
    /// <exception cref="DeviceException">There is no compiler, or it is too new for the GPU.</exception>
    public NvrtcCompiler(int capability)
    {
        if (WhyNone is { } why)
            throw new DeviceException(why);
        int major, minor, count;
        Check(nvrtcVersion(&major, &minor), nameof(nvrtcVersion));
        Version = $"NVRTC {major}.{minor}";
        Check(nvrtcGetNumSupportedArchs(&count), nameof(nvrtcGetNumSupportedArchs));
        int[] known = new int[count];
        fixed (int* first = known)
            Check(nvrtcGetSupportedArchs(first), nameof(nvrtcGetSupportedArchs));
        (_machineCode, int architecture) = Choose(known, capability)
            ?? throw new DeviceException(
                $"{Version} no longer compiles for sm_{capability}: install an older one beside it.");
        Architecture = (_machineCode ? "sm_" : "compute_") + architecture;
    }

    /// <summary>Why there is no compiler, in a sentence; null if there is one.</summary>
    public static string? WhyNone => NativeLibraries.Exists(Library) ? null
        : "NVIDIA's run-time compiler (NVRTC, version 11 to 13) is not installed: it comes with the CUDA toolkit "
            + "(CUDA_PATH) and with Python's package of PyTorch.";

    public string Version { get; }

    /// <summary>What is compiled for: sm_90, or compute_86 where the compiler is older than the GPU.</summary>
    public string Architecture { get; }

    /// <summary>The GPU's own architecture, if the compiler knows it; else the latest one before it as PTX, which the
    /// driver translates; null if all known ones are later.</summary>
    public static (bool MachineCode, int Architecture)? Choose(IReadOnlyCollection<int> known, int capability)
    {
        if (known.Contains(capability))
            return (true, capability);
        int[] older = [.. known.Where(architecture => architecture < capability)];
        return older.Length > 0 ? (false, older.Max()) : null;
    }

    /// <summary>Everything beside text and definitions that decides what comes out.</summary>
    public IReadOnlyList<string> Options => [$"--gpu-architecture={Architecture}", "--fmad=false", "--std=c++17"];

    /// <summary>Compiles a kernel to what <c>cuModuleLoadData</c> takes.</summary>
    /// <exception cref="DeviceException">The compiler refuses the text; the message holds its log.</exception>
    public byte[] Compile(string name, string text, IEnumerable<string> definitions)
    {
        nint program;
        fixed (byte* source = Terminated(text), file = Terminated(name + ".cu"))
            Check(nvrtcCreateProgram(&program, source, file, 0, null, null), nameof(nvrtcCreateProgram));
        try
        {
            int code = Compile(program, [.. Options, .. definitions.Select(definition => $"-D{definition}")]);
            if (code != 0)
                throw new DeviceException(
                    $"{Version} cannot compile the kernel {name} for {Architecture}: {Text(code)}.\n{Log(program)}");
            return _machineCode
                ? Read(program, nvrtcGetCUBINSize, nvrtcGetCUBIN, nameof(nvrtcGetCUBIN))
                : Read(program, nvrtcGetPTXSize, nvrtcGetPTX, nameof(nvrtcGetPTX));
        }
        finally
        {
            _ = nvrtcDestroyProgram(&program);
        }
    }

    private static int Compile(nint program, IReadOnlyList<string> options)
    {
        GCHandle[] pinned = [.. options.Select(option => GCHandle.Alloc(Terminated(option), GCHandleType.Pinned))];
        try
        {
            nint[] addresses = [.. pinned.Select(handle => handle.AddrOfPinnedObject())];
            fixed (nint* first = addresses)
                return nvrtcCompileProgram(program, addresses.Length, (byte**)first);
        }
        finally
        {
            foreach (GCHandle handle in pinned)
                handle.Free();
        }
    }

    private static string Log(nint program) =>
        Encoding.UTF8.GetString(Read(program, nvrtcGetProgramLogSize, nvrtcGetProgramLog, nameof(nvrtcGetProgramLog)))
            .TrimEnd('\0', '\n');

    private delegate int SizeQuery(nint program, nuint* bytes);

    private delegate int ContentQuery(nint program, byte* content);

    private static byte[] Read(nint program, SizeQuery size, ContentQuery content, string call)
    {
        nuint bytes;
        Check(size(program, &bytes), call + "Size");
        byte[] read = new byte[bytes];
        fixed (byte* first = read)
            Check(content(program, first), call);
        return read;
    }

    private static byte[] Terminated(string text) => Encoding.UTF8.GetBytes(text + "\0");

    private static string Text(int code) => Marshal.PtrToStringUTF8((nint)nvrtcGetErrorString(code)) ?? $"error {code}";

    private static void Check(int code, string call)
    {
        if (code != 0)
            throw new DeviceException($"{call} failed in NVIDIA's run-time compiler with {Text(code)}.");
    }
}
