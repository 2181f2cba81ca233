using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Host.Plots;

/// <summary>Runs a model over one image and reads what its last LSTM layer did at each step.</summary>
public static class GateTracer
{
    private const int Gates = 4; // i, f, g, o

    /// <param name="engine">Where the model runs: the trace is its own, not a recomputation.</param>
    /// <param name="model">The trained network.</param>
    /// <param name="image">[T, I] bytes, 0 is paper.</param>
    /// <exception cref="GpuLstmException">The image has not the size that the model reads.</exception>
    public static GateTrace Trace(Engine engine, Model model, ReadOnlySpan<byte> image)
    {
        NetworkSpec spec = model.Network;
        if (image.Length != spec.TimeSteps * spec.InputSize)
            throw new GpuLstmException(
                $"The model reads {spec.TimeSteps}x{spec.InputSize} images; this one has {image.Length} pixels.");
        float[] input = new float[image.Length]; // [T, 1, I]
        for (int i = 0; i < input.Length; i++)
            input[i] = (image[i] / 255f - model.Recipe.Mean) / model.Recipe.Deviation;

        using ParameterSet parameters = model.Upload(engine);
        // Only a training network keeps its gates.
        using var network = new Network(engine, spec, parameters, maxBatch: 1, training: true);
        using MemoryBuffer1D<float, Stride1D.Dense> x = engine.Allocate<float>(input.Length);
        engine.Write<float>(x.View, input);
        network.Forward(1, x.View);
        LstmTrace trace = network.Trace();
        return Unpack(spec, model.Classes, image.ToArray(), network.ProbabilitiesPerStep(1), trace);
    }

    private static GateTrace Unpack(
        NetworkSpec spec, IReadOnlyList<string> classes, byte[] image, float[] probabilities, LstmTrace trace)
    {
        int units = spec.HiddenSize[spec.Layers - 1];
        float[] outputGate = Gate(3);
        float[] hidden = trace.Hidden;
        if (hidden.Length != outputGate.Length) // projected: each unit's h before that
            hidden = [.. outputGate.Zip(trace.Cells, (o, c) => o * MathF.Tanh(c))];
        return new GateTrace(spec.TimeSteps, spec.InputSize, units, classes, image, probabilities,
            Gate(0), Gate(1), Gate(2), outputGate, trace.Cells, hidden);

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
