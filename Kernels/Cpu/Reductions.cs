using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="Reductions{S, V}.SquareSums"/>.</summary>
public unsafe struct SquareSumsArguments
{
    public long Count;
    public float* Values;  // [Count]
    public double* Sums;   // [ceil(Count / Chunk)] overwritten
}

/// <summary>Arguments of <see cref="Reductions{S, V}.SumRows"/>.</summary>
public unsafe struct SumRowsArguments
{
    public long Rows;
    public int Columns;
    public float* Values;  // [Rows, Columns]
    public float* Sums;    // [Columns] overwritten
}

/// <summary>Sums in an order that depends on the sizes alone, never on the number of workers.</summary>
public static unsafe class Reductions<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>Values per partial sum.</summary>
    public const int Chunk = 4096;

    /// <summary>The sum of squares of each chunk, for a worker's share of the chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SquareSums(in SquareSumsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share((int)((a.Count + Chunk - 1) / Chunk), worker, workers);
        for (int chunk = start; chunk < end; chunk++)
        {
            long stop = Math.Min(a.Count, (chunk + 1L) * Chunk);
            V sum = default;
            for (long i = (long)chunk * Chunk; i < stop; i += S.Width)
            {
                V value = Tiles<S, V>.LoadPart(a.Values + i, (int)Math.Min(S.Width, stop - i));
                sum = S.Fma(value, value, sum);
            }
            a.Sums[chunk] = S.Sum(sum);
        }
    }

    /// <summary>Sums over rows, for a worker's share of the column vectors: four at a time where there are as many, so
    /// that a row's neighbours are read together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumRows(in SumRowsArguments a, int worker, int workers)
    {
        (int vector, int end) = Tiles<S, V>.Share(Tiles<S, V>.Cover(a.Columns, S.Width), worker, workers);
        for (; vector + 4 <= Math.Min(end, a.Columns / S.Width); vector += 4)
        {
            float* row = a.Values + vector * S.Width;
            V first = default, second = default, third = default, fourth = default;
            for (long i = 0; i < a.Rows; i++, row += a.Columns)
            {
                first = S.Add(first, S.Load(row));
                second = S.Add(second, S.Load(row + S.Width));
                third = S.Add(third, S.Load(row + 2 * S.Width));
                fourth = S.Add(fourth, S.Load(row + 3 * S.Width));
            }
            float* sums = a.Sums + vector * S.Width;
            S.Store(sums, first);
            S.Store(sums + S.Width, second);
            S.Store(sums + 2 * S.Width, third);
            S.Store(sums + 3 * S.Width, fourth);
        }
        for (; vector < end; vector++)
        {
            int column = vector * S.Width, count = Math.Min(S.Width, a.Columns - column);
            V sum = default;
            for (long row = 0; row < a.Rows; row++)
                sum = S.Add(sum, Tiles<S, V>.LoadPart(a.Values + row * a.Columns + column, count));
            Tiles<S, V>.StorePart(a.Sums + column, sum, count);
        }
    }
}
