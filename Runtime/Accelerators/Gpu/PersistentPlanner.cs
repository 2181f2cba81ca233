using GpuLstm.Kernels.Gpu;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Chooses how each multiprocessor of a CUDA device holds all of a small layer's recurrent weights; no device
/// is needed to ask.</summary>
public static class PersistentPlanner
{
    internal const int SharedBytesPerClock = 128;
    internal const int Schedulers = 4;      // of a multiprocessor, each with a warp under way
    private const int ShuffleClocks = 30;
    private const int FarClocks = 30;      // until four places come from shared memory
    private const int ChainClocks = 300;   // of a step: barrier, first reads and functions, one after another
    internal const int Registers = 65536;   // of a multiprocessor, for which the kernels are made

    private const int WarpSize = 32;

    private static readonly int[] s_slices = [1, 2, 4];

    /// <summary>The quickest way to keep all recurrent weights on each multiprocessor; null where they do not
    /// fit.</summary>
    public static PersistentSchedule? Choose(GpuLimits limits, LstmDescriptor layer)
    {
        if (limits.ComputeCapability < 50 || limits.RegistersPerGroup < Registers || !layer.IsPlain)
            return null;
        return OnChipVariant.Persistent
            .SelectMany(variant => s_slices.Select(slices => Schedule(layer.HiddenSize, variant, slices)))
            .Where(schedule => Fits(limits, layer, schedule))
            .MinBy(schedule => StepClocks(limits, layer, schedule));
    }

    /// <summary>A variant with so many slices, for groups of whole warps.</summary>
    internal static PersistentSchedule Schedule(int hiddenSize, OnChipVariant variant, int slices)
    {
        int warp = WarpSize / slices, quads = (hiddenSize + 4 * slices - 1) / (4 * slices);
        return new(variant, slices, (hiddenSize + warp - 1) / warp * warp, Math.Max(variant.Kept, 4 * quads));
    }

    /// <summary>Whether a group is not too large, and what is not in registers has room in shared memory.</summary>
    private static bool Fits(GpuLimits limits, LstmDescriptor layer, PersistentSchedule schedule) =>
        schedule.Slices >= schedule.Variant.Samples
        && schedule.Items <= Math.Min(schedule.Variant.MostItems, limits.MaxGroupSize)
        && schedule.SharedBytes(backward: false) <= limits.SharedBytes
        && (!layer.Training || schedule.SharedBytes(backward: true) <= limits.SharedBytes);

    /// <summary>Estimated clocks of a step for the whole batch, forward and, in training, backward.</summary>
    public static double StepClocks(GpuLimits limits, LstmDescriptor layer, PersistentSchedule schedule) =>
        Clocks(limits, layer, schedule, backward: false)
            + (layer.Training ? Clocks(limits, layer, schedule, backward: true) : 0);

    private static double Clocks(GpuLimits limits, LstmDescriptor layer, PersistentSchedule schedule, bool backward)
    {
        int groups = schedule.Groups(layer.MaxBatch);
        int resident = Math.Min(Resident(limits, schedule, backward),
            (groups + limits.ComputeUnits - 1) / limits.ComputeUnits);
        int waves = (groups + limits.ComputeUnits * resident - 1) / (limits.ComputeUnits * resident);
        int warps = schedule.Items / WarpSize, lanes = (backward ? 4 : 1) * schedule.Slices; // that share a row
        double multiplyAdds = 4.0 * schedule.Places * schedule.Variant.Samples * ClocksPerWarp(limits)
            * Math.Ceiling(warps * resident / (double)Schedulers);
        double reads = 16.0 * schedule.FarPlaces * schedule.Items / SharedBytesPerClock
            + warps * (schedule.Places / 4) * schedule.Variant.Samples
            * Math.Max(1, 16.0 * lanes / SharedBytesPerClock);
        return waves * (Math.Max(multiplyAdds, reads * resident) + ChainClocks + ShuffleClocks * Math.Log2(lanes)
            + FarClocks * schedule.FarPlaces / 4);
    }

    /// <summary>Groups that a multiprocessor holds at once.</summary>
    private static int Resident(GpuLimits limits, PersistentSchedule schedule, bool backward)
    {
        int byRegisters = Math.Max(1, schedule.Variant.MostItems / schedule.Items);
        int byItems = limits.ItemsPerUnit / schedule.Items;
        long byShared = limits.SharedBytesPerUnit / schedule.SharedBytes(backward);
        return (int)Math.Max(1, Math.Min(Math.Min(byRegisters, byItems), byShared));
    }

    /// <summary>Clocks of a scheduler for a warp's float32 multiply-add, from the CUDA manual's table of
    /// throughputs.</summary>
    internal static int ClocksPerWarp(GpuLimits limits) => limits.ComputeCapability is 60 or (>= 70 and <= 80) ? 2 : 1;
}
