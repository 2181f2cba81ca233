using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;

namespace GpuLstm.Tests.Data.Series;

/// <summary>Windows: where they lie, what becomes of their values, and that it is undone.</summary>
public class WindowSamplesTests
{
    private static readonly SeriesOptions s_options = new() { Columns = ["a"], Window = 6, Horizon = 3 };

    private static SeriesData Data(int rows, int others = 1, int groups = 1)
    {
        float[] values = new float[rows * groups * (1 + others)];
        for (int row = 0; row < rows * groups; row++)
            for (int i = 0; i <= others; i++)
                values[row * (1 + others) + i] = i == 0
                    ? 50 + 2 * (row % rows) + 10 * MathF.Sin(row) + 100 * (row / rows) : 7 * row + i;
        return new([.. Enumerable.Range(0, 1 + others).Select(i => $"{(char)('a' + i)}")], 1,
            [.. Enumerable.Range(0, 1 + others).Select(i => i > 0)], values,
            [.. Enumerable.Range(0, groups).Select(g => new SeriesGroup($"g{g}", g * rows, rows, 0, default))],
            TimeAxis.Counted);
    }

    private static SeriesTransform[] Transforms =>
    [
        .. SeriesTransform.Candidates(isPositive: true, season: 4), new(Difference: 2), new(Log: true, Difference: 5),
    ];

    [Test]
    public void What_a_window_forecasts_lies_within_its_part_and_what_it_reads_never_after([Values(1, 2)] int groups,
        [Values(0, 4)] int difference)
    {
        SeriesData data = Data(60, groups: groups);
        var (train, validation, test) = SeriesParts.Of("2:1", "25%").Divide(
            data, s_options, new(Difference: difference));
        (WindowSamples Part, int From, int To)[] parts = [(train, 0, 30), (validation, 30, 40), (test, 40, 60)];
        foreach ((WindowSamples part, int from, int to) in parts)
        {
            Assert.That(part.Count, Is.EqualTo(groups * (to - Math.Max(from, 6 + difference) - 3 + 1)));
            for (int i = 0; i < part.Count; i++)
            {
                int group = part.Starts[i] / 60, now = part.Now(i) % 60;
                Assert.That((part.Starts[i] + 6 + 3 - 1) / 60, Is.EqualTo(group), "one series alone");
                Assert.That(part.Starts[i] % 60, Is.AtLeast(difference));
                Assert.That(now, Is.AtLeast(from));
                Assert.That(now + 3, Is.AtMost(to));
            }
        }
    }

    [Test]
    public void Rows_of_validation_and_test_have_no_part_in_the_normalisation()
    {
        SeriesData data = Data(60);
        Features before = SeriesParts.Of("2:1", "25%").Divide(data, s_options, new()).Train.ToFeatures();
        for (int at = 30 * 2; at < data.Values.Length; at++)
            data.Values[at] = 1e6f;
        Features after = SeriesParts.Of("2:1", "25%").Divide(data, s_options, new()).Train.ToFeatures();
        Assert.That(after.Means, Is.EqualTo(before.Means));
        Assert.That(after.Deviations, Is.EqualTo(before.Deviations));
    }

    /// <summary>What the device has of a window's rows to come, given as an answer, is the truth in units.</summary>
    [TestCaseSource(nameof(Transforms))]
    public void A_right_answer_is_the_truth_once_everything_is_undone(SeriesTransform transform)
    {
        using var cpu = new CpuEngine(1);
        SeriesData data = Data(50, groups: 2);
        WindowSamples windows = SeriesParts.All(data, s_options, transform);
        InputScale scale = new(0, 1, windows.ToFeatures());
        using BatchSource source = BatchSource.Create(cpu, windows, scale);
        using var batch = new DeviceBatch(cpu, windows, windows.Count);
        source.Load(windows.Count, 0, default, batch);
        float[] answers = cpu.Read(batch.Targets);
        double[] values = new double[3];
        for (int i = 0; i < windows.Count; i++)
        {
            windows.ToUnits(i, answers.AsSpan(3 * i, 3), scale, values);
            for (int h = 0; h < 3; h++)
                Assert.That(values[h], Is.EqualTo(windows.Truth(i, h)).Within(0.001), $"{transform}: window {i}, step "
                    + $"{h}");
        }
        float[] x = cpu.Read(batch.X);
        Assert.That(x.Concat(answers).All(float.IsFinite));
        Assert.That(x.Select(Math.Abs).Max(), Is.LessThan(8), "normalised");
    }

    [Test]
    public void What_is_known_ahead_is_read_at_the_times_that_are_forecast()
    {
        using var cpu = new CpuEngine(1);
        SeriesData data = Data(30);
        WindowSamples windows = SeriesParts.All(data, s_options, new());
        using BatchSource source = BatchSource.Create(cpu, windows, new(0, 1, Features.AsTheyAre(data.Names)));
        using var batch = new DeviceBatch(cpu, windows, 1);
        source.Load(1, 4, default, batch);
        float[] x = cpu.Read(batch.X);
        for (int t = 0; t < 6; t++)
            Assert.That((x[2 * t], x[2 * t + 1]), Is.EqualTo((data[4 + t, 0], data[4 + t + 3, 1])));
    }

    [Test]
    public void A_series_that_is_too_short_is_refused() => Assert.That(
        () => SeriesParts.Of("2:1", null).Divide(Data(12), s_options, new()),
        Throws.InstanceOf<GpuLstmException>().With.Message.Contains("12 rows, split 2:1, leave no training window"));

    [Test]
    public void Differences_have_no_level_to_be_relative_to() => Assert.That(
        () => (s_options with { Transform = new(Difference: 1, Relative: RelativeTo.Last) }).Checked(),
        Throws.InstanceOf<UsageException>());
}
