using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests.Data;

public class ImageFolderTests : TestsInFolder
{
    [Test]
    public void Classes_come_from_the_names_of_folders_numbers_by_value()
    {
        foreach (string name in new[] { "10", "9", "b", "a", "B", "2" })
            AddImages(name, 5, grey: 1);
        Directory.CreateDirectory(Folder[".git"]);
        Assert.That(Load().Classes, Is.EqualTo(new[] { "2", "9", "10", "B", "a", "b" }));
    }

    [Test]
    public void Images_keep_their_class_and_are_split_eight_to_two()
    {
        AddImages("dark", 10, grey: 40);
        AddImages("light", 20, grey: 210, width: 50, height: 9);
        Dataset data = Load();
        Assert.That((data.Name, data.Train.Count, data.Test.Count), Is.EqualTo(("folder", 24, 6)));
        Assert.That((data.Train.TimeSteps, data.Train.InputSize), Is.EqualTo((28, 28)));
        foreach (Samples side in new[] { data.Train, data.Test })
            for (int i = 0; i < side.Count; i++)
                Assert.That(side.Image(i).ToArray(), Has.All.EqualTo(side.Labels[i] == 0 ? 40 : 210));
        Assert.That(data.Test.Labels.Count(label => label == 0), Is.EqualTo(2));
        Assert.That(data.Origin, Is.EqualTo($"{Folder.Path}, split 8:2 by seed 1"));
    }

    [Test]
    public void Another_ratio_is_taken_when_asked_for()
    {
        AddImages("0", 10, grey: 1);
        AddImages("1", 10, grey: 2);
        Assert.That(Load(new DataOptions { Split = "1:1" }).Test.Count, Is.EqualTo(10));
    }

    [Test]
    public void Files_that_are_not_images_are_left_out_with_a_notice_and_hidden_ones_without()
    {
        AddImages("0", 5, grey: 1);
        AddImages("1", 5, grey: 2);
        Folder.Write(Path.Combine("0", "readme.txt"), [1]);
        Folder.Write(Path.Combine("1", ".DS_Store"), [1]);
        File.Move(Folder["1", "0.png"], Folder["1", "0.PNG"]);
        RecordingProgress progress = new();
        Assert.That(Load(progress: progress).Train.Count, Is.EqualTo(8));
        string notice = $"Files in {Folder.Path} that are no images are left out: 1.";
        Assert.That(progress.Notices.Where(n => n.StartsWith("Files", StringComparison.Ordinal)),
            Is.EqualTo(new[] { notice }));
    }

    [Test]
    public void A_broken_image_is_named()
    {
        AddImages("0", 5, grey: 1);
        AddImages("1", 5, grey: 2);
        string broken = Folder.Write(Path.Combine("1", "3.png"), [1, 2, 3]);
        Assert.That(() => Load(), Throws.TypeOf<FileFormatException>()
            .With.Message.EqualTo($"{broken} is no PNG, JPEG, GIF, BMP or WebP image."));
    }

    [Test]
    public void A_class_without_images_is_named()
    {
        AddImages("0", 5, grey: 1);
        Directory.CreateDirectory(Folder["1"]);
        Assert.That(() => Load(), Throws.TypeOf<GpuLstmException>()
            .With.Message.EqualTo($"{Folder["1"]} has no PNG, JPEG, GIF, BMP or WebP images."));
    }

    [Test]
    public void One_class_is_too_few()
    {
        AddImages("0", 5, grey: 1);
        Assert.That(() => Load(), Throws.TypeOf<GpuLstmException>().With.Message.Contains("1 sub-folders"));
    }

    [Test]
    public void Labels_are_bytes_so_257_classes_are_too_many()
    {
        for (int i = 0; i < 257; i++)
            Directory.CreateDirectory(Folder[$"{i}"]);
        Assert.That(() => Load(), Throws.TypeOf<GpuLstmException>().With.Message.Contains("257 sub-folders"));
    }

    [Test]
    public void A_missing_folder_is_named() => Assert.That(
        () => DatasetLoader.Load(new DataOptions { Spec = "folder:no/such" }, new RecordingProgress(), default),
        Throws.TypeOf<GpuLstmException>().With.Message.EqualTo("no/such cannot be read: there is no such folder."));

    [Test]
    public void An_image_file_that_is_missing_is_named() => Assert.That(() => ImageFile.ReadGrey("no/such.png"),
        Throws.TypeOf<GpuLstmException>().With.Message.StartsWith("no/such.png cannot be read"));

    [Test]
    public void AFolder_in_place_of_an_image_is_refused() => Assert.That(() => ImageFile.ReadGrey(Folder.Path),
        Throws.TypeOf<GpuLstmException>().With.Message.StartsWith($"{Folder.Path} cannot be read"));

    [Test]
    public void The_PNG_copies_of_MNIST_images_are_those_images()
    {
        string images = TestData.Folder("mnist-png"), mnist = TestData.Folder("mnist");
        Dataset copies = DatasetLoader.Load(
            new DataOptions { Spec = $"folder:{images}" }, new RecordingProgress(), default);
        Dataset originals = DatasetLoader.Load(
            new DataOptions { Spec = $"mnist:{mnist}" }, new RecordingProgress(), default);
        HashSet<string> known = [];
        for (int i = 0; i < originals.Test.Count; i++)
            known.Add(originals.Test.Labels[i] + Convert.ToHexString(originals.Test.Image(i)));
        Assert.That((copies.Train.Count, copies.Test.Count), Is.EqualTo((800, 200)));
        for (int i = 0; i < copies.Train.Count; i++)
            Assert.That(known, Does.Contain(copies.Train.Labels[i] + Convert.ToHexString(copies.Train.Image(i))));
    }

    private Dataset Load(DataOptions? options = null, RecordingProgress? progress = null) => DatasetLoader.Load(
        (options ?? new DataOptions()) with { Spec = $"folder:{Folder.Path}" },
        progress ?? new RecordingProgress(), default);

    private void AddImages(string name, int count, byte grey, int width = 28, int height = 28)
    {
        byte[] pixels = new byte[width * height];
        Array.Fill(pixels, grey);
        byte[] png = TestImage.Encode(pixels, width, height);
        for (int i = 0; i < count; i++)
            Folder.Write(Path.Combine(name, $"{i}.png"), png);
    }
}
