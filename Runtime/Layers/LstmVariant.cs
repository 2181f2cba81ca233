using System.Text.Json.Serialization;

namespace GpuLstm.Runtime.Layers;

/// <summary>What a stack of LSTM layers has beyond the plain one. The defaults are torch.nn.LSTM's.</summary>
public sealed record LstmVariant
{
    /// <summary>Each layer reads the sequence in both directions, and passes both outputs on side by side (Schuster and
    /// Paliwal 1997).</summary>
    public bool Bidirectional { get; init; }

    /// <summary>Probability that a value between two layers is dropped, in training only; kept ones are scaled up.</summary>
    public float Dropout { get; init; }

    /// <summary>Directions of time of each layer.</summary>
    [JsonIgnore]
    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>In words, as a summary shows it: ", bidirectional, dropout 0.2"; empty for the plain one.</summary>
    [JsonIgnore]
    public string Words => (Bidirectional ? ", bidirectional" : "")
        + (Dropout > 0 ? FormattableString.Invariant($", dropout {Dropout}") : "");
}
