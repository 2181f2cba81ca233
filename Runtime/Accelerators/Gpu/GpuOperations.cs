using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>The operations as launches of the kernels in <c>Kernels/Gpu</c>, the same on OpenCL, CUDA and the debugger.</summary>
internal sealed class GpuOperations : Operations, IDisposable
{
    private const int Longest = 1 << 30; // elements of one launch over a range

    private readonly GpuAccelerator _accelerator;
    private readonly IKernelLauncher _launcher;
    private readonly GpuLstm _lstm;
    private DeviceBuffer<float>? _partial, _losses;

    public GpuOperations(GpuAccelerator accelerator)
    {
        _accelerator = accelerator;
        _launcher = accelerator.Launcher;
        _lstm = new GpuLstm(accelerator, this);
    }

    public override LstmPlan PlanLstm(LstmDescriptor descriptor) => new GpuLstmPlan(_accelerator, descriptor);

    public override void LstmForward(LstmPlan plan, in LstmForwardPass pass) => _lstm.Forward((GpuLstmPlan)plan, pass);

    public override void LstmBackward(LstmPlan plan, in LstmBackwardPass pass) => _lstm.Backward((GpuLstmPlan)plan, pass);

    public override LstmTrace ReadTrace(LstmPlan plan)
    {
        GpuLstmPlan kept = (GpuLstmPlan)plan;
        if (!plan.Descriptor.Training || kept.Batch == 0 || kept.IsConsumed)
            throw new InvalidOperationException("A trace needs a forward pass of a training plan, before backward.");
        long states = (long)plan.Descriptor.TimeSteps * kept.Batch * plan.Descriptor.HiddenSize;
        return new(kept.Gates.Slice(0, 4 * states).ToArray(), kept.Cells.Slice(0, states).ToArray());
    }

    public override void MatMul(in MatMulPass pass) => GpuMatMul.Run(_launcher, _accelerator.Limits, pass);

    public override void SumRows(BufferView<float> values, long rows, int columns, BufferView<float> sums) => Reductions.LaunchSumRows(
        _launcher,
        new KernelConfig((columns + Reductions.Columns - 1) / Reductions.Columns,
            new Index3D(Reductions.Columns, Reductions.Items / Reductions.Columns, 1)),
        values.Required(rows * columns), sums.Required(columns), checked((int)rows), columns);

    public override void SoftmaxCrossEntropy(in CrossEntropyPass pass)
    {
        long values = (long)pass.BatchSize * pass.Classes;
        ArrayView<float> losses = Room(ref _losses, 2L * pass.BatchSize);
        Kernels.Gpu.SoftmaxCrossEntropy.LaunchForward(
            _launcher, pass.BatchSize, pass.Logits.Required(values), pass.Labels.Optional(pass.BatchSize), losses,
            pass.DLogits.Optional(values), pass.Probabilities.Optional(values), pass.BatchSize, pass.Classes, pass.LabelSmoothing);
        if (!pass.Result.IsAbsent && !pass.Labels.IsAbsent)
            Kernels.Gpu.SoftmaxCrossEntropy.LaunchTotal(
                _launcher, new KernelConfig(1, Reductions.Items), losses, pass.Result.Required(2), pass.BatchSize, pass.Accumulate ? 1 : 0);
    }

    public override void GatherBatch(in GatherPass pass) => Gather.LaunchNormalised(
        _launcher, new Index3D(pass.InputSize, pass.BatchSize, pass.TimeSteps), pass.Items.Whole(), pass.ItemLabels.Whole(),
        pass.Order.Whole(), pass.State.Optional(pass.State.Length), pass.X.Required((long)pass.BatchSize * pass.TimeSteps * pass.InputSize),
        pass.Labels.Required(pass.BatchSize), pass.Start, pass.BatchSize, pass.TimeSteps, pass.InputSize, pass.Scale, pass.Shift);

    public override void GlobalNorm(BufferView<float> values, BufferView<float> norm)
    {
        int groups = (int)Math.Clamp(values.Length / (4 * Reductions.Items), 1, Reductions.Items); // by the size alone
        ArrayView<float> partial = Room(ref _partial, groups);
        Reductions.LaunchSquareSums(_launcher, new KernelConfig(groups, Reductions.Items), values.Whole(), partial);
        Reductions.LaunchNorm(_launcher, new KernelConfig(1, Reductions.Items), partial, norm.Required(1));
    }

    public override void AdamStep(in AdamPass pass)
    {
        int count = checked((int)pass.Parameters.Length);
        ArrayView<float> gradients = pass.Gradients.Required(count), norm = pass.Norm.Required(1);
        ArrayView<int> state = pass.State.Required(StepState.Length);
        Adam.LaunchUpdate(
            _launcher, count, pass.Parameters.Whole(), gradients, pass.FirstMoment.Required(count), pass.SecondMoment.Required(count),
            norm, state, pass.Schedule.Whole(), pass.Beta1, pass.Beta2, pass.Epsilon, pass.WeightDecay, pass.MaxNorm);
        Adam.LaunchRecord(_launcher, new KernelConfig(1, Reductions.Items), gradients, norm, state);
    }

    public override void EndStep(
        BufferView<int> state, int batchSize, BufferView<float> result, BufferView<float> norm, BufferView<float> history) =>
        Adam.LaunchEndStep(_launcher, 1, state.Required(StepState.Length), result.Required(2), norm.Required(1), history.Whole(), batchSize);

    public override void Dropout(in DropoutPass pass)
    {
        long count = pass.Input.Length;
        Kernels.Gpu.Dropout.LaunchApply(
            _launcher, checked((int)((count + 3) / 4)), pass.Input.Whole(), pass.Output.Required(count), pass.State.Optional(pass.State.Length),
            (uint)pass.Seed, (uint)(pass.Seed >> 32), pass.Stream, pass.Rate, pass.Scale());
    }

    public override void Fill(BufferView<float> target, float value)
    {
        for (long start = 0; start < target.Length; start += Longest)
        {
            int length = (int)Math.Min(Longest, target.Length - start);
            Elementwise.LaunchFill(_launcher, length, target.Slice(start, length).Whole(), value);
        }
    }

    public override void Copy(BufferView<float> source, BufferView<float> target)
    {
        for (long start = 0; start < target.Length; start += Longest)
        {
            int length = (int)Math.Min(Longest, target.Length - start);
            Elementwise.LaunchCopy(_launcher, length, source.Slice(start, length).Whole(), target.Slice(start, length).Whole());
        }
    }

    /// <summary>Scratch of <paramref name="length"/> elements; grows, and is then kept.</summary>
    private ArrayView<float> Room(ref DeviceBuffer<float>? buffer, long length)
    {
        if (buffer is null || buffer.Length < length)
        {
            _accelerator.Synchronize(); // what is queued may still use the old one
            buffer?.Dispose();
            buffer = _accelerator.AllocateWorkspace<float>(length);
        }
        return buffer.View.Required(length);
    }

    public void Dispose()
    {
        _partial?.Dispose();
        _losses?.Dispose();
    }
}
