using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Tests.KernelCompiler;

/// <summary>Compiles OpenCL C as any program would that reads it from a file: no options, nothing in front.</summary>
internal static partial class OpenClFile
{
    private const string Library = "tests-opencl";
    private const uint BuildLog = 0x1183; // CL_PROGRAM_BUILD_LOG

    private static readonly string[] s_names =
        ["libOpenCL.so.1", "OpenCL.dll", "/System/Library/Frameworks/OpenCL.framework/OpenCL"];

    static OpenClFile() => NativeLibrary.SetDllImportResolver(typeof(OpenClFile).Assembly, Find);

    /// <summary>Builds a text and makes its kernel; the compiler's complaint, or null where there is none.</summary>
    public static string? Compile(string text, string kernel, OpenClDevice device)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        GCHandle pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        nint context = 0, program = 0, entry = 0;
        try
        {
            context = clCreateContext(0, 1, [device.Handle], 0, 0, out int code);
            if (code == 0)
                program = clCreateProgramWithSource(
                    context, 1, [pin.AddrOfPinnedObject()], [bytes.Length], out code);
            if (code == 0)
                code = clBuildProgram(program, 1, [device.Handle], "", 0, 0);
            if (code == 0)
                entry = clCreateKernel(program, kernel, out code);
            return code == 0 ? null : $"OpenCL error {code}: {(program == 0 ? "" : Log(program, device))}";
        }
        finally
        {
            pin.Free();
            _ = entry == 0 ? 0 : clReleaseKernel(entry);
            _ = program == 0 ? 0 : clReleaseProgram(program);
            _ = context == 0 ? 0 : clReleaseContext(context);
        }
    }

    private static string Log(nint program, OpenClDevice device)
    {
        byte[] log = new byte[1 << 16];
        _ = clGetProgramBuildInfo(program, device.Handle, BuildLog, log.Length, log, 0);
        return Encoding.UTF8.GetString(log).TrimEnd('\0');
    }

    private static nint Find(string library, Assembly assembly, DllImportSearchPath? path)
    {
        foreach (string name in library == Library ? s_names : [])
            if (NativeLibrary.TryLoad(name, assembly, path, out nint handle))
                return handle;
        return 0;
    }

    [LibraryImport(Library)]
    private static partial nint clCreateContext(
        nint properties, uint count, nint[] devices, nint notify, nint data, out int code);

    [LibraryImport(Library)]
    private static partial nint clCreateProgramWithSource(
        nint context, uint count, nint[] texts, nint[] lengths, out int code);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int clBuildProgram(
        nint program, uint count, nint[] devices, string options, nint notify, nint data);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint clCreateKernel(nint program, string name, out int code);

    [LibraryImport(Library)]
    private static partial int clGetProgramBuildInfo(
        nint program, nint device, uint name, nint size, byte[] value, nint needed);

    [LibraryImport(Library)]
    private static partial int clReleaseKernel(nint kernel);

    [LibraryImport(Library)]
    private static partial int clReleaseProgram(nint program);

    [LibraryImport(Library)]
    private static partial int clReleaseContext(nint context);
}
