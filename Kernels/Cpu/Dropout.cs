using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="Dropout{S, V}.Run"/>.</summary>
public unsafe struct DropoutArguments
{
    public long Count;
    public float* Input;  // [Count]
    public float* Output; // [Count] overwritten; may be the input
    public ulong Seed;
    public uint Stream, Step;
    public float Rate;    // of values dropped
    public float Scale;   // of values kept, 1 / (1 - Rate)
}

/// <summary>Inverted dropout with the mask that <see cref="Gpu.Dropout"/> has: place p takes word p % 4 of Philox at
/// the counter (p / 4, stream, step, 0).</summary>
public static unsafe class Dropout<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>A worker's share, in whole counters; the last one partial.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in DropoutArguments a, int worker, int workers)
    {
        long quads = (a.Count + 3) / 4;
        long end = Math.Min(a.Count, quads * (worker + 1) / workers * 4);
        uint* words = stackalloc uint[4];
        for (long i = quads * worker / workers * 4; i < end; i += 4)
        {
            (words[0], words[1], words[2], words[3]) =
                Philox.Next((uint)a.Seed, (uint)(a.Seed >> 32), (uint)(i / 4), a.Stream, a.Step, 0);
            for (int k = 0; k < Math.Min(4, end - i); k++)
                a.Output[i + k] = Philox.ToUnitFloat(words[k]) < a.Rate ? 0 : a.Input[i + k] * a.Scale;
        }
    }
}
