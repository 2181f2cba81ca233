using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.Training;

/// <summary>Model files carry their network, also those written before networks had variants.</summary>
public class ModelTests : TestsInFolder
{
    private const string OldRecipe =
        """{"name":"old","hidden":3,"layers":2,"batch":4,"epochs":1,"learning_rate":0.01}""";
    private const string OldNetwork =
        """{"time_steps":4,"input_size":2,"pre_linear":0,"hidden_size":3,"layers":2,"classes":2,"biases":2}""";

    [Test]
    public void A_model_of_before_the_variants_still_loads()
    {
        NetworkSpec network = new(4, 2, 0, 3, 2, 2, 2);
        Write(OldRecipe, OldNetwork, network);
        Model model = Model.Load(Folder["m.safetensors"]);
        Assert.That(model.Network, Is.EqualTo(network));
        Assert.That(model.Recipe, Is.EqualTo(new Recipe
        {
            Name = "old", Hidden = 3, Layers = 2, Batch = 4, Epochs = 1, LearningRate = 0.01f,
        }));
    }

    [Test]
    public void Widths_and_variants_come_back()
    {
        using var cpu = new CpuEngine(1);
        Recipe recipe = Recipes.Find("lstm64") with
        {
            Hidden = new(5, 3), Layers = 2, ForgetBias = 1,
            Variant = new() { Bidirectional = true, Dropout = 0.25f, RecurrentDropout = 0.1f, ZoneoutHidden = 0.1f,
                ZoneoutCell = 0.2f, LayerNorm = true },
        };
        NetworkSpec network = recipe.Network(4, 2, 2);
        using var parameters = new ParameterSet(cpu, network.Parameters(), training: false);
        ParameterInitialiser.Initialise(parameters, recipe.Initialisation, seed: 1, recipe.ForgetBias);
        Model.Of(recipe, network, ["a", "b"], parameters).Save(Folder["m.safetensors"]);
        Model model = Model.Load(Folder["m.safetensors"]);
        Assert.That((model.Recipe, model.Network), Is.EqualTo((recipe, network)));
        Assert.That(model.Tensors.Select(t => t.Name), Does.Contain("lstm.weight_ih_l1_reverse"));
        Assert.That(model.Tensors.Single(t => t.Name == "fc.weight").Shape, Is.EqualTo(new long[] { 2, 6 }));
    }

    [TestCase("\"hidden_size\":3", "\"hidden_size\":null")]
    [TestCase("\"hidden_size\":3", "\"hidden_size\":[]")]
    [TestCase("\"hidden_size\":3", "\"hidden_size\":[3,3,3]")]
    [TestCase("\"hidden_size\":3", "\"hidden_size\":1e9")]
    [TestCase("\"hidden_size\":3", "\"hidden_size\":-3")]
    [TestCase("\"layers\":2", "\"layers\":2,\"variant\":null")]
    public void Impossible_widths_are_refused_with_a_sentence(string from, string to)
    {
        Write(OldRecipe, OldNetwork.Replace(from, to, StringComparison.Ordinal), new(4, 2, 0, 3, 2, 2, 2));
        FileFormatException? error = Assert.Throws<FileFormatException>(() => Model.Load(Folder["m.safetensors"]));
        Assert.That(error!.Message, Does.Contain("m.safetensors"));
    }

    [Test]
    public void The_forget_gates_start_at_the_bias_asked_for([Values] Initialisation method)
    {
        using var cpu = new CpuEngine(1);
        LstmSpec spec = new(2, 3, 1, method == Initialisation.PyTorch ? 2 : 1, new() { Bidirectional = true });
        using var plain = new ParameterSet(cpu, [.. spec.Parameters("lstm")], training: false);
        using var biased = new ParameterSet(cpu, plain.Specs, training: false);
        ParameterInitialiser.Initialise(plain, method, seed: 5);
        ParameterInitialiser.Initialise(biased, method, seed: 5, forgetBias: 1.5f);
        foreach (string suffix in new[] { "_l0", "_l0_reverse" })
        {
            float[] sum = new float[12];
            foreach (string name in new[] { "lstm.bias_ih", "lstm.bias_hh" }.Select(n => n + suffix).Where(plain.Has))
            {
                float[] before = cpu.Read(plain.Value(name)), after = cpu.Read(biased.Value(name));
                Assert.That((float[])[.. after[..3], .. after[6..]],
                    Is.EqualTo((float[])[.. before[..3], .. before[6..]]));
                sum = [.. sum.Zip(after, (a, b) => a + b)];
            }
            Assert.That(sum[3..6], Is.All.EqualTo(1.5f));
        }
    }

    private void Write(string recipe, string network, NetworkSpec spec)
    {
        Tensor[] tensors = [.. spec.Parameters().Select(p => new Tensor(p.Name, p.Shape, new float[p.Count]))];
        SafetensorsFile.Write(Folder["m.safetensors"], tensors, new Dictionary<string, string>
        {
            ["gpulstm_format"] = "1", ["recipe"] = recipe, ["network"] = network, ["classes"] = """["a","b"]""",
        });
    }
}
