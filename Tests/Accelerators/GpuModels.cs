using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests.Accelerators;

/// <summary>Devices as their drivers describe them, so that plans for them can be tested without one.</summary>
internal static class GpuModels
{
    // Of the CUDA C++ Programming Guide, "Technical Specifications per Compute Capability", and the models' data
    // sheets.
    public static GpuLimits Gtx1060 { get; } = Cuda(61, 10, sharedKilobytes: 48, perUnit: 96, items: 2048);
    public static GpuLimits V100 { get; } = Cuda(70, 80, sharedKilobytes: 96, perUnit: 96, items: 2048);
    public static GpuLimits T4 { get; } = Cuda(75, 40, sharedKilobytes: 64, perUnit: 64, items: 1024);
    public static GpuLimits A100 { get; } = Cuda(80, 108, sharedKilobytes: 163, perUnit: 164, items: 2048);
    public static GpuLimits Rtx3060 { get; } = Cuda(86, 28, sharedKilobytes: 99, perUnit: 100, items: 1536);
    public static GpuLimits Rtx3090 { get; } = Cuda(86, 82, sharedKilobytes: 99, perUnit: 100, items: 1536);
    public static GpuLimits Rtx4090 { get; } = Cuda(89, 128, sharedKilobytes: 99, perUnit: 100, items: 1536);
    public static GpuLimits H100 { get; } = Cuda(90, 132, sharedKilobytes: 227, perUnit: 228, items: 2048);

    public static GpuLimits IntegratedGpu { get; } = new(IsGpu: true, ComputeUnits: 24, MaxGroupSize: 256,
        SharedBytes: 64 * 1024);

    public static IEnumerable<(string Name, GpuLimits Limits)> EveryCuda =>
    [
        ("GTX 1060", Gtx1060), ("V100", V100), ("T4", T4), ("A100", A100), ("RTX 3060", Rtx3060), ("RTX 3090", Rtx3090),
        ("RTX 4090", Rtx4090), ("H100", H100),
    ];

    private static GpuLimits Cuda(
        int capability, int units, int sharedKilobytes, int perUnit, int items) =>
        new(IsGpu: true, units, MaxGroupSize: 1024, SharedBytes: sharedKilobytes * 1024L)
        {
            DeclaredSharedBytes = 48 * 1024, WarpSize = 32, RegistersPerGroup = 65536,
            ItemsPerUnit = items, Cooperative = true, SharedBytesPerUnit = perUnit * 1024L,
            ComputeCapability = capability,
        };
}
