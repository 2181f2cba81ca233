using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Forward and backward of an LSTM layer: the input's product for all steps at once, the recurrence in one launch
/// or one per step, and the weights' gradients as products over all steps at once.</summary>
internal sealed class GpuLstm(GpuAccelerator accelerator, Operations operations)
{
    private readonly IKernelLauncher _launcher = accelerator.Launcher;

    public void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int i, int h, int b) = (plan.Descriptor.TimeSteps, plan.Descriptor.InputSize, plan.Descriptor.HiddenSize, pass.BatchSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(b, plan.Descriptor.MaxBatch);
        ArgumentOutOfRangeException.ThrowIfLessThan(b, 1);
        (plan.Batch, plan.IsConsumed) = (b, false);
        AddBiases(plan, pass.Weights, h);
        operations.MatMul(new MatMulPass
        {
            M = t * b, N = 4 * h, K = i, Bias = plan.Bias,
            A = new(pass.X, i), B = new(pass.Weights.Ih, i, Transposed: true), C = new(plan.Gates, 4 * h),
        });
        if (plan.Schedule.WholeSequence)
            ForwardSequence(plan, pass, t, b, h);
        else
            for (int step = 0; step < t; step++)
                ForwardStep(plan, pass, step, t, b, h);
        long state = (long)b * h, last = plan.Descriptor.Reverse ? 0 : (t - 1) * state;
        if (!pass.HLast.IsAbsent)
            operations.Copy(pass.Y.Slice(last, state), pass.HLast.Slice(0, state));
        if (!pass.CLast.IsAbsent)
            operations.Copy(plan.Cells.Slice(last, state), pass.CLast.Slice(0, state));
    }

    private void AddBiases(GpuLstmPlan plan, in LstmWeightViews weights, int h)
    {
        if (!weights.BiasIh.IsAbsent && !weights.BiasHh.IsAbsent)
            Elementwise.LaunchAdd(_launcher, 4 * h, weights.BiasIh.Required(4L * h), weights.BiasHh.Required(4L * h), plan.Bias.Whole());
        else if (!weights.BiasIh.IsAbsent)
            operations.Copy(weights.BiasIh.Slice(0, 4L * h), plan.Bias);
        else if (!weights.BiasHh.IsAbsent)
            operations.Copy(weights.BiasHh.Slice(0, 4L * h), plan.Bias);
        else
            operations.Fill(plan.Bias, 0);
    }

    private void ForwardSequence(GpuLstmPlan plan, in LstmForwardPass pass, int t, int b, int h)
    {
        LstmSequence.LaunchPack(_launcher, new Index2D(h, h), pass.Weights.Hh.Required(4L * h * h), plan.PackedForward.Whole(),
            plan.PackedBackward.Optional(plan.PackedBackward.Length), h);
        long state = (long)b * h;
        LstmSequence.LaunchForward(
            _launcher, Config(plan.Schedule, b, h, plan.Schedule.ForwardInShared),
            plan.Gates.Required(4 * t * state), plan.PackedForward.Whole(), pass.H0.Optional(state), pass.C0.Optional(state),
            pass.Y.Required(t * state), plan.Cells.Required(t * state), t, b, plan.Descriptor.Reverse ? 1 : 0,
            h, plan.Schedule.TileB, plan.Schedule.BlockB, plan.Schedule.ForwardInShared ? 1 : 0);
    }

    private static KernelConfig Config(LstmSchedule schedule, int b, int h, bool inShared) => new(
        (b + schedule.TileB - 1) / schedule.TileB, new Index3D(h, schedule.TileB / schedule.BlockB, 1),
        SharedMemoryConfig.RequestDynamic<Float4>(inShared ? h * h : 1));

    private void ForwardStep(GpuLstmPlan plan, in LstmForwardPass pass, int step, int t, int b, int h)
    {
        long state = (long)b * h;
        int now = plan.Descriptor.Reverse ? t - 1 - step : step, before = plan.Descriptor.Reverse ? now + 1 : now - 1;
        LstmStep.LaunchForward(
            _launcher, StepConfig(b, h), plan.Gates.Slice(4 * now * state, 4 * state).Whole(), pass.Weights.Hh.Required(4L * h * h),
            step > 0 ? pass.Y.Slice(before * state, state).Whole() : pass.H0.Optional(state),
            step > 0 ? plan.Cells.Slice(before * state, state).Whole() : pass.C0.Optional(state),
            pass.Y.Slice(now * state, state).Whole(), plan.Cells.Slice(now * state, state).Whole(), b, h);
    }

    private static KernelConfig StepConfig(int b, int h) => new(
        new Index3D((h + LstmStep.TileU - 1) / LstmStep.TileU, (b + LstmStep.TileB - 1) / LstmStep.TileB, 1),
        new Index3D(LstmStep.TileU, LstmStep.TileB / LstmStep.BlockB, 1));

    public void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int i, int h, int b) = (plan.Descriptor.TimeSteps, plan.Descriptor.InputSize, plan.Descriptor.HiddenSize, plan.Batch);
        if (!plan.Descriptor.Training || b != pass.Forward.BatchSize || plan.IsConsumed)
            throw new InvalidOperationException("Backward follows a training forward pass of the same batch size.");
        plan.IsConsumed = true;
        if (plan.Schedule.WholeSequence)
            BackwardSequence(plan, pass, t, b, h);
        else
            BackwardSteps(plan, pass, t, b, h);
        BufferView<float> gates = plan.Gates.Slice(0, 4L * t * b * h); // gradients now
        LstmWeightViews gradients = pass.Gradients;
        operations.MatMul(new MatMulPass
        {
            M = 4 * h, N = i, K = t * b,
            A = new(gates, 4 * h, Transposed: true), B = new(pass.Forward.X, i), C = new(gradients.Ih, i),
        });
        RecurrentGradient(plan, pass, t, b, h);
        BufferView<float> bias = gradients.BiasIh.IsAbsent ? gradients.BiasHh : gradients.BiasIh; // both get the same
        if (!bias.IsAbsent)
            operations.SumRows(gates, (long)t * b, 4 * h, bias);
        if (!gradients.BiasIh.IsAbsent && !gradients.BiasHh.IsAbsent)
            operations.Copy(bias.Slice(0, 4L * h), gradients.BiasHh.Slice(0, 4L * h));
        if (!pass.DX.IsAbsent)
            operations.MatMul(new MatMulPass
            {
                M = t * b, N = i, K = 4 * h, Beta = pass.AccumulateDX ? 1 : 0, A = new(gates, 4 * h), B = new(pass.Forward.Weights.Ih, i), C = new(pass.DX, i),
            });
    }

    private void BackwardSequence(GpuLstmPlan plan, in LstmBackwardPass pass, int t, int b, int h)
    {
        long state = (long)b * h;
        LstmSequence.LaunchBackward(
            _launcher, Config(plan.Schedule, b, h, plan.Schedule.BackwardInShared),
            plan.Gates.Required(4 * t * state), plan.PackedBackward.Whole(), plan.Cells.Required(t * state),
            pass.Forward.C0.Optional(state), pass.DY.Optional(t * state), pass.DHLast.Optional(state), pass.DCLast.Optional(state),
            pass.DH0.Optional(state), pass.DC0.Optional(state), t, b, plan.Descriptor.Reverse ? 1 : 0,
            h, plan.Schedule.TileB, plan.Schedule.BlockB, plan.Schedule.BackwardInShared ? 1 : 0);
    }

    private void BackwardSteps(GpuLstmPlan plan, in LstmBackwardPass pass, int t, int b, int h)
    {
        long state = (long)b * h;
        BufferView<float> dCell = plan.DCell.Slice(0, state);
        if (pass.DCLast.IsAbsent)
            operations.Fill(dCell, 0);
        else
            operations.Copy(pass.DCLast.Slice(0, state), dCell);
        int direction = plan.Descriptor.Reverse ? -1 : 1;
        for (int step = t - 1; step >= 0; step--)
        {
            int now = plan.Descriptor.Reverse ? t - 1 - step : step;
            LstmStep.LaunchBackward(
                _launcher, StepConfig(b, h), plan.Gates.Slice(4 * now * state, 4 * state).Whole(),
                step < t - 1 ? plan.Gates.Slice(4 * (now + direction) * state, 4 * state).Whole() : default,
                pass.Forward.Weights.Hh.Required(4L * h * h), plan.Cells.Slice(now * state, state).Whole(),
                step > 0 ? plan.Cells.Slice((now - direction) * state, state).Whole() : pass.Forward.C0.Optional(state),
                pass.DY.IsAbsent ? default : pass.DY.Slice(now * state, state).Whole(),
                step == t - 1 ? pass.DHLast.Optional(state) : default, dCell.Whole(), b, h);
        }
        if (!pass.DC0.IsAbsent)
            operations.Copy(dCell, pass.DC0.Slice(0, state));
        if (!pass.DH0.IsAbsent)
            operations.MatMul(new MatMulPass
            {
                M = b, N = h, K = 4 * h, A = new(plan.Gates.Slice(plan.Descriptor.Reverse ? 4 * (t - 1) * state : 0, 4 * state), 4 * h),
                B = new(pass.Forward.Weights.Hh, h), C = new(pass.DH0, h),
            });
    }

    /// <summary>dHh = sum over steps of the gates' gradients times h of the step before; the first step's is H0.</summary>
    private void RecurrentGradient(GpuLstmPlan plan, in LstmBackwardPass pass, int t, int b, int h)
    {
        long state = (long)b * h;
        bool reverse = plan.Descriptor.Reverse, hasStart = !pass.Forward.H0.IsAbsent;
        BufferView<float> target = pass.Gradients.Hh;
        if (t > 1)
            operations.MatMul(new MatMulPass
            {
                M = 4 * h, N = h, K = (t - 1) * b,
                A = new(plan.Gates.Slice(reverse ? 0 : 4 * state, 4 * (t - 1) * state), 4 * h, Transposed: true),
                B = new(pass.Forward.Y.Slice(reverse ? state : 0, (t - 1) * state), h), C = new(target, h),
            });
        else if (!hasStart)
            operations.Fill(target.Slice(0, 4L * h * h), 0);
        if (hasStart)
            operations.MatMul(new MatMulPass
            {
                M = 4 * h, N = h, K = b, Beta = t > 1 ? 1 : 0,
                A = new(plan.Gates.Slice(reverse ? 4 * (t - 1) * state : 0, 4 * state), 4 * h, Transposed: true),
                B = new(pass.Forward.H0, h), C = new(target, h),
            });
    }
}
