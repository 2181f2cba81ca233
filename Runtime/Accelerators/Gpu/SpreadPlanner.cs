namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Chooses how the recurrent weights of a large layer spread over a CUDA device's multiprocessors.</summary>
public static class SpreadPlanner
{
    private const int Slices = 8;            // backward, 4 * 8 lanes share four units: a whole warp
    private const int BarrierClocks = 2000;  // of a step: all groups of a row meet in the second-level cache
    private const int ChunkClocks = 500;     // of some samples' turn: reads, shuffles and functions, one after another
    private const int CacheBytesPerClock = 64;

    private static readonly int[] s_units = [4, 8, 12, 16, 24, 32, 48, 64], s_samples = [1, 2, 4, 8];

    /// <summary>The quickest way; null where the weights do not fit on chip, or the device cannot run all groups at
    /// once.</summary>
    public static SpreadSchedule? Choose(GpuLimits limits, LstmDescriptor layer) =>
        limits.ComputeCapability < 80 || !limits.Cooperative || !layer.IsPlain
        || layer.HiddenSize % 4 != 0 ? null : s_units
            .SelectMany(units => s_samples.Select(samples => Fit(limits, layer, units, samples)))
            .OfType<SpreadSchedule>()
            .MinBy(schedule => Clocks(limits, layer, schedule, backward: false)
                + (layer.Training ? Clocks(limits, layer, schedule, backward: true) : 0));

    /// <summary>One group for each multiprocessor at most, so that all run at once.</summary>
    private static SpreadSchedule? Fit(GpuLimits limits, LstmDescriptor layer, int units, int samples)
    {
        int unitGroups = (layer.HiddenSize + units - 1) / units, items = units * Slices;
        int places = (layer.HiddenSize + 4 * Slices - 1) / (4 * Slices) * 4;
        if (items > limits.MaxGroupSize || unitGroups > limits.ComputeUnits)
            return null;
        int chunks = (layer.MaxBatch + samples - 1) / samples;
        int sampleGroups = Math.Min(limits.ComputeUnits / unitGroups, chunks);
        int rows = (chunks + sampleGroups - 1) / sampleGroups * samples;
        int registers = Math.Min(255, Math.Min(limits.RegistersPerUnit, limits.RegistersPerGroup) / items / 8 * 8);
        SpreadSchedule none = new(Slices, units, unitGroups, rows, samples, places, 0, 0);
        SpreadSchedule schedule = none with
        {
            KeptForward = Math.Min(places, (registers - none.OtherRegisters(backward: false)) / 4),
            KeptBackward = Math.Min(places, (registers - none.OtherRegisters(backward: true)) / 4),
        };
        bool Fits(bool backward) => (backward ? schedule.KeptBackward : schedule.KeptForward) > 0
            && schedule.SharedBytes(backward) <= limits.SharedBytes;
        return Fits(backward: false) && (!layer.Training || Fits(backward: true)) ? schedule : null;
    }

    /// <summary>Estimated clocks of a step.</summary>
    private static double Clocks(GpuLimits limits, LstmDescriptor layer, SpreadSchedule schedule, bool backward)
    {
        int warps = schedule.Items / 32, lanes = (backward ? 4 : 1) * Slices;
        int rows = Math.Min(schedule.Rows, layer.MaxBatch);
        double chunks = Math.Ceiling(rows / (double)schedule.Samples);
        double multiplyAdds = 4.0 * schedule.Places * schedule.Samples * Math.Ceiling(warps / 4.0)
            * LstmPlanner.ClocksPerWarp(limits);
        double reads = 16.0 * schedule.FarQuads(backward) / 128
            + warps * (schedule.Places / 4) * schedule.Samples * Math.Max(1, 16.0 * lanes / 128);
        double vectors = 4.0 * (backward ? 4 : 1) * layer.HiddenSize * schedule.Samples / CacheBytesPerClock;
        return BarrierClocks + vectors + chunks * (Math.Max(Math.Max(multiplyAdds, reads), vectors) + ChunkClocks);
    }
}
