using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Layers;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Host.Bench;

/// <summary>What the variants of an LSTM layer cost: the same layer plain and with each, its masks drawn in every pass.
/// Flops are those of the plain layer's products, so that rates compare.</summary>
internal static class VariantCases
{
    private const int I = 28, H = 128;
    private const ulong Seed = 1;

    public static IEnumerable<BenchCase> All =>
    [
        Case("plain", new()), Case("zoneout", new() { ZoneoutHidden = 0.05f, ZoneoutCell = 0.5f }),
        Case("recurrent_dropout", new() { RecurrentDropout = 0.25f }),
        Case("steps_29", new(), batch: 64, steps: 29), Case("steps_7_to_29", new(), batch: 64, steps: 29, shortest: 7),
        Case("bidirectional", new() { Bidirectional = true }), Case("projection", new() { Projection = H / 2 }),
        Case("layer_norm", new() { LayerNorm = true }),
    ];

    /// <param name="shortest">Steps of the shortest sequence: the others' are spread evenly up to all.</param>
    private static BenchCase Case(
        string name, LstmVariant variant, int batch = 100, int steps = 28, int? shortest = null) => new(
        $"variant/{name}", steps, batch, I, H, 1, variant.Directions * 6.0 * steps * batch * 4 * H * (I + H), device =>
            Prepare(device, variant, batch, steps, shortest));

    private static BenchStep Prepare(Engine device, LstmVariant variant, int B, int T, int? shortest)
    {
        LstmSpec spec = new(I, H, 1, 2, variant);
        var parameters = new ParameterSet(device, [.. spec.Parameters("lstm")], training: true);
        ParameterInitialiser.Initialise(parameters, Initialisation.PyTorch, Seed);
        MemoryBuffer1D<int, Stride1D.Dense> state = device.Upload<int>(new int[StepState.Length]);
        MemoryBuffer1D<int, Stride1D.Dense> ends = device.Upload<int>(
            [.. Enumerable.Range(0, B).Select(sample => T - sample % (T - (shortest ?? T) + 1))]);
        MemoryBuffer1D<float, Stride1D.Dense> x = device.Upload<float>(BenchSuite.Values(T * B * I)),
            dx = device.Allocate<float>(T * B * I);
        MemoryBuffer1D<float, Stride1D.Dense> dLast = device.Upload<float>(BenchSuite.Values(B * spec.OutputSize(0)));
        var lstm = new Lstm(device, parameters, "lstm", spec, new()
        {
            MaxBatch = B, TimeSteps = T, Training = true, Lengths = shortest != null, Masks = new(Seed, state.View),
        });
        return new(() =>
        {
            lstm.Forward(new LstmBatch { BatchSize = B, X = x.View, Lengths = shortest != null ? ends.View : default });
            lstm.Backward(new LstmBatchGradients { Last = dLast.View, X = dx.View });
        }, [lstm, parameters, state, ends, x, dx, dLast]);
    }
}
