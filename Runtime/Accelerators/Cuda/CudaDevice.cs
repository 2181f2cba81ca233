using System.Text;
using GpuLstm.Runtime.Accelerators.Gpu;
using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>A GPU as the CUDA driver describes it.</summary>
/// <param name="Handle">Its <c>CUdevice</c>.</param>
/// <param name="Name">As the driver spells it.</param>
/// <param name="MemoryBytes">Device memory.</param>
/// <param name="HasPools">Whether it allocates in the order of a stream.</param>
/// <param name="Limits">What decides how kernels are launched on it.</param>
public sealed record CudaDevice(int Handle, string Name, long MemoryBytes, bool HasPools, GpuLimits Limits)
{
    private const int OldestDriver = 11040; // its graphs and stream-ordered memory are what is used here

    private static readonly Lazy<string?> s_whyNone = new(Initialise);

    /// <summary>Why there is no device, in a sentence; null if there is one.</summary>
    public static string? WhyNone => s_whyNone.Value;

    /// <summary>The latest CUDA that the driver supports, 1000 x major + 10 x minor; 0 without a driver.</summary>
    public static unsafe int DriverVersion
    {
        get
        {
            int version = 0;
            return NativeLibraries.Exists(Library) && cuDriverGetVersion(&version) == 0 ? version : 0;
        }
    }

    /// <summary>The driver's version as people write it.</summary>
    public static string Driver => $"CUDA {DriverVersion / 1000}.{DriverVersion % 1000 / 10}";

    /// <summary>Every GPU that the driver shows.</summary>
    public static unsafe IReadOnlyList<CudaDevice> List()
    {
        if (WhyNone != null)
            return [];
        int count = 0;
        CudaError.Check(cuDeviceGetCount(&count), nameof(cuDeviceGetCount), "the CUDA driver");
        return [.. Enumerable.Range(0, count).Select(Describe)];
    }

    private static unsafe string? Initialise()
    {
        if (!NativeLibraries.Exists(Library))
            return "No NVIDIA driver is installed (libcuda.so.1, nvcuda.dll).";
        if (DriverVersion < OldestDriver)
            return $"The NVIDIA driver supports {Driver}; 11.4 or later is needed.";
        int code = cuInit(0), count = 0;
        if (code == 0)
            code = cuDeviceGetCount(&count);
        return code == CudaError.NoDevice || (code == 0 && count == 0)
            ? "There is no CUDA device: the NVIDIA driver shows none."
            : code != 0 ? $"There is no CUDA device: the NVIDIA driver answers {CudaError.Name(code)}." : null;
    }

    private static unsafe int Open(int ordinal)
    {
        int device;
        CudaError.Check(cuDeviceGet(&device, ordinal), nameof(cuDeviceGet), $"cuda:{ordinal}");
        return device;
    }

    private static unsafe CudaDevice Describe(int ordinal)
    {
        const int NameBytes = 256;
        int device = Open(ordinal);
        byte* name = stackalloc byte[NameBytes];
        CudaError.Check(cuDeviceGetName(name, NameBytes, device), nameof(cuDeviceGetName), $"cuda:{ordinal}");
        nuint bytes;
        CudaError.Check(cuDeviceTotalMem_v2(&bytes, device), nameof(cuDeviceTotalMem_v2), $"cuda:{ordinal}");
        int Ask(CudaAttribute attribute)
        {
            int value;
            CudaError.Check(cuDeviceGetAttribute(&value, attribute, device),
                $"{nameof(cuDeviceGetAttribute)}({attribute})", $"cuda:{ordinal}");
            return value;
        }

        int declared = Ask(CudaAttribute.MaxSharedMemoryPerBlock);
        var limits = new GpuLimits(
            IsGpu: true, Ask(CudaAttribute.MultiprocessorCount), Ask(CudaAttribute.MaxThreadsPerBlock),
            Math.Max(Ask(CudaAttribute.MaxSharedMemoryPerBlockOptin), declared)) // 0 where there is nothing to opt into
        {
            DeclaredSharedBytes = declared,
            WarpSize = Ask(CudaAttribute.WarpSize),
            RegistersPerUnit = Ask(CudaAttribute.MaxRegistersPerMultiprocessor),
            RegistersPerGroup = Ask(CudaAttribute.MaxRegistersPerBlock),
            ItemsPerUnit = Ask(CudaAttribute.MaxThreadsPerMultiprocessor),
            SharedBytesPerUnit = Ask(CudaAttribute.MaxSharedMemoryPerMultiprocessor),
            ComputeCapability = 10 * Ask(CudaAttribute.ComputeCapabilityMajor)
                + Ask(CudaAttribute.ComputeCapabilityMinor),
            L2Bytes = Ask(CudaAttribute.L2CacheSize),
            Cooperative = Ask(CudaAttribute.CooperativeLaunch) != 0,
        };
        string text = Encoding.UTF8.GetString(new ReadOnlySpan<byte>(name, NameBytes)).Split('\0')[0].Trim();
        return new(device, text, (long)bytes, Ask(CudaAttribute.MemoryPoolsSupported) != 0, limits);
    }
}
