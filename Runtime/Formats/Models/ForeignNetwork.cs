using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Formats.Models;

/// <summary>A network as a file of Keras or ONNX describes it, which tells more than its weights.</summary>
/// <param name="GateSlope">Of hard sigmoid gates; 0: sigmoids.</param>
/// <param name="TimeSteps">Null: any.</param>
public sealed record ForeignNetwork(LstmModel Weights, float GateSlope, Head Head, int? TimeSteps)
{
    /// <summary>Whether the file tells the layers' options, and not their weights alone.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The recurrent_activation that was taken where nothing tells it; null: it is told.</summary>
    public string? Assumed { get; init; }

    /// <summary>Our own, where we exported the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Of a Masking layer; null: there is none.</summary>
    public float? MaskValue { get; init; }

    /// <summary>Whether the first LSTM layer reads backwards.</summary>
    public bool IsBackwards { get; init; }
}
