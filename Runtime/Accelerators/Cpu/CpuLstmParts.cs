using GpuLstm.Kernels.Cpu;
using GpuLstm.Runtime.Accelerators.Composed;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>The parts of a step on the processor.</summary>
internal sealed unsafe class CpuLstmParts<S, V>(WorkerPool pool) : ILstmParts where S : struct, ISimd<V> where V
    : unmanaged
{
    private const long SmallWork = 1 << 13; // values that are not worth waking a worker

    public void Cell(in StepSize step, int H, BufferView<float> gates, BufferView<float> fromH,
        BufferView<float> before, BufferView<float> cell)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.Cell, step, H, new()
        {
            Gates = gates.Required(4 * n), FromH = fromH.Required(4 * n), Before = before.Required(n),
            Cell = cell.Required(n),
        });
    }

    public void Hidden(in StepSize step, int H, BufferView<float> gates, BufferView<float> normed,
        BufferView<float> inner)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.Hidden, step, H, new() { Gates = gates.Required(4 * n), Normed = normed.Required(n),
            Inner = inner.Required(n) });
    }

    public void HiddenBack(in StepSize step, int H, BufferView<float> gates, BufferView<float> normed,
        BufferView<float> dInner, BufferView<float> dNormed)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.HiddenBack, step, H, new()
        {
            Gates = gates.Required(4 * n), Normed = normed.Required(n), Inner = dInner.Required(n),
            DNormed = dNormed.Required(n),
        });
    }

    public void CellBack(in StepSize step, int H, BufferView<float> gates, BufferView<float> before,
        BufferView<float> dNormed, BufferView<float> dCell, BufferView<float> dC)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.CellBack, step, H, new()
        {
            Gates = gates.Required(4 * n), Before = before.Required(n), DNormed = dNormed.Required(n),
            DCell = dCell.Required(n), D = dC.Required(n),
        });
    }

    public void Mix(in StepSize step, int N, BufferView<float> before, BufferView<float> fresh, in Zone zone,
        BufferView<float> after, BufferView<float> y, BufferView<float> mask, BufferView<float> masked)
    {
        long n = (long)step.Batch * N;
        Run(&LstmParts<S, V>.Mix, step, N, new()
        {
            Before = before.Required(n), Fresh = fresh.Required(n), Zone = zone.Mask.Pointer(n), Rate = zone.Rate,
            After = after.Required(n), Y = y.Pointer(n), Mask = mask.Pointer(n), Masked = masked.Pointer(n),
        });
    }

    public void MixBack(in StepSize step, int N, BufferView<float> d, BufferView<float> dY, in Zone zone,
        BufferView<float> dFresh)
    {
        long n = (long)step.Batch * N;
        Run(&LstmParts<S, V>.MixBack, step, N, new()
        {
            D = d.Required(n), DY = dY.Pointer(n), Zone = zone.Mask.Pointer(n), Rate = zone.Rate,
            Fresh = dFresh.Required(n),
        });
    }

    public void AddMasked(in StepSize step, int N, BufferView<float> values, BufferView<float> mask,
        BufferView<float> sum)
    {
        long n = (long)step.Batch * N;
        Run(&LstmParts<S, V>.AddMasked, step, N, new() { Fresh = values.Required(n), Mask = mask.Pointer(n),
            D = sum.Required(n) });
    }

    public void LayerNorm(int rows, int N, BufferView<float> x, BufferView<float> gain, BufferView<float> bias,
        BufferView<float> y)
    {
        long n = (long)rows * N;
        LayerNormArguments a = new()
        {
            Rows = rows, N = N, X = x.Required(n), Gain = gain.Required(N), Bias = bias.Pointer(N), Y = y.Required(n),
        };
        pool.Run(&LayerNorm<S, V>.Forward, a);
    }

    public void LayerNormBack(int rows, int N, BufferView<float> x, BufferView<float> gain, BufferView<float> dy,
        BufferView<float> dx, BufferView<float> product)
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
