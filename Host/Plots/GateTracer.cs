using GpuLstm.Host.Plots.Charts;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host.Plots;

/// <summary>Runs a model over one sample and reads what its last LSTM layer did at each step.</summary>
public static class GateTracer
{
    private const int Gates = 4; // i, f, g, o

    /// <param name="engine">Where the model runs: the trace is its own, not a recomputation.</param>
    /// <param name="model">The trained network.</param>
    /// <param name="sample">One.</param>
    /// <exception cref="GpuLstmException">The sample is none that the model reads.</exception>
    public static GateTrace Trace(Engine engine, Model model, Samples sample)
    {
        model.CheckReads(sample, "The model");
        sample = model.Reading?.Apply(sample) ?? sample;
        NetworkSpec spec = model.Network with { TimeSteps = sample.TimeSteps };
        using var source = BatchSource.Create(engine, sample, model.Scale);
        using var batch = new DeviceBatch(engine, sample, 1);
        using ParameterSet parameters = model.Upload(engine);
        // Only a training network keeps its gates.
        using var network = new Network(engine, spec, parameters, maxBatch: 1, training: true);
        source.Load(1, 0, default, batch);
        network.Forward(1, batch.X);
        LstmTrace trace = network.Trace();
        SamplePicture input = new SamplePictures(sample, model.Features).Picture(0);
        return Unpack(spec, model.OutputNames, input, network.AnswersPerStep(1), trace);
    }

    private static GateTrace Unpack(
        NetworkSpec spec, IReadOnlyList<string> classes, SamplePicture input, float[] probabilities, LstmTrace trace)
    {
        int units = spec.HiddenSize[spec.Layers - 1];
        float[] outputGate = Gate(3);
        float[] hidden = trace.Hidden;
        if (hidden.Length != outputGate.Length) // projected: each unit's h before that
            hidden = [.. outputGate.Zip(trace.Cells, (o, c) => o * MathF.Tanh(c))];
        return new GateTrace(spec.TimeSteps, units, classes, input, probabilities,
            Gate(0), Gate(1), Gate(2), outputGate, trace.Cells, hidden) { AreValues = spec.Head == Head.Values };

        float[] Gate(int gate)
        {
            float[] values = new float[spec.TimeSteps * units];
            for (int t = 0; t < spec.TimeSteps; t++)
                trace.Gates.AsSpan((t * Gates + gate) * units, units)
                    .CopyTo(values.AsSpan(t * units));
            return values;
        }
    }
}
