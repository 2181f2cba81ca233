using GpuLstm.Kernels;
using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Composed;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>The operations as launches of the kernels in <c>Kernels/Gpu</c>, the same on OpenCL, CUDA and the
/// debugger.</summary>
internal sealed class GpuOperations : Operations, IDisposable
{
    private const int Longest = 1 << 30; // elements of one launch over a range
    private const int PartRows = 128, MostParts = 64; // of a sum over rows

    private readonly GpuAccelerator _accelerator;
    private readonly IKernelLauncher _launcher;
    private readonly GpuLstm _lstm;
    private readonly GpuMatMul _products;
    private readonly List<IDisposable> _outgrown = [];
    private DeviceBuffer<float>? _parts, _partial, _losses, _draws;

    public GpuOperations(GpuAccelerator accelerator)
    {
        _accelerator = accelerator;
        _launcher = accelerator.Launcher;
        _lstm = new GpuLstm(accelerator, this);
        _products = new GpuMatMul(accelerator, length => Room(ref _parts, length));
    }

    public override LstmPlan PlanLstm(LstmDescriptor descriptor) => descriptor.IsPlain
        ? new GpuLstmPlan(_accelerator, descriptor)
        : new ComposedLstm(descriptor, this, new GpuLstmParts(_launcher), _accelerator.AllocateWorkspace<float>);

    public override void LstmForward(LstmPlan plan, in LstmForwardPass pass)
    {
        if (plan is ComposedLstm composed)
            composed.Forward(pass);
        else
            _lstm.Forward((GpuLstmPlan)plan, pass);
    }

    public override void LstmBackward(LstmPlan plan, in LstmBackwardPass pass)
    {
        if (plan is ComposedLstm composed)
            composed.Backward(pass);
        else
            _lstm.Backward((GpuLstmPlan)plan, pass);
    }

    public override LstmTrace ReadTrace(LstmPlan plan)
    {
        if (plan is ComposedLstm composed)
            return composed.Trace();
        GpuLstmPlan kept = (GpuLstmPlan)plan;
        if (!plan.Descriptor.Training || kept.Batch == 0 || kept.IsConsumed)
            throw new InvalidOperationException("A trace needs a forward pass of a training plan, before backward.");
        long states = (long)kept.Steps * kept.Batch * plan.Descriptor.HiddenSize;
        return new(kept.Gates.Slice(0, 4 * states).ToArray(), kept.Cells.Slice(0, states).ToArray());
    }

    public override void MatMul(in MatMulPass pass) => _products.Run(pass);

    /// <summary>Many rows are summed in parts, and then the parts: one after another they would keep few groups
    /// waiting for memory. Parts depend on the size alone, so that sums have the same bits everywhere.</summary>
    public override void SumRows(BufferView<float> values, long rows, int columns, BufferView<float> sums)
    {
        ArrayView<float> input = values.Required(rows * columns), output = sums.Required(columns);
        int count = checked((int)rows);
        if (!_accelerator.Limits.IsGpu)
        {
            Reductions.LaunchSumRowsByPanel(
                _launcher, new KernelConfig((columns + RowPanel.Width - 1) / RowPanel.Width, 1), input, output, count,
                columns);
            return;
        }
        int parts = Math.Clamp(count / PartRows, 1, MostParts);
        if (parts == 1)
        {
            SumParts(input, output, count, columns, count);
            return;
        }
        int partRows = (count + parts - 1) / parts;
        parts = (count + partRows - 1) / partRows;
        ArrayView<float> partial = Room(ref _partial, (long)parts * columns);
        SumParts(input, partial, count, columns, partRows);
        SumParts(partial, output, parts, columns, parts);
    }

    private void SumParts(ArrayView<float> values, ArrayView<float> sums, int rows, int columns, int partRows) =>
        Reductions.LaunchSumRows(
            _launcher,
            new KernelConfig(
                new Index3D((columns + Reductions.Columns - 1) / Reductions.Columns,
                    (rows + partRows - 1) / partRows, 1),
                new Index3D(Reductions.Columns, Reductions.Items / Reductions.Columns, 1)),
            values, sums, rows, columns, partRows);

    public override void DrawMask(in MaskPass pass) => Kernels.Gpu.Dropout.LaunchDraw(
        _launcher, checked((int)((pass.Mask.Length + 3) / 4)), pass.Mask.Whole(), pass.State.Optional(StepState.Length),
        (uint)pass.Seed, (uint)(pass.Seed >> 32), pass.Stream, pass.Rate);

    public override void CopyColumns(in CopyColumnsPass pass) => Elementwise.LaunchCopyColumns(
        _launcher, new Index2D(pass.Columns, pass.Rows),
        pass.Source.Required((long)pass.Rows * pass.SourceStride),
        pass.Target.Required((long)pass.Rows * pass.TargetStride),
        pass.SourceStride, pass.SourceColumn, pass.TargetStride, pass.TargetColumn);

    public override void SoftmaxCrossEntropy(in CrossEntropyPass pass)
    {
        long values = (long)pass.BatchSize * pass.Classes;
        ArrayView<float> losses = Room(ref _losses, 2L * pass.BatchSize);
        Kernels.Gpu.SoftmaxCrossEntropy.LaunchForward(
            _launcher, pass.BatchSize, pass.Logits.Required(values), pass.Labels.Optional(pass.BatchSize), losses,
            pass.DLogits.Optional(values), pass.Probabilities.Optional(values), pass.BatchSize, pass.Classes,
            pass.LabelSmoothing);
        if (!pass.Result.IsAbsent && !pass.Labels.IsAbsent)
            Kernels.Gpu.SoftmaxCrossEntropy.LaunchTotal(
                _launcher, new KernelConfig(1, Reductions.Items), losses, pass.Result.Required(2), pass.BatchSize,
                pass.Accumulate ? 1 : 0);
    }

    public override void GatherBatch(in GatherPass pass)
    {
        var extent = new Index3D(pass.InputSize, pass.BatchSize, pass.TimeSteps);
        ArrayView<int> state = pass.State.Optional(pass.State.Length), labels = pass.Labels.Required(pass.BatchSize);
        ArrayView<float> x = pass.X.Required((long)pass.BatchSize * pass.TimeSteps * pass.InputSize);
        if (pass.Augmentation == default)
        {
            Gather.LaunchNormalised(_launcher, extent, pass.Items.Whole(), pass.ItemLabels.Whole(), pass.Order.Whole(),
                state, x, labels, pass.Start, pass.BatchSize, pass.TimeSteps, pass.InputSize, pass.Scale, pass.Shift);
            return;
        }
        Augmentation ranges = pass.Augmentation;
        bool elastic = ranges.Elastic > 0;
        ArrayView<float> draws = Room(ref _draws, (long)AugmentedGather.DrawnFloats * pass.BatchSize);
        AugmentedGather.LaunchDraw(_launcher,
            new Index2D(elastic ? 1 + AugmentationMap.ElasticBlocks : 1, pass.BatchSize),
            pass.Order.Whole(), state, draws, pass.Start, pass.TimeSteps, pass.InputSize, (uint)pass.Seed,
            (uint)(pass.Seed >> 32), ranges.Shift, ranges.Rotate, ranges.Scale, ranges.Shear, ranges.Elastic);
        AugmentedGather.LaunchGather(_launcher, extent, pass.Items.Whole(), pass.ItemLabels.Whole(), pass.Order.Whole(),
            state, draws, x, labels, pass.Start, pass.BatchSize, pass.TimeSteps, pass.InputSize, elastic ? 1 : 0,
            pass.Scale, pass.Shift);
    }

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
        ArrayView<float> gradients = pass.Gradients.Required(count), norm = pass.Norm.Required(1),
            result = pass.Result.Required(2);
        ArrayView<int> state = pass.State.Required(StepState.Length);
        Adam.LaunchUpdate(
            _launcher, count, pass.Parameters.Whole(), gradients, pass.FirstMoment.Required(count),
            pass.SecondMoment.Required(count), norm, result, state, pass.Schedule.Whole(), pass.Beta1, pass.Beta2,
            pass.Epsilon, pass.WeightDecay, pass.MaxNorm);
        Adam.LaunchEndStep(_launcher, new KernelConfig(1, Reductions.Items), gradients, norm, result, state,
            pass.History.Whole(), pass.BatchSize);
    }

    public override void Dropout(in DropoutPass pass)
    {
        long count = pass.Input.Length;
        Kernels.Gpu.Dropout.LaunchApply(
            _launcher, checked((int)((count + 3) / 4)), pass.Input.Whole(), pass.Output.Required(count),
            pass.State.Optional(pass.State.Length), (uint)pass.Seed, (uint)(pass.Seed >> 32), pass.Stream, pass.Rate,
            pass.Scale());
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
            Elementwise.LaunchCopy(_launcher, length, source.Slice(start, length).Whole(),
                target.Slice(start, length).Whole());
        }
    }

    /// <summary>Scratch of <paramref name="length"/> elements. It grows by doubling, and what it outgrew stays:
    /// recorded work still uses it.</summary>
    private ArrayView<float> Room(ref DeviceBuffer<float>? buffer, long length)
    {
        if (buffer is null || buffer.Length < length)
        {
            DeviceBuffer<float> larger = _accelerator.AllocateWorkspace<float>(Math.Max(length,
                2 * (buffer?.Length ?? 0)));
            if (buffer != null)
                _outgrown.Add(buffer);
            buffer = larger;
        }
        return buffer.View.Required(length);
    }

    public void Dispose()
    {
        _parts?.Dispose();
        _partial?.Dispose();
        _losses?.Dispose();
        _draws?.Dispose();
        foreach (IDisposable buffer in _outgrown)
            buffer.Dispose();
    }
}
