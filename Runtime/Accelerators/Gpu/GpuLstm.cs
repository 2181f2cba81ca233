using ILGPU;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Forward and backward of an LSTM layer: the input's product for all steps at once, the recurrence as
/// the plan has it, and the weights' gradients as products over all steps at once.</summary>
internal sealed class GpuLstm(GpuEngine engine, Operations operations)
{
    public void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int i, int h, int b) = (pass.StepsOf(plan.Descriptor), plan.Descriptor.InputSize,
            plan.Descriptor.HiddenSize, pass.BatchSize);
        pass.Check(plan.Descriptor);
        (plan.Batch, plan.Steps, plan.IsConsumed) = (b, t, false);
        AddBiases(plan, pass.Weights, h);
        operations.MatMul(new MatMulPass
        {
            M = t * b, N = 4 * h, K = i, Bias = plan.Bias,
            A = new(pass.X, i), B = new(pass.Weights.Ih, i, Transposed: true), C = new(plan.Gates, 4 * h),
        });
        plan.Recurrence.Forward(plan, pass);
        long state = (long)b * h, last = plan.Descriptor.Reverse ? 0 : (t - 1) * state;
        if (pass.HLast.IsValid)
            operations.Copy(pass.Y.Slice(last, state), pass.HLast.Slice(0, state));
        if (pass.CLast.IsValid)
            operations.Copy(plan.Cells.Slice(last, state), pass.CLast.Slice(0, state));
    }

    private void AddBiases(GpuLstmPlan plan, in LstmWeightViews weights, int h)
    {
        if (weights.BiasIh.IsValid && weights.BiasHh.IsValid)
            engine.Launchers.Add(engine.Stream, 4 * h, weights.BiasIh.Required(4L * h), weights.BiasHh.Required(4L * h),
                plan.Bias);
        else if (weights.BiasIh.IsValid)
            operations.Copy(weights.BiasIh.Slice(0, 4L * h), plan.Bias);
        else if (weights.BiasHh.IsValid)
            operations.Copy(weights.BiasHh.Slice(0, 4L * h), plan.Bias);
        else
            operations.Fill(plan.Bias, 0);
    }

    public void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int i, int h, int b) = (plan.Steps, plan.Descriptor.InputSize, plan.Descriptor.HiddenSize, plan.Batch);
        if (!plan.Descriptor.Training || b != pass.Forward.BatchSize || t != pass.Forward.StepsOf(plan.Descriptor)
            || plan.IsConsumed)
            throw new InvalidOperationException("Backward follows a training forward pass of the same batch size.");
        plan.IsConsumed = true;
        plan.Recurrence.Backward(plan, pass);
        ArrayView<float> gates = plan.Gates.Slice(0, 4L * t * b * h); // gradients now
        LstmWeightViews gradients = pass.Gradients;
        operations.MatMul(new MatMulPass
        {
            M = 4 * h, N = i, K = t * b,
            A = new(gates, 4 * h, Transposed: true), B = new(pass.Forward.X, i), C = new(gradients.Ih, i),
        });
        RecurrentGradient(plan, pass, t, b, h);
        ArrayView<float> bias = !gradients.BiasIh.IsValid ? gradients.BiasHh : gradients.BiasIh; // both get the same
        if (bias.IsValid)
            operations.SumRows(gates, (long)t * b, 4 * h, bias);
        if (gradients.BiasIh.IsValid && gradients.BiasHh.IsValid)
            operations.Copy(bias.Slice(0, 4L * h), gradients.BiasHh.Slice(0, 4L * h));
        if (pass.DX.IsValid)
            operations.MatMul(new MatMulPass
            {
                M = t * b, N = i, K = 4 * h, Beta = pass.AccumulateDX ? 1 : 0, A = new(gates, 4 * h),
                B = new(pass.Forward.Weights.Ih, i), C = new(pass.DX, i),
            });
    }

    /// <summary>dHh = sum over steps of the gates' gradients times h of the step before; the first step's is
    /// H0.</summary>
    private void RecurrentGradient(GpuLstmPlan plan, in LstmBackwardPass pass, int t, int b, int h)
    {
        long state = (long)b * h;
        bool reverse = plan.Descriptor.Reverse, hasStart = pass.Forward.H0.IsValid;
        ArrayView<float> target = pass.Gradients.Hh;
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
