using System.Runtime.InteropServices;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>What of the CUDA driver API ILGPU does not bind, on its handles: graphs, cooperative launches
/// and the attributes of kernels. Names and numbers are those of NVIDIA's "CUDA Driver API"; a result is a
/// <c>CUresult</c>.</summary>
internal static unsafe partial class CudaApi
{
    private const string Library = NativeLibraries.Cuda;

    internal const int CaptureRelaxed = 2;                // CU_STREAM_CAPTURE_MODE_RELAXED
    internal const int SharedSizeBytes = 1;               // CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES
    internal const int MaxDynamicSharedSizeBytes = 8;     // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
    internal const int CooperativeLaunch = 95;            // CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH
    internal const int MaxSharedMemoryPerBlockOptin = 97; // CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN

    /// <summary>The first driver with <see cref="cuGraphInstantiateWithFlags"/>: CUDA 11.4.</summary>
    internal const int GraphDriver = 11040;

    [LibraryImport(Library)]
    internal static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    internal static partial int cuDeviceGetCount(int* count);

    [LibraryImport(Library)]
    internal static partial int cuDriverGetVersion(int* version);

    [LibraryImport(Library)]
    internal static partial int cuLaunchCooperativeKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint groupX, uint groupY, uint groupZ, uint sharedBytes,
        nint stream, nint* parameters);

    [LibraryImport(Library)]
    internal static partial int cuStreamBeginCapture_v2(nint stream, int mode);

    [LibraryImport(Library)]
    internal static partial int cuStreamEndCapture(nint stream, nint* graph);

    [LibraryImport(Library)]
    internal static partial int cuGraphInstantiateWithFlags(nint* executable, nint graph, ulong flags);

    [LibraryImport(Library)]
    internal static partial int cuGraphUpload(nint executable, nint stream);

    [LibraryImport(Library)]
    internal static partial int cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(Library)]
    internal static partial int cuGraphExecDestroy(nint executable);

    [LibraryImport(Library)]
    internal static partial int cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    internal static partial int cuFuncGetAttribute(int* value, int attribute, nint function);

    [LibraryImport(Library)]
    internal static partial int cuFuncSetAttribute(nint function, int attribute, int value);
}
