using System.Text.Json.Nodes;
using GpuLstm.Kernels;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Host;

/// <summary><c>train --augment</c> and what it leaves.</summary>
[TestFixture, NonParallelizable]
public class AugmentOptionTests : TestsInFolder
{
    [Test]
    public void Ranges_are_in_the_models_recipe_and_the_report_and_train_other_weights()
    {
        Model still = Train("still"), moved = Train("moved", "--augment", "rotate=10,elastic=1.5");
        Assert.Multiple(() =>
        {
            Assert.That(still.Recipe.Augment, Is.EqualTo(default(Augmentation)));
            Assert.That(moved.Recipe.Augment, Is.EqualTo(new Augmentation { Rotate = 10, Elastic = 1.5f }));
            Assert.That(moved.Tensors[0].Values, Is.Not.EqualTo(still.Tensors[0].Values));
            Assert.That(File.ReadAllText(Folder["moved", "report.html"]), Does.Contain("rotate=10,elastic=1.5"));
        });
    }

    [Test]
    public void A_model_from_before_there_was_augmentation_is_read()
    {
        Train("run", "--augment", "shift=2");
        TensorArchive file = SafetensorsFile.Read(Folder["run", "model.safetensors"]);
        JsonObject recipe = JsonNode.Parse(file.Metadata["recipe"])!.AsObject();
        Assert.That(recipe.Remove("augment"));
        var metadata = new Dictionary<string, string>(file.Metadata) { ["recipe"] = recipe.ToJsonString() };
        SafetensorsFile.Write(Folder["old.safetensors"], file.Tensors, metadata);
        Assert.That(Model.Load(Folder["old.safetensors"]).Recipe.Augment, Is.EqualTo(default(Augmentation)));
    }

    private Model Train(string name, params string[] options)
    {
        (int code, string output, string errors) = CommandLineTests.Run(["train", "--out", Folder[name], "--data",
            "strokes", "--limit", "100", "--hidden", "8", "--batch", "50", "--epochs", "1", .. options]);
        Assert.That(code, Is.Zero, output + errors);
        return Model.Load(Folder[name, "model.safetensors"]);
    }
}
