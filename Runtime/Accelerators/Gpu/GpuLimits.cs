namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>What of a device decides how kernels are launched on it.</summary>
/// <param name="IsGpu">Not a processor that only runs kernels.</param>
/// <param name="ComputeUnits">Groups that run at once, at least.</param>
/// <param name="MaxGroupSize">Items of the largest group.</param>
/// <param name="SharedBytes">Shared memory of a group.</param>
public sealed record GpuLimits(bool IsGpu, int ComputeUnits, int MaxGroupSize, long SharedBytes);
