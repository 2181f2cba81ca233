using GpuLstm.Kernels.Cpu;
using GpuLstm.Runtime.Accelerators.Composed;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>The parts of a step on the processor.</summary>
internal sealed unsafe class CpuLstmParts<S, V>(WorkerPool pool) : ILstmParts where S : struct, ISimd<V> where V
    : unmanaged
{
    private readonly WorkList _steps = new(pool);
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _packedA =
        CpuMemory.Allocate<float>(MatMul<S, V>.PackedAFloats * (long)pool.Workers);

    private readonly PackedWeights[] _weights = [new(), new()];                   // by StepWeights
    private readonly MemoryBuffer1D<float, Stride1D.Dense>?[] _sums = [null, null, null]; // by Norm
    private bool _inSteps;

    /// <summary>A right factor as products read it.</summary>
    private sealed class PackedWeights
    {
        public MemoryBuffer1D<float, Stride1D.Dense>? Panels;
        public bool IsPacked; // in this pass
    }

    public bool KeepsProducts => false;

    public void BeginSteps()
    {
        _inSteps = true;
        _steps.Clear(); // of a pass that failed
        foreach (MemoryBuffer1D<float, Stride1D.Dense>? sums in _sums)
            if (sums != null)
                new Span<float>(sums.Pointer(), (int)sums.Length).Clear();
        foreach (PackedWeights weights in _weights)
            weights.IsPacked = false;
    }

    public void EndSteps()
    {
        _inSteps = false;
        _steps.Run();
    }

    public void Times(StepWeights weights, in MatMulPass pass)
    {
        PackedWeights packed = _weights[(int)weights];
        long floats = MatMul<S, V>.PackedBFloats(pass.N, pass.K);
        if (packed.Panels == null || packed.Panels.Length < floats)
        {
            packed.Panels?.Dispose();
            packed.Panels = CpuMemory.Allocate<float>(floats);
        }
        MatMulArguments a = CpuOperations<S, V>.Arguments(pass) with
        {
            PackedA = _packedA.Pointer(), PackedB = packed.Panels.Pointer(),
        };
        if (!packed.IsPacked)
            pool.Run(&MatMul<S, V>.Pack, a); // now: the steps run later
        packed.IsPacked = true;
        _steps.Add(&MatMul<S, V>.RunRows, a);
    }

    public void Dispose()
    {
        foreach (PackedWeights weights in _weights)
            weights.Panels?.Dispose();
        foreach (MemoryBuffer1D<float, Stride1D.Dense>? sums in _sums)
            sums?.Dispose();
        _packedA.Dispose();
        _steps.Dispose();
    }

    public void Cell(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> fromH,
        ArrayView<float> before, ArrayView<float> cell, float slope)
    {
        long n = (long)step.Batch * H;
        Run(&LstmParts<S, V>.Cell, step, H, new()
        {
            Gates = gates.Required(4 * n), FromH = fromH.Required(4 * n), Before = before.Required(n),
            Cell = cell.Required(n), Slope = slope,
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
        Run(&LayerNorm<S, V>.Forward, a);
    }

    public void LayerNormBack(Norm norm, int rows, int N, ArrayView<float> x, ArrayView<float> gain,
        ArrayView<float> dy, ArrayView<float> dx, ArrayView<float> product)
    {
        long n = (long)rows * N;
        LayerNormArguments a = new()
        {
            Rows = rows, N = N, X = x.Required(n), Gain = gain.Required(N), DY = dy.Required(n), DX = dx.Required(n),
            Sums = Sums(norm, N),
        };
        Run(&LayerNorm<S, V>.Backward, a);
    }

    public void GainGradient(Norm norm, int rows, int N, ArrayView<float> products, ArrayView<float> dys,
        ArrayView<float> dGain, ArrayView<float> dBias)
    {
        LayerNormArguments a = new()
        {
            N = N, Sums = Sums(norm, N), DGain = dGain.Required(N), DBias = dBias.Pointer(N),
        };
        pool.Run(&LayerNorm<S, V>.Finish, a);
    }

    /// <summary>The workers' sums over the rows of a pass, zeros at its beginning.</summary>
    private float* Sums(Norm norm, int width)
    {
        ref MemoryBuffer1D<float, Stride1D.Dense>? sums = ref _sums[(int)norm];
        sums ??= CpuMemory.Allocate<float>(2L * width * pool.Workers);
        return sums.Pointer();
    }

    private void Run(delegate*<in LstmPartsArguments, int, int, void> part, in StepSize step, int width,
        LstmPartsArguments a)
    {
        (a.B, a.N, a.Time) = (step.Batch, width, step.Time);
        a.Lengths = step.Lengths.Pointer(step.Batch);
        Run(part, a);
    }

    /// <summary>At once, or after what the steps hold already.</summary>
    private void Run<T>(delegate*<in T, int, int, void> part, in T arguments) where T : unmanaged
    {
        if (_inSteps)
            _steps.Add(part, arguments);
        else
            pool.Run(part, arguments);
    }
}
