using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>All steps in one launch with the weights on chip; see <see cref="LstmPersistent"/>.</summary>
internal sealed class PersistentRecurrence : LstmRecurrence
{
    private readonly PersistentSchedule _schedule;
    private readonly BufferView<Float4> _packedForward;  // [places, items]
    private readonly BufferView<Float4> _packedBackward; // [places, items]

    public PersistentRecurrence(GpuAccelerator accelerator, LstmDescriptor descriptor, PersistentSchedule schedule)
        : base(accelerator)
    {
        _schedule = schedule;
        _packedForward = Allocate<Float4>((long)schedule.Places * schedule.Items);
        _packedBackward = descriptor.Training ? Allocate<Float4>((long)schedule.Places * schedule.Items) : default;
    }

    public override void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, pass.BatchSize, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        LstmPersistent.LaunchPack(
            Launcher, new Index2D(_schedule.Items, _schedule.Places), pass.Weights.Hh.Required(4L * h * h),
            _packedForward.Whole(), _packedBackward.Optional(_packedBackward.Length), h, _schedule.Slices,
            _schedule.Items);
        LstmPersistent.LaunchForward(
            Launcher, Config(b, backward: false), plan.Gates.Required(4 * t * state), _packedForward.Whole(),
            pass.H0.Optional(state), pass.C0.Optional(state), pass.Y.Required(t * state),
            plan.Cells.Required(t * state), t, b, h, plan.Descriptor.Reverse ? 1 : 0,
            _schedule.Places, _schedule.Slices, _schedule.Samples, _schedule.KeptForward);
    }

    public override void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, plan.Batch, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        LstmPersistent.LaunchBackward(
            Launcher, Config(b, backward: true), plan.Gates.Required(4 * t * state), _packedBackward.Whole(),
            plan.Cells.Required(t * state), pass.Forward.C0.Optional(state), pass.DY.Optional(t * state),
            pass.DHLast.Optional(state), pass.DCLast.Optional(state), pass.DH0.Optional(state),
            pass.DC0.Optional(state), t, b, h, plan.Descriptor.Reverse ? 1 : 0,
            _schedule.Places, _schedule.Slices, _schedule.Samples, _schedule.KeptBackward);
    }

    private KernelConfig Config(int batch, bool backward) => new(
        _schedule.Groups(batch), _schedule.Items,
        SharedMemoryConfig.RequestDynamic<Float4>(_schedule.FarQuads(backward)));
}
