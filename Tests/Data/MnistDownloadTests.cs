using System.Diagnostics;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests.Data;

public class MnistDownloadTests : TestsInFolder
{
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(400);

    private string Cache => Folder["cache", "mnist"];

    /// <summary>Ways in which a mirror fails: at the first file, and for good.</summary>
    private static IEnumerable<TestCaseData> Failures()
    {
        byte[] labels = IdxFolder.Gzip(IdxFolder.Labels(10_000)); // right size, wrong content
        TestCaseData Case(string name, string reason, Func<string, Stream, CancellationToken, Task> answer) =>
            new TestCaseData(reason, answer).SetArgDisplayNames(name);

        yield return Case("404", "404 Not Found",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "404 Not Found", []));
        yield return Case("500 with a page", "500 Oops",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "500 Oops", "<html>"u8.ToArray()));
        yield return Case("wrong content", "another SHA-256",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "200 OK", labels));
        yield return Case("shorter content", "less than 10008 bytes",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "200 OK", IdxFolder.Gzip(IdxFolder.Labels(9_999))));
        yield return Case("a gzip bomb", "more than 10008 bytes",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "200 OK", IdxFolder.Gzip(new byte[8 << 20])));
        yield return Case("a login page instead", "no whole gzip file",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "200 OK", "<html>please log in</html>"u8.ToArray()));
        yield return Case("half a gzip file, announced as whole", "less than 10008 bytes",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "200 OK", labels[..(labels.Length / 2)]));
        yield return Case("nothing", "less than 10008 bytes",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "200 OK", []));
        yield return Case("far too much", "more than the file can be",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "200 OK", new byte[1 << 20]));
        yield return Case("connection cut in the middle", "prematurely",
            (_, stream, _) => LoopbackServer.RespondAsync(stream, "200 OK", labels[..30], labels.Length));
        yield return Case("connection cut at once", "", (_, _, _) => Task.CompletedTask);
        yield return Case("silence from the start", "nothing received for 0.4 s",
            (_, _, stop) => Task.Delay(TimeSpan.FromSeconds(3), stop));
        yield return Case("silence in the middle", "nothing received for 0.4 s", async (_, stream, stop) =>
        {
            await LoopbackServer.RespondAsync(stream, "200 OK", labels[..30], labels.Length);
            await Task.Delay(TimeSpan.FromSeconds(3), stop);
        });
    }

    [TestCaseSource(nameof(Failures))]
    public void A_failing_mirror_is_named_with_its_reason_and_leaves_nothing(
        string reason, Func<string, Stream, CancellationToken, Task> answer)
    {
        using LoopbackServer server = new(answer);
        Stopwatch watch = Stopwatch.StartNew();
        Assert.That(() => Load("mnist", server.Address), Throws.TypeOf<GpuLstmException>()
            .With.Message.Contains(server.Address.ToString()).And.Message.Contains(reason));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2.5)));
        Assert.That(Directory.GetFileSystemEntries(Cache), Is.Empty);
        Assert.That(server.Requests.Distinct(), Is.EqualTo(new[] { $"/mnist/{IdxFolder.TestLabels}.gz" }));
    }

    [Test]
    public void Auto_tells_each_place_and_mirror_and_then_draws_strokes()
    {
        using LoopbackServer server = new((_, stream, _) => LoopbackServer.RespondAsync(stream, "403 Forbidden", []));
        Uri nobody = LoopbackServer.Nobody();
        RecordingProgress progress = new();
        MnistSources sources = Sources(nobody, server.Address) with { Folders = ["no/such"] };
        DataOptions options = new() { StrokesTrain = 20, StrokesTest = 10 };
        Dataset data = DatasetLoader.Load(options, sources, progress, default);
        Assert.That((data.Name, data.Train.Count, data.Test.Count), Is.EqualTo(("strokes", 20, 10)));
        Assert.That(progress.Notices, Has.Count.EqualTo(1));
        Assert.That(progress.Notices[0], Does.Contain("strokes")
            .And.Contain("no/such (there is no such folder)").And.Contain($"{Cache} (there is no such folder)")
            .And.Contain(nobody.ToString()).And.Contain(server.Address.ToString()).And.Contain("403 Forbidden"));
    }

    [Test]
    public void A_cache_folder_that_cannot_be_made_is_a_reason()
    {
        File.WriteAllText(Folder["cache"], "a file where the folder should be");
        Assert.That(() => Load("mnist", LoopbackServer.Nobody()),
            Throws.TypeOf<GpuLstmException>().With.Message.Contains("cannot be made"));
    }

    [Test]
    public void Stopping_ends_a_download_at_once_and_leaves_nothing()
    {
        using CancellationTokenSource stop = new();
        using LoopbackServer server = new(async (_, stream, stopped) =>
        {
            await LoopbackServer.RespondAsync(stream, "200 OK", new byte[100], 10_000);
            await stop.CancelAsync();
            await Task.Delay(TimeSpan.FromSeconds(3), stopped);
        });
        MnistSources sources = Sources(server.Address) with { StallTimeout = TimeSpan.FromSeconds(30) };
        Assert.That(() => DatasetLoader.Load(new DataOptions(), sources, new RecordingProgress(), stop.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFileSystemEntries(Cache), Is.Empty);
    }

    [Test]
    public void The_second_mirror_delivers_after_the_first_failed_and_what_is_there_is_not_fetched_again()
    {
        string real = TestData.Folder("mnist");
        using LoopbackServer broken = new((_, stream, _) => LoopbackServer.RespondAsync(stream, "404 Not Found", []));
        using LoopbackServer whole = new(async (path, stream, stop) => await LoopbackServer.RespondAsync(
            stream, "200 OK", await File.ReadAllBytesAsync(Path.Combine(real, Path.GetFileName(path)), stop)));
        Directory.CreateDirectory(Cache);
        const string present = IdxFolder.TrainLabels + ".gz";
        File.Copy(Path.Combine(real, present), Path.Combine(Cache, present));

        RecordingProgress progress = new();
        Dataset data = DatasetLoader.Load(new DataOptions(), Sources(broken.Address, whole.Address), progress, default);
        string[] names = [IdxFolder.TestImages, IdxFolder.TestLabels, IdxFolder.TrainImages, IdxFolder.TrainLabels];
        Assert.Multiple(() =>
        {
            Assert.That((data.Name, data.Train.Count, data.Test.Count), Is.EqualTo(("mnist", 60_000, 10_000)));
            Assert.That(data.Origin, Does.Contain("downloaded"));
            Assert.That(Directory.GetFiles(Cache).Select(Path.GetFileNameWithoutExtension).Order(), Is.EqualTo(names));
            Assert.That(broken.Requests, Has.Count.EqualTo(1), "a mirror that failed is not asked again");
            Assert.That(whole.Requests, Has.Count.EqualTo(3));
            long size = new FileInfo(Path.Combine(Cache, IdxFolder.TrainImages + ".gz")).Length;
            Assert.That(progress.Downloads[^1], Is.EqualTo((IdxFolder.TrainImages, size, (long?)size)));
        });

        data = DatasetLoader.Load(new DataOptions(), Sources(broken.Address), progress, default);
        Assert.That(data.Origin, Is.EqualTo(Cache));
    }

    private Dataset Load(string spec, params Uri[] mirrors) =>
        DatasetLoader.Load(new DataOptions { Spec = spec }, Sources(mirrors), new RecordingProgress(), default);

    private MnistSources Sources(params Uri[] mirrors) => new([], Cache, mirrors) { StallTimeout = Stall };
}
