using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="Gather{S, V}.Run"/>.</summary>
public unsafe struct GatherArguments
{
    public int B, T, I;
    public byte* Items;       // [N, T, I] 0..255
    public byte* ItemLabels;  // [N]
    public int* Order;        // [B] indices into Items
    public float Scale, Shift; // value = byte * Scale + Shift
    public float* X;          // [T, B, I] overwritten
    public int* Labels;       // [B] overwritten
}

/// <summary>Picks a batch out of the byte data set and turns it into normalised, time-major floats.</summary>
public static unsafe class Gather<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>A worker's share of the samples.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in GatherArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.B, worker, workers);
        V scale = S.Set(a.Scale), shift = S.Set(a.Shift);
        for (int s = start; s < end; s++)
        {
            byte* item = a.Items + (nint)a.Order[s] * a.T * a.I;
            a.Labels[s] = a.ItemLabels[a.Order[s]];
            for (nint t = 0; t < a.T; t++, item += a.I)
            {
                float* x = a.X + (t * a.B + s) * a.I;
                int i = 0;
                for (; i <= a.I - S.Width; i += S.Width)
                    S.Store(x + i, S.Fma(S.LoadBytes(item + i), scale, shift));
                for (; i < a.I; i++)
                    x[i] = MathF.FusedMultiplyAdd(item[i], a.Scale, a.Shift);
            }
        }
    }
}
