using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>All steps in one launch; see <see cref="LstmSequence"/>.</summary>
internal sealed class SequenceRecurrence : LstmRecurrence
{
    private readonly LstmSchedule _schedule;
    private readonly BufferView<Float4> _packedForward;  // [H, H] recurrent weights, four gates together
    private readonly BufferView<Float4> _packedBackward; // [H, H] the same transposed

    public SequenceRecurrence(GpuAccelerator accelerator, LstmDescriptor descriptor, LstmSchedule schedule)
        : base(accelerator)
    {
        long weights = (long)descriptor.HiddenSize * descriptor.HiddenSize;
        _schedule = schedule;
        _packedForward = Allocate<Float4>(weights);
        _packedBackward = descriptor.Training ? Allocate<Float4>(weights) : default;
    }

    public override void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, pass.BatchSize, plan.Descriptor.HiddenSize);
        LstmSequence.LaunchPack(
            Launcher, new Index2D(h, h), pass.Weights.Hh.Required(4L * h * h), _packedForward.Whole(),
            _packedBackward.Optional(_packedBackward.Length), h);
        long state = (long)b * h;
        LstmSequence.LaunchForward(
            Launcher, Config(b, h, _schedule.ForwardInShared),
            plan.Gates.Required(4 * t * state), _packedForward.Whole(),
            pass.H0.Optional(state), pass.C0.Optional(state),
            pass.Y.Required(t * state), plan.Cells.Required(t * state), t, b, plan.Descriptor.Reverse ? 1 : 0,
            h, _schedule.TileB, _schedule.BlockB, _schedule.ForwardInShared ? 1 : 0);
    }

    public override void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, plan.Batch, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        LstmSequence.LaunchBackward(
            Launcher, Config(b, h, _schedule.BackwardInShared),
            plan.Gates.Required(4 * t * state), _packedBackward.Whole(), plan.Cells.Required(t * state),
            pass.Forward.C0.Optional(state), pass.DY.Optional(t * state),
            pass.DHLast.Optional(state), pass.DCLast.Optional(state),
            pass.DH0.Optional(state), pass.DC0.Optional(state), t, b, plan.Descriptor.Reverse ? 1 : 0,
            h, _schedule.TileB, _schedule.BlockB, _schedule.BackwardInShared ? 1 : 0);
    }

    private KernelConfig Config(int b, int h, bool inShared) => new(
        (b + _schedule.TileB - 1) / _schedule.TileB, new Index3D(h, _schedule.TileB / _schedule.BlockB, 1),
        SharedMemoryConfig.RequestDynamic<Float4>(inShared ? h * h : 1));
}
