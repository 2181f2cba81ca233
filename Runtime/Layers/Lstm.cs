using GpuLstm.Runtime.Accelerators;
using ILGPU;

namespace GpuLstm.Runtime.Layers;

/// <summary>How a stack of layers is to be run.</summary>
public readonly record struct LstmUse()
{
    /// <summary>The largest B that a pass may have.</summary>
    public required int MaxBatch { get; init; }

    /// <summary>T, the most steps that a pass may have.</summary>
    public required int TimeSteps { get; init; }

    /// <summary>Whether backward will be called.</summary>
    public bool Training { get; init; }

    /// <summary>Whether the outputs at every step are wanted, not only the final ones.</summary>
    public bool EveryStep { get; init; }

    /// <summary>Whether sequences may end before others.</summary>
    public bool Lengths { get; init; }

    /// <summary>Whether the weights stay as they are at the first pass.</summary>
    public bool FixedWeights { get; init; }

    /// <summary>What training draws its masks from; absent: nothing is dropped.</summary>
    public MaskSource Masks { get; init; }
}

/// <summary>A stack of LSTM layers over whole sequences. Time-major, [T, B, *]; names and layouts of torch.nn.LSTM.
/// D is the number of directions, P the size of h in one, S the steps of a pass.</summary>
public sealed class Lstm : IDisposable
{
    private readonly LstmUse _use;
    private readonly RecurrentLayer[] _layers;

    /// <param name="name">The module's name, the parameters' prefix.</param>
    /// <param name="parameters">Holds those of <see cref="LstmSpec.Parameters"/>.</param>
    /// <exception cref="DeviceException">The device has too little memory, or lacks what the specification asks
    /// for.</exception>
    public Lstm(Engine engine, ParameterSet parameters, string name, LstmSpec spec, in LstmUse use)
    {
        _use = use;
        var plan = new StackPlan(engine, parameters, name, spec, use.MaxBatch, use.TimeSteps, use.Training,
            use.EveryStep, use.Lengths, use.FixedWeights, use.Masks);
        _layers = [.. Enumerable.Range(0, spec.Layers).Select(layer => new RecurrentLayer(plan, layer))];
    }

    /// <summary>The last layer's outputs at every step of the last forward pass, [S, B, D P].</summary>
    /// <exception cref="InvalidOperationException">The stack was not made to keep them.</exception>
    public ArrayView<float> Outputs => _use.EveryStep && _layers[^1].Outputs.IsValid
        ? _layers[^1].Outputs
        : throw new InvalidOperationException("Outputs at every step need a stack made for them, and a forward pass.");

    /// <summary>Runs the stack; returns the last layer's h after each sequence's last step, [B, D P], each direction
    /// after its own. Valid until the next pass.</summary>
    /// <exception cref="ArgumentException">The batch is none that the stack was made for.</exception>
    public ArrayView<float> Forward(in LstmBatch batch)
    {
        if (batch.Initial != null && batch.Initial == batch.Final)
            throw new ArgumentException("Backward needs the initial state: the final one must be another.",
                nameof(batch));
        int steps = batch.Steps == 0 ? _use.TimeSteps : batch.Steps;
        ArrayView<float> x = batch.X;
        foreach (RecurrentLayer layer in _layers)
        {
            layer.Forward(batch, steps, x);
            x = layer.Outputs;
        }
        return _layers[^1].Final();
    }

    /// <summary>The last layer's h in the last forward pass, [B, D P]: that of each direction after its first
    /// <paramref name="step"/> + 1 steps, where all sequences are equally long. Valid until the next call.</summary>
    public ArrayView<float> After(int step) => _layers[^1].After(step);

    /// <summary>The last layer's gates and cells of the last forward pass, of the forward direction.</summary>
    public LstmTrace Trace() => _layers[^1].Trace();

    /// <summary>From the gradients of what the last forward pass gave: overwrites the parameters' gradients, and of its
    /// inputs those that are asked for.</summary>
    /// <exception cref="ArgumentException">The gradient of the last layer's final h is given twice.</exception>
    public void Backward(in LstmBatchGradients gradients)
    {
        if (gradients.Final != null && gradients.Last.IsValid)
            throw new ArgumentException("The last layer's final h has one gradient: in Last, or in Final.",
                nameof(gradients));
        for (int layer = _layers.Length - 1; layer >= 0; layer--)
            _layers[layer].Backward(gradients, layer == 0 ? gradients.X : _layers[layer - 1].Gradient);
    }

    public void Dispose()
    {
        foreach (RecurrentLayer layer in _layers)
            layer.Dispose();
    }
}
