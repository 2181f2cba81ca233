using System.IO.Compression;
using System.Text.Json;

namespace GpuLstm.Tests.Reference;

/// <summary>One case that PyTorch computed in float64; see tools/torch_vectors.py for what each kind holds.</summary>
/// <param name="Sizes">T, B, I, H, and where they matter L (layers), P (pre-linear or projection), C (classes), D
/// (directions).</param>
/// <param name="Settings">lr, adamw (0 or 1), decay, clip, smoothing.</param>
/// <param name="Parameters">By PyTorch's names, row-major.</param>
/// <param name="Inputs">x [T, B, I], h0, c0, gradients dy, dhn, dcn of the outputs, masks.</param>
/// <param name="Losses">Of ten steps on the same batch.</param>
/// <param name="After">Parameters after the tenth step.</param>
public sealed record TorchCase(
    string Name, string Kind, Dictionary<string, int> Sizes, Dictionary<string, double>? Settings,
    int[]? Labels, int[]? Lengths, Dictionary<string, double[]> Parameters, Dictionary<string, double[]> Inputs,
    Dictionary<string, double[]> Outputs, Dictionary<string, double[]> Gradients,
    double[]? Losses, Dictionary<string, double[]>? After)
{
    public int T => Sizes["T"];

    public int B => Sizes["B"];

    public int I => Sizes["I"];

    public int H => Sizes["H"];

    public double LabelSmoothing => Settings!["smoothing"];

    /// <summary>Largest norm of the gradients, 0: no clipping.</summary>
    public double Clip => Settings!["clip"];

    /// <summary>The network of a case of kind "network".</summary>
    public ReferenceShape Shape => new(T, I, Sizes["P"], H, Sizes["L"], Sizes["C"]);

    /// <summary>The layers of a case of kind "lstm".</summary>
    public ReferenceLayerSizes Stack => new(Sizes["L"], I, H, Sizes["P"], Sizes["D"] == 2);

    /// <summary>The batch of a case of kind "network".</summary>
    public ReferenceBatch Batch =>
        new(B, Inputs["x"], Labels!, Inputs.GetValueOrDefault("h0"), Inputs.GetValueOrDefault("c0"));

    /// <summary>The sequences of a case of kind "lstm" or "variant".</summary>
    public LstmInput Input => new(T, B, Inputs["x"], Inputs["h0"], Inputs["c0"], Lengths);

    /// <summary>The gradients that enter a case of kind "lstm" or "variant".</summary>
    public LstmOutputGradients From => new(Inputs["dy"], Inputs["dhn"], Inputs["dcn"]);

    public AdamSettings Adam => new(Settings!["lr"], WeightDecay: Settings["decay"], Decoupled: Settings["adamw"] == 1);

    /// <summary>Copies of the parameters, which steps may change.</summary>
    public Dictionary<string, double[]> CopyParameters() => Parameters.ToDictionary(p => p.Key, p => p.Value.ToArray());

    public override string ToString() => Name;
}

/// <summary>The cases of Tests/TestData/torch-vectors.json.gz.</summary>
public static class TorchVectors
{
    private sealed record Document(string Torch, TorchCase[] Cases);

    private static readonly Lazy<Document> File = new(Load);

    /// <summary>The PyTorch that computed them.</summary>
    public static string Version => File.Value.Torch;

    /// <summary>The cases of a kind: "network", "lstm" or "variant".</summary>
    public static IReadOnlyList<TorchCase> Of(string kind) => [.. File.Value.Cases.Where(c => c.Kind == kind)];

    private static Document Load()
    {
        string path = Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "torch-vectors.json.gz");
        using GZipStream stream = new(System.IO.File.OpenRead(path), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<Document>(stream, JsonSerializerOptions.Web)!;
    }
}
