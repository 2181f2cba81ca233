using GpuLstm.Runtime.Formats.Models;

namespace GpuLstm.Runtime.Formats.Onnx;

/// <summary>What an ONNX file is to say: one input [N, T, I] of float32, one output [N, C], or [N, T, C]; N is
/// free.</summary>
/// <param name="Model">The weights.</param>
public sealed record OnnxModelDescription(LstmModel Model)
{
    /// <summary>T; null leaves it free.</summary>
    public int? TimeSteps { get; init; }

    /// <summary>Whether there is an output at every step, [N, T, C].</summary>
    public bool EveryStep { get; init; }

    /// <summary>Of hard sigmoid gates; 0: sigmoids.</summary>
    public float GateSlope { get; init; }

    /// <summary>Whether the output is probabilities, else logits.</summary>
    public bool Softmax { get; init; }

    /// <summary>What the last Linear reads of a bidirectional layer: each direction's final state (as Keras does), else
    /// both directions' outputs at the last step (PyTorch's output[:, -1]). One direction: no difference.</summary>
    public bool FinalStates { get; init; }

    /// <summary>The operator set's version, 14 to 17.</summary>
    public int Opset { get; init; } = 14;

    public string GraphName { get; init; } = "lstm";

    public string InputName { get; init; } = "input";

    /// <summary>The input in words: what its values mean and how they are normalised.</summary>
    public string InputDescription { get; init; } = "";

    public string OutputName { get; init; } = "output";

    /// <summary>Texts by key, such as class names.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
