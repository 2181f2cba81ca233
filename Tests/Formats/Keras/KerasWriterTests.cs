using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Formats.Keras;

/// <summary>Models that are written for Keras, read by tools/keras_check.py as Keras reads them.</summary>
public class KerasWriterTests
{
    private static string PathOf(string name) => Sample.PathOf(Path.Combine("keras", name));

    [TestCase("tensorflow2.h5", ".h5")]
    [TestCase("tensorflow2.h5", ".keras")]
    [TestCase("keras2.h5", ".h5")]
    [TestCase("keras3.keras", ".keras")]
    [TestCase("both.keras", ".h5")]
    [TestCase("both.keras", ".keras")]
    [TestCase("steps.keras", ".h5")]
    [TestCase("steps.keras", ".keras")]
    public void What_is_written_answers_as_what_was_read(string name, string extension)
    {
        using TemporaryFolder folder = new();
        Model model = ModelImport.Read(PathOf(name));
        string file = folder["m" + extension];
        ModelExport.Write(model, ExportFormat.Keras, file, overwrite: false);
        Model again = ModelImport.Read(file);
        Assert.That(again.Tensors.Select(t => (t.Name, TensorShape.Text(t.Shape), t.Values)),
            Is.EqualTo(model.Tensors.Select(t => (t.Name, TensorShape.Text(t.Shape), t.Values))));
        Assert.That((again.Network.Head, again.Network.TimeSteps, again.Network.Variant, again.Classes.Count),
            Is.EqualTo((model.Network.Head, model.Network.TimeSteps, model.Network.Variant, model.Classes.Count)));
        ModelExport.Write(model, ExportFormat.Keras, folder["n" + extension], overwrite: false);
        Assert.That(File.ReadAllBytes(folder["n" + extension]), Is.EqualTo(File.ReadAllBytes(file)), "the same bytes");
        PythonTool.KerasCheck.Require();
        (int code, string output) = PythonTool.KerasCheck.Run(
            file, PathOf($"{Path.GetFileNameWithoutExtension(name)}_answers.npz"));
        Assert.That(code, Is.Zero, output);
    }

    [Test]
    public void The_check_fails_for_other_answers()
    {
        PythonTool.KerasCheck.Require();
        using TemporaryFolder folder = new();
        ModelExport.Write(ModelImport.Read(PathOf("tensorflow2.h5")), ExportFormat.Keras, folder["m.h5"],
            overwrite: false);
        Assert.That(PythonTool.KerasCheck.Run(folder["m.h5"], PathOf("keras2_answers.npz")).Code, Is.EqualTo(1));
    }

    [Test]
    public void The_layout_is_a_real_file_s()
    {
        PythonTool.KerasCheck.Require();
        string real = Path.Combine(Data.TestData.Folder("keras"), "lstm_functional_tf_keras_2.h5");
        using TemporaryFolder folder = new();
        ModelExport.Write(ModelImport.Read(PathOf("keras2.h5")), ExportFormat.Keras, folder["m.h5"], overwrite: false);
        (int code, string output) =
            PythonTool.KerasCheck.Run(folder["m.h5"], PathOf("keras2_answers.npz"), "--like", real);
        Assert.That(code, Is.Zero, output);
    }

    [Test]
    public void Classes_and_normalisation_come_back([Values(".h5", ".keras")] string extension)
    {
        using TemporaryFolder folder = new();
        Model model = ModelImport.Read(PathOf("keras3.keras"));
        model = model with
        {
            Classes = ["a", "b", "c", "d", "e"], IsGuessed = false,
            Recipe = model.Recipe with { Mean = 0.25f, Deviation = 0.5f, Variant = new() },
            Network = model.Network with { Variant = new() },
        };
        ModelExport.Write(model, ExportFormat.Keras, folder["m" + extension], overwrite: false);
        Model again = ModelImport.Read(folder["m" + extension]);
        Assert.That((again.Recipe.Mean, again.Recipe.Deviation, again.IsGuessed, string.Join(' ', again.Classes)),
            Is.EqualTo((0.25f, 0.5f, false, "a b c d e")));
    }

    [TestCase("keras2.h5", ".keras", ".h5 keeps it")]
    [TestCase("keras3.keras", ".h5", ".keras keeps it")]
    [TestCase("keras2.h5", ".npz", "hard sigmoid gates")]
    [TestCase("masking.h5", ".h5", "masked steps")]
    public void What_a_form_cannot_say_is_refused(string name, string extension, string expected)
    {
        using TemporaryFolder folder = new();
        Assert.That(() => ModelExport.Write(ModelImport.Read(PathOf(name)), ExportFormat.Keras, folder["m" + extension],
            overwrite: false), Throws.InstanceOf<GpuLstmException>().With.Message.Contains(expected));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);
    }
}
