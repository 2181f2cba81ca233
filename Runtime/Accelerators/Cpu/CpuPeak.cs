using System.Diagnostics;
using GpuLstm.Kernels.Cpu;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>Measures the processor's ceilings on the pool's workers: the best of several short runs.</summary>
internal static unsafe class CpuPeak<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const int Runs = 9;
    private const long Floats = 16 << 20; // 64 MiB a worker: past every cache

    public static DevicePeak Measure(WorkerPool pool)
    {
        using var data = CpuMemory.Allocate<float>(Floats * pool.Workers);
        PeakArguments arithmetic = new() { Data = data.Pointer(), Floats = Floats, Repeats = 2_000_000 };
        PeakArguments copy = arithmetic with { Repeats = 1 };
        (double flops, double bytes) = (0, 0);
        for (int run = 0; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            pool.Run(&Peak<S, V>.MultiplyAdd, arithmetic);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            flops = Math.Max(flops,
                2.0 * Peak<S, V>.MultiplyAddsPerRepeat * arithmetic.Repeats * pool.Workers / seconds);
            start = Stopwatch.GetTimestamp();
            pool.Run(&Peak<S, V>.Copy, copy);
            bytes = Math.Max(bytes,
                Floats * sizeof(float) * (double)pool.Workers / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return new(flops, bytes);
    }
}
