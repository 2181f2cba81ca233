using GpuLstm.Kernels.Cpu;

namespace GpuLstm.Runtime.Accelerators.Cpu;

public sealed unsafe partial class CpuOperations<S, V>
{
    /// <summary>A product's arguments but for the packed factors.</summary>
    internal static MatMulArguments Arguments(in MatMulPass pass)
    {
        if (pass.C.Transposed)
            throw new ArgumentException("The product's target cannot be transposed.");
        MatMulArguments a = new()
        {
            Batch = pass.Batch, M = pass.M, N = pass.N, K = pass.K, Alpha = pass.Alpha, Beta = pass.Beta,
            Bias = pass.Bias.Pointer(pass.N), A = pass.A.View.Required(pass.A.Extent(pass.M, pass.K, pass.Batch)),
            ABatch = (nint)pass.A.BatchStride, B = pass.B.View.Required(pass.B.Extent(pass.K, pass.N, pass.Batch)),
            BBatch = (nint)pass.B.BatchStride, C = pass.C.View.Required(pass.C.Extent(pass.M, pass.N, pass.Batch)),
            CBatch = (nint)pass.C.BatchStride, CRow = (nint)pass.C.Stride,
        };
        (a.ARow, a.AColumn) = pass.A.Transposed ? ((nint)1, (nint)pass.A.Stride) : ((nint)pass.A.Stride, 1);
        (a.BRow, a.BColumn) = pass.B.Transposed ? ((nint)1, (nint)pass.B.Stride) : ((nint)pass.B.Stride, 1);
        return a;
    }

    public override void MatMul(in MatMulPass pass)
    {
        MatMulArguments a = Arguments(pass);
        bool wholeItems = pass.Batch >= pool.Workers && pass.Batch > 1;
        a.PackedFloats = MatMul<S, V>.PackedBFloats(pass.N, pass.K);
        a.PackedB = Room(ref _packedB, a.PackedFloats * (wholeItems ? pool.Workers : 1));
        a.PackedA = _packedA.Pointer();
        if (wholeItems)
            Run(&MatMul<S, V>.RunBatch, a, (long)pass.M * pass.N * pass.K * pass.Batch);
        else
            for (int item = 0; item < pass.Batch; item++)
            {
                MatMulArguments one = MatMul<S, V>.Item(a, item);
                Run(&MatMul<S, V>.Pack, one, (long)pass.N * pass.K * 4);
                Run(&MatMul<S, V>.Run, one, (long)pass.M * pass.N * pass.K);
            }
    }
}
