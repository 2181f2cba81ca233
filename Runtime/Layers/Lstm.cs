using GpuLstm.Runtime.Accelerators;

namespace GpuLstm.Runtime.Layers;

/// <summary>A stack of LSTM layers over whole sequences. Time-major, [T, B, *]; names and layouts of torch.nn.LSTM.</summary>
public sealed class Lstm : IDisposable
{
    private readonly Operations _operations;
    private readonly int _steps, _hidden;
    private readonly LstmPlan[] _plans;
    private readonly DeviceBuffer<float>[] _outputs;    // per layer [T, B, H]
    private readonly DeviceBuffer<float>?[] _gradients; // per layer but the last: gradient of its outputs
    private readonly LstmForwardPass[] _passes;
    private readonly LstmWeightViews[] _weights, _dWeights;

    /// <param name="name">The module's name, the parameters' prefix.</param>
    public Lstm(Accelerator accelerator, ParameterSet parameters, string name, int layers, LstmDescriptor first)
    {
        _operations = accelerator.Operations;
        (_steps, _hidden) = (first.TimeSteps, first.HiddenSize);
        long output = (long)first.TimeSteps * first.MaxBatch * first.HiddenSize;
        _plans = new LstmPlan[layers];
        _outputs = new DeviceBuffer<float>[layers];
        _gradients = new DeviceBuffer<float>?[layers];
        _passes = new LstmForwardPass[layers];
        _weights = new LstmWeightViews[layers];
        _dWeights = new LstmWeightViews[layers];
        for (int layer = 0; layer < layers; layer++)
        {
            _plans[layer] = _operations.PlanLstm(layer == 0 ? first : first with { InputSize = first.HiddenSize });
            _outputs[layer] = accelerator.Allocate<float>(output);
            _weights[layer] = Views(name, layer, parameters, parameters.Value);
            _dWeights[layer] = Views(name, layer, parameters, parameters.GradientOrAbsent);
            _gradients[layer] = first.Training && layer < layers - 1 ? accelerator.Allocate<float>(output) : null;
        }
    }

    /// <summary>What the stack adds to a network's parameters.</summary>
    /// <param name="biases">2 as PyTorch has them, or 1 as Keras does.</param>
    public static IEnumerable<ParameterSpec> Specs(string name, int inputs, int hidden, int layers, int biases)
    {
        for (int layer = 0; layer < layers; layer++)
        {
            yield return new($"{name}.weight_ih_l{layer}", 4 * hidden, layer == 0 ? inputs : hidden);
            yield return new($"{name}.weight_hh_l{layer}", 4 * hidden, hidden);
            yield return new($"{name}.bias_ih_l{layer}", 4 * hidden);
            if (biases == 2)
                yield return new($"{name}.bias_hh_l{layer}", 4 * hidden);
        }
    }

    /// <summary>Runs the stack from zero states; returns the last layer's h at the last step, [B, H].</summary>
    public BufferView<float> Forward(int batch, BufferView<float> x)
    {
        for (int layer = 0; layer < _plans.Length; layer++)
        {
            BufferView<float> y = _outputs[layer].View.Slice(0, (long)_steps * batch * _hidden);
            _passes[layer] = new() { BatchSize = batch, Weights = _weights[layer], X = x, Y = y };
            _operations.LstmForward(_plans[layer], _passes[layer]);
            x = y;
        }
        return Hidden(batch, _steps - 1);
    }

    /// <summary>The last layer's h at a step of the last forward pass, [B, H].</summary>
    public BufferView<float> Hidden(int batch, int step) => _outputs[^1].View.Slice((long)step * batch * _hidden, (long)batch * _hidden);

    /// <summary>The last layer's gates and cells of the last forward pass.</summary>
    public LstmTrace Trace() => _operations.ReadTrace(_plans[^1]);

    /// <summary>From the gradient of what <see cref="Forward"/> returned: overwrites the parameters' gradients and, where given, dx [T, B, I].</summary>
    public void Backward(BufferView<float> dhLast, BufferView<float> dx)
    {
        for (int layer = _plans.Length - 1; layer >= 0; layer--)
        {
            bool top = layer == _plans.Length - 1;
            _operations.LstmBackward(_plans[layer], new()
            {
                Forward = _passes[layer],
                Gradients = _dWeights[layer],
                DHLast = top ? dhLast : default,
                DY = top ? default : _gradients[layer]!.View,
                DX = layer == 0 ? dx : _gradients[layer - 1]!.View,
            });
        }
    }

    private static LstmWeightViews Views(string name, int layer, ParameterSet parameters, Func<string, BufferView<float>> view)
    {
        string second = $"{name}.bias_hh_l{layer}";
        return new(view($"{name}.weight_ih_l{layer}"), view($"{name}.weight_hh_l{layer}"), view($"{name}.bias_ih_l{layer}"),
            parameters.Has(second) ? view(second) : default);
    }

    public void Dispose()
    {
        for (int layer = 0; layer < _plans.Length; layer++)
        {
            _plans[layer].Dispose();
            _outputs[layer].Dispose();
            _gradients[layer]?.Dispose();
        }
    }
}
