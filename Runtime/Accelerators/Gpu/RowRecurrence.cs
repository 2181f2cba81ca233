using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>All steps in one launch on a processor; see <see cref="LstmRows"/>.</summary>
internal sealed class RowRecurrence : LstmRecurrence
{
    private const int LargestTile = 64; // samples: their states and a panel stay in the second-level cache

    private readonly int _tile;
    private readonly BufferView<float> _forward;  // [ceil(H / 8), H, 4, 8] packed recurrent weights
    private readonly BufferView<float> _backward; // [ceil(H / 32), 4H, 32]

    public RowRecurrence(GpuAccelerator accelerator, LstmDescriptor descriptor, int tile) : base(accelerator)
    {
        int h = descriptor.HiddenSize;
        _tile = tile;
        _forward = Allocate<float>((long)Padded(h, LstmRows.Units) * 4 * h);
        _backward = descriptor.Training ? Allocate<float>((long)Padded(h, RowPanel.Width) * 4 * h) : default;
    }

    /// <summary>Samples of a group such that all units have as much to do; 0 where a group's shared memory does not
    /// hold the states of even a few.</summary>
    public static int Tile(GpuLimits limits, LstmDescriptor descriptor)
    {
        long room = limits.SharedBytes / (3L * sizeof(float) * descriptor.HiddenSize); // h before and after, c
        int largest = (int)Math.Min(LargestTile, room / RowPanel.Rows * RowPanel.Rows);
        if (largest == 0)
            return 0;
        int groups = Padded((descriptor.MaxBatch + largest - 1) / largest, limits.ComputeUnits);
        return Padded((descriptor.MaxBatch + groups - 1) / groups, RowPanel.Rows);
    }

    private static int Padded(int count, int unit) => (count + unit - 1) / unit * unit;

    public override void Forward(GpuLstmPlan plan, in LstmForwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, pass.BatchSize, plan.Descriptor.HiddenSize);
        LstmRows.LaunchPack(
            Launcher, new Index2D(Padded(h, RowPanel.Width), Padded(h, LstmRows.Units)),
            pass.Weights.Hh.Required(4L * h * h), _forward.Whole(), _backward.Optional(_backward.Length), h);
        long state = (long)b * h;
        LstmRows.LaunchForward(
            Launcher, Config(b), plan.Gates.Required(4 * t * state), _forward.Whole(), pass.H0.Optional(state),
            pass.C0.Optional(state), pass.Y.Required(t * state), plan.Cells.Required(t * state), t, b,
            plan.Descriptor.Reverse ? 1 : 0, h, _tile);
    }

    public override void Backward(GpuLstmPlan plan, in LstmBackwardPass pass)
    {
        (int t, int b, int h) = (plan.Steps, plan.Batch, plan.Descriptor.HiddenSize);
        long state = (long)b * h;
        LstmRows.LaunchBackward(
            Launcher, Config(b), plan.Gates.Required(4 * t * state), _backward.Whole(), plan.Cells.Required(t * state),
            pass.Forward.C0.Optional(state), pass.DY.Optional(t * state),
            pass.DHLast.Optional(state), pass.DCLast.Optional(state), pass.DH0.Optional(state),
            pass.DC0.Optional(state), t, b, plan.Descriptor.Reverse ? 1 : 0, h, _tile);
    }

    private KernelConfig Config(int b) => new((b + _tile - 1) / _tile, 1);
}
