using GpuLstm.Kernels.Cpu;
using GpuLstm.Runtime.Accelerators.Composed;
using ILGPU;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>The parts of a step on the processor.</summary>
internal sealed unsafe class CpuLstmParts<S, V>(WorkerPool pool) : ILstmParts where S : struct, ISimd<V> where V
    : unmanaged
{
    private const long SmallWork = 1 << 13; // values that are not worth waking a worker

    public void Cell(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> fromH,
        ArrayView<float> before, ArrayView<float> cell)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.Cell, step, H, new()
        {
            Gates = gates.Required(4 * n), FromH = fromH.Required(4 * n), Before = before.Required(n),
            Cell = cell.Required(n),
        });
    }

    public void Hidden(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> normed,
        ArrayView<float> inner)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.Hidden, step, H, new() { Gates = gates.Required(4 * n), Normed = normed.Required(n),
            Inner = inner.Required(n) });
    }

    public void HiddenBack(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> normed,
        ArrayView<float> dInner, ArrayView<float> dNormed)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.HiddenBack, step, H, new()
        {
            Gates = gates.Required(4 * n), Normed = normed.Required(n), Inner = dInner.Required(n),
            DNormed = dNormed.Required(n),
        });
    }

    public void CellBack(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> before,
        ArrayView<float> dNormed, ArrayView<float> dCell, ArrayView<float> dC)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.CellBack, step, H, new()
        {
            Gates = gates.Required(4 * n), Before = before.Required(n), DNormed = dNormed.Required(n),
            DCell = dCell.Required(n), D = dC.Required(n),
        });
    }

    public void Mix(in StepSize step, int N, ArrayView<float> before, ArrayView<float> fresh, in Zone zone,
        ArrayView<float> after, ArrayView<float> y, ArrayView<float> mask, ArrayView<float> masked)
    {
        long n = (long)step.Batch * N;
        Run(&LstmParts<S, V>.Mix, step, N, new()
        {
            Before = before.Required(n), Fresh = fresh.Required(n), Zone = zone.Mask.Pointer(n), Rate = zone.Rate,
            After = after.Required(n), Y = y.Pointer(n), Mask = mask.Pointer(n), Masked = masked.Pointer(n),
        });
    }

    public void MixBack(in StepSize step, int N, ArrayView<float> d, ArrayView<float> dY, in Zone zone,
        ArrayView<float> dFresh)
    {
        long n = (long)step.Batch * N;
        Run(&LstmParts<S, V>.MixBack, step, N, new()
        {
            D = d.Required(n), DY = dY.Pointer(n), Zone = zone.Mask.Pointer(n), Rate = zone.Rate,
            Fresh = dFresh.Required(n),
        });
    }

    public void AddMasked(in StepSize step, int N, ArrayView<float> values, ArrayView<float> mask,
        ArrayView<float> sum)
    {
        long n = (long)step.Batch * N;
        Run(&LstmParts<S, V>.AddMasked, step, N, new() { Fresh = values.Required(n), Mask = mask.Pointer(n),
            D = sum.Required(n) });
    }

    public void LayerNorm(int rows, int N, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> bias,
        ArrayView<float> y)
    {
        long n = (long)rows * N;
        LayerNormArguments a = new()
        {
            Rows = rows, N = N, X = x.Required(n), Gain = gain.Required(N), Bias = bias.Pointer(N), Y = y.Required(n),
        };
        pool.Run(&LayerNorm<S, V>.Forward, a);
    }

    public void LayerNormBack(int rows, int N, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> dy,
        ArrayView<float> dx, ArrayView<float> product)
    {
        long n = (long)rows * N;
        LayerNormArguments a = new()
        {
            Rows = rows, N = N, X = x.Required(n), Gain = gain.Required(N), DY = dy.Required(n), DX = dx.Required(n),
            Product = product.Required(n),
        };
        pool.Run(&LayerNorm<S, V>.Backward, a);
    }

    private void Run(delegate*<in LstmPartsArguments, int, int, void> part, in StepSize step, int width,
        LstmPartsArguments a)
    {
        (a.B, a.N, a.Time) = (step.Batch, width, step.Time);
        a.Lengths = step.Lengths.Pointer(step.Batch);
        if ((long)step.Batch * width < SmallWork)
            part(a, 0, 1);
        else
            pool.Run(part, a);
    }
}
