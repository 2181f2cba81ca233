using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;

namespace GpuLstm.Tests.Formats.Models;

public class TorchNamesTests
{
    /// <summary>Compares with the logits that PyTorch computed.</summary>
    internal static void AssertAnswers(LstmModel model, string answers, double tolerance = 2e-6)
    {
        TensorArchive file = NpzFile.Read(Sample.PathOf(answers));
        Tensor x = file.Find("x")!.ToFloats(), logits = file.Find("logits")!.ToFloats();
        double[] computed =
            [.. ModelOracle.Logits(model, x.Values, (int)x.Shape[0], (int)x.Shape[1]).SelectMany(l => l)];
        Assert.That(logits.Values, Has.Length.EqualTo(computed.Length).And.Not.Empty);
        for (int i = 0; i < computed.Length; i++)
            Assert.That(Math.Abs(computed[i] - logits.Values[i]) <= tolerance,
                $"logit {i}: {computed[i]} {logits.Values[i]}");
    }

    [TestCase("torch_plain")]
    [TestCase("torch_pre")]
    [TestCase("torch_no_bias")]
    [TestCase("torch_both_ways")]
    [TestCase("torch_projected")]
    public void A_network_saved_by_PyTorch_answers_as_in_PyTorch(string name)
    {
        LstmModel model = LstmModelFile.Read(Sample.PathOf($"{name}.safetensors"));
        AssertAnswers(model, $"{name}_answers.npz");
        LstmModel again = TorchNames.Parse(model.ToTensors(), "ours");
        AssertAnswers(again, $"{name}_answers.npz");
    }

    [Test]
    public void Npz_with_a_prefix_is_the_same_network() =>
        AssertAnswers(LstmModelFile.Read(Sample.PathOf("torch_plain.npz")), "torch_plain_answers.npz");

    [Test]
    public void Ours_are_the_names_of_PyTorch()
    {
        LstmModel model = LstmModelFile.Read(Sample.PathOf("torch_pre.safetensors"));
        Assert.That(model.ToTensors().Select(t => t.Name), Is.EqualTo(new[]
        {
            "pre.weight", "pre.bias",
            "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0",
            "lstm.weight_ih_l1", "lstm.weight_hh_l1", "lstm.bias_ih_l1", "lstm.bias_hh_l1",
            "fc.weight", "fc.bias",
        }));
    }

    [TestCase("torch_pre", "embed", "rnn", "out")]
    [TestCase("torch_both_ways", "-", "lstm", "fc")]
    [TestCase("torch_projected", "-", "lstm", "fc")]
    public void A_state_dict_travels_through_us_unchanged(string name, string pre, string lstm, string fc)
    {
        TensorArchive original = SafetensorsFile.Read(Sample.PathOf($"{name}.safetensors"));
        IReadOnlyList<Tensor> written = TorchNames.ToStateDict(LstmModelFile.Parse(original), pre, lstm, fc);
        Assert.That(written.Select(t => t.Name), Is.EquivalentTo(original.Tensors.Select(t => t.Name)));
        foreach (Tensor tensor in written)
        {
            Assert.That(tensor.Shape, Is.EqualTo(original.Find(tensor.Name)!.Shape), tensor.Name);
            Assert.That(tensor.Values, Is.EqualTo(original.Find(tensor.Name)!.ToFloats().Values), tensor.Name);
        }
    }

    [Test]
    public void One_bias_becomes_two_in_a_state_dict()
    {
        List<Tensor> tensors = [.. Lstm("lstm", 2, 3), Zeros("fc.weight", 4, 3)];
        tensors.RemoveAll(t => t.Name == "lstm.bias_hh_l0");
        LstmModel model = TorchNames.Parse(tensors, "x");
        Assert.That(model.Layers[0].Forward.BiasHh, Is.Null);
        Tensor second = TorchNames.ToStateDict(model).Single(t => t.Name == "lstm.bias_hh_l0");
        Assert.That(second.Values, Is.EqualTo(new float[12]));
    }

    internal static Tensor Zeros(string name, params long[] shape) =>
        new(name, shape, new float[TensorShape.Count(shape)!.Value]);

    internal static Tensor[] Lstm(string module, int inputs, int hidden, int gates = 4, string end = "_l0") =>
    [
        Zeros($"{module}.weight_ih{end}", gates * hidden, inputs),
        Zeros($"{module}.weight_hh{end}", gates * hidden, hidden),
        Zeros($"{module}.bias_ih{end}", gates * hidden), Zeros($"{module}.bias_hh{end}", gates * hidden),
    ];

    [Test]
    public void Modules_stack_by_number_and_cells_count_as_layers()
    {
        LstmModel model = TorchNames.Parse(
        [
            .. Lstm("cell10", 5, 6, end: ""), .. Lstm("cell2", 4, 5, end: ""), Zeros("fc.weight", 3, 6),
            .. Lstm("cell1", 2, 4, end: ""),
        ], "x");
        Assert.That(model.Layers.Select(l => l.InputSize), Is.EqualTo(new long[] { 2, 4, 5 }));
        Assert.That(model.Fc.Bias.Values, Is.EqualTo(new float[3]));
    }

    [TestCase("input", "classifier", "input")]
    [TestCase("head", "a", "a")]
    [TestCase("linear2", "linear1", "linear1")]
    [TestCase("net.3", "net.0", "net.0")]
    [TestCase("x", "y", null)]
    public void Names_decide_where_sizes_do_not(string first, string second, string? pre)
    {
        Tensor[] tensors = [Zeros($"{first}.weight", 4, 4), .. Lstm("rnn", 4, 4), Zeros($"{second}.weight", 4, 4)];
        if (pre is null)
            Assert.That(() => TorchNames.Parse(tensors, "m"), Throws.TypeOf<FileFormatException>()
                .With.Message.Contains("do not tell which of 'x' and 'y' comes first"));
        else
            Assert.That(TorchNames.Parse(tensors, "m").Pre!.Weight.Name, Is.EqualTo($"{pre}.weight"));
    }

    private static IEnumerable<TestCaseData> OtherNetworks()
    {
        static TestCaseData Case(string name, string complaint, params Tensor[] tensors) =>
            new TestCaseData(tensors, complaint).SetArgDisplayNames(name);
        Tensor fc = Zeros("fc.weight", 3, 4);

        yield return Case("nothing", "no LSTM layer");
        yield return Case("Linear only", "no LSTM layer", fc);
        yield return Case("no Linear", "0 Linear layers", Lstm("lstm", 2, 4));
        yield return Case("three Linears", "3 Linear layers",
            [.. Lstm("lstm", 2, 4), fc, Zeros("a.weight", 2, 2), Zeros("b.weight", 2, 2)]);
        yield return Case("two Linears after", "'fc' and 'fc2' fit neither",
            [.. Lstm("lstm", 2, 4), fc, Zeros("fc2.weight", 5, 3)]);
        yield return Case("Linear of another size", "'fc' takes 9 inputs but the LSTM gives 4",
            [.. Lstm("lstm", 2, 4), Zeros("fc.weight", 3, 9)]);
        yield return Case("GRU", "'gru' is a GRU", [.. Lstm("gru", 2, 4, gates: 3), fc]);
        yield return Case("plain RNN", "'rnn' is a plain RNN", [.. Lstm("rnn", 2, 4, gates: 1), fc]);
        yield return Case("gap between layers", "layer 0 of 'lstm' is missing",
            [.. Lstm("lstm", 2, 4, end: "_l1"), fc]);
        yield return Case("layers that do not chain", "LSTM layer 1 takes 7 inputs but the layer before gives 4",
            [.. Lstm("lstm", 2, 4), .. Lstm("lstm", 7, 4, end: "_l1"), fc]);
        yield return Case("no recurrent weights", "no weight_hh of 'lstm'", Lstm("lstm", 2, 4)[0], fc);
        yield return Case("wrong bias", "'lstm.bias_ih_l0' has the shape [5], where [16] is needed",
            [.. Lstm("lstm", 2, 4)[..2], Zeros("lstm.bias_ih_l0", 5), fc]);
        yield return Case("weights of one dimension", "where a matrix is needed",
            [.. Lstm("lstm", 2, 4), fc, Zeros("norm.weight", 4)]);
        yield return Case("directions of different inputs", "inputs of different sizes",
            [.. Lstm("lstm", 2, 4), .. Lstm("lstm", 3, 4, end: "_l0_reverse"), Zeros("fc.weight", 3, 8)]);
        yield return Case("the same tensor twice", "the weight of 'fc' twice", [.. Lstm("lstm", 2, 4), fc, fc]);
    }

    [Test]
    public void A_tensor_that_no_layer_needs_is_left_out_with_a_note()
    {
        List<string> notes = [];
        Tensor[] tensors = [.. Lstm("lstm", 2, 4), Zeros("fc.weight", 3, 4), Zeros("conv.gain", 4)];
        LstmModel model = TorchNames.Parse(tensors, "dir/m", notes.Add);
        Assert.That(model.Layers, Has.Count.EqualTo(1));
        Assert.That(notes, Is.EqualTo(new[]
        {
            "'conv.gain' in 'dir/m' belongs to no LSTM or Linear layer, and is left out.",
        }));
    }

    [TestCaseSource(nameof(OtherNetworks))]
    public void Another_kind_of_network_is_refused_in_one_sentence(Tensor[] tensors, string complaint) =>
        Assert.That(() => TorchNames.Parse(tensors, "dir/m"), Throws.TypeOf<FileFormatException>()
            .With.Message.StartsWith("dir/m cannot be read as an LSTM network: ").And.Message.Contains(complaint)
            .And.Message.EndsWith("."));
}
