using Microsoft.Playwright;

namespace GpuLstm.Tests.Report;

/// <summary>The report in a real browser: the system's Chromium, driven by Playwright.</summary>
[TestFixture, NonParallelizable]
public class ReportBrowserTests : TestsInFolder
{
    private const string Number = @"[01]\.\d+";

    private readonly List<string> _complaints = [];
    private IPlaywright? _playwright;
    private IBrowser _browser = null!;

    [OneTimeSetUp]
    public async Task LaunchBrowser()
    {
        string program = Find();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program });
    }

    [OneTimeTearDown]
    public void CloseBrowser() => _playwright?.Dispose(); // the browser ends with its driver

    [Test]
    public async Task It_shows_every_picture_and_asks_for_nothing_else([Values(1300, 400)] int width)
    {
        IPage page = await Open(width);
        string[] missing = await page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('figure')]
                .filter(figure => figure.querySelector('svg').getBoundingClientRect().height < 100).map(f => f.id)
            """);
        Assert.That(missing, Is.Empty);
        Assert.That(await page.Locator("figure > svg").CountAsync(), Is.EqualTo(12));
        Assert.That(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"), Is.False,
            "nothing sticks out");
        // A broken data URI is no console error: decode each.
        int images = await page.EvaluateAsync<int>("""
            async () => {
                const images = [...document.querySelectorAll('svg image')];
                for (const one of images) {
                    const copy = new Image();
                    copy.src = one.href.baseVal;
                    await copy.decode();
                }
                return images.length;
            }
            """);
        Assert.That(images, Is.Positive);
        AssertNoComplaints();
    }

    [Test]
    public async Task The_slider_moves_by_keyboard_and_shows_the_row()
    {
        IPage page = await Open();
        ILocator slider = page.Locator(".explorer input"), said = page.Locator(".explorer output");
        Assert.That(await said.TextContentAsync(), Is.EqualTo("After row 28 of 28: 4 with 91.0\u2009%"));
        double atEnd = await FrameTop(page);
        await slider.FocusAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.That(await said.TextContentAsync(), Does.StartWith("After row 27 of 28: "));
        await page.Keyboard.PressAsync("Home");
        Assert.That(await said.TextContentAsync(), Does.StartWith("After row 1 of 28: "));
        double atStart = await FrameTop(page);
        for (int row = 1; row < 5; row++)
            await page.Keyboard.PressAsync("ArrowRight");
        Assert.That(await said.TextContentAsync(), Is.EqualTo("After row 5 of 28: 7 with 91.0\u2009%"));
        Assert.That(await page.Locator(".explorer .best").TextContentAsync(), Is.EqualTo("7"));
        Assert.That(await FrameTop(page), Is.InRange(atStart + 1, atEnd - 1));
        AssertNoComplaints();
    }

    [Test]
    public async Task Values_appear_where_the_pointer_is_and_go_with_it()
    {
        IPage page = await Open();
        ILocator plot = page.Locator("#loss svg"), values = page.Locator(".values:visible");
        await plot.HoverAsync();
        Assert.That(await values.InnerTextAsync(),
            Does.Match($@"^epoch {Number}\ntraining, mean of 10 steps {Number}\ntest {Number}$"));
        await page.Locator("h1").HoverAsync();
        Assert.That(await values.CountAsync(), Is.Zero);
        AssertNoComplaints();
    }

    [Test]
    public async Task No_two_texts_overlap(
        [Values(ColorScheme.Light, ColorScheme.Dark)] ColorScheme scheme, [Values(1300, 400)] int width)
    {
        IPage page = await Open(width, scheme);
        string[] overlaps = await page.EvaluateAsync<string[]>("""
            () => [...document.querySelectorAll('svg')].flatMap(svg => {
                const texts = [...svg.querySelectorAll('text')]
                    .map(text => [text.textContent, text.getBoundingClientRect()]);
                return texts.flatMap(([name, a], i) => texts.slice(i + 1)
                    .filter(([, b]) => a.left + 1 < b.right && b.left + 1 < a.right
                        && a.top + 0.2 * a.height < b.bottom - 0.2 * b.height
                        && b.top + 0.2 * b.height < a.bottom - 0.2 * a.height)
                    .map(([other]) => `${name} | ${other}`));
            })
            """);
        Assert.That(overlaps, Is.Empty);
        AssertNoComplaints();
    }

    [TestCase(ColorScheme.Light, 1300)]
    [TestCase(ColorScheme.Dark, 1300)]
    [TestCase(ColorScheme.Light, 400)]
    [TestCase(ColorScheme.Dark, 400)]
    public async Task Paper_is_light_or_dark_as_the_reader_likes_and_a_screenshot_is_kept(ColorScheme scheme, int width)
    {
        IPage page = await Open(width, scheme);
        foreach (string element in new[] { "body", "#loss svg > rect" })
        {
            string property = element == "body" ? "backgroundColor" : "fill";
            int[] paper = await page.EvalOnSelectorAsync<int[]>(element,
                $"e => getComputedStyle(e).{property}.match(/\\d+/g).slice(0, 3).map(Number)");
            Assert.That(paper.Average(), scheme == ColorScheme.Dark ? Is.LessThan(60) : Is.GreaterThan(230), element);
        }
        string folder = Environment.GetEnvironmentVariable("GPULSTM_ARTIFACTS")
            ?? TestContext.CurrentContext.WorkDirectory;
        string picture = Path.Combine(folder, $"report-{scheme.ToString().ToLowerInvariant()}-{width}.png");
        await page.ScreenshotAsync(new() { Path = picture, FullPage = true });
        Assert.That(new FileInfo(picture).Length, Is.GreaterThan(50_000));
        TestContext.AddTestAttachment(picture, "the report in Chromium");
        AssertNoComplaints();
    }

    private async Task<IPage> Open(int width = 1300, ColorScheme scheme = ColorScheme.Light)
    {
        _complaints.Clear();
        string file = Folder["report.html"];
        await File.WriteAllTextAsync(file, ReportTests.Page());
        IPage page = await _browser.NewPageAsync(
            new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme });
        page.Console += (_, message) => _complaints.Add($"console {message.Type}: {message.Text}");
        page.PageError += (_, error) => _complaints.Add($"error: {error}");
        page.RequestFailed += (_, request) => _complaints.Add($"failed: {request.Url}");
        page.Request += (_, request) =>
        {
            if (request.Url != new Uri(file).AbsoluteUri && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                _complaints.Add($"asks for {request.Url}");
        };
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        return page;
    }

    /// <summary>Where the frame stands that marks the row.</summary>
    private static async Task<double> FrameTop(IPage page)
    {
        LocatorBoundingBoxResult frame = (await page.Locator("#gates svg > rect").Last.BoundingBoxAsync())!;
        LocatorBoundingBoxResult image = (await page.Locator("#gates [data-part=gates]").BoundingBoxAsync())!;
        Assert.That(frame.Y, Is.GreaterThanOrEqualTo(image.Y).And.LessThan(image.Y + image.Height));
        return frame.Y;
    }

    private void AssertNoComplaints() => Assert.That(_complaints, Is.Empty);

    /// <summary>The system's browser. Without one the tests are skipped; on a build server that is a failure.</summary>
    private static string Find()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        string[] names = ["chromium", "chromium-browser", "google-chrome"];
        string? found = names.SelectMany(_ => folders, (name, folder) => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (found is null && Environment.GetEnvironmentVariable("CI") is not null)
            Assert.Fail("No Chromium on this machine.");
        if (found is null)
            Assert.Ignore("No Chromium on this machine: the report's scripts were not run.");
        return found!;
    }
}
