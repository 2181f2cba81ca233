namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>Error codes by name.</summary>
internal static class OpenClError
{
    public const int OutOfMemory = -4, OutOfResources = -5, OutOfHostMemory = -6, InvalidBufferSize = -61;

    private static readonly Dictionary<int, string> s_names = new()
    {
        [-1] = "DEVICE_NOT_FOUND", [-2] = "DEVICE_NOT_AVAILABLE", [-3] = "COMPILER_NOT_AVAILABLE",
        [OutOfMemory] = "MEM_OBJECT_ALLOCATION_FAILURE", [OutOfResources] = "OUT_OF_RESOURCES",
        [OutOfHostMemory] = "OUT_OF_HOST_MEMORY", [-11] = "BUILD_PROGRAM_FAILURE", [-30] = "INVALID_VALUE",
        [-33] = "INVALID_DEVICE", [-34] = "INVALID_CONTEXT", [-36] = "INVALID_COMMAND_QUEUE",
        [-38] = "INVALID_MEM_OBJECT",
        [-42] = "INVALID_BINARY", [-43] = "INVALID_BUILD_OPTIONS", [-44] = "INVALID_PROGRAM",
        [-45] = "INVALID_PROGRAM_EXECUTABLE", [-46] = "INVALID_KERNEL_NAME", [-48] = "INVALID_KERNEL",
        [-49] = "INVALID_ARG_INDEX", [-50] = "INVALID_ARG_VALUE", [-51] = "INVALID_ARG_SIZE",
        [-52] = "INVALID_KERNEL_ARGS",
        [-54] = "INVALID_WORK_GROUP_SIZE", [-55] = "INVALID_WORK_ITEM_SIZE",
        [InvalidBufferSize] = "INVALID_BUFFER_SIZE",
        [-1001] = "PLATFORM_NOT_FOUND_KHR",
    };

    public static string Name(int code) => s_names.TryGetValue(code, out string? name) ? $"CL_{name} ({code})"
        : $"error {code}";

    /// <exception cref="DeviceException">The code is an error; the message names call, code and device.</exception>
    public static void Check(int code, string call, string device)
    {
        if (code != 0)
            throw new DeviceException($"{call} failed on {device} with {Name(code)}.");
    }
}
