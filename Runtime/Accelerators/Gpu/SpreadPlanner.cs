using GpuLstm.Kernels.Gpu;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Chooses how the recurrent weights of a large layer spread over a CUDA device's multiprocessors; no device
/// is needed to ask.</summary>
public static class SpreadPlanner
{
    private const int BarrierClocks = 2000; // of a step: all groups of a row meet in the second-level cache
    private const int ChunkClocks = 500;    // of some samples' turn: reads, shuffles and functions, one after another
    private const int CacheBytesPerClock = 64;
    private const int WarpSize = 32;
    private const int LaunchClocks = 3000;  // of a kernel in a graph, for a launch for each step
    private const double StepShare = 0.5;   // of the multiply-adds' peak that LstmStep reaches with many samples

    private static readonly int[] s_units = [4, 8, 12, 16, 20, 24, 28, 32, 40, 48];

    /// <summary>The quickest way; null where the weights do not fit on chip, the device cannot run all groups at once,
    /// or so many samples make a launch for each step quicker.</summary>
    public static SpreadSchedule? Choose(GpuLimits limits, LstmDescriptor layer)
    {
        if (limits.ComputeCapability < 80 || !limits.Cooperative || !layer.IsPlain || layer.HiddenSize % 4 != 0
            || limits.RegistersPerGroup < PersistentPlanner.Registers)
            return null;
        double StepClocks(SpreadSchedule schedule) => Clocks(limits, layer, schedule, backward: false)
            + (layer.Training ? Clocks(limits, layer, schedule, backward: true) : 0);
        SpreadSchedule? best = (
            from units in s_units
            from rows in RowsOf(limits, layer, units)
            let schedule = Schedule(limits, layer, units, rows)
            where schedule != null
            select schedule).MinBy(StepClocks);
        return best != null && StepClocks(best) < (layer.Training ? 2 : 1) * LaunchedClocks(limits, layer)
            ? best : null;
    }

    /// <summary>Estimated clocks of a step, one way, of <see cref="LstmStep"/>.</summary>
    private static double LaunchedClocks(GpuLimits limits, LstmDescriptor layer) => LaunchClocks
        + 4.0 * layer.HiddenSize * layer.HiddenSize * layer.MaxBatch / StepShare
            * PersistentPlanner.ClocksPerWarp(limits) / (WarpSize * PersistentPlanner.Schedulers) / limits.ComputeUnits;

    /// <summary>Samples that a group may have: one group for each multiprocessor at most, so that all run at
    /// once.</summary>
    private static IEnumerable<int> RowsOf(GpuLimits limits, LstmDescriptor layer, int units)
    {
        int sampleGroups = limits.ComputeUnits / UnitGroups(layer.HiddenSize, units);
        return Enumerable.Range(1, Math.Min(sampleGroups, layer.MaxBatch))
            .Select(groups => (layer.MaxBatch + groups - 1) / groups).Distinct();
    }

    private static int UnitGroups(int hiddenSize, int units) => (hiddenSize + units - 1) / units;

    /// <summary>With kernels of one's own choice.</summary>
    internal static SpreadSchedule Plan(
        int hiddenSize, int units, int rows, OnChipVariant forward, OnChipVariant backward) =>
        new(units, UnitGroups(hiddenSize, units),
            Math.Max(Places(hiddenSize), Math.Max(forward.Kept, backward.Kept)), rows, forward, backward);

    private static int Places(int hiddenSize) =>
        4 * ((hiddenSize + 4 * LstmSpread.Slices - 1) / (4 * LstmSpread.Slices));

    /// <summary>The quickest kernels for so many units and samples of a group; null where none has room.</summary>
    internal static SpreadSchedule? Schedule(GpuLimits limits, LstmDescriptor layer, int units, int rows)
    {
        SpreadSchedule[] all = [.. OnChipVariant.Spread
            .Select(variant => Plan(layer.HiddenSize, units, rows, variant, variant))
            .Where(plan => plan.Forward.Kept <= Places(layer.HiddenSize) // both directions have as many places
                && plan.Items <= Math.Min(plan.Forward.MostItems, limits.MaxGroupSize))];
        SpreadSchedule? Best(bool backward) => all.Where(plan => plan.SharedBytes(backward) <= limits.SharedBytes)
            .MinBy(plan => Clocks(limits, layer, plan, backward));
        SpreadSchedule? forward = Best(backward: false), back = layer.Training ? Best(backward: true) : null;
        return forward == null || (layer.Training && back == null) ? null : forward with { Backward = back?.Backward };
    }

    /// <summary>Estimated clocks of a step.</summary>
    public static double Clocks(GpuLimits limits, LstmDescriptor layer, SpreadSchedule schedule, bool backward)
    {
        int samples = schedule.Variant(backward).Samples, lanes = (backward ? 4 : 1) * LstmSpread.Slices;
        double warps = schedule.Items / (double)WarpSize, chunks = Math.Ceiling(schedule.Rows / (double)samples);
        double multiplyAdds = 4.0 * schedule.Places * samples * Math.Ceiling(warps / PersistentPlanner.Schedulers)
            * PersistentPlanner.ClocksPerWarp(limits);
        double reads = 16.0 * schedule.FarPlaces(backward) * schedule.Items / PersistentPlanner.SharedBytesPerClock
            + warps * (schedule.Places / 4) * samples
            * Math.Max(1, 16.0 * lanes / PersistentPlanner.SharedBytesPerClock);
        double vectors = 4.0 * (backward ? 4 : 1) * layer.HiddenSize * samples / CacheBytesPerClock;
        return BarrierClocks + vectors + chunks * (Math.Max(Math.Max(multiplyAdds, reads), vectors) + ChunkClocks);
    }
}
