using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>All steps in one launch; see <see cref="LstmSequence"/>.</summary>
internal sealed class SequenceRecurrence : LstmRecurrence
{
    private readonly ArrayView<Float4> _packedForward;  // [H, H] recurrent weights, four gates together
    private readonly ArrayView<Float4> _packedBackward; // [H, H] the same transposed

    public SequenceRecurrence(GpuEngine engine, LstmDescriptor descriptor) : base(engine)
    {
        long weights = (long)descriptor.HiddenSize * descriptor.HiddenSize;
        _packedForward = Allocate<Float4>(weights);
        _packedBackward = descriptor.Training ? Allocate<Float4>(weights) : default;
    }

    public override void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, pass.BatchSize, plan.Descriptor.HiddenSize);
        Kernels.Pack(Stream, h * h, pass.Weights.Hh.Required(4L * h * h), _packedForward, _packedBackward, h);
        long state = (long)b * h;
        Kernels.SequenceForward(h)(
            Stream, Config(b, h), plan.Gates.Required(4 * t * state), _packedForward, pass.H0.Optional(state),
            pass.C0.Optional(state), pass.Y.Required(t * state), plan.Cells.Required(t * state), t, b, h,
            plan.Descriptor.Reverse ? 1 : 0);
    }

    public override void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, plan.Batch, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        Kernels.SequenceBackward(h)(
            Stream, Config(b, h), plan.Gates.Required(4 * t * state), _packedBackward, plan.Cells.Required(t * state),
            pass.Forward.C0.Optional(state), pass.DY.Optional(t * state), pass.DHLast.Optional(state),
            pass.DCLast.Optional(state), pass.DH0.Optional(state), pass.DC0.Optional(state), t, b, h,
            plan.Descriptor.Reverse ? 1 : 0);
    }

    private static KernelConfig Config(int b, int h) =>
        new(new Index3D((b + GateSums.Samples - 1) / GateSums.Samples, 1, 1), new Index3D(h, 1, 1));
}
