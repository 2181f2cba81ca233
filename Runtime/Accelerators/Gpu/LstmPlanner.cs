namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Chooses how a layer's recurrence uses a CUDA device, from what the device has: no device is needed to
/// ask.</summary>
public static class LstmPlanner
{
    private const int LargestItem = 255;     // registers that an item can address
    private const int RegisterUnit = 8;      // of which it gets multiples
    private const int SharedBytesPerClock = 128;
    private const int Schedulers = 4;        // of a multiprocessor, each with a warp under way
    private const int ShuffleClocks = 30;
    private const int ChainClocks = 300;     // of a step: barrier, first reads and functions, one after another

    private static readonly int[] s_slices = [1, 2, 4], s_samples = [1, 2, 4, 8];

    /// <summary>The quickest way to keep all recurrent weights on each multiprocessor; null where they do not
    /// fit.</summary>
    public static PersistentSchedule? Persistent(GpuLimits limits, LstmDescriptor layer)
    {
        if (limits.ComputeCapability < 50 || !layer.IsPlain)
            return null;
        return s_slices
            .SelectMany(slices => s_samples.Select(samples => Fit(limits, layer, slices, samples)))
            .OfType<PersistentSchedule>()
            .MinBy(schedule => Clocks(limits, layer, schedule, backward: false)
                + (layer.Training ? Clocks(limits, layer, schedule, backward: true) : 0));
    }

    /// <summary>With as many weights in registers as there is room for; null where the rest exceeds the shared
    /// memory.</summary>
    private static PersistentSchedule? Fit(GpuLimits limits, LstmDescriptor layer, int slices, int samples)
    {
        int unit = Math.Max(4 * slices, limits.WarpSize / slices);
        int units = (layer.HiddenSize + unit - 1) / unit * unit, places = units / slices, items = units * slices;
        if (items > limits.MaxGroupSize)
            return null;
        int registers = Math.Min(LargestItem,
            Math.Min(limits.RegistersPerUnit, limits.RegistersPerGroup) / items / RegisterUnit * RegisterUnit);
        PersistentSchedule none = new(slices, samples, places, 0, 0);
        PersistentSchedule schedule = none with
        {
            KeptForward = Math.Min(places, (registers - none.OtherRegisters(backward: false)) / 4),
            KeptBackward = Math.Min(places, (registers - none.OtherRegisters(backward: true)) / 4),
        };
        bool Fits(bool backward) => (backward ? schedule.KeptBackward : schedule.KeptForward) > 0
            && schedule.DeclaredBytes(backward) <= limits.DeclaredSharedBytes
            && schedule.SharedBytes(backward) <= limits.SharedBytes;
        return Fits(backward: false) && (!layer.Training || Fits(backward: true)) ? schedule : null;
    }

    /// <summary>Estimated clocks of a step for the whole batch.</summary>
    private static double Clocks(GpuLimits limits, LstmDescriptor layer, PersistentSchedule schedule, bool backward)
    {
        int groups = schedule.Groups(layer.MaxBatch);
        int resident = Math.Min(Resident(limits, schedule, backward),
            (groups + limits.ComputeUnits - 1) / limits.ComputeUnits);
        int waves = (groups + limits.ComputeUnits * resident - 1) / (limits.ComputeUnits * resident);
        int warps = schedule.Items / 32, lanes = (backward ? 4 : 1) * schedule.Slices; // that share a row
        double multiplyAdds = 4.0 * schedule.Places * schedule.Samples * ClocksPerWarp(limits)
            * Math.Ceiling(warps * resident / (double)Schedulers);
        double reads = 16.0 * schedule.FarQuads(backward) / SharedBytesPerClock
            + warps * (schedule.Places / 4) * schedule.Samples * Math.Max(1, 16.0 * lanes / SharedBytesPerClock);
        return waves * (Math.Max(multiplyAdds, reads * resident) + ChainClocks + ShuffleClocks * Math.Log2(lanes));
    }

    /// <summary>Groups that a multiprocessor holds at once.</summary>
    private static int Resident(GpuLimits limits, PersistentSchedule schedule, bool backward)
    {
        int registers = (schedule.Registers(backward) + RegisterUnit - 1) / RegisterUnit * RegisterUnit;
        int byRegisters = limits.RegistersPerUnit / (registers * schedule.Items);
        int byItems = limits.ItemsPerUnit / schedule.Items;
        long byShared = limits.SharedBytesPerUnit / schedule.SharedBytes(backward);
        return (int)Math.Max(1, Math.Min(Math.Min(byRegisters, byItems), byShared));
    }

    /// <summary>Clocks of a scheduler for a warp's float32 multiply-add, from the CUDA manual's table of
    /// throughputs.</summary>
    internal static int ClocksPerWarp(GpuLimits limits) => limits.ComputeCapability is 60 or (>= 70 and <= 80) ? 2 : 1;
}
