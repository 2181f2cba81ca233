using System.Diagnostics;
using GpuLstm.Kernels.Gpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Measures a GPU's ceilings: the best of several short runs.</summary>
internal static class GpuPeak
{
    private const int Runs = 5, ItemsPerUnit = 2048, MostRepeats = 1 << 24;
    private const double LeastSeconds = 0.02; // of a run: a launch is nothing beside it
    private const long CopiedFloats = 64 << 20; // 256 MiB each way: past every cache

    public static DevicePeak Measure(GpuEngine device) => new(Flops(device), Bytes(device));

    private static double Flops(GpuEngine device)
    {
        int items = device.Limits.ComputeUnits * ItemsPerUnit, repeats = 256;
        using MemoryBuffer1D<float, Stride1D.Dense> results = device.Allocate<float>(items);
        double Run() => Seconds(device, () =>
            device.Launchers.PeakMultiplyAdd(device.Stream, items, results.View, repeats, 0.999f, 0.001f));
        Run(); // compiles the kernel
        while (repeats < MostRepeats && Run() < LeastSeconds)
            repeats *= 2;
        return 2.0 * Peak.Chains * items * repeats / Enumerable.Range(0, Runs).Min(_ => Run());
    }

    private static double Bytes(GpuEngine device)
    {
        long floats = Math.Min(CopiedFloats, device.MemoryBytes / (8 * sizeof(float)));
        using MemoryBuffer1D<float, Stride1D.Dense> source = device.Allocate<float>(floats),
            target = device.Allocate<float>(floats);
        return 2.0 * sizeof(float) * floats / Enumerable.Range(0, Runs)
            .Min(_ => Seconds(device, () => device.Operations.Copy(source.View, target.View)));
    }

    private static double Seconds(GpuEngine device, Action work)
    {
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        work();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
