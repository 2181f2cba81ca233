using GpuLstm.Runtime.Accelerators.Gpu;
using ILGPU.Runtime.Cuda;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A GPU as ILGPU and the CUDA driver describe it.</summary>
public sealed class CudaGpu
{
    private static readonly Lazy<string?> s_whyNone = new(Initialise);

    private CudaGpu(CudaDevice device)
    {
        Device = device;
        Limits = LimitsOf(device);
    }

    public CudaDevice Device { get; }

    public string Name => Device.Name;

    /// <summary>What decides how kernels are launched on it.</summary>
    public GpuLimits Limits { get; }

    /// <summary>Why there is no GPU, in a sentence; null if there is one.</summary>
    public static string? WhyNone => s_whyNone.Value;

    /// <summary>Why it cannot be used, and what helps; null where it can.</summary>
    public string? WhyRefused => Device.InstructionSet != null ? null
        : $"the NVIDIA driver supports {Driver}, which is too old for its kernels; a newer driver helps.";

    /// <summary>The latest CUDA that the driver supports, 1000 x major + 10 x minor; 0 without a driver.</summary>
    public static unsafe int DriverVersion
    {
        get
        {
            NativeLibraries.Register();
            int version = 0;
            return NativeLibraries.HasCuda && cuDriverGetVersion(&version) == 0 ? version : 0;
        }
    }

    /// <summary>The driver's version as people write it.</summary>
    public static string Driver => $"CUDA {DriverVersion / 1000}.{DriverVersion % 1000 / 10}";

    /// <summary>Every GPU that the driver shows, in its order.</summary>
    public static IReadOnlyList<CudaGpu> List() => WhyNone != null ? []
        : [.. CudaDevice.GetDevices(_ => true).Cast<CudaDevice>().Select(device => new CudaGpu(device))];

    private static unsafe string? Initialise()
    {
        NativeLibraries.Register();
        if (!NativeLibraries.HasCuda)
            return "No NVIDIA driver is installed (libcuda.so.1, nvcuda.dll).";
        int code = cuInit(0), count = 0;
        if (code == 0)
            code = cuDeviceGetCount(&count);
        return code == (int)CudaError.CUDA_ERROR_NO_DEVICE || (code == 0 && count == 0)
            ? "There is no CUDA device: the NVIDIA driver shows none."
            : code != 0 ? $"There is no CUDA device: the NVIDIA driver answers {CudaFailure.Name(code)}." : null;
    }

    private static GpuLimits LimitsOf(CudaDevice device)
    {
        int Ask(int attribute) =>
            CudaAPI.CurrentAPI.GetDeviceAttribute((DeviceAttributeKind)attribute, device.DeviceId);
        CudaArchitecture architecture = device.Architecture ?? default;
        return new(
            IsGpu: true, device.NumMultiprocessors, device.MaxNumThreadsPerGroup,
            Math.Max(Ask(MaxSharedMemoryPerBlockOptin), device.MaxSharedMemoryPerGroup)) // 0 where nothing is optional
        {
            DeclaredSharedBytes = device.MaxSharedMemoryPerGroup,
            WarpSize = device.WarpSize,
            RegistersPerGroup = device.TotalNumRegistersPerGroup,
            ItemsPerUnit = device.MaxNumThreadsPerMultiprocessor,
            SharedBytesPerUnit = device.MaxSharedMemoryPerMultiprocessor,
            Cooperative = Ask(CudaApi.CooperativeLaunch) != 0,
            ComputeCapability = 10 * architecture.Major + architecture.Minor,
        };
    }
}
