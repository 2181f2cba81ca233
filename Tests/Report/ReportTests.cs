using System.Text.RegularExpressions;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Report;
using PlotSamples = GpuLstm.Tests.Plots.Samples;

namespace GpuLstm.Tests.Report;

[TestFixture]
public class ReportTests
{
    internal static string Page(string title = "run <1> & more")
    {
        RunData run = Run();
        return RunReport.Create(title, "An LSTM on made-up digits.", run, RunFigures.Draw(run),
            [new("Training speed", "61 234 samples/s")], [new("hidden", "64")], [new("device", "cpu")]).Html();
    }

    private static RunData Run() => new(PlotSamples.History(), PlotSamples.Predictions(), PlotSamples.Digits,
        PlotSamples.Pictures(), PlotSamples.Layers, PlotSamples.Trace());

    [Test]
    public void Every_plot_is_in_the_page()
    {
        string html = Page();
        string[] names =
        [
            "loss", "accuracy", "gradient", "rate", "confusion", "roc", "pr", "calibration", "predictions", "mistakes",
            "network", "gates",
        ];
        MatchCollection figures = Regex.Matches(html, "<figure id=\"([^\"]+)\">");
        Assert.That(figures.Select(match => match.Groups[1].Value), Is.EquivalentTo(names));
        Assert.That(Regex.Count(html, "<svg "), Is.EqualTo(names.Length));
        Assert.That(Regex.Count(html, "<style>"), Is.EqualTo(1), "one style sheet for all");
    }

    [Test]
    public void The_page_needs_nothing_from_elsewhere()
    {
        string html = Page();
        MatchCollection links = Regex.Matches(html, "(?:src|href)=\"([^\"]{0,30})");
        Assert.That(links.Select(match => match.Groups[1].Value),
            Is.Not.Empty.And.All.StartsWith("data:image/png;base64,"));
        Assert.That(html, Does.Not.Contain("@import").And.Not.Contain("url("));
        Assert.That(html.Replace("http://www.w3.org/2000/svg", ""), Does.Not.Contain("http:").And.Not.Contain("https:"),
            "the name of the SVG namespace is no link");
    }

    [Test]
    public void Titles_facts_and_scores_are_shown_and_escaped()
    {
        string html = Page();
        Assert.That(html, Does.Contain("<h1>run &lt;1&gt; &amp; more</h1>"));
        Assert.That(html, Does.Contain("<dt>hidden</dt><dd>64</dd>"));
        Assert.That(html, Does.Contain("<dt>Training speed</dt><dd>61 234 samples/s</dd>"));
        Assert.That(html, Does.Contain("<th scope=\"row\">macro</th>"));
    }

    [Test]
    public void A_run_without_its_log_has_no_training_section()
    {
        RunData run = Run() with { History = null, Gates = null };
        string html = RunReport.Create("r", "s", run, RunFigures.Draw(run), [], [], []).Html();
        Assert.That(html, Does.Not.Contain("<h2>Training</h2>").And.Not.Contain("id=\"gates\""));
    }

    [Test]
    public void A_comparison_puts_what_differs_first()
    {
        ComparedRun[] runs =
        [
            new("first", PlotSamples.History(2), [new("hidden", "64"), new("batch", "100")]),
            new("second", PlotSamples.History(4), [new("hidden", "128"), new("batch", "100"), new("clip", "1")]),
        ];
        string html = ComparisonReport.Create(runs).Html();
        int differs = At("What differs");
        int same = At("What is the same");
        Assert.That(At("<th scope=\"row\">hidden</th><td>64</td><td>128</td>"), Is.InRange(differs, same));
        Assert.That(At("<th scope=\"row\">clip</th><td>–</td><td>1</td>"), Is.InRange(differs, same));
        Assert.That(At("<th scope=\"row\">batch</th>"), Is.GreaterThan(same));
        Assert.That(html, Does.Contain("id=\"test-loss\"").And.Contain("id=\"test-accuracy\""));

        int At(string text) => html.IndexOf(text, StringComparison.Ordinal);
    }
}
