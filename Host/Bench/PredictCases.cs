using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Host.Bench;

/// <summary>What a loaded model takes to judge some samples of the host's memory, until their probabilities are there
/// too.</summary>
internal static class PredictCases
{
    private const string Name = "lstm128";
    private const int T = 28, I = 28, Classes = 10;

    private static readonly int[] s_batches = [1, 32, 1000];

    public static IEnumerable<BenchCase> All => s_batches.Select(batch =>
    {
        int h = Recipes.Find(Name).Hidden[0];
        double flops = 2.0 * T * batch * 4 * h * (I + h) + 2.0 * batch * h * Classes;
        return new BenchCase($"predict/{Name}_B{batch}", T, batch, I, h, 1, flops, device => Prepare(device, batch));
    });

    private static BenchStep Prepare(Engine device, int batch)
    {
        Recipe recipe = Recipes.Find(Name);
        NetworkSpec spec = recipe.Network(T, I, Classes);
        var parameters = new ParameterSet(device, [.. spec.Parameters()], training: false);
        ParameterInitialiser.Initialise(parameters, Initialisation.PyTorch, seed: 1);
        var network = new Network(device, spec, parameters, batch, training: false, hasFixedWeights: true);
        float[] pixels = BenchSuite.Values((long)T * batch * I), probabilities = new float[batch * Classes];
        MemoryBuffer1D<float, Stride1D.Dense> x = device.Allocate<float>(pixels.Length),
            result = device.Allocate<float>(probabilities.Length);
        return new(() =>
        {
            device.Write(x.View, pixels);
            ArrayView<float> logits = network.Forward(batch, x.View);
            device.Operations.SoftmaxCrossEntropy(new()
            {
                BatchSize = batch, Classes = Classes, Logits = logits, Probabilities = result.View,
            });
            device.Read(result.View, probabilities);
        }, [network, parameters, x, result]);
    }
}
