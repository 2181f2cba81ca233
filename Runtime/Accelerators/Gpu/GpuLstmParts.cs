using System.Numerics;
using GpuLstm.Runtime.Accelerators.Composed;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>The parts of a step as launches.</summary>
internal sealed class GpuLstmParts(GpuEngine engine) : ILstmParts, IFusedLstmStep
{
    private const int ValuesOfItem = 8; // of a layer norm's row

    private readonly KernelLaunchers _kernels = engine.Launchers;
    private readonly AcceleratorStream _stream = engine.Stream;

    public bool KeepsProducts => true;

    public void BeginSteps() { }

    public void EndSteps() { }

    public void Times(StepWeights weights, in MatMulPass pass) => engine.Operations.MatMul(pass);

    public void Dispose() { }

    public void Cell(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> fromH,
        ArrayView<float> before, ArrayView<float> cell, float slope)
    {
        long n = (long)step.Batch * H;
        _kernels.Cell(_stream, checked(H * step.Batch), gates.Required(4 * n), fromH.Required(4 * n),
            before.Required(n),
            cell.Required(n), step.Lengths.Optional(step.Batch), step.Time, H, slope);
    }

    public void Hidden(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> normed,
        ArrayView<float> inner)
    {
        long n = (long)step.Batch * H;
        _kernels.Hidden(_stream, checked(H * step.Batch), gates.Required(4 * n), normed.Required(n),
            inner.Required(n), H);
    }

    public void HiddenBack(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> normed,
        ArrayView<float> dInner, ArrayView<float> dNormed)
    {
        long n = (long)step.Batch * H;
        _kernels.HiddenBack(_stream, checked(H * step.Batch), gates.Required(4 * n), normed.Required(n),
            dInner.Required(n), dNormed.Required(n), H);
    }

    public void CellBack(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> before,
        ArrayView<float> dNormed, ArrayView<float> dCell, ArrayView<float> dC)
    {
        long n = (long)step.Batch * H;
        _kernels.CellBack(_stream, checked(H * step.Batch), gates.Required(4 * n), before.Required(n),
            dNormed.Required(n), dCell.Required(n), dC.Required(n), H);
    }

    public void Mix(in StepSize step, int N, ArrayView<float> before, ArrayView<float> fresh, in Zone zone,
        ArrayView<float> after, ArrayView<float> y, ArrayView<float> mask, ArrayView<float> masked)
    {
        long n = (long)step.Batch * N;
        _kernels.Mix(_stream, checked(N * step.Batch), before.Required(n), fresh.Required(n),
            zone.Mask.Optional(n),
            step.Lengths.Optional(step.Batch), after.Required(n), y.Optional(n), mask.Optional(n), masked.Optional(n),
                step.Time, N, zone.Rate);
    }

    public void MixBack(in StepSize step, int N, ArrayView<float> d, ArrayView<float> dY, in Zone zone,
        ArrayView<float> dFresh)
    {
        long n = (long)step.Batch * N;
        _kernels.MixBack(_stream, checked(N * step.Batch), d.Required(n), dY.Optional(n),
            zone.Mask.Optional(n),
            step.Lengths.Optional(step.Batch), dFresh.Required(n), step.Time, N, zone.Rate);
    }

    public void AddMasked(in StepSize step, int N, ArrayView<float> values, ArrayView<float> mask,
        ArrayView<float> sum)
    {
        int n = checked(step.Batch * N);
        _kernels.AddMasked(_stream, n, values.Required(n), mask.Optional(n), sum.Required(n));
    }

    public void Forward(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> weights,
        (ArrayView<float> Operand, ArrayView<float> H, ArrayView<float> C) before, in Zone zoneH, in Zone zoneC,
            ArrayView<float> mask,
        ArrayView<float> cell, (ArrayView<float> H, ArrayView<float> C, ArrayView<float> Masked) after,
            ArrayView<float> y)
    {
        long n = (long)step.Batch * H;
        _kernels.VariantStepForward(_stream, StepRecurrence.Config(step.Batch, H), gates.Required(4 * n),
            weights.Required(4L * H * H),
            before.Operand.Required(n), before.H.Required(n), before.C.Required(n), zoneH.Mask.Optional(n),
            zoneC.Mask.Optional(n),
            step.Lengths.Optional(step.Batch), mask.Optional(n), cell.Required(n), after.H.Required(n),
            after.C.Required(n),
            y.Required(n), after.Masked.Optional(n), step.Time, step.Batch, H, zoneH.Rate, zoneC.Rate);
    }

    public void Backward(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> next,
        ArrayView<float> weights, ArrayView<float> cell,
        ArrayView<float> cBefore, ArrayView<float> dY, in Zone zoneH, in Zone zoneC, ArrayView<float> mask,
            ArrayView<float> dH, ArrayView<float> dC)
    {
        long n = (long)step.Batch * H;
        _kernels.VariantStepBackward(_stream, StepRecurrence.Config(step.Batch, H), gates.Required(4 * n),
            next.Optional(4 * n),
            weights.Required(4L * H * H), cell.Required(n), cBefore.Required(n), dY.Optional(n), zoneH.Mask.Optional(n),
            zoneC.Mask.Optional(n),
            step.Lengths.Optional(step.Batch), mask.Optional(n), dH.Required(n), dC.Required(n), step.Time, step.Batch,
                H, zoneH.Rate, zoneC.Rate);
    }

    /// <summary>A power of two, by the row's length alone.</summary>
    private static int ItemsOfRow(int N) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(N / ValuesOfItem, 1,
        Kernels.Gpu.LayerNorm.MostItems));

    public void LayerNorm(int rows, int N, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> bias,
        ArrayView<float> y)
    {
        long n = (long)rows * N;
        _kernels.LayerNorm(_stream, new KernelConfig(rows, ItemsOfRow(N)),
            x.Required(n), gain.Required(N), bias.Optional(N), y.Required(n), N, ItemsOfRow(N));
    }

    public void LayerNormBack(Norm norm, int rows, int N, ArrayView<float> x, ArrayView<float> gain,
        ArrayView<float> dy, ArrayView<float> dx, ArrayView<float> product)
    {
        long n = (long)rows * N;
        _kernels.LayerNormBack(_stream, new KernelConfig(rows, ItemsOfRow(N)),
            x.Required(n), gain.Required(N), dy.Required(n), dx.Required(n), product.Required(n), N, ItemsOfRow(N));
    }

    public void GainGradient(Norm norm, int rows, int N, ArrayView<float> products, ArrayView<float> dys,
        ArrayView<float> dGain, ArrayView<float> dBias)
    {
        engine.Operations.SumRows(products, rows, N, dGain);
        if (dBias.IsValid)
            engine.Operations.SumRows(dys, rows, N, dBias);
    }
}
