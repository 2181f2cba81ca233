using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>All steps in one launch with the weights spread over the multiprocessors; see
/// <see cref="LstmSpread"/>.</summary>
internal sealed class SpreadRecurrence : LstmRecurrence
{
    private readonly SpreadSchedule _schedule;
    private readonly BufferView<Float4> _packedForward;  // [places, items of a row of groups]
    private readonly BufferView<Float4> _packedBackward; // the same
    private readonly BufferView<float> _dCell;           // [B, H]
    private readonly BufferView<int> _states;            // [rows of groups] of the barriers

    public SpreadRecurrence(GpuAccelerator accelerator, LstmDescriptor descriptor, SpreadSchedule schedule)
    : base(accelerator)
    {
        long weights = (long)schedule.Places * schedule.RowItems;
        _schedule = schedule;
        _packedForward = Allocate<Float4>(weights);
        _packedBackward = descriptor.Training ? Allocate<Float4>(weights) : default;
        _dCell = descriptor.Training ? Allocate<float>((long)descriptor.MaxBatch * descriptor.HiddenSize) : default;
        _states = Allocate<int>(schedule.SampleGroups(descriptor.MaxBatch));
        _states.CopyFrom(new int[_states.Length]);
    }

    public override void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, pass.BatchSize, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        LstmSpread.LaunchPack(
            Launcher, new Index2D(_schedule.RowItems, _schedule.Places), pass.Weights.Hh.Required(4L * h * h),
            _packedForward.Whole(), _packedBackward.Optional(_packedBackward.Length), h, _schedule.Slices,
            _schedule.RowItems);
        LstmSpread.LaunchForward(
            Launcher, Config(b, backward: false), plan.Gates.Required(4 * t * state), _packedForward.Whole(),
            pass.H0.Optional(state), pass.C0.Optional(state), pass.Y.Required(t * state),
            plan.Cells.Required(t * state), _states.Whole(), t, b, h, _schedule.Rows, plan.Descriptor.Reverse ? 1 : 0,
            _schedule.Places, _schedule.Slices, _schedule.Samples, _schedule.KeptForward);
    }

    public override void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, plan.Batch, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        BufferView<float> dC = _dCell.Slice(0, state);
        Operations.CopyOrZero(pass.DCLast, dC);
        LstmSpread.LaunchBackward(
            Launcher, Config(b, backward: true), plan.Gates.Required(4 * t * state), _packedBackward.Whole(),
            plan.Cells.Required(t * state), pass.Forward.C0.Optional(state), pass.DY.Optional(t * state),
            pass.DHLast.Optional(state), dC.Whole(), pass.DH0.Optional(state), _states.Whole(),
            t, b, h, _schedule.Rows, plan.Descriptor.Reverse ? 1 : 0,
            _schedule.Places, _schedule.Slices, _schedule.Samples, _schedule.KeptBackward);
        if (!pass.DC0.IsAbsent)
            Operations.Copy(dC, pass.DC0.Slice(0, state));
    }

    private KernelConfig Config(int batch, bool backward) => new(
        (_schedule.UnitGroups, _schedule.SampleGroups(batch)), _schedule.Items,
        SharedMemoryConfig.RequestDynamic<Float4>(_schedule.SharedQuads(backward)));
}
