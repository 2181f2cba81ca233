using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>A model on a device, ready to judge samples.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly Engine _device;
    private readonly string _name;
    private readonly ParameterSet _parameters;

    public LoadedModel(NamedModel model, Engine device)
    {
        (_name, Model, _device) = (model.Name, model.Model, device);
        _parameters = Model.Upload(device);
    }

    public Model Model { get; }

    /// <summary>Judges all samples.</summary>
    /// <exception cref="GpuLstmException">They have not the size that the model was trained on.</exception>
    public Evaluation Evaluate(Samples samples)
    {
        NetworkSpec network = Model.Network;
        Model.CheckReads(samples, _name);
        samples = Model.Reading?.Apply(samples) ?? samples;
        using var evaluator =
            new Evaluator(_device, network, _parameters, samples, Model.Scale, hasFixedWeights: true,
                Model.Recipe);
        return evaluator.Evaluate(samples.Count);
    }

    public void Dispose() => _parameters.Dispose();
}
