using GpuLstm.Runtime.Accelerators;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>Batches of sequences against the plainest loop.</summary>
public class SequenceGatherFixture(TestEngine on) : OperationFixture(on)
{
    private const int N = 11;

    [Test]
    public void A_batch_is_laid_out_time_major_with_zeros_past_each_end(
        [Values(1, 3, 9)] int batch, [Values(1, 3, 17)] int inputSize, [Values(0, 2)] int start,
        [Values] bool hasState, [Values] bool hasLengths)
    {
        const int T = 7;
        int[] lengths = [.. Enumerable.Range(0, N).Select(i => i == 4 ? T : 1 + Numbers.Below(T))];
        int[] starts = [.. lengths.Select((_, i) => lengths.Take(i).Sum())];
        float[] values = [.. Enumerable.Range(0, lengths.Sum() * inputSize).Select(i => i + 0.5f)];
        byte[] labels = [.. Enumerable.Range(0, N).Select(i => (byte)(200 - i))];
        int[] order = [.. Enumerable.Range(0, N).Reverse(), .. Enumerable.Range(0, N)];
        int[] state = new int[StepState.Length];
        state[StepState.Position] = 3;
        int first = start + (hasState ? 3 : 0);
        Guarded<float> x = Output(T * batch * inputSize, "x");
        Guarded<int> taken = Updated<int>(new int[batch], "labels"), ends = Updated<int>(new int[batch], "lengths");
        Operations.GatherSequences(new()
        {
            BatchSize = batch, TimeSteps = T, InputSize = inputSize, Start = start,
            Values = Input<float>(values, "values").View, Starts = Input<int>(starts, "starts").View,
            ItemLengths = Input<int>(lengths, "item lengths").View,
            ItemLabels = Input<byte>(labels, "item labels").View, Order = Input<int>(order, "order").View,
            State = hasState ? Input<int>(state, "state").View : default, X = x.View, Labels = taken.View,
            Lengths = hasLengths ? ends.View : default,
        });
        float[] expected = new float[T * batch * inputSize];
        for (int t = 0; t < T; t++)
            for (int s = 0; s < batch; s++)
                for (int i = 0; i < inputSize && t < lengths[order[first + s]]; i++)
                    expected[(t * batch + s) * inputSize + i] =
                        values[(starts[order[first + s]] + t) * inputSize + i];
        Assert.That(x.Read(), Is.EqualTo(expected));
        int[] items = order[first..(first + batch)];
        Assert.That(taken.Read(), Is.EqualTo(items.Select(item => (int)labels[item])));
        Assert.That(ends.Read(), Is.EqualTo(items.Select(item => hasLengths ? lengths[item] : 0)));
    }

    /// <summary>A piece of sequences: from a step of each on, which the pass and the state tell together.</summary>
    [Test]
    public void Pieces_labels_of_steps_and_rows_of_numbers_follow_the_order([Values(1, 3, 9)] int batch,
        [Values(0, 1)] int first, [Values(0, 3)] int stateFirst)
    {
        const int T = 4, I = 2;
        int[] lengths = [.. Enumerable.Range(0, N).Select(i => 1 + i * 3 % 8)];
        int[] starts = [.. lengths.Select((_, i) => lengths.Take(i).Sum())];
        float[] values = [.. Enumerable.Range(0, lengths.Sum() * I).Select(i => i + 0.5f)];
        int[] stepLabels = [.. Enumerable.Range(0, lengths.Sum()).Select(i => i % 5 - 1)];
        float[] targets = [.. Enumerable.Range(0, 3 * N).Select(i => i / 4f)];
        int[] order = [.. Enumerable.Range(0, N).Reverse()], state = new int[StepState.Length];
        (state[StepState.Position], state[StepState.First]) = (2, stateFirst);
        Guarded<float> x = Output(T * batch * I, "x"), rows = Output(3 * batch, "rows");
        Guarded<int> taken = Updated<int>(new int[batch], "labels"), steps = Updated<int>(new int[T * batch], "steps");
        Guarded<int> startsView = Input<int>(starts, "starts"), lengthsView = Input<int>(lengths, "item lengths"),
            orderView = Input<int>(order, "order"), stateView = Input<int>(state, "state");
        Operations.GatherSequences(new()
        {
            BatchSize = batch, TimeSteps = T, InputSize = I, First = first, Values = Input<float>(values,
                "values").View,
            Starts = startsView.View, ItemLengths = lengthsView.View,
            ItemLabels = Input<byte>(new byte[N], "item labels").View, Order = orderView.View, State = stateView.View,
            X = x.View, Labels = taken.View,
        });
        Operations.GatherStepLabels(new()
        {
            BatchSize = batch, TimeSteps = T, First = first, ItemLabels = Input<int>(stepLabels, "step labels").View,
            Starts = startsView.View, ItemLengths = lengthsView.View, Order = orderView.View, State = stateView.View,
            Labels = steps.View,
        });
        Operations.GatherRows(new()
        {
            BatchSize = batch, Size = 3, Items = Input<float>(targets, "targets").View, Order = orderView.View,
            State = stateView.View, Rows = rows.View,
        });
        for (int s = 0; s < batch; s++)
        {
            int item = order[2 + s];
            for (int t = 0; t < T; t++)
            {
                int time = first + stateFirst + t;
                bool isIn = time < lengths[item];
                Assert.That(steps.Read()[t * batch + s], Is.EqualTo(isIn ? stepLabels[starts[item] + time] : -1));
                for (int i = 0; i < I; i++)
                    Assert.That(x.Read()[(t * batch + s) * I + i],
                        Is.EqualTo(isIn ? values[(starts[item] + time) * I + i] : 0));
            }
            Assert.That(rows.Read()[(3 * s)..(3 * s + 3)], Is.EqualTo(targets[(3 * item)..(3 * item + 3)]));
        }
    }
}
