using System.Xml.Linq;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Tests.Plots;

/// <summary>What single plots say, and what they make of unusual data.</summary>
[TestFixture]
public class PlotContentTests
{
    [Test]
    public void Loss_names_its_lines_and_its_last_value()
    {
        var svg = new Svg(LossPlot.Draw(Samples.History()));
        Assert.That(svg.Texts, Does.Contain("test").And.Contain("epoch").And.Contain("training, mean of 10 steps"));
        Assert.That(svg.Texts[1], Does.Contain("Test loss 0.0655"));
    }

    [Test]
    public void Test_values_stand_where_their_axis_says()
    {
        var svg = new Svg(LossPlot.Draw(new TrainingHistory(10, [], [new(10, 2, 0.5), new(20, 1, 0.6)])));
        Box area = svg.PlotAreas().Single();
        Point[] line = Svg.PointsOf(svg.Parts("plot").Descendants(Svg.Namespace + "polyline").Single());
        // x from 0 to 2 epochs; y from 0 to 2.
        Assert.That(line[0].X, Is.EqualTo(area.X + area.Width / 2).Within(0.02));
        Assert.That(line[0].Y, Is.EqualTo(area.Y).Within(0.02));
        Assert.That(line[1].X, Is.EqualTo(area.Right).Within(0.02));
        Assert.That(line[1].Y, Is.EqualTo(area.Y + area.Height / 2).Within(0.02));
    }

    [Test]
    public void A_loss_that_diverged_interrupts_the_line()
    {
        HistoryPoint[] steps =
            [new(1, 1, 0.1), new(2, double.NaN, 0.2), new(3, double.PositiveInfinity, 0.3), new(4, 2, 0.1)];
        var history = new TrainingHistory(4, steps, [new(4, double.NaN, double.NaN)]);
        Assert.That(() => new Svg(LossPlot.Draw(history)), Throws.Nothing);
        Assert.That(() => new Svg(AccuracyPlot.Draw(history)), Throws.Nothing);
    }

    [Test]
    public void A_run_without_steps_still_has_its_axes()
    {
        var history = new TrainingHistory(1, [], []);
        foreach (Figure plot in new[] { LossPlot.Draw(history), AccuracyPlot.Draw(history) })
            Assert.That(new Svg(plot).Parts("axes").Single().Descendants(Svg.Namespace + "text"), Is.Not.Empty);
    }

    [Test]
    public void Accuracy_never_shows_more_than_all()
    {
        var history = new TrainingHistory(2, [new(1, 0.1, 1), new(2, 0.1, 1)], [new(2, 0.1, 1)]);
        Assert.That(new Svg(AccuracyPlot.Draw(history)).Texts, Has.None.StartsWith("101").And.None.StartsWith("150"));
    }

    [Test]
    public void A_long_run_stays_a_small_file()
    {
        TrainingHistory history = Samples.History(epochs: 50, stepsPerEpoch: 1000);
        Assert.That(LossPlot.Draw(history).ToSvg(), Has.Length.LessThan(40_000));
    }

    [Test]
    public void Confusion_shows_every_count_and_the_row_percent()
    {
        var matrix = new ConfusionMatrix(2);
        for (int i = 0; i < 8; i++)
            matrix.Add(0, i < 2 ? 1 : 0);
        matrix.Add(1, 1);
        var svg = new Svg(ConfusionPlot.Draw(matrix, ["cat", "dog & co <1>"]));
        string[] cells = [.. svg.Parts("cell").Descendants(Svg.Namespace + "text").Select(text => text.Value)];
        Assert.That(cells, Is.EqualTo(new[] { "6", "75.0\u2009%", "2", "25.0\u2009%", "1", "100\u2009%" }));
        Assert.That(svg.Texts, Does.Contain("dog & co <1>"));
        Assert.That(svg.Parts("cell").Select(cell => cell.Element(Svg.Namespace + "title")!.Value),
            Does.Contain("cat taken for dog & co <1>: 2 of 8 (25.0\u2009%)"));
        Assert.That(svg.Texts[1], Does.StartWith("7 of 9 recognised (77.78\u2009%); most often cat was taken for dog"));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(20)]
    public void Confusion_of_few_classes_keeps_its_numbers_whole(int classes)
    {
        Predictions predictions = Samples.Predictions(400, classes, classes);
        string[] names = [.. Enumerable.Range(0, classes).Select(c => $"a class with a long name, number {c}")];
        var svg = new Svg(ConfusionPlot.Draw(predictions.Confusion(), names));
        IEnumerable<XElement> numbers = svg.Parts("cell").Descendants(Svg.Namespace + "text");
        Assert.That(numbers.Select(number => number.Value), Has.None.Contains("…"));
        Assert.That(svg.Parts("cell").Count(), Is.EqualTo(classes * classes));
    }

    [TestCase(21)]
    [TestCase(47)]
    [TestCase(100)]
    public void Confusion_of_many_classes_tells_its_most_frequent_mistakes_in_words(int classes)
    {
        Predictions predictions = Samples.Predictions(8 * classes, classes, classes);
        string[] names = [.. Enumerable.Range(0, classes).Select(c => $"a class with a long name, number {c}")];
        var svg = new Svg(ConfusionPlot.Draw(predictions.Confusion(), names));
        long[][] counts = [.. names.Select((_, t) => names.Select((_, p) => predictions.Confusion()[t, p]).ToArray())];
        Assert.That(svg.Parts("cell").Count(), Is.EqualTo(counts.Sum(row => row.Count(count => count > 0))));
        Assert.That(svg.Texts, Does.Contain("Most frequent mistakes"));
        int mistakes = counts.Select((row, t) => row.Where((count, p) => p != t && count > 0).Count()).Sum();
        Assert.That(svg.Texts.Count(text => text.Contains(" taken for ")), Is.EqualTo(Math.Min(12, mistakes)));
        Assert.That(svg.Texts, Does.Contain("1"), "names that do not fit are numbered");
    }

    [Test]
    public void One_mistake_and_twenty_two_have_colours_apart()
    {
        var matrix = new ConfusionMatrix(3);
        for (int i = 0; i < 1000; i++)
            matrix.Add(0, i == 0 ? 1 : i < 23 ? 2 : 0);
        double[] strengths = [.. new Svg(ConfusionPlot.Draw(matrix, ["a", "b", "c"])).Parts("cell").Take(3)
            .Select(cell => Svg.Number(cell.Elements(Svg.Namespace + "rect").Last(), "opacity"))];
        Assert.That(strengths[2] - strengths[1], Is.GreaterThan(0.3));
    }

    [TestCase(10)]
    [TestCase(200)]
    [TestCase(2600)]
    public void Few_samples_leave_the_axis_of_counts_legible(int samples)
    {
        XElement[] texts = [.. new Svg(CalibrationPlot.Draw(Calibration.Of(Samples.Predictions(samples))))
            .Elements("text")];
        for (int i = 0; i < texts.Length; i++)
            for (int j = i + 1; j < texts.Length; j++)
                Assert.That(Svg.BoxOf(texts[i]).Overlaps(Svg.BoxOf(texts[j])), Is.False,
                    $"\"{texts[i].Value}\" and \"{texts[j].Value}\"");
    }

    [Test]
    public void Runs_of_different_data_are_not_ranked()
    {
        NamedHistory first = new("first", Samples.History(2), "mnist"), second = first with { TestData = "strokes" };
        Assert.That(new Svg(HistoryComparisonPlot.DrawLoss([first, second])).Texts[1],
            Does.Contain("different test data"));
        Assert.That(new Svg(HistoryComparisonPlot.DrawLoss([first, first])).Texts[1], Does.Contain("the lowest is"));
    }

    [Test]
    public void Gradient_norm_and_learning_rate_are_drawn_where_they_were_recorded()
    {
        Assert.That(new Svg(StepPlots.GradientNorm(Samples.History())!).Texts[1],
            Does.StartWith("Before clipping: median"));
        Assert.That(new Svg(StepPlots.LearningRate(Samples.History())!).Texts[1], Does.StartWith("Highest 0.001, "));
        var old = new TrainingHistory(1, [new(1, 2, 0.5)], []);
        Assert.That(StepPlots.GradientNorm(old), Is.Null);
        Assert.That(StepPlots.LearningRate(old), Is.Null);
    }

    [Test]
    public void Roc_has_a_curve_and_an_area_for_each_class_and_both_averages()
    {
        var svg = new Svg(RocPlot.Draw(OneVersusRest.Roc(Samples.Predictions()), Samples.Digits));
        string[] legend = [.. svg.Parts("legend").Descendants(Svg.Namespace + "text").Select(text => text.Value)];
        Assert.That(legend, Is.SupersetOf(Samples.Digits).And.Contain("macro").And.Contain("micro"));
        Assert.That(legend.Count(text => text.StartsWith("AUC 0.", StringComparison.Ordinal)), Is.EqualTo(12));
    }

    [Test]
    public void A_class_without_samples_is_said_to_be_absent()
    {
        Predictions predictions = Samples.Predictions(presentClasses: 9);
        var roc = new Svg(RocPlot.Draw(OneVersusRest.Roc(predictions), Samples.Digits));
        var pr = new Svg(PrecisionRecallPlot.Draw(OneVersusRest.PrecisionRecall(predictions), Samples.Digits));
        Assert.That(roc.Texts, Does.Contain("absent"));
        Assert.That(pr.Texts, Does.Contain("absent"));
    }

    [Test]
    public void Without_samples_every_evaluation_plot_says_so()
    {
        var none = new Predictions([], [], 3);
        string[] names = ["a", "b", "c"];
        var pictures = new SamplePictures(new ImageSamples([], [], 28, 28));
        Assert.That(new Svg(RocPlot.Draw(OneVersusRest.Roc(none), names)).Texts[1], Does.StartWith("Undefined"));
        Assert.That(new Svg(PrecisionRecallPlot.Draw(OneVersusRest.PrecisionRecall(none), names)).Texts[1],
            Does.StartWith("Undefined"));
        Assert.That(new Svg(CalibrationPlot.Draw(Calibration.Of(none))).Texts[1], Does.StartWith("There are no"));
        Assert.That(new Svg(PredictionsPlot.DrawMistakes(none, pictures, names)).Texts[1], Does.StartWith("None in 0"));
        Assert.That(new Svg(ConfusionPlot.Draw(none.Confusion(), names)).Parts("cell").Count(), Is.EqualTo(9));
    }

    [Test]
    public void Mistakes_show_predicted_and_true_class()
    {
        Predictions predictions = Samples.Predictions();
        var svg = new Svg(PredictionsPlot.DrawMistakes(predictions, Samples.Pictures(), Samples.Digits));
        int first = predictions.Mistakes()[0];
        string title = $"{predictions.Predicted(first)}, not {predictions.Labels[first]}";
        Assert.That(svg.Parts("image").First().Descendants(Svg.Namespace + "text").First().Value, Is.EqualTo(title));
        Assert.That(svg.Parts("image").Count(), Is.EqualTo(Math.Min(40, predictions.Mistakes().Length)));
    }

    [Test]
    public void Network_shows_shapes_and_the_sum_of_parameters()
    {
        var svg = new Svg(NetworkPlot.Draw(Samples.Layers));
        Assert.That(svg.Texts, Does.Contain("(B, 28, 28)").And.Contain("24\u2009064").And.Contain("650"));
        Assert.That(svg.Texts[1], Does.StartWith("24\u2009714 parameters (98.9\u2009kB"));
    }

    [Test]
    public void Gates_say_when_the_prediction_settled()
    {
        var svg = new Svg(GatesPlot.Draw(Samples.Trace()));
        Assert.That(svg.Texts[1], Does.Contain("Read as 4 (91.0\u2009%); from row 15 of 28"));
        Assert.That(svg.Parts("heatmap").Count(), Is.EqualTo(7));
        XElement gates = svg.Parts("gates").Single();
        Assert.That(((string)gates.Attribute("data-probabilities")!).Split(' '), Has.Length.EqualTo(280));
    }

    [TestCase(1, 1)]
    [TestCase(3, 7)]
    [TestCase(200, 384)]
    public void Gates_of_any_size_can_be_drawn(int timeSteps, int hidden)
    {
        Assert.That(() => new Svg(GatesPlot.Draw(Samples.Trace(timeSteps, hidden))), Throws.Nothing);
    }

    [Test]
    public void Compared_bars_are_as_long_as_their_values()
    {
        var svg = new Svg(ComparePlot.Draw("Accelerators", "One epoch each.", Samples.Compared));
        double[][] bars = [.. svg.Parts("bar").Select(bar => bar.Descendants(Svg.Namespace + "rect")
            .Select(rectangle => Svg.Number(rectangle, "width")).ToArray())];
        Assert.That(bars, Has.Length.EqualTo(6), "speed, then phases");
        Assert.That(bars[2].Single() / bars[0].Single(), Is.EqualTo(61_234 / 1_243_000.0).Within(1e-4));
        Assert.That(bars[3][3] / bars[3][1], Is.EqualTo(7.0 / 4).Within(1e-3), "backward to forward");
        Assert.That(bars.Skip(3).Select(parts => parts.Sum()), Has.All.EqualTo(bars[3].Sum()).Within(0.1));
        Assert.That(svg.Texts, Does.Contain("1.3e-5").And.Contain("gather 1.8").And.Contain("backward 63"));
    }
}
