using System.Numerics;
using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Composed;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>The parts of a step as launches.</summary>
internal sealed class GpuLstmParts(IKernelLauncher launcher) : ILstmParts, IFusedLstmStep
{
    private const int MostItems = 64, ValuesOfItem = 8; // of a layer norm's row

    public void Cell(in StepSize step, int H, BufferView<float> gates, BufferView<float> fromH,
        BufferView<float> before, BufferView<float> cell)
    {
        long n = (long)step.Batch * H;
        LstmParts.LaunchCell(launcher, new Index2D(H, step.Batch), gates.Required(4 * n), fromH.Required(4 * n),
            before.Required(n),
            cell.Required(n), step.Lengths.Optional(step.Batch), step.Time, H);
    }

    public void Hidden(in StepSize step, int H, BufferView<float> gates, BufferView<float> normed,
        BufferView<float> inner)
    {
        long n = (long)step.Batch * H;
        LstmParts.LaunchHidden(launcher, new Index2D(H, step.Batch), gates.Required(4 * n), normed.Required(n),
            inner.Required(n), H);
    }

    public void HiddenBack(in StepSize step, int H, BufferView<float> gates, BufferView<float> normed,
        BufferView<float> dInner, BufferView<float> dNormed)
    {
        long n = (long)step.Batch * H;
        LstmParts.LaunchHiddenBack(launcher, new Index2D(H, step.Batch), gates.Required(4 * n), normed.Required(n),
            dInner.Required(n), dNormed.Required(n), H);
    }

    public void CellBack(in StepSize step, int H, BufferView<float> gates, BufferView<float> before,
        BufferView<float> dNormed, BufferView<float> dCell, BufferView<float> dC)
    {
        long n = (long)step.Batch * H;
        LstmParts.LaunchCellBack(launcher, new Index2D(H, step.Batch), gates.Required(4 * n), before.Required(n),
            dNormed.Required(n), dCell.Required(n), dC.Required(n), H);
    }

    public void Mix(in StepSize step, int N, BufferView<float> before, BufferView<float> fresh, in Zone zone,
        BufferView<float> after, BufferView<float> y, BufferView<float> mask, BufferView<float> masked)
    {
        long n = (long)step.Batch * N;
        LstmParts.LaunchMix(launcher, new Index2D(N, step.Batch), before.Required(n), fresh.Required(n),
            zone.Mask.Optional(n),
            step.Lengths.Optional(step.Batch), after.Required(n), y.Optional(n), mask.Optional(n), masked.Optional(n),
                step.Time, N, zone.Rate);
    }

    public void MixBack(in StepSize step, int N, BufferView<float> d, BufferView<float> dY, in Zone zone,
        BufferView<float> dFresh)
    {
        long n = (long)step.Batch * N;
        LstmParts.LaunchMixBack(launcher, new Index2D(N, step.Batch), d.Required(n), dY.Optional(n),
            zone.Mask.Optional(n),
            step.Lengths.Optional(step.Batch), dFresh.Required(n), step.Time, N, zone.Rate);
    }

    public void AddMasked(in StepSize step, int N, BufferView<float> values, BufferView<float> mask,
        BufferView<float> sum)
    {
        int n = checked(step.Batch * N);
        LstmParts.LaunchAddMasked(launcher, n, values.Required(n), mask.Optional(n), sum.Required(n));
    }

    public void Forward(in StepSize step, int H, BufferView<float> gates, BufferView<float> weights,
        (BufferView<float> Operand, BufferView<float> H, BufferView<float> C) before, in Zone zoneH, in Zone zoneC,
            BufferView<float> mask,
        BufferView<float> cell, (BufferView<float> H, BufferView<float> C, BufferView<float> Masked) after,
            BufferView<float> y)
    {
        long n = (long)step.Batch * H;
        LstmStepVariant.LaunchForward(launcher, StepRecurrence.Config(step.Batch, H), gates.Required(4 * n),
            weights.Required(4L * H * H),
            before.Operand.Required(n), before.H.Required(n), before.C.Required(n), zoneH.Mask.Optional(n),
            zoneC.Mask.Optional(n),
            step.Lengths.Optional(step.Batch), mask.Optional(n), cell.Required(n), after.H.Required(n),
            after.C.Required(n),
            y.Required(n), after.Masked.Optional(n), step.Time, step.Batch, H, zoneH.Rate, zoneC.Rate);
    }

    public void Backward(in StepSize step, int H, BufferView<float> gates, BufferView<float> next,
        BufferView<float> weights, BufferView<float> cell,
        BufferView<float> cBefore, BufferView<float> dY, in Zone zoneH, in Zone zoneC, BufferView<float> mask,
            BufferView<float> dH, BufferView<float> dC)
    {
        long n = (long)step.Batch * H;
        LstmStepVariant.LaunchBackward(launcher, StepRecurrence.Config(step.Batch, H), gates.Required(4 * n),
            next.Optional(4 * n),
            weights.Required(4L * H * H), cell.Required(n), cBefore.Required(n), dY.Optional(n), zoneH.Mask.Optional(n),
            zoneC.Mask.Optional(n),
            step.Lengths.Optional(step.Batch), mask.Optional(n), dH.Required(n), dC.Required(n), step.Time, step.Batch,
                H, zoneH.Rate, zoneC.Rate);
    }

    /// <summary>A power of two, by the row's length alone.</summary>
    private static int ItemsOfRow(int N) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(N / ValuesOfItem, 1,
        MostItems));

    public void LayerNorm(int rows, int N, BufferView<float> x, BufferView<float> gain, BufferView<float> bias,
        BufferView<float> y)
    {
        long n = (long)rows * N;
        Kernels.Gpu.LayerNorm.LaunchForward(launcher, new KernelConfig(rows, ItemsOfRow(N)),
            x.Required(n), gain.Required(N), bias.Optional(N), y.Required(n), N, ItemsOfRow(N));
    }

    public void LayerNormBack(int rows, int N, BufferView<float> x, BufferView<float> gain, BufferView<float> dy,
        BufferView<float> dx, BufferView<float> product)
    {
        long n = (long)rows * N;
        Kernels.Gpu.LayerNorm.LaunchBackward(launcher, new KernelConfig(rows, ItemsOfRow(N)),
            x.Required(n), gain.Required(N), dy.Required(n), dx.Required(n), product.Required(n), N, ItemsOfRow(N));
    }
}
