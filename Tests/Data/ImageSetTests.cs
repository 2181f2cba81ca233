using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests.Data;

/// <summary>IDX files of other sets than MNIST, folders in parts, and how images are prepared.</summary>
public class ImageSetTests : TestsInFolder
{
    private RecordingProgress _progress = null!;

    [SetUp]
    public void ListenAnew() => _progress = new();

    private Dataset Load(string spec, DataOptions? options = null) => DatasetLoader.Load(
        (options ?? new()) with { Spec = spec }, new MnistSources([], null, []), _progress, default);

    private void WriteSet(string prefix, byte[] labels, string test = "t10k", string labelsEnd = "labels-idx1-ubyte")
    {
        foreach (string part in new[] { "train", test })
        {
            Folder.Write($"{prefix}{part}-images-idx3-ubyte", IdxFolder.Images(labels.Length, 3, 2));
            Folder.Write($"{prefix}{part}-{labelsEnd}", IdxFolder.Idx(0x801, [(uint)labels.Length], labels));
        }
    }

    [Test]
    public void Emnists_letters_count_from_one_and_lie_transposed()
    {
        WriteSet("emnist-letters-", [1, 26, 3], "test");
        Dataset data = Load($"emnist:{Folder.Path}");
        Assert.Multiple(() =>
        {
            Assert.That(data.Name, Is.EqualTo("emnist-letters"));
            Assert.That(data.Classes, Has.Count.EqualTo(26));
            Assert.That(data.Train.Labels.Select(label => data.Classes[label]), Is.EqualTo(new[] { "A", "Z", "C" }));
            Assert.That((data.Train.TimeSteps, data.Train.InputSize), Is.EqualTo((2, 3)));
            Assert.That(data.Train.Image(0).ToArray(), Is.EqualTo(new byte[] { 0, 14, 28, 7, 21, 35 }));
        });
        Folder.Write("emnist-letters-mapping.txt", "1 65 97\n2 98 66\n"u8.ToArray());
        Assert.That(() => Load($"emnist:{Folder.Path}"),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("label 26 at position 1; 1 to 2 are valid"));
        Folder.Write("emnist-letters-mapping.txt", "one\n"u8.ToArray());
        Assert.That(() => Load($"emnist:{Folder.Path}"),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("'one'"));
    }

    [Test]
    public void Of_several_sets_in_a_folder_one_is_named()
    {
        WriteSet("emnist-letters-", [1, 2], "test");
        WriteSet("emnist-digits-", [7, 0], "test");
        Assert.That(() => Load(Folder.Path), Throws.TypeOf<GpuLstmException>()
            .With.Message.Contains("emnist-digits, emnist-letters"));
        Assert.That(Load($"emnist-digits:{Folder.Path}").Train.Labels, Is.EqualTo(new byte[] { 7, 0 }));
    }

    [TestCase("fashion-mnist", "Trouser")]
    [TestCase("kmnist", "き")]
    [TestCase("qmnist", "1")]
    public void A_set_with_MNISTs_file_names_is_what_the_user_says(string name, string second)
    {
        WriteSet("", [0, 1, 9]);
        Dataset data = Load($"{name}:{Folder.Path}");
        Assert.That((data.Name, data.Classes[1]), Is.EqualTo((name, second)));
    }

    [Test]
    public void Without_a_word_a_set_is_called_as_its_folder_and_never_MNIST()
    {
        WriteSet("", [0, 1, 12]);
        Dataset data = Load(Folder.Path);
        Assert.That(data.Name, Is.EqualTo(Path.GetFileName(Folder.Path)));
        Assert.That(data.Classes, Has.Count.EqualTo(13));
        string folder = Folder["mnist"];
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Folder.Path))
            File.Move(file, Path.Combine(folder, Path.GetFileName(file)));
        Assert.That(Load(folder).Name, Is.EqualTo("mnist-like"));
    }

    [Test]
    public void Qmnists_own_labels_have_the_class_first()
    {
        byte[] rows = new byte[2 * 8 * 4];
        (rows[3], rows[35]) = (7, 9);
        foreach (string part in new[] { "train", "test" })
        {
            Folder.Write($"qmnist-{part}-images-idx3-ubyte", IdxFolder.Images(2, 3, 2));
            Folder.Write($"qmnist-{part}-labels-idx2-int", IdxFolder.Idx(0xC02, [2, 8], rows));
        }
        Assert.That(Load($"qmnist:{Folder.Path}").Train.Labels, Is.EqualTo(new byte[] { 7, 9 }));
        Assert.That(Load(Folder.Path).Name, Is.EqualTo("qmnist"));
    }

    [Test]
    public void MNIST_is_known_by_its_content_whatever_it_is_called()
    {
        string mnist = TestData.Folder("mnist");
        Assert.That(Load(mnist).Name, Is.EqualTo("mnist"));
        Assert.That(Load($"kmnist:{mnist}").Name, Is.EqualTo("mnist"));
        Assert.That(_progress.Notices, Has.Some.EqualTo($"{mnist} holds mnist, not kmnist."));
    }

    [TestCase("val")]
    [TestCase("validation")]
    public void A_folder_has_validation_images_of_its_own(string name)
    {
        foreach ((string part, int count) in new[] { ("train", 4), ("test", 3), (name, 2) })
            foreach (string label in new[] { "a", "b" })
                for (int i = 0; i < count; i++)
                    Folder.Write(Path.Combine(part, label, $"{i}.png"),
                        TestImage.Encode([.. Enumerable.Repeat((byte)(10 * i), 28 * 28)], 28, 28));
        Folder.Write(Path.Combine("train", "a", "Thumbs.db"), [1]);
        Directory.CreateDirectory(Folder["train", "__MACOSX"]);
        Dataset data = Load(Folder.Path);
        Assert.That((data.Train.Count, data.Test.Count, data.Validation.Count), Is.EqualTo((8, 6, 4)));
        Assert.That(() => Load(Folder.Path, new() { Validation = "10%" }),
            Throws.TypeOf<UsageException>().With.Message.Contains("validation of its own"));
    }

    /// <summary>A thick cross of ink, dark on light.</summary>
    private static byte[] Cross(int at)
    {
        byte[] pixels = [.. Enumerable.Repeat((byte)230, 60 * 60)];
        for (int i = 0; i < 20; i++)
            for (int w = 0; w < 4; w++)
                pixels[(at + i) * 60 + at + 8 + w] = pixels[(at + 8 + w) * 60 + at + i] = 20;
        return pixels;
    }

    [Test]
    public void Ink_on_an_even_ground_is_prepared_and_other_pictures_are_not()
    {
        foreach (string label in new[] { "a", "b" })
            for (int i = 0; i < 5; i++)
            {
                Folder.Write(Path.Combine("ink", label, $"{i}.png"), TestImage.Encode(Cross(3 * i), 60, 60));
                Folder.Write(Path.Combine("pictures", label, $"{i}.png"), TestImage.Encode(
                    [.. Enumerable.Range(0, 3600).Select(p => (byte)(p * (i + 1) * 7 % 251))], 60, 60));
            }
        Dataset ink = Load(Folder["ink"]), pictures = Load(Folder["pictures"]);
        Assert.That((ink.Prepare, pictures.Prepare), Is.EqualTo((InkChoice.Ink, InkChoice.None)));
        Assert.That(_progress.Notices, Has.Some.Contains("(--prepare ink)").And.Some.Contains("(--prepare none)"));
        Assert.That(InkImage.IsPrepared(new(28, 28, ink.Train.Image(0).ToArray())), Is.True);
        Assert.That(Load(Folder["ink"], new() { Prepare = "none" }).Train.Image(0)[0], Is.EqualTo(230));
        Assert.That(() => Load(Folder["ink"], new() { Prepare = "x" }), Throws.TypeOf<UsageException>());
    }
}
