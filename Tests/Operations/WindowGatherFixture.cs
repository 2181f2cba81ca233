using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>Windows of series against the plainest loop.</summary>
public class WindowGatherFixture(TestEngine on) : OperationFixture(on)
{
    private const int Rows = 40, Windows = 13;

    [Test]
    public void Inputs_and_answers_are_the_rows_less_each_windows_base(
        [Values(1, 3, 9)] int batch, [Values(1, 3)] int series, [Values(0, 2)] int others, [Values(1, 4)] int horizon,
        [Values("none", "last", "mean")] string relative)
    {
        const int W = 5;
        int size = series + others, first = 2;
        double[] values = Numbers.Uniforms(Rows * size, range: 4);
        int[] starts = [.. Enumerable.Range(0, Windows).Select(i => 2 * i)];
        int[] order = [.. Enumerable.Range(0, Windows).Reverse()];
        int[] state = new int[StepState.Length], ahead = [.. Enumerable.Range(0, size).Select(i => i < series ? 0
            : horizon)];
        state[StepState.Position] = first;
        Guarded<float> x = Output(W * batch * size, "x"), answers = Output(batch * horizon * series, "answers");
        Guarded<float> bases = Updated(new double[batch * series], "bases");
        Operations.GatherWindows(new()
        {
            BatchSize = batch, Window = W, Horizon = horizon, InputSize = size, Series = series, Start = 1,
            Values = Input(values, "values").View, Starts = Input<int>(starts, "starts").View,
            Order = Input<int>(order, "order").View, State = Input<int>(state, "state").View,
            Ahead = Input<int>(ahead, "ahead").View, Bases = relative == "none" ? default : bases.View,
            IsMean = relative == "mean", X = x.View, Answers = answers.View,
        });
        double[] expectedX = new double[W * batch * size], expected = new double[batch * horizon * series];
        for (int b = 0; b < batch; b++)
        {
            int row = starts[order[first + 1 + b]];
            double Value(int at, int i) => (float)values[at * size + i];
            double Base(int k) => relative switch
            {
                "last" => Value(row + W - 1, k),
                "mean" => Enumerable.Range(row, W).Average(at => Value(at, k)),
                _ => 0,
            };
            for (int t = 0; t < W; t++)
                for (int i = 0; i < size; i++)
                    expectedX[(t * batch + b) * size + i] = Value(row + t + ahead[i], i) - (i < series ? Base(i) : 0);
            for (int h = 0; h < horizon; h++)
                for (int k = 0; k < series; k++)
                    expected[(b * horizon + h) * series + k] = Value(row + W + h, k) - Base(k);
        }
        Compare.Close(x.Read(), expectedX, 2e-6, 0, "x");
        Compare.Close(answers.Read(), expected, 2e-6, 0, "answers");
    }
}
