using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;

namespace GpuLstm.Tests.Formats.Models;

public class KerasNamesTests
{
    /// <summary>A tensor whose value at [row, column] is 100 row + column.</summary>
    private static Tensor Numbered(string name, int rows, int columns) =>
        new(name, [rows, columns],
            [.. Enumerable.Range(0, rows * columns).Select(n => n / columns * 100f + n % columns)]);

    [TestCase("sequential/lstm/lstm_cell/", "sequential/dense/", "", TestName = "Keras 3 paths")]
    [TestCase("lstm/lstm_cell/", "dense/", ":0", TestName = "Keras 2 names")]
    public void Kernels_are_transposed_and_gates_keep_their_order(string lstm, string dense, string end)
    {
        Tensor bias = new($"{lstm}bias{end}", [8], [0, 1, 2, 3, 4, 5, 6, 7]);
        LstmModel model = KerasNames.Parse(
        [
            Numbered($"{lstm}kernel{end}", 3, 8), Numbered($"{lstm}recurrent_kernel{end}", 2, 8), bias,
            Numbered($"{dense}kernel{end}", 2, 5), TorchNamesTests.Zeros($"{dense}bias{end}", 5),
        ], "x");
        LstmWeights weights = model.Layers.Single().Forward;
        Assert.That((weights.InputSize, weights.HiddenSize, model.Classes), Is.EqualTo((3L, 2L, 5L)));
        // Unit 1 of the forget gate: column 3 in Keras, row 3 in ours.
        Assert.That(weights.WeightIh.Values[(3 * 3)..(4 * 3)], Is.EqualTo(new float[] { 3, 103, 203 }));
        Assert.That(weights.WeightHh.Values[(3 * 2)..(4 * 2)], Is.EqualTo(new float[] { 3, 103 }));
        Assert.That(weights.BiasIh.Values[3], Is.EqualTo(3));
        Assert.That(weights.BiasHh, Is.Null);
        Assert.That(model.Fc.Weight.Values[..2], Is.EqualTo(new float[] { 0, 100 }));
    }

    [TestCase("torch_plain")]
    [TestCase("torch_pre")]
    [TestCase("torch_no_bias")]
    [TestCase("torch_both_ways")]
    public void A_network_answers_the_same_after_a_journey_through_Keras(string name)
    {
        LstmModel model = LstmModelFile.Read(Sample.PathOf($"{name}.safetensors"));
        MemoryStream stream = new();
        NpzFile.Write(stream, [.. KerasNames.ToVariables(model).Select(t => t.Store())]);
        stream.Position = 0;
        TorchNamesTests.AssertAnswers(LstmModelFile.Parse(NpzFile.Read(stream, "x")), $"{name}_answers.npz");
    }

    [Test]
    public void Variables_come_in_the_order_of_get_weights()
    {
        LstmModel model = LstmModelFile.Read(Sample.PathOf("torch_pre.safetensors"));
        IReadOnlyList<Tensor> variables = KerasNames.ToVariables(model);
        Assert.That(variables.Select(v => $"{v.Name} {TensorShape.Text(v.Shape)}"), Is.EqualTo(new[]
        {
            "pre/kernel [3, 6]", "pre/bias [6]",
            "lstm/kernel [6, 20]", "lstm/recurrent_kernel [5, 20]", "lstm/bias [20]",
            "lstm_1/kernel [5, 20]", "lstm_1/recurrent_kernel [5, 20]", "lstm_1/bias [20]",
            "fc/kernel [5, 4]", "fc/bias [4]",
        }));
    }

    [Test]
    public void Layers_stack_by_number_and_the_state_of_dropout_is_passed_over()
    {
        static StoredTensor[] Layer(string name, int inputs, int hidden) =>
        [
            TorchNamesTests.Zeros($"m/{name}/lstm_cell/kernel", inputs, 4 * hidden).Store(),
            TorchNamesTests.Zeros($"m/{name}/lstm_cell/recurrent_kernel", hidden, 4 * hidden).Store(),
        ];
        StoredTensor[] tensors =
        [
            .. Layer("lstm_2", 3, 4), .. Layer("lstm_10", 4, 5), .. Layer("lstm_9", 4, 4),
            StoredTensor.Of("m/dropout/seed_generator/seed_generator_state", [1, 2]),
            TorchNamesTests.Zeros("m/dense/kernel", 5, 2).Store(),
        ];
        LstmModel model = LstmModelFile.Parse(new TensorArchive("x", tensors, new Dictionary<string, string>()));
        Assert.That(model.Layers.Select(l => l.OutputSize), Is.EqualTo(new long[] { 4, 4, 5 }));
    }

    [Test]
    public void Other_networks_are_refused()
    {
        static void Refused(string complaint, params Tensor[] tensors) =>
            Assert.That(() => KerasNames.Parse(tensors, "m"),
                Throws.TypeOf<FileFormatException>().With.Message.Contains(complaint));
        Tensor dense = TorchNamesTests.Zeros("dense/kernel", 2, 3);
        Refused("'gru' is a GRU",
            TorchNamesTests.Zeros("gru/kernel", 3, 6), TorchNamesTests.Zeros("gru/recurrent_kernel", 2, 6), dense);
        Refused("has a backward direction only", TorchNamesTests.Zeros("b/backward_lstm/kernel", 3, 8),
            TorchNamesTests.Zeros("b/backward_lstm/recurrent_kernel", 2, 8), dense);
        Refused("'bn/gamma' belongs to no LSTM or Dense layer", TorchNamesTests.Zeros("bn/gamma", 3));
    }

    [Test]
    public void Projections_are_a_sentence() =>
        Assert.That(() => KerasNames.ToVariables(LstmModelFile.Read(Sample.PathOf("torch_projected.safetensors"))),
            Throws.TypeOf<GpuLstmException>().With.Message.Contains("projections"));
}
