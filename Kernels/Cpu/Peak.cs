using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="Peak{S, V}"/>.</summary>
public unsafe struct PeakArguments
{
    public long Repeats;
    public float* Data;  // [workers, Floats] of each worker's own
    public long Floats;  // even: the first half is copied to the second
}

/// <summary>The two ceilings of a processor: multiply-adds in registers, and bytes copied.</summary>
public static unsafe class Peak<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>Multiply-adds of one repeat.</summary>
    public static int MultiplyAddsPerRepeat => 12 * S.Width;

    /// <summary>Twelve independent chains of multiply-adds: enough to hide the latency of two multipliers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAdd(in PeakArguments a, int worker, int workers)
    {
        V x = S.Set(0.999f), y = S.Set(0.001f);
        V a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, a6 = x, a7 = x, a8 = x, a9 = x, a10 = x, a11 = x;
        for (long i = 0; i < a.Repeats; i++)
        {
            a0 = S.Fma(a0, x, y);
            a1 = S.Fma(a1, x, y);
            a2 = S.Fma(a2, x, y);
            a3 = S.Fma(a3, x, y);
            a4 = S.Fma(a4, x, y);
            a5 = S.Fma(a5, x, y);
            a6 = S.Fma(a6, x, y);
            a7 = S.Fma(a7, x, y);
            a8 = S.Fma(a8, x, y);
            a9 = S.Fma(a9, x, y);
            a10 = S.Fma(a10, x, y);
            a11 = S.Fma(a11, x, y);
        }
        V sum = S.Add(S.Add(S.Add(a0, a1), S.Add(a2, a3)), S.Add(S.Add(a4, a5), S.Add(a6, a7)));
        // or the loop would be removed
        S.Store(a.Data + worker * a.Floats, S.Add(sum, S.Add(S.Add(a8, a9), S.Add(a10, a11))));
    }

    /// <summary>Copies half of a worker's data onto the other half.</summary>
    public static void Copy(in PeakArguments a, int worker, int workers)
    {
        float* data = a.Data + worker * a.Floats;
        for (long i = 0; i < a.Repeats; i++)
            Buffer.MemoryCopy(data, data + a.Floats / 2, a.Floats * 2, a.Floats * 2);
    }
}
