using GpuLstm.Kernels;
using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime.Accelerators.Composed;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>The operations as launches of the kernels in <c>Kernels/Gpu</c>, the same on every kind of
/// device.</summary>
internal sealed class GpuOperations : Operations, IDisposable
{
    private const int Longest = 1 << 30; // elements of one launch over a range
    private const int PartRows = 128, MostParts = 64; // of a sum over rows

    private readonly GpuEngine _engine;
    private readonly KernelLaunchers _kernels;
    private readonly AcceleratorStream _stream;
    private readonly GpuLstm _lstm;
    private readonly GpuMatMul _products;
    private readonly List<IDisposable> _outgrown = [];
    private MemoryBuffer1D<float, Stride1D.Dense>? _parts, _partial, _losses, _draws;

    public GpuOperations(GpuEngine engine)
    {
        _engine = engine;
        (_kernels, _stream) = (engine.Launchers, engine.Stream);
        _lstm = new GpuLstm(engine, this);
        _products = new GpuMatMul(engine, length => Room(ref _parts, length));
    }

    public override LstmPlan PlanLstm(LstmDescriptor descriptor) => descriptor.IsPlain
        ? new GpuLstmPlan(_engine, descriptor)
        : new ComposedLstm(descriptor, _engine, new GpuLstmParts(_engine));

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
        return new(_engine.Read(kept.Gates.Slice(0, 4 * states)), _engine.Read(kept.Cells.Slice(0, states)));
    }

    public override void MatMul(in MatMulPass pass) => _products.Run(pass);

    /// <summary>Many rows are summed in parts, and then the parts: one after another they would keep few groups
    /// waiting for memory. Parts depend on the size alone, so that sums have the same bits everywhere.</summary>
    public override void SumRows(ArrayView<float> values, long rows, int columns, ArrayView<float> sums)
    {
        ArrayView<float> input = values.Required(rows * columns), output = sums.Required(columns);
        int count = checked((int)rows);
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
        _kernels.SumRows(
            _stream,
            new KernelConfig(
                new Index3D((columns + Reductions.Columns - 1) / Reductions.Columns,
                    (rows + partRows - 1) / partRows, 1),
                new Index3D(Reductions.Columns, Reductions.Items / Reductions.Columns, 1)),
            values, sums, rows, columns, partRows);

    public override void DrawMask(in MaskPass pass) => _kernels.DrawMask(
        _stream, checked((int)((pass.Mask.Length + 3) / 4)), pass.Mask, pass.State.Optional(StepState.Length),
        (uint)pass.Seed, (uint)(pass.Seed >> 32), pass.Stream, pass.Rate);

    public override void CopyColumns(in CopyColumnsPass pass) => _kernels.CopyColumns(
        _stream, checked(pass.Columns * pass.Rows),
        pass.Source.Required((long)pass.Rows * pass.SourceStride),
        pass.Target.Required((long)pass.Rows * pass.TargetStride),
        pass.Columns, pass.SourceStride, pass.SourceColumn, pass.TargetStride, pass.TargetColumn);

    public override void SoftmaxCrossEntropy(in CrossEntropyPass pass)
    {
        long values = (long)pass.BatchSize * pass.Classes;
        ArrayView<float> losses = Room(ref _losses, 2L * pass.BatchSize);
        _kernels.CrossEntropy(
            _stream, pass.BatchSize, pass.Logits.Required(values), pass.Labels.Optional(pass.BatchSize), losses,
            pass.DLogits.Optional(values), pass.Probabilities.Optional(values),
            pass.ClassWeights.Optional(pass.Classes), pass.Count.Optional(1), pass.BatchSize, pass.Classes,
            pass.LabelSmoothing);
        if (pass.Result.IsValid && pass.Labels.IsValid)
            _kernels.CrossEntropyTotal(
                _stream, new KernelConfig(1, Reductions.Items), losses, pass.Result.Required(2), pass.BatchSize,
                pass.Accumulate ? 1 : 0);
    }

    public override void CountLabels(ArrayView<int> labels, ArrayView<float> count) => _kernels.CountLabels(
        _stream, new KernelConfig(1, Reductions.Items), labels.Required(labels.Length), count.Required(1));

    public override void ValueLoss(in ValueLossPass pass)
    {
        long values = (long)pass.BatchSize * pass.Values;
        ArrayView<float> losses = Room(ref _losses, 2L * pass.BatchSize);
        _kernels.ValueLoss(
            _stream, pass.BatchSize, pass.Answers.Required(values), pass.Targets.Required(values), losses,
            pass.DAnswers.Optional(values), pass.Kind, pass.BatchSize, pass.Values, pass.Delta);
        _kernels.CrossEntropyTotal(
            _stream, new KernelConfig(1, Reductions.Items), losses, pass.Result.Required(2), pass.BatchSize, 0);
    }

    public override void GatherBatch(in GatherPass pass)
    {
        int values = checked(pass.BatchSize * pass.TimeSteps * pass.InputSize);
        ArrayView<int> state = pass.State.Optional(pass.State.Length), labels = pass.Labels.Required(pass.BatchSize);
        ArrayView<float> x = pass.X.Required(values);
        if (pass.Augmentation == default)
        {
            _kernels.GatherNormalised(_stream, values, pass.Items, pass.ItemLabels, pass.Order,
                state, x, labels, pass.Start, pass.BatchSize, pass.TimeSteps, pass.InputSize, pass.Scale, pass.Shift);
            return;
        }
        Augmentation ranges = pass.Augmentation;
        bool elastic = ranges.Elastic > 0;
        ArrayView<float> draws = Room(ref _draws, (long)AugmentedGather.DrawnFloats * pass.BatchSize);
        int parts = elastic ? 1 + AugmentationMap.ElasticBlocks : 1;
        _kernels.DrawAugmentation(_stream, parts * pass.BatchSize, pass.Order, state, draws, parts, pass.Start,
            pass.TimeSteps, pass.InputSize, (uint)pass.Seed, (uint)(pass.Seed >> 32), ranges.Shift,
            ranges.Rotate, ranges.Scale, ranges.Shear, ranges.Elastic);
        _kernels.GatherAugmentedBatch(_stream, values, pass.Items, pass.ItemLabels, pass.Order, state, draws, x, labels,
            pass.Start, pass.BatchSize, pass.TimeSteps, pass.InputSize, elastic ? 1 : 0, pass.Scale, pass.Shift);
    }

    public override void GatherSequences(in SequenceGatherPass pass)
    {
        int values = checked(pass.BatchSize * pass.TimeSteps * pass.InputSize);
        _kernels.GatherSequences(_stream, values, pass.Values, pass.Starts, pass.ItemLengths, pass.ItemLabels,
            pass.Order, pass.State.Optional(pass.State.Length), pass.X.Required(values),
            pass.Labels.Required(pass.BatchSize), pass.Lengths.Optional(pass.BatchSize), pass.Start, pass.BatchSize,
            pass.InputSize, pass.First);
    }

    public override void GatherStepLabels(in StepLabelsPass pass)
    {
        int labels = checked(pass.TimeSteps * pass.BatchSize);
        _kernels.GatherStepLabels(_stream, labels, pass.ItemLabels, pass.Starts, pass.ItemLengths, pass.Order,
            pass.State.Optional(pass.State.Length), pass.Labels.Required(labels), pass.Start, pass.BatchSize,
            pass.First);
    }

    public override void GatherRows(in RowsPass pass)
    {
        int values = checked(pass.BatchSize * pass.Size);
        _kernels.GatherRows(_stream, values, pass.Items, pass.Order, pass.State.Optional(pass.State.Length),
            pass.Rows.Required(values), pass.Start, pass.Size);
    }

    public override void GatherWindows(in WindowPass pass)
    {
        int inputs = checked(pass.BatchSize * pass.Window * pass.InputSize), bases = pass.BatchSize * pass.Series;
        ArrayView<int> state = pass.State.Optional(pass.State.Length), ahead = pass.Ahead.Required(pass.InputSize);
        ArrayView<float> from = pass.Bases.Optional(bases);
        if (from.IsValid)
            _kernels.GatherWindowBases(_stream, bases, pass.Values, pass.Starts, pass.Order, state, from, pass.Start,
                pass.Window, pass.InputSize, pass.Series, pass.IsMean ? 1 : 0);
        _kernels.GatherWindowInputs(_stream, inputs, pass.Values, pass.Starts, pass.Order, state, ahead, from,
            pass.X.Required(inputs), pass.Start, pass.BatchSize, pass.InputSize, pass.Series);
        int answers = checked(bases * pass.Horizon);
        if (pass.Answers.IsValid)
            _kernels.GatherWindowAnswers(_stream, answers, pass.Values, pass.Starts, pass.Order, state, from,
                pass.Answers.Required(answers), pass.Start, pass.Window, pass.Horizon, pass.InputSize, pass.Series);
    }

    public override void GlobalNorm(ArrayView<float> values, ArrayView<float> norm)
    {
        int groups = (int)Math.Clamp(values.Length / (4 * Reductions.Items), 1, Reductions.Items); // by the size alone
        ArrayView<float> partial = Room(ref _partial, groups);
        _kernels.SquareSums(_stream, new KernelConfig(groups, Reductions.Items), values, partial);
        _kernels.Norm(_stream, new KernelConfig(1, Reductions.Items), partial, norm.Required(1));
    }

    public override void OptimizerStep(in OptimizerPass pass)
    {
        int count = checked((int)pass.Parameters.Length);
        ArrayView<float> gradients = pass.Gradients.Required(count), norm = pass.Norm.Required(1),
            result = pass.Result.Required(2);
        ArrayView<int> state = pass.State.Required(StepState.Length);
        _kernels.Update(
            _stream, count, pass.Parameters, gradients, pass.FirstMoment.Required(count),
            pass.SecondMoment.Required(count), norm, result, state, pass.Schedule, pass.Settings);
        _kernels.EndStep(_stream, new KernelConfig(1, Reductions.Items), gradients, norm, result, state,
            pass.History, pass.Count.Optional(1), pass.BatchSize, pass.PieceSteps);
    }

    public override void Dropout(in DropoutPass pass)
    {
        long count = pass.Input.Length;
        _kernels.Dropout(
            _stream, checked((int)((count + 3) / 4)), pass.Input, pass.Output.Required(count),
            pass.State.Optional(pass.State.Length), (uint)pass.Seed, (uint)(pass.Seed >> 32), pass.Stream, pass.Rate,
            pass.Scale());
    }

    public override void Fill(ArrayView<float> target, float value)
    {
        for (long start = 0; start < target.Length; start += Longest)
        {
            int length = (int)Math.Min(Longest, target.Length - start);
            _kernels.Fill(_stream, length, target.Slice(start, length), value);
        }
    }

    public override void Copy(ArrayView<float> source, ArrayView<float> target)
    {
        for (long start = 0; start < target.Length; start += Longest)
        {
            int length = (int)Math.Min(Longest, target.Length - start);
            _kernels.Copy(_stream, length, source.Slice(start, length),
                target.Slice(start, length));
        }
    }

    /// <summary>Scratch of <paramref name="length"/> elements. It grows by doubling, and what it outgrew stays:
    /// recorded work still uses it.</summary>
    private ArrayView<float> Room(ref MemoryBuffer1D<float, Stride1D.Dense>? buffer, long length)
    {
        if (buffer is null || buffer.Length < length)
        {
            MemoryBuffer1D<float, Stride1D.Dense> larger = _engine.AllocateWorkspace<float>(Math.Max(length,
                2 * (buffer?.Length ?? 0)));
            if (buffer != null)
                _outgrown.Add(buffer);
            buffer = larger;
        }
        return buffer.View.BaseView.Required(length);
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
