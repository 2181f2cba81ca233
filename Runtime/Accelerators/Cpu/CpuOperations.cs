using GpuLstm.Kernels;
using GpuLstm.Kernels.Cpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>The operations on the processor, for one vector width. Work below a few microseconds stays on the calling
/// thread.</summary>
public sealed unsafe partial class CpuOperations<S, V>(CpuEngine engine, WorkerPool pool) : Operations, IDisposable
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private const long SmallWork = 1 << 15; // multiply-adds, or elements, that are not worth waking a worker

    private readonly MemoryBuffer1D<float, Stride1D.Dense> _packedA =
        CpuMemory.Allocate<float>(MatMul<S, V>.PackedAFloats * (long)pool.Workers);
    private MemoryBuffer1D<float, Stride1D.Dense> _packedB = CpuMemory.Allocate<float>(0);
    private MemoryBuffer1D<float, Stride1D.Dense> _losses = CpuMemory.Allocate<float>(0);
    private MemoryBuffer1D<float, Stride1D.Dense> _augmentation = CpuMemory.Allocate<float>(0);
    private MemoryBuffer1D<double, Stride1D.Dense> _sums = CpuMemory.Allocate<double>(0);

    public override void SumRows(ArrayView<float> values, long rows, int columns, ArrayView<float> sums)
    {
        SumRowsArguments a = new()
        {
            Rows = rows, Columns = columns, Values = values.Required(rows * columns), Sums = sums.Required(columns),
        };
        Run(&Reductions<S, V>.SumRows, a, rows * columns);
    }

    public override void DrawMask(in MaskPass pass)
    {
        DrawMaskArguments a = new()
        {
            Count = pass.Mask.Length, Mask = pass.Mask.Required(pass.Mask.Length), Seed = pass.Seed,
            Stream = pass.Stream, Step = !pass.State.IsValid ? 0
            : (uint)pass.State.Required(StepState.Length)[StepState.Step], Rate = pass.Rate,
        };
        Run(&Kernels.Cpu.DrawMask.Run, a, a.Count);
    }

    public override void CopyColumns(in CopyColumnsPass pass)
    {
        CopyColumnsArguments a = new()
        {
            Rows = pass.Rows, Columns = pass.Columns, SourceStride = pass.SourceStride,
            TargetStride = pass.TargetStride,
            Source = pass.Source.Required((long)pass.Rows * pass.SourceStride) + pass.SourceColumn,
            Target = pass.Target.Required((long)pass.Rows * pass.TargetStride) + pass.TargetColumn,
        };
        Run(&CopyColumns<S, V>.Run, a, (long)pass.Rows * pass.Columns);
    }

    public override void SoftmaxCrossEntropy(in CrossEntropyPass pass)
    {
        long values = (long)pass.BatchSize * pass.Classes;
        SoftmaxCrossEntropyArguments a = new()
        {
            B = pass.BatchSize, C = pass.Classes, Logits = pass.Logits.Required(values),
            Labels = pass.Labels.Pointer(pass.BatchSize), LabelSmoothing = pass.LabelSmoothing,
            Weights = pass.ClassWeights.Pointer(pass.Classes),
            Count = pass.Count.IsValid ? *pass.Count.Required(1) : pass.BatchSize,
            DLogits = pass.DLogits.Pointer(values), Probabilities = pass.Probabilities.Pointer(values),
            Losses = !pass.Labels.IsValid ? null : Room(ref _losses, 2L * pass.BatchSize),
        };
        Run(&SoftmaxCrossEntropy<S, V>.Run, a, values * 8);
        if (pass.Result.IsValid && pass.Labels.IsValid)
            Total(a.Losses, pass.BatchSize, pass.Result.Required(2), pass.Accumulate);
    }

    /// <summary>Adds up losses [B, 2].</summary>
    private static void Total(float* losses, int batch, float* result, bool accumulate)
    {
        double loss = 0, hits = 0;
        for (int s = 0; s < batch; s++)
        {
            loss += losses[2 * s];
            hits += losses[2 * s + 1];
        }
        result[0] = (float)(loss + (accumulate ? result[0] : 0));
        result[1] = (float)(hits + (accumulate ? result[1] : 0));
    }

    public override void CountLabels(ArrayView<int> labels, ArrayView<float> count)
    {
        int* values = labels.Required(labels.Length);
        int sum = 0;
        for (long i = 0; i < labels.Length; i++)
            sum += values[i] >= 0 ? 1 : 0;
        *count.Required(1) = Math.Max(1, sum);
    }

    public override void ValueLoss(in ValueLossPass pass)
    {
        long values = (long)pass.BatchSize * pass.Values;
        ValueLossArguments a = new()
        {
            B = pass.BatchSize, M = pass.Values, Kind = pass.Kind, Delta = pass.Delta,
            Answers = pass.Answers.Required(values), Targets = pass.Targets.Required(values),
            DAnswers = pass.DAnswers.Pointer(values), Losses = Room(ref _losses, 2L * pass.BatchSize),
        };
        Run(&Kernels.Cpu.ValueLoss.Run, a, values);
        Total(a.Losses, pass.BatchSize, pass.Result.Required(2), accumulate: false);
    }

    public override void GlobalNorm(ArrayView<float> values, ArrayView<float> norm)
    {
        long chunks = (values.Length + Reductions<S, V>.Chunk - 1) / Reductions<S, V>.Chunk;
        SquareSumsArguments a = new()
        {
            Count = values.Length, Values = values.Required(values.Length), Sums = Room(ref _sums, chunks),
        };
        Run(&Reductions<S, V>.SquareSums, a, values.Length);
        double sum = 0;
        for (long chunk = 0; chunk < chunks; chunk++)
            sum += a.Sums[chunk];
        *norm.Required(1) = (float)Math.Sqrt(sum);
    }

    public override void OptimizerStep(in OptimizerPass pass)
    {
        int* state = pass.State.Required(StepState.Length);
        float norm = *pass.Norm.Required(1);
        float* result = pass.Result.Required(2);
        if (float.IsFinite(norm) && float.IsFinite(result[0]))
            Update(pass, state, norm);
        else
            Skip(state, float.IsFinite(norm) ? default : pass.Gradients);
        const int Columns = OptimizerPass.HistoryColumns;
        float* row = pass.History.Required(Columns) + state[StepState.Step] % (pass.History.Length / Columns) * Columns;
        float count = pass.Count.IsValid ? *pass.Count.Required(1) : pass.BatchSize;
        (row[0], row[1], row[2], row[3]) = (result[0] / count, result[1], norm, count);
        state[StepState.Step]++;
        state[StepState.Position] += pass.BatchSize;
        state[StepState.First] = pass.PieceSteps > 0 ? state[StepState.First] + pass.PieceSteps : 0;
    }

    private void Update(in OptimizerPass pass, int* state, float norm)
    {
        long count = pass.Parameters.Length;
        float* learningRate = pass.Schedule.Required(3 * (state[StepState.Step] + 1L)) + 3 * state[StepState.Step];
        float* corrections = pass.Schedule.Required(1) + 3 * state[StepState.Applied];
        OptimizerSettings settings = pass.Settings;
        OptimizerArguments a = new()
        {
            Count = count, Parameters = pass.Parameters.Required(count), Gradients = pass.Gradients.Required(count),
            First = pass.FirstMoment.Required(count), Second = pass.SecondMoment.Required(count),
            Beta1 = settings.Beta1, Beta2 = settings.Beta2, Epsilon = settings.Epsilon,
            Decay = settings.Kind == OptimizerKind.AdamW ? settings.WeightDecay : 0,
            GradientDecay = settings.Kind == OptimizerKind.AdamW ? 0 : settings.WeightDecay,
            Nesterov = settings.Nesterov != 0 ? settings.Beta1 : 0,
            LearningRate = learningRate[0], Correction1 = corrections[1], Correction2 = corrections[2],
            // torch.nn.utils.clip_grad_norm_ and clip_grad_value_
            GradientScale = settings.MaxNorm > 0 ? Math.Min(1, settings.MaxNorm / (norm + 1e-6f)) : 1,
            MaxValue = settings.MaxValue > 0 ? settings.MaxValue : float.PositiveInfinity,
        };
        switch (settings.Kind)
        {
            case OptimizerKind.Sgd:
                Run(&Optimizer<S, V>.Sgd, a, count);
                break;
            case OptimizerKind.RmsProp:
                Run(&Optimizer<S, V>.RmsProp, a, count);
                break;
            default:
                Run(&Optimizer<S, V>.Adam, a, count);
                break;
        }
        state[StepState.Applied]++;
    }

    /// <param name="gradients">Absent where the loss alone is not finite.</param>
    private static void Skip(int* state, ArrayView<float> gradients)
    {
        if (state[StepState.Skipped]++ > 0)
            return;
        state[StepState.FirstSkipped] = state[StepState.Step];
        state[StepState.BadOffset] = StepState.Loss;
        if (!gradients.IsValid)
            return;
        float* values = gradients.Required(gradients.Length);
        long bad = 0;
        while (bad < gradients.Length - 1 && float.IsFinite(values[bad]))
            bad++;
        state[StepState.BadOffset] = (int)bad;
    }

    public override void Dropout(in DropoutPass pass)
    {
        DropoutArguments a = new()
        {
            Count = pass.Input.Length, Input = pass.Input.Required(pass.Input.Length),
            Output = pass.Output.Required(pass.Input.Length),
            Seed = pass.Seed, Stream = pass.Stream,
            Step = !pass.State.IsValid ? 0 : (uint)pass.State.Required(StepState.Length)[StepState.Step],
            Rate = pass.Rate, Scale = pass.Scale(),
        };
        Run(&Dropout<S, V>.Run, a, 4 * a.Count);
    }

    public override void Fill(ArrayView<float> target, float value)
    {
        float* pointer = target.Required(target.Length);
        for (long i = 0; i < target.Length; i += int.MaxValue)
            new Span<float>(pointer + i, (int)Math.Min(int.MaxValue, target.Length - i)).Fill(value);
    }

    public override void Copy(ArrayView<float> source, ArrayView<float> target) =>
        Buffer.MemoryCopy(source.Required(target.Length), target.Required(target.Length), target.Length * sizeof(float),
            target.Length * sizeof(float));

    public void Dispose()
    {
        _packedA.Dispose();
        _packedB.Dispose();
        _losses.Dispose();
        _augmentation.Dispose();
        _sums.Dispose();
    }

    private void Run<T>(delegate*<in T, int, int, void> work, in T arguments, long size) where T : unmanaged
    {
        if (size < SmallWork)
            work(arguments, 0, 1);
        else
            pool.Run(work, arguments);
    }

    /// <summary>Scratch of at least <paramref name="length"/> elements; grows, and is then kept.</summary>
    private static T* Room<T>(ref MemoryBuffer1D<T, Stride1D.Dense> buffer, long length) where T : unmanaged
    {
        if (buffer.Length < length)
        {
            buffer.Dispose();
            buffer = CpuMemory.Allocate<T>(length);
        }
        return buffer.Pointer();
    }
}
