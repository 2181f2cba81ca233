using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

public class GatherFixture(TestEngine on) : OperationFixture(on)
{
    private const int N = 41;

    [Test]
    public void A_batch_is_gathered_normalised_and_time_major(
        [Values(1, 3, 31)] int batch, [Values(1, 3, 28)] int timeSteps,
        [Values(1, 3, 28, 33, 100)] int inputSize, [Values] bool normalise)
    {
        NeedsWork((long)batch * timeSteps * inputSize);
        if (normalise)
            Gather(batch, timeSteps, inputSize, mean: 0.1307, deviation: 0.3081, start: 0, position: null);
        else
            Gather(batch, timeSteps, inputSize, mean: 0, deviation: 1, start: 0, position: null);
    }

    [TestCase(7, null)]
    [TestCase(0, 9)]
    [TestCase(3, 5)]
    public void A_batch_begins_where_start_and_position_say(int start, int? position) =>
        Gather(5, 3, 7, mean: 0, deviation: 1, start, position);

    private void Gather(
        int batch, int timeSteps, int inputSize, double mean, double deviation, int start, int? position)
    {
        byte[] items = Bytes(N * timeSteps * inputSize), labels = Bytes(N);
        int[] order = Numbers.Labels(N, N);
        (items[0], items[^1], order[start + (position ?? 0)]) = (0, 255, N - 1);
        (double[] expected, int[] expectedLabels) = ReferenceGather.Batch(
            items, labels, order, start + (position ?? 0), batch, timeSteps, inputSize, mean, deviation);
        int[] state = new int[StepState.Length];
        state[StepState.Position] = position ?? 0;
        Guarded<float> x = Output(expected.Length, "x");
        int[] poison = new int[batch];
        poison.AsSpan().Fill(Guarded<int>.Poison);
        Guarded<int> taken = Updated<int>(poison, "labels");
        Operations.GatherBatch(new()
        {
            BatchSize = batch, TimeSteps = timeSteps, InputSize = inputSize, Start = start,
            Items = Input<byte>(items, "items").View, ItemLabels = Input<byte>(labels, "item labels").View,
            Order = Input<int>(order, "order").View,
            State = position == null ? default : Input<int>(state, "state").View,
            Scale = (float)(1 / (255 * deviation)), Shift = (float)(-mean / deviation), X = x.View, Labels = taken.View,
        });
        Compare.Close(x.Read(), expected, 1e-6, 1e-6, "x");
        Assert.That(taken.Read(), Is.EqualTo(expectedLabels));
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = (byte)Numbers.Below(256);
        return bytes;
    }
}
