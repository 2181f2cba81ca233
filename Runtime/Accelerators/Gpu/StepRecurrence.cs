using GpuLstm.Kernels.Gpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>One launch per step, for any H; see <see cref="LstmStep"/>.</summary>
internal sealed class StepRecurrence : LstmRecurrence
{
    private readonly ArrayView<float> _dCell; // [B, H]

    public StepRecurrence(GpuEngine engine, LstmDescriptor descriptor) : base(engine) =>
        _dCell = descriptor.Training ? Allocate<float>((long)descriptor.MaxBatch * descriptor.HiddenSize) : default;

    public override void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, pass.BatchSize, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        int direction = plan.Descriptor.Reverse ? -1 : 1;
        for (int step = 0; step < t; step++)
        {
            int now = plan.Descriptor.Reverse ? t - 1 - step : step, before = now - direction;
            Kernels.StepForward(
                Stream, Config(b, h), plan.Gates.Slice(4 * now * state, 4 * state),
                pass.Weights.Hh.Required(4L * h * h),
                step > 0 ? pass.Y.Slice(before * state, state) : pass.H0.Optional(state),
                step > 0 ? plan.Cells.Slice(before * state, state) : pass.C0.Optional(state),
                pass.Y.Slice(now * state, state), plan.Cells.Slice(now * state, state), b, h);
        }
    }

    public override void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, plan.Batch, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        ArrayView<float> dCell = _dCell.Slice(0, state), weights = pass.Forward.Weights.Hh;
        Operations.CopyOrZero(pass.DCLast, dCell);
        int direction = plan.Descriptor.Reverse ? -1 : 1;
        for (int step = t - 1; step >= 0; step--)
        {
            int now = plan.Descriptor.Reverse ? t - 1 - step : step, before = now - direction, after = now + direction;
            Kernels.StepBackward(
                Stream, Config(b, h), plan.Gates.Slice(4 * now * state, 4 * state),
                step < t - 1 ? plan.Gates.Slice(4 * after * state, 4 * state) : default,
                weights.Required(4L * h * h), plan.Cells.Slice(now * state, state),
                step > 0 ? plan.Cells.Slice(before * state, state) : pass.Forward.C0.Optional(state),
                pass.DY.IsValid ? pass.DY.Slice(now * state, state) : default,
                step == t - 1 ? pass.DHLast.Optional(state) : default, dCell, b, h);
        }
        if (pass.DC0.IsValid)
            Operations.Copy(dCell, pass.DC0.Slice(0, state));
        if (pass.DH0.IsValid)
            Operations.MatMul(new MatMulPass
            {
                M = b, N = h, K = 4 * h,
                A = new(plan.Gates.Slice(plan.Descriptor.Reverse ? 4 * (t - 1) * state : 0, 4 * state), 4 * h),
                B = new(weights, h), C = new(pass.DH0, h),
            });
    }

    /// <summary>Groups of a step of so many samples and units.</summary>
    internal static KernelConfig Config(int b, int h) => new(
        new Index3D((h + LstmStep.TileU - 1) / LstmStep.TileU, (b + LstmStep.TileB - 1) / LstmStep.TileB, 1),
        new Index3D(LstmStep.TileU, LstmStep.TileB / LstmStep.BlockB, 1));
}
