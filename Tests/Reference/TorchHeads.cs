using System.Text.Json;
using GpuLstm.Kernels;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Reference;

/// <summary>Ten steps of a network that answers numbers, or a class at every step, as PyTorch made them in float64; see
/// tools/torch_heads.py.</summary>
public sealed record TorchHead(string Name, string Head, int T, int B, int I, int H, int Outputs, int Layers, bool Both,
    int[] Lengths, string Loss, double Delta, int Piece, double Smoothing, double Rate, double[] X, double[] Targets,
    int[] Labels, Dictionary<string, double[]> Before, Dictionary<string, double[]> Gradients, double[] Losses,
    Dictionary<string, double[]> After)
{
    private sealed record Document(string Torch, TorchHead[] Cases);

    public static TorchHead[] All { get; } = JsonSerializer.Deserialize<Document>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "TestData", "torch-heads.json")),
        JsonSerializerOptions.Web)!.Cases;

    public Recipe Recipe => Recipes.Find(Recipes.Default) with
    {
        Hidden = H, Layers = Layers, Variant = new() { Bidirectional = Both }, Batch = B, Epochs = 10,
        LearningRate = (float)Rate, Optimizer = OptimizerKind.Adam, LabelSmoothing = (float)Smoothing, Bptt = Piece,
        Loss = Enum.Parse<ValueLossKind>(Loss, ignoreCase: true), HuberDelta = (float)Delta,
    };

    /// <summary>The sequences, each as long as it is.</summary>
    public SequenceSamples Samples
    {
        get
        {
            List<float> values = [];
            List<int> labels = [];
            for (int b = 0; b < B; b++)
            {
                values.AddRange(X.AsSpan(b * T * I, Lengths[b] * I).ToArray().Select(value => (float)value));
                labels.AddRange(Labels.AsSpan(b * T, Lengths[b]).ToArray());
            }
            return new([.. values], Lengths, new byte[B], I)
            {
                Targets = Head == "values" ? [.. Targets.Select(value => (float)value)] : null,
                StepLabels = Head == "values" ? null : [.. labels],
            };
        }
    }

    /// <summary>Values as they are.</summary>
    public InputScale Scale => Recipe.Scale(Features.AsTheyAre([.. Enumerable.Range(0, I).Select(i => $"{i}")]),
        Head == "values" ? Features.AsTheyAre([.. Enumerable.Range(0, Outputs).Select(i => $"{i}")]) : null);

    public override string ToString() => Name;
}
