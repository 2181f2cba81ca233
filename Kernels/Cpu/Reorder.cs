using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="Reorder"/>.</summary>
public unsafe struct ReorderArguments
{
    public byte* Source;  // [Blocks, Rows, Bytes]
    public byte* Target;  // the same, overwritten
    public int Blocks, Rows;
    public nint Bytes;    // of a row
    public int* Order;    // [Rows] a permutation
    public bool Back;     // row i goes to Order[i]; else it comes from there
}

/// <summary>Puts the rows of each block in another order.</summary>
public static unsafe class Reorder
{
    /// <summary>A worker's share of the blocks' rows.</summary>
    public static void Run(in ReorderArguments a, int worker, int workers)
    {
        long rows = (long)a.Blocks * a.Rows, start = rows * worker / workers, end = rows * (worker + 1) / workers;
        for (long row = start; row < end; row++)
        {
            long other = row - row % a.Rows + a.Order[row % a.Rows];
            Unsafe.CopyBlockUnaligned(a.Target + (a.Back ? other : row) * a.Bytes,
                a.Source + (a.Back ? row : other) * a.Bytes, (uint)a.Bytes);
        }
    }
}
