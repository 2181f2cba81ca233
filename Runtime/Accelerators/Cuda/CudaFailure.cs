using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>The driver's codes, <c>CUresult</c>, as exceptions.</summary>
internal static class CudaFailure
{
    /// <summary>After one of these the context is of no more use, and every later call fails with the same code: device
    /// unavailable, uncorrectable memory, illegal address, launch timeout, assertion, stack, instruction, alignment,
    /// address space, program counter, launch failure.</summary>
    private static readonly int[] s_sticky = [46, 214, 700, 702, 710, 714, 715, 716, 717, 718, 719];

    /// <summary>As cuda.h spells it, with its number.</summary>
    public static string Name(int code) => Enum.IsDefined((CudaError)code) ? $"{(CudaError)code} ({code})"
        : $"{CudaAPI.CurrentAPI.GetErrorString((CudaError)code)} ({code})";

    /// <summary>The code in an exception of ILGPU's; 0 if there is none.</summary>
    public static int Code(AcceleratorException exception) =>
        exception is CudaException { Error: { } name } && Enum.TryParse(name, out CudaError code) ? (int)code : 0;

    public static bool IsOutOfMemory(AcceleratorException exception) =>
        Code(exception) == (int)CudaError.CUDA_ERROR_OUT_OF_MEMORY;

    public static bool IsSticky(int code) => s_sticky.Contains(code);

    /// <summary>What a failed call means for people.</summary>
    /// <param name="code">An error.</param>
    /// <param name="what">Failed: a call, a kernel.</param>
    /// <param name="device">Its name.</param>
    public static DeviceException Of(int code, string what, string device, Exception? inner = null)
    {
        string message = $"{what} failed on {device} with {Name(code)}";
        return IsSticky(code)
            ? new DeviceLostException(
                $"{message}: a kernel faulted or the device is gone, and nothing more can run on it in this process.")
            : inner == null ? new DeviceException($"{message}.") : new DeviceException($"{message}.", inner);
    }
}
