using System.Text.Json;
using GpuLstm.Kernels;

namespace GpuLstm.Tests.Reference;

/// <summary>A loss of numbers that PyTorch computed in float64; see tools/torch_losses.py.</summary>
public sealed record TorchValueLoss(string Kind, int Batch, int Size, double Delta, double[] Answers, double[] Targets,
    double Loss, double[] Gradient)
{
    public ValueLossKind LossKind => Enum.Parse<ValueLossKind>(Kind, ignoreCase: true);

    public override string ToString() => $"{Kind} {Delta} B{Batch} M{Size}";
}

/// <summary>A loss of classes, some of which are not told (-1).</summary>
public sealed record TorchStepLoss(
    int Rows, int Classes, double Smoothing, double[] Logits, int[] Labels, double Loss, double[] Gradient)
{
    public override string ToString() => $"{Rows} rows, {Classes} classes, smoothing {Smoothing}";
}

/// <summary>The cases of Tests/TestData/torch-losses.json.</summary>
public static class TorchLosses
{
    private sealed record Document(string Torch, TorchValueLoss[] Values, TorchStepLoss[] Classes);

    private static readonly Document _document = JsonSerializer.Deserialize<Document>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "TestData", "torch-losses.json")),
            JsonSerializerOptions.Web)!;

    public static TorchValueLoss[] Values => _document.Values;

    public static TorchStepLoss[] Steps => _document.Classes;
}
