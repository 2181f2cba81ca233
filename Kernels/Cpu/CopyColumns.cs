using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="CopyColumns{S, V}.Run"/>.</summary>
public unsafe struct CopyColumnsArguments
{
    public int Rows, Columns;
    public nint SourceStride, TargetStride;
    public float* Source; // [Rows, SourceStride], its first column to copy
    public float* Target; // [Rows, TargetStride], its first column overwritten
}

/// <summary>Copies columns of one matrix into another.</summary>
public static unsafe class CopyColumns<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>A worker's share of the rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in CopyColumnsArguments a, int worker, int workers)
    {
        (int start, int end) = Tiles<S, V>.Share(a.Rows, worker, workers);
        Tiles<S, V>.CopyTile(end - start, a.Columns, a.Source + start * a.SourceStride, a.SourceStride,
            a.Target + start * a.TargetStride, a.TargetStride);
    }
}
