using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Formats;

public class AtomicFileTests : TestsInFolder
{
    [Test]
    public void A_file_is_written_and_replaced()
    {
        AtomicFile.Write(Folder["f"], s => s.Write("first"u8));
        AtomicFile.Write(Folder["f"], s => s.Write("2nd"u8));
        Assert.That(File.ReadAllText(Folder["f"]), Is.EqualTo("2nd"));
        Assert.That(Folder.Files, Is.EqualTo(new[] { "f" }));
    }

    [TestCase(typeof(IOException), typeof(StorageException))]
    [TestCase(typeof(InvalidOperationException), typeof(InvalidOperationException))]
    public void A_failed_write_leaves_the_previous_file_and_nothing_else(Type thrown, Type seen)
    {
        File.WriteAllText(Folder["f"], "before");
        Assert.That(() => AtomicFile.Write(Folder["f"], s =>
        {
            s.Write("half"u8);
            throw (Exception)Activator.CreateInstance(thrown)!;
        }), Throws.TypeOf(seen));
        Assert.That(File.ReadAllText(Folder["f"]), Is.EqualTo("before"));
        Assert.That(Folder.Files, Is.EqualTo(new[] { "f" }));
    }

    [Test]
    public void An_existing_file_is_kept_unless_it_may_be_replaced()
    {
        File.WriteAllText(Folder["f"], "before");
        Assert.That(() => AtomicFile.Write(Folder["f"], s => s.Write("x"u8), overwrite: false),
            Throws.TypeOf<GpuLstmException>().With.Message.Contains("exists already"));
        Assert.That(File.ReadAllText(Folder["f"]), Is.EqualTo("before"));
    }

    [Test]
    public void A_missing_folder_and_a_folder_as_target_are_sentences()
    {
        string missing = Path.Combine(Folder["none"], "f");
        Assert.That(() => AtomicFile.Write(missing, _ => { }),
            Throws.TypeOf<StorageException>()
                .With.Message.EqualTo($"{missing} cannot be written: there is no such folder."));
        Directory.CreateDirectory(Folder["taken"]);
        Assert.That(() => AtomicFile.Write(Folder["taken"], _ => { }), Throws.TypeOf<StorageException>());
        Assert.That(() => AtomicFile.Write("", _ => { }), Throws.TypeOf<StorageException>());
        Assert.That(Folder.Files, Is.Empty);
    }

    [Test]
    public void A_full_disk_is_a_sentence()
    {
        if (!File.Exists("/dev/full"))
            Assert.Ignore("Only Linux has /dev/full.");
        Assert.That(() => AtomicFile.Write(Folder["f"], _ =>
        {
            using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            full.Write(new byte[1]);
        }), Throws.TypeOf<StorageException>()
            .With.Message.StartsWith($"{Folder["f"]} cannot be written: No space left"));
        Assert.That(Folder.Files, Is.Empty);
    }
}
