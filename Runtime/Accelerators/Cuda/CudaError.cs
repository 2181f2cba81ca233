using System.Runtime.InteropServices;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>The driver's codes: <c>CUresult</c>.</summary>
internal static unsafe class CudaError
{
    public const int OutOfMemory = 2, NoDevice = 100, LaunchOutOfResources = 701, CooperativeLaunchTooLarge = 720;

    /// <summary>After one of these the context is of no more use, and every later call fails with the same code: device
    /// unavailable, uncorrectable memory, illegal address, launch timeout, assertion, stack, instruction, alignment,
    /// address space, program counter, launch failure.</summary>
    private static readonly int[] s_sticky = [46, 214, 700, 702, 710, 714, 715, 716, 717, 718, 719];

    public static bool IsSticky(int code) => s_sticky.Contains(code);

    /// <summary>As cuda.h spells it, with its number.</summary>
    public static string Name(int code)
    {
        byte* text = null;
        return cuGetErrorName(code, &text) == 0 && text != null
            ? $"{Marshal.PtrToStringUTF8((nint)text)} ({code})" : $"error {code}";
    }

    /// <exception cref="DeviceException">The code is an error; the message names call, code and device.</exception>
    public static void Check(int code, string call, string device)
    {
        if (code == 0)
            return;
        string message = $"{call} failed on {device} with {Name(code)}";
        throw IsSticky(code)
            ? new DeviceLostException(
                $"{message}: a kernel faulted or the device is gone, and nothing more can run on it in this process.")
            : new DeviceException($"{message}.");
    }
}
