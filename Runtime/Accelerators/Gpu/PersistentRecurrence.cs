using GpuLstm.Kernels.Language;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>All steps in one launch with the weights on chip; see <see cref="Kernels.Gpu.LstmPersistent"/>.</summary>
internal sealed class PersistentRecurrence : LstmRecurrence
{
    private readonly PersistentSchedule _schedule;
    private readonly ArrayView<Float4> _packedForward;  // [places, items]
    private readonly ArrayView<Float4> _packedBackward; // [places, items]

    public PersistentRecurrence(GpuEngine engine, LstmDescriptor descriptor, PersistentSchedule schedule)
        : base(engine)
    {
        long weights = (long)schedule.Places * schedule.Items;
        _schedule = schedule;
        _packedForward = Allocate<Float4>(weights);
        _packedBackward = descriptor.Training ? Allocate<Float4>(weights) : default;
    }

    public override void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, pass.BatchSize, plan.Descriptor.HiddenSize);
        Kernels.OnChipPack(
            Stream, _schedule.Items * _schedule.Places, pass.Weights.Hh.Required(4L * h * h), _packedForward,
            _packedBackward, h, _schedule.Slices, _schedule.Items, 1);
        long state = (long)b * h;
        Kernels.OnChip<LstmPersistentForward>(_schedule.Variant.Forward)(
            Stream, Config(b, backward: false), plan.Gates.Required(4 * t * state), _packedForward,
            pass.H0.Optional(state), pass.C0.Optional(state), pass.Y.Required(t * state),
            plan.Cells.Required(t * state),
            t, b, h, plan.Descriptor.Reverse ? 1 : 0, _schedule.Places, _schedule.Slices);
    }

    public override void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, plan.Batch, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        Kernels.OnChip<LstmPersistentBackward>(_schedule.Variant.Backward)(
            Stream, Config(b, backward: true), plan.Gates.Required(4 * t * state), _packedBackward,
            plan.Cells.Required(t * state), pass.Forward.C0.Optional(state), pass.DY.Optional(t * state),
            pass.DHLast.Optional(state), pass.DCLast.Optional(state), pass.DH0.Optional(state),
            pass.DC0.Optional(state), t, b, h, plan.Descriptor.Reverse ? 1 : 0, _schedule.Places, _schedule.Slices);
    }

    private KernelConfig Config(int batch, bool backward) => new(
        new Index3D(_schedule.Groups(batch), 1, 1), new Index3D(_schedule.Items, 1, 1),
        SharedMemoryConfig.RequestDynamic<float>(4 * _schedule.SharedQuads(backward)));
}
