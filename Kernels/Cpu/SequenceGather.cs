using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="SequenceGather.Run"/>.</summary>
public unsafe struct SequenceGatherArguments
{
    public int B, T, I, First; // First: the step of each sequence that X begins with
    public float* Values;     // [S, I], one sequence after the other
    public int* Starts;       // [N] the first step of each
    public int* ItemLengths;  // [N]
    public byte* ItemLabels;  // [N]
    public int* Order;        // [B] indices of sequences
    public float* X;          // [T, B, I] overwritten; zero past a sequence's end
    public int* Labels;       // [B] overwritten
    public int* Lengths;      // [B] overwritten, or null
}

/// <summary>Picks a batch of sequences and lays it out time-major.</summary>
public static unsafe class SequenceGather
{
    /// <summary>A worker's share of the sequences.</summary>
    public static void Run(in SequenceGatherArguments a, int worker, int workers)
    {
        int start = (int)((long)a.B * worker / workers), end = (int)((long)a.B * (worker + 1) / workers);
        uint bytes = (uint)a.I * sizeof(float);
        for (int s = start; s < end; s++)
        {
            int item = a.Order[s], length = Math.Clamp(a.ItemLengths[item] - a.First, 0, a.T);
            a.Labels[s] = a.ItemLabels[item];
            if (a.Lengths != null)
                a.Lengths[s] = length;
            float* values = a.Values + ((nint)a.Starts[item] + a.First) * a.I;
            for (nint t = 0; t < a.T; t++)
            {
                float* x = a.X + (t * a.B + s) * a.I;
                if (t < length)
                    Unsafe.CopyBlockUnaligned(x, values + t * a.I, bytes);
                else
                    Unsafe.InitBlockUnaligned(x, 0, bytes);
            }
        }
    }
}
