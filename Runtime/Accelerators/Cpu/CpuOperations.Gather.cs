using GpuLstm.Kernels.Cpu;
using ILGPU;

namespace GpuLstm.Runtime.Accelerators.Cpu;

// Batches out of resident data.
public sealed unsafe partial class CpuOperations<S, V>
{
    public override void GatherBatch(in GatherPass pass)
    {
        int* state = pass.State.Pointer(StepState.Length);
        long start = pass.Start + (state == null ? 0 : state[StepState.Position]);
        GatherArguments a = new()
        {
            B = pass.BatchSize, T = pass.TimeSteps, I = pass.InputSize, Scale = pass.Scale, Shift = pass.Shift,
            Items = pass.Items.Required(pass.Items.Length),
            ItemLabels = pass.ItemLabels.Required(pass.ItemLabels.Length),
            Order = pass.Order.Required(start + pass.BatchSize) + start,
            X = pass.X.Required((long)pass.BatchSize * pass.TimeSteps * pass.InputSize),
            Labels = pass.Labels.Required(pass.BatchSize),
        };
        long values = (long)pass.BatchSize * pass.TimeSteps * pass.InputSize;
        if (pass.Augmentation == default)
            Run(&Gather<S, V>.Run, a, values);
        else
            Run(&AugmentedGather<S, V>.Run, Augmented(a, pass, state == null ? 0 : state[StepState.Step]), values * 8);
    }

    public override void GatherSequences(in SequenceGatherPass pass)
    {
        long values = (long)pass.BatchSize * pass.TimeSteps * pass.InputSize;
        int items = checked((int)pass.ItemLengths.Length);
        SequenceGatherArguments a = new()
        {
            B = pass.BatchSize, T = pass.TimeSteps, I = pass.InputSize,
            Values = pass.Values.Required(pass.Values.Length), Starts = pass.Starts.Required(items),
            ItemLengths = pass.ItemLengths.Required(items), ItemLabels = pass.ItemLabels.Required(items),
            Order = Taken(pass.Order, pass.State, pass.Start, pass.BatchSize), X = pass.X.Required(values),
            Labels = pass.Labels.Required(pass.BatchSize), Lengths = pass.Lengths.Pointer(pass.BatchSize),
            First = pass.First + FirstStep(pass.State),
        };
        Run(&SequenceGather.Run, a, values);
    }

    private AugmentedGatherArguments Augmented(in GatherArguments batch, in GatherPass pass, int step)
    {
        nint scratch = AugmentedGather<S, V>.ScratchFloats(batch.T, batch.I);
        return new()
        {
            Batch = batch, Ranges = pass.Augmentation, SeedLow = (uint)pass.Seed, SeedHigh = (uint)(pass.Seed >> 32),
            Step = (uint)step, Scratch = Room(ref _augmentation, scratch * pool.Workers), ScratchFloats = scratch,
        };
    }

    public override void GatherStepLabels(in StepLabelsPass pass)
    {
        int items = checked((int)pass.ItemLengths.Length);
        int* starts = pass.Starts.Required(items), lengths = pass.ItemLengths.Required(items),
            labels = pass.Labels.Required((long)pass.TimeSteps * pass.BatchSize),
            all = pass.ItemLabels.Required(pass.ItemLabels.Length),
            order = Taken(pass.Order, pass.State, pass.Start, pass.BatchSize);
        int first = pass.First + FirstStep(pass.State);
        for (int t = first; t < first + pass.TimeSteps; t++)
            for (int s = 0; s < pass.BatchSize; s++)
                *labels++ = t < lengths[order[s]] ? all[(nint)starts[order[s]] + t] : -1;
    }

    public override void GatherRows(in RowsPass pass)
    {
        float* items = pass.Items.Required(pass.Items.Length),
            rows = pass.Rows.Required((long)pass.BatchSize * pass.Size);
        int* order = Taken(pass.Order, pass.State, pass.Start, pass.BatchSize);
        for (int s = 0; s < pass.BatchSize; s++)
            new Span<float>(items + (nint)order[s] * pass.Size, pass.Size).CopyTo(
                new(rows + (nint)s * pass.Size, pass.Size));
    }

    public override void GatherWindows(in WindowPass pass)
    {
        long values = (long)pass.BatchSize * pass.Window * pass.InputSize;
        WindowGatherArguments a = new()
        {
            B = pass.BatchSize, W = pass.Window, H = pass.Horizon, I = pass.InputSize, K = pass.Series,
            Values = pass.Values.Required(pass.Values.Length), Starts = pass.Starts.Required(pass.Starts.Length),
            Order = Taken(pass.Order, pass.State, pass.Start, pass.BatchSize),
            Ahead = pass.Ahead.Required(pass.InputSize),
            Bases = pass.Bases.Pointer((long)pass.BatchSize * pass.Series), IsMean = pass.IsMean,
            X = pass.X.Required(values),
            Answers = pass.Answers.Pointer((long)pass.BatchSize * pass.Horizon * pass.Series),
        };
        Run(&WindowGather.Run, a, values);
    }

    /// <summary>The step of each sequence that a piece begins with.</summary>
    private static int FirstStep(ArrayView<int> state) =>
        !state.IsValid ? 0 : state.Required(StepState.Length)[StepState.First];

    /// <summary>The indices of a batch.</summary>
    private static int* Taken(ArrayView<int> order, ArrayView<int> state, long start, int batch)
    {
        int* places = state.Pointer(StepState.Length);
        start += places == null ? 0 : places[StepState.Position];
        return order.Required(start + batch) + start;
    }
}
