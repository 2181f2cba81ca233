using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests.Data;

public class MnistTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void Files_are_read_plain_and_gzipped(bool gzip)
    {
        using IdxFolder folder = new(gzip);
        Dataset data = folder.Load();
        Assert.Multiple(() =>
        {
            Assert.That(data.Name, Is.EqualTo(Path.GetFileName(folder.Path)), "it is not MNIST by its names alone");
            Assert.That(data.Origin, Is.EqualTo(folder.Path));
            Assert.That(data.Classes, Is.EqualTo("0 1 2 3 4 5 6 7 8 9".Split(' ')));
            Assert.That((data.Train.Count, data.Test.Count), Is.EqualTo((IdxFolder.Train, IdxFolder.Test)));
            Assert.That((data.Train.TimeSteps, data.Train.InputSize), Is.EqualTo((IdxFolder.Rows, IdxFolder.Columns)));
            Assert.That(data.Train.Items(), Is.EqualTo(IdxFolder.PixelBytes(IdxFolder.Train * 6)));
            Assert.That(data.Test.Labels, Is.EqualTo(new byte[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }));
        });
    }

    [Test]
    public void Names_with_a_dot_are_found_too()
    {
        using IdxFolder folder = new();
        folder.Delete(IdxFolder.TestLabels);
        folder.Write("t10k-labels.idx1-ubyte", IdxFolder.Labels(IdxFolder.Test));
        Assert.That(folder.Load().Test.Count, Is.EqualTo(IdxFolder.Test));
    }

    [Test]
    public void Limit_shortens_only_the_training_set()
    {
        using IdxFolder folder = new();
        Dataset data = folder.Load(new DataOptions { Limit = 7 });
        Assert.That((data.Train.Count, data.Test.Count), Is.EqualTo((7, IdxFolder.Test)));
        Assert.That(data.Train.Items(), Is.EqualTo(IdxFolder.PixelBytes(7 * 6)));
    }

    private static IEnumerable<TestCaseData> BrokenFiles()
    {
        byte[] images = IdxFolder.Images(30, 3, 2), labels = IdxFolder.Labels(30);
        TestCaseData Case(string name, string file, byte[] content, string complaint) =>
            new TestCaseData(file, content, complaint).SetArgDisplayNames(name);

        yield return Case("wrong magic of images", IdxFolder.TrainImages, [0, 0, 8, 1, .. images[4..]], "0x00000801");
        yield return Case("wrong magic of labels", IdxFolder.TrainLabels, [1, 2, 3, 4, .. labels[4..]], "0x01020304");
        yield return Case("no bytes at all", IdxFolder.TrainImages, [], "within its header");
        yield return Case("half a header", IdxFolder.TrainImages, images[..10], "within its header");
        yield return Case("one pixel missing", IdxFolder.TrainImages, images[..^1], "truncated");
        yield return Case("one label missing", IdxFolder.TrainLabels, labels[..^1], "truncated");
        yield return Case("one byte too many", IdxFolder.TrainImages, [.. images, 0], "more bytes");
        yield return Case("a label of 10", IdxFolder.TrainLabels, [.. labels[..^1], 10], "label 10 at position 29");
        yield return Case("29 labels for 30 images", IdxFolder.TrainLabels, IdxFolder.Labels(29), "29 labels");
        yield return Case("no images", IdxFolder.TrainImages, IdxFolder.Idx(0x803, [0, 3, 2], []), "dimension 1");
        yield return Case("no columns", IdxFolder.TrainImages, IdxFolder.Idx(0x803, [30, 3, 0], []), "dimension 3");
        yield return Case("other size than the test images", IdxFolder.TrainImages,
            IdxFolder.Images(30, 2, 3), "test images of 2x3");
        yield return Case("2^31 images", IdxFolder.TrainImages,
            IdxFolder.Idx(0x803, [1u << 31, 3, 2], [1, 2, 3]), "dimension 1");
        yield return Case("2^93 bytes", IdxFolder.TrainImages,
            IdxFolder.Idx(0x803, [int.MaxValue, int.MaxValue, int.MaxValue], [1, 2, 3]), "truncated");
    }

    [TestCaseSource(nameof(BrokenFiles))]
    public void A_broken_file_is_one_sentence_that_names_it(string file, byte[] content, string complaint)
    {
        foreach (bool gzip in new[] { false, true })
        {
            using IdxFolder folder = new();
            folder.Delete(file);
            folder.Write(file, content, gzip);
            string place = complaint.StartsWith("test images", StringComparison.Ordinal) ? folder.Path : file;
            Assert.That(() => folder.Load(), Throws.TypeOf<FileFormatException>()
                .With.Message.Contains(place).And.Message.Contains(complaint).And.Message.EndsWith("."));
        }
    }

    [Test]
    public void A_header_that_promises_more_than_a_tiny_gzip_file_can_hold_is_refused_before_memory_is_taken()
    {
        using IdxFolder folder = new();
        folder.Delete(IdxFolder.TrainImages);
        folder.Write(IdxFolder.TrainImages, IdxFolder.Idx(0x803, [2_000_000, 28, 28], new byte[100]), gzip: true);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.That(() => folder.Load(), Throws.TypeOf<FileFormatException>().With.Message.Contains("truncated"));
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(8 << 20));
    }

    [TestCase(0.02)]
    [TestCase(0.5)]
    [TestCase(0.8)]
    public void A_gzip_file_that_ends_early_is_refused(double part)
    {
        using IdxFolder folder = new();
        byte[] whole = IdxFolder.Gzip(IdxFolder.Images(IdxFolder.Train, IdxFolder.Rows, IdxFolder.Columns));
        folder.Delete(IdxFolder.TrainImages);
        folder.Write(IdxFolder.TrainImages + ".gz", whole[..(int)(whole.Length * part)]);
        Assert.That(() => folder.Load(),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(IdxFolder.TrainImages));
    }

    [Test]
    public void A_gzip_file_with_a_wrong_checksum_is_refused()
    {
        using IdxFolder folder = new();
        byte[] broken = IdxFolder.Gzip(IdxFolder.Images(IdxFolder.Train, IdxFolder.Rows, IdxFolder.Columns));
        broken[^8] ^= 1; // the CRC of the content
        folder.Delete(IdxFolder.TrainImages);
        folder.Write(IdxFolder.TrainImages + ".gz", broken);
        Assert.That(() => folder.Load(), Throws.TypeOf<FileFormatException>().With.Message.Contains("checksum"));
    }

    [Test]
    public void A_missing_file_is_named()
    {
        using IdxFolder folder = new();
        folder.Delete(IdxFolder.TestLabels);
        Assert.That(() => folder.Load(), Throws.TypeOf<GpuLstmException>()
            .With.Message.EqualTo($"{folder.Path} cannot be used as MNIST: it lacks {IdxFolder.TestLabels}."));
    }

    [Test]
    public void A_missing_folder_is_named() => Assert.That(
        () => DatasetLoader.Load(new DataOptions { Spec = "mnist:no/such" }, new RecordingProgress(), default),
        Throws.TypeOf<GpuLstmException>().With.Message.Contains("no/such"));

    [Test]
    public void A_folder_in_place_of_a_file_is_refused()
    {
        using IdxFolder folder = new();
        folder.Delete(IdxFolder.TestLabels);
        Directory.CreateDirectory(Path.Combine(folder.Path, IdxFolder.TestLabels));
        Assert.That(() => folder.Load(), Throws.TypeOf<GpuLstmException>().With.Message.Contains("it lacks"));
    }

    [Test]
    public void The_first_folder_of_several_that_is_complete_is_used()
    {
        using IdxFolder partial = new(), first = new(), second = new();
        partial.Delete(IdxFolder.TrainLabels);
        MnistSources sources = new(["no/such", partial.Path, first.Path], second.Path, []);
        Dataset data = DatasetLoader.Load(new DataOptions { Spec = "auto" }, sources, new RecordingProgress(), default);
        Assert.That(data.Origin, Is.EqualTo(first.Path));
        data = DatasetLoader.Load(
            new DataOptions(), sources with { Folders = [partial.Path] }, new RecordingProgress(), default);
        Assert.That(data.Origin, Is.EqualTo(second.Path));
    }

    [Test]
    public void Real_MNIST_has_its_known_content()
    {
        DataOptions options = new() { Spec = $"mnist:{TestData.Folder("mnist")}" };
        Dataset data = DatasetLoader.Load(options, new RecordingProgress(), default);
        int[] perClass = new int[10];
        foreach (byte label in data.Train.Labels)
            perClass[label]++;
        Assert.Multiple(() =>
        {
            Assert.That((data.Train.Count, data.Test.Count), Is.EqualTo((60_000, 10_000)));
            Assert.That((data.Train.TimeSteps, data.Train.InputSize), Is.EqualTo((28, 28)));
            // The counts per digit that LeCun's training set is known for.
            Assert.That(perClass, Is.EqualTo(
                new[] { 5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949 }));
            Assert.That(data.Train.Labels[..5], Is.EqualTo(new byte[] { 5, 0, 4, 1, 9 }));
            Assert.That(data.Test.Labels[..5], Is.EqualTo(new byte[] { 7, 2, 1, 0, 4 }));
            double mean = data.Train.Items().Average(pixel => (double)pixel) / 255;
            Assert.That(mean, Is.EqualTo(0.1306604762738429).Within(1e-12));
        });
    }
}
