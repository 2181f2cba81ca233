using System.Text.Json.Serialization;

namespace GpuLstm.Runtime.Layers;

/// <summary>What a stack of LSTM layers has beyond the plain one. The defaults are torch.nn.LSTM's.</summary>
public sealed record LstmVariant
{
    /// <summary>Each layer reads the sequence in both directions, and passes both outputs on side by side (Schuster and
    /// Paliwal 1997).</summary>
    public bool Bidirectional { get; init; }

    /// <summary>Probability that a value between two layers is dropped, in training only; kept ones are scaled
    /// up.</summary>
    public float Dropout { get; init; }

    /// <summary>Size that h is projected to; 0: not projected (Sak, Senior and Beaufays 2014; torch's
    /// proj_size).</summary>
    public int Projection { get; init; }

    /// <summary>Layer norm of both parts of the pre-activations and of the cell (Ba, Kiros and Hinton 2016).</summary>
    public bool LayerNorm { get; init; }

    /// <summary>Probability that a value of h is dropped on its way to the next step, for a whole sequence, in training
    /// only (Gal and Ghahramani 2016).</summary>
    public float RecurrentDropout { get; init; }

    /// <summary>Probability that a value of h stays as it is in a step; in inference that share of it stays (Krueger et
    /// al. 2017).</summary>
    public float ZoneoutHidden { get; init; }

    /// <summary>The same of the cell.</summary>
    public float ZoneoutCell { get; init; }

    /// <summary>Slope of hard sigmoid gates, as Keras had them: 0.2, from Keras 3 on 1/6; 0: sigmoids. Such networks
    /// answer, and are not trained.</summary>
    public float GateSlope { get; init; }

    /// <summary>Directions of time of each layer.</summary>
    [JsonIgnore]
    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>In words, as a summary shows it: ", bidirectional, dropout 0.2"; empty for the plain one.</summary>
    [JsonIgnore]
    public string Words => (Bidirectional ? ", bidirectional" : "") + (Projection > 0 ? $", projected to {Projection}"
        : "")
        + (LayerNorm ? ", layer norm" : "") + Rate("hard sigmoid gates of slope", GateSlope)
        + Rate("dropout", Dropout) + Rate("recurrent dropout", RecurrentDropout)
        + Rate("zoneout of h", ZoneoutHidden) + Rate("zoneout of c", ZoneoutCell);

    private static string Rate(string name, float rate) => rate > 0 ? FormattableString.Invariant($", {name} {rate}")
        : "";
}
