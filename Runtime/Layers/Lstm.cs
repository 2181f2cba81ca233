using GpuLstm.Runtime.Accelerators;

namespace GpuLstm.Runtime.Layers;

/// <summary>A stack of LSTM layers over whole sequences. Time-major, [T, B, *]; names and layouts of torch.nn.LSTM.
/// D is the number of directions, P the size of h in one.</summary>
public sealed class Lstm : IDisposable
{
    private readonly int _steps;
    private readonly RecurrentLayer[] _layers;

    /// <param name="name">The module's name, the parameters' prefix.</param>
    /// <param name="parameters">Holds those of <see cref="LstmSpec.Parameters"/>.</param>
    /// <param name="maxBatch">The largest B that a pass may have.</param>
    /// <param name="masks">What dropout draws from; absent: nothing is dropped.</param>
    /// <exception cref="DeviceException">The device has too little memory, or lacks what the specification asks for.</exception>
    public Lstm(Accelerator accelerator, ParameterSet parameters, string name, LstmSpec spec, int maxBatch, int timeSteps,
        bool training, MaskSource masks = default)
    {
        _steps = timeSteps;
        var plan = new StackPlan(accelerator, parameters, name, spec, maxBatch, timeSteps, training, masks);
        _layers = [.. Enumerable.Range(0, spec.Layers).Select(layer => new RecurrentLayer(plan, layer))];
    }

    /// <summary>Runs the stack from zero states; returns the last layer's final h, [B, D P].</summary>
    public BufferView<float> Forward(int batch, BufferView<float> x)
    {
        foreach (RecurrentLayer layer in _layers)
            x = layer.Forward(batch, x);
        return Hidden(batch, _steps - 1);
    }

    /// <summary>The last layer's h in the last forward pass, [B, D P]: that of each direction after its first
    /// <paramref name="step"/> + 1 steps. Valid until the next call.</summary>
    public BufferView<float> Hidden(int batch, int step) => _layers[^1].Hidden(batch, step);

    /// <summary>The last layer's gates and cells of the last forward pass, of the forward direction.</summary>
    public LstmTrace Trace() => _layers[^1].Trace();

    /// <summary>From the gradient of what <see cref="Forward"/> returned: overwrites the parameters' gradients and, where given, dx [T, B, I].</summary>
    public void Backward(BufferView<float> dFinal, BufferView<float> dx)
    {
        for (int layer = _layers.Length - 1; layer >= 0; layer--)
            _layers[layer].Backward(layer == _layers.Length - 1 ? dFinal : default, layer == 0 ? dx : _layers[layer - 1].Gradient);
    }

    public void Dispose()
    {
        foreach (RecurrentLayer layer in _layers)
            layer.Dispose();
    }
}
