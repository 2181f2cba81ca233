using System.Diagnostics;
using GpuLstm.Kernels.Gpu;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Measures a GPU's ceilings: the best of several short runs.</summary>
internal static class GpuPeak
{
    private const int Runs = 5, ItemsPerUnit = 2048, MostRepeats = 1 << 24;
    private const double LeastSeconds = 0.02; // of a run: a launch is nothing beside it
    private const long CopiedFloats = 64 << 20; // 256 MiB each way: past every cache

    public static DevicePeak Measure(GpuAccelerator device) => new(Flops(device), Bytes(device));

    private static double Flops(GpuAccelerator device)
    {
        int items = device.Limits.ComputeUnits * ItemsPerUnit, repeats = 256;
        using DeviceBuffer<float> results = device.Allocate<float>(items);
        double Run() => Seconds(device, () =>
            Peak.LaunchMultiplyAdd(device.Launcher, items, results.View.Whole(), repeats, 0.999f, 0.001f));
        Run(); // compiles the kernel
        while (repeats < MostRepeats && Run() < LeastSeconds)
            repeats *= 2;
        return 2.0 * Peak.Chains * items * repeats / Enumerable.Range(0, Runs).Min(_ => Run());
    }

    private static double Bytes(GpuAccelerator device)
    {
        long floats = Math.Min(CopiedFloats, device.MemoryBytes / (8 * sizeof(float)));
        using DeviceBuffer<float> source = device.Allocate<float>(floats), target = device.Allocate<float>(floats);
        return 2.0 * sizeof(float) * floats / Enumerable.Range(0, Runs)
            .Min(_ => Seconds(device, () => device.Operations.Copy(source.View, target.View)));
    }

    private static double Seconds(GpuAccelerator device, Action work)
    {
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        work();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
