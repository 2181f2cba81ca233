using System.Diagnostics;
using System.Text.RegularExpressions;

namespace GpuLstm.Tests.Report;

/// <summary>The report in a real browser: headless Chromium runs the page and a probe, and prints the page that
/// results.</summary>
[TestFixture]
public class ReportBrowserTests
{
    private const string Probe = """
        <script>
        const probe = {};
        const slider = document.querySelector('.explorer input');
        const output = document.querySelector('.explorer output');
        probe.last = output.textContent;
        slider.value = 5;
        slider.dispatchEvent(new Event('input'));
        probe.fifth = output.textContent;
        const frame = document.querySelector('#gates svg > rect:last-of-type').getBoundingClientRect();
        const image = document.querySelector('#gates [data-part=gates]').getBoundingClientRect();
        probe.frameIsInside = frame.top > image.top && frame.bottom < image.bottom;
        const svg = document.querySelector('#loss svg');
        const box = svg.getBoundingClientRect();
        const [clientX, clientY] = [box.left + box.width / 2, box.top + box.height * 0.6];
        svg.dispatchEvent(new PointerEvent('pointermove', { clientX, clientY }));
        probe.hover = [...document.querySelectorAll('.values')].find(values => !values.hidden)?.innerText;
        const pictures = [...document.querySelectorAll('figure svg')];
        probe.pictures = pictures.filter(svg => svg.getBoundingClientRect().height > 100).length;
        probe.overflow = document.documentElement.scrollWidth > innerWidth;
        const result = document.createElement('pre');
        document.body.append(Object.assign(result, { id: 'probe', textContent: JSON.stringify(probe) }));
        </script>
        """;

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("gpulstm-report-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_slider_and_the_hover_values_work_without_errors()
    {
        string page = Path.Combine(_folder, "report.html");
        File.WriteAllText(page, ReportTests.Page().Replace("</body>", Probe + "</body>"));
        (string dom, string log) = Chromium("--dump-dom", "--window-size=1300,900", page);
        string probe = Regex.Match(dom, "<pre id=\"probe\">(.*?)</pre>").Groups[1].Value;
        Assert.That(log, Does.Not.Contain("CONSOLE"), "console errors");
        Assert.That(probe, Does.Contain("\"last\":\"After row 28 of 28: 4 with 91.0\u2009%\""));
        Assert.That(probe, Does.Contain("\"fifth\":\"After row 5 of 28: 7 with 91.0\u2009%\""));
        Assert.That(probe, Does.Contain("\"frameIsInside\":true"));
        const string Number = "[01]\\.\\d+";
        Assert.That(probe, Does.Match(
            $"\"hover\":\"epoch {Number}\\\\ntraining, mean of 10 steps {Number}\\\\ntest {Number}\""));
        Assert.That(probe, Does.Contain("\"pictures\":10").And.Contain("\"overflow\":false"));
    }

    [TestCase(1300)]
    [TestCase(400)]
    public void A_screenshot_is_kept(int width)
    {
        string page = Path.Combine(_folder, "report.html");
        string picture = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"report-{width}.png");
        File.WriteAllText(page, ReportTests.Page());
        Chromium($"--screenshot={picture}", $"--window-size={width},3000", page);
        Assert.That(new FileInfo(picture).Length, Is.GreaterThan(20_000));
        TestContext.AddTestAttachment(picture, "the report in Chromium");
    }

    private (string Output, string Log) Chromium(string action, string size, string page)
    {
        string program = Find();
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--enable-logging=stderr", $"--user-data-dir={Path.Combine(_folder, "profile")}", size, action,
            new Uri(page).AbsoluteUri,
        })
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> log = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("Chromium did not end within two minutes.");
        }
        return (output.Result, log.Result);
    }

    private static string Find()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string[] names = ["chromium", "chromium-browser", "google-chrome"];
        string? found = names.SelectMany(_ => folders, (name, folder) => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (found is null)
            Assert.Ignore("No Chromium on this machine: the report's scripts were not run.");
        return found!;
    }
}
