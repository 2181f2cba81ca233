using GpuLstm.Kernels.Cpu;
using GpuLstm.Runtime.Accelerators.Composed;

namespace GpuLstm.Runtime.Accelerators.Cpu;

public sealed unsafe partial class CpuOperations<S, V>
{
    public override LstmPlan PlanLstm(LstmDescriptor descriptor) =>
        descriptor is { Projection: 0, LayerNorm: false, GateSlope: 0 }
        ? new CpuLstmPlan<S, V>(descriptor, pool)
        : new ComposedLstm(descriptor, engine, new CpuLstmParts<S, V>(pool));

    public override void LstmForward(LstmPlan plan, in LstmForwardPass pass)
    {
        if (plan is ComposedLstm composed)
        {
            composed.Forward(pass);
            return;
        }
        var cpuPlan = (CpuLstmPlan<S, V>)plan;
        pass.Check(plan.Descriptor);
        SequenceOrder? order = cpuPlan.Order(pass);
        LstmForwardArguments arguments = cpuPlan.Arguments(order?.Begin(pass) ?? pass);
        if (!cpuPlan.IsPacked)
            pool.Run(&LstmForward<S, V>.Pack, arguments);
        cpuPlan.IsPacked = plan.Descriptor.FixedWeights;
        pool.Run(&LstmForward<S, V>.Run, arguments);
        order?.End(pass);
    }

    public override void LstmBackward(LstmPlan plan, in LstmBackwardPass pass)
    {
        if (plan is ComposedLstm composed)
        {
            composed.Backward(pass);
            return;
        }
        var cpuPlan = (CpuLstmPlan<S, V>)plan;
        cpuPlan.CheckFollows(pass); // the caller's: in an order of its own it is the last one by construction
        SequenceOrder? order = cpuPlan.Order(pass.Forward);
        LstmBackwardPass inner = order?.Begin(pass) ?? pass;
        LstmBackwardArguments arguments = cpuPlan.Arguments(inner);
        pool.Run(&LstmBackward<S, V>.Pack, arguments);
        pool.Run(&LstmBackward<S, V>.Run, arguments);
        LstmWeightGradientsArguments gradients = cpuPlan.Arguments(inner.Gradients, arguments.Layer);
        pool.Run(&LstmWeightGradients<S, V>.Run, gradients);
        pool.Run(&LstmWeightGradients<S, V>.Finish, gradients);
        order?.End(inner, pass);
    }

    public override LstmTrace ReadTrace(LstmPlan plan) =>
        plan is ComposedLstm composed ? composed.Trace() : ((CpuLstmPlan<S, V>)plan).Trace();
}
