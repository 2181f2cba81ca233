using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>All steps in one launch with the weights spread over the multiprocessors; see
/// <see cref="LstmSpread"/>.</summary>
internal sealed class SpreadRecurrence : LstmRecurrence
{
    private readonly SpreadSchedule _schedule;
    private readonly ArrayView<Float4> _packedForward;  // [places, items of a row of groups]
    private readonly ArrayView<Float4> _packedBackward; // the same
    private readonly ArrayView<float> _dCell;           // [B, H]
    private readonly ArrayView<int> _arrivals;          // [rows of groups] of the barriers

    public SpreadRecurrence(GpuEngine engine, LstmDescriptor descriptor, SpreadSchedule schedule) : base(engine)
    {
        long weights = (long)schedule.Places * schedule.RowItems;
        _schedule = schedule;
        _packedForward = Allocate<Float4>(weights);
        _packedBackward = descriptor.Training ? Allocate<Float4>(weights) : default;
        _dCell = descriptor.Training ? Allocate<float>((long)descriptor.MaxBatch * descriptor.HiddenSize) : default;
        _arrivals = Allocate<int>(schedule.SampleGroups(descriptor.MaxBatch));
        _arrivals.MemSetToZero(Stream);
    }

    public override void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, pass.BatchSize, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        Kernels.OnChipPack(
            Stream, _schedule.RowItems * _schedule.Places, pass.Weights.Hh.Required(4L * h * h), _packedForward,
            _packedBackward, h, LstmSpread.Slices, _schedule.RowItems, 0);
        Kernels.OnChip<LstmSpreadForward>(_schedule.Forward.Forward)(
            Stream, Config(b, backward: false), plan.Gates.Required(4 * t * state), _packedForward,
            pass.H0.Optional(state), pass.C0.Optional(state), pass.Y.Required(t * state),
            plan.Cells.Required(t * state), _arrivals, t, b, h, _schedule.Rows, plan.Descriptor.Reverse ? 1 : 0,
            _schedule.Places);
    }

    public override void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, plan.Batch, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        ArrayView<float> dC = _dCell.SubView(0, state);
        Operations.CopyOrZero(pass.DCLast, dC);
        Kernels.OnChip<LstmSpreadBackward>(_schedule.Backward!.Backward)(
            Stream, Config(b, backward: true), plan.Gates.Required(4 * t * state), _packedBackward,
            plan.Cells.Required(t * state), pass.Forward.C0.Optional(state), pass.DY.Optional(t * state),
            pass.DHLast.Optional(state), dC, pass.DH0.Optional(state), _arrivals, t, b, h, _schedule.Rows,
            plan.Descriptor.Reverse ? 1 : 0, _schedule.Places);
        if (pass.DC0.IsValid)
            Operations.Copy(dC, pass.DC0.Slice(0, state));
    }

    private KernelConfig Config(int batch, bool backward) => new(
        new Index3D(_schedule.UnitGroups, _schedule.SampleGroups(batch), 1), new Index3D(_schedule.Items, 1, 1),
        SharedMemoryConfig.RequestDynamic<float>(4 * _schedule.SharedQuads(backward)));
}
