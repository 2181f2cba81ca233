using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using ILGPU;

namespace GpuLstm.Host.Bench;

/// <summary>The cases: LSTM layers on the shapes that peers are measured on, whole training steps, matrix
/// products.</summary>
public static class BenchSuite
{
    private const uint RandomStream = 90;

    public static IReadOnlyList<BenchCase> All { get; } =
    [
        Lstm(28, 128, 28, 28), Lstm(28, 64, 28, 64), Lstm(28, 100, 28, 128), Lstm(28, 64, 128, 128, 2),
        Lstm(28, 256, 128, 128), Lstm(50, 64, 512, 512), Lstm(100, 64, 1024, 1024),
        .. VariantCases.All, .. PredictCases.All, .. Recipes.All.Select(Train),
        .. new[] { 128, 256, 512, 1024, 2048, 4096 }.Select(n => MatMul($"{n}", n, n, n)),
        MatMul("M2800_N512_K28", 2800, 512, 28), MatMul("M100_N512_K128", 100, 512, 128),
        MatMul("M512_N128_K2800", 512, 128, 2800),
    ];

    /// <summary>Forward and backward of a stack, all gradients included: dX, dh0 and dc0 too, as oneDNN's primitive
    /// computes them.</summary>
    private static BenchCase Lstm(int t, int b, int i, int h, int layers = 1)
    {
        double flops = 0;
        for (int layer = 0; layer < layers; layer++)
            flops += 6.0 * t * b * 4 * h * ((layer == 0 ? i : h) + h);
        return new($"lstm/T{t}_B{b}_I{i}_H{h}_L{layers}", t, b, i, h, layers, flops, device =>
            PrepareLstm(device, t, b, i, h, layers));
    }

    private static BenchStep PrepareLstm(Engine device, int t, int b, int i, int h, int layers)
    {
        var owned = new List<IDisposable>();
        ArrayView<float> Random(long count) => Own(owned, device.Upload<float>(Values(count))).View;
        var passes = new List<(LstmPlan Plan, LstmBackwardPass Pass)>();
        ArrayView<float> x = Random((long)t * b * i), dx = Random((long)t * b * i);
        for (int layer = 0; layer < layers; layer++)
        {
            int inputs = layer == 0 ? i : h;
            LstmWeightViews Weights() => new(Random(4L * h * inputs), Random(4L * h * h), Random(4L * h), default);
            LstmForwardPass forward = new()
            {
                BatchSize = b, Weights = Weights(), X = x, Y = Random((long)t * b * h),
                H0 = Random((long)b * h), C0 = Random((long)b * h), HLast = Random((long)b * h),
                CLast = Random((long)b * h),
            };
            ArrayView<float> dy = Random((long)t * b * h);
            passes.Add((Own(owned, device.Operations.PlanLstm(new(b, t, inputs, h))), new()
            {
                Forward = forward, Gradients = Weights(), DX = dx, DY = dy, DHLast = Random((long)b * h),
                DCLast = Random((long)b * h), DH0 = Random((long)b * h), DC0 = Random((long)b * h),
            }));
            (x, dx) = (forward.Y, dy);
        }
        return Recorded(device, owned, () =>
        {
            foreach ((LstmPlan plan, LstmBackwardPass pass) in passes)
                device.Operations.LstmForward(plan, pass.Forward);
            for (int layer = layers - 1; layer >= 0; layer--)
                device.Operations.LstmBackward(passes[layer].Plan, passes[layer].Pass);
        });
    }

    /// <summary>Whole training steps of a recipe: gather, forward, loss, backward, clip, Adam.</summary>
    private static BenchCase Train(Recipe recipe)
    {
        bool isForecast = recipe.Name == Recipes.ForSeries;
        NetworkSpec spec = isForecast ? recipe.Network(Window, Columns, Horizon, Head.Values) : recipe.Network(28, 28,
            10);
        double rows = (double)spec.TimeSteps * recipe.Batch,
            flops = 4.0 * rows * spec.InputSize * spec.PreLinear + 6.0 * recipe.Batch * spec.FinalSize * spec.Outputs;
        LstmSpec stack = spec.Stack;
        for (int layer = 0; layer < stack.Layers; layer++)
        {
            bool dx = layer > 0 || spec.PreLinear > 0;
            flops += 2.0 * rows * stack.Directions * 4 * stack.HiddenSize[layer]
                * ((dx ? 3 : 2) * stack.InputOf(layer) + 3 * stack.StateSize(layer));
        }
        return new($"train/{recipe.Name}", spec.TimeSteps, recipe.Batch, spec.InputSize,
            recipe.Hidden[recipe.Layers - 1],
            recipe.Layers, flops, device => PrepareTraining(device, recipe, isForecast ? Windows() : Images(recipe)));
    }

    private const int Window = 24, Horizon = 12, Columns = 8, Rows = 100_000;

    private static ImageSamples Images(Recipe recipe)
    {
        int samples = 32 * recipe.Batch;
        byte[] items = [.. Values(28 * 28 * samples).Select(v => (byte)(255 * (v + 0.1f) / 0.2f))];
        return new(items, [.. Enumerable.Range(0, samples).Select(sample => (byte)(sample % 10))], 28, 28);
    }

    /// <summary>Windows of one series and seven columns beside it.</summary>
    private static WindowSamples Windows()
    {
        SeriesData data = new([.. Enumerable.Range(1, Columns).Select(i => $"{i}")], 1, new bool[Columns],
            Values(Rows * Columns), [new("", 0, Rows, 0, default)], TimeAxis.Counted);
        return SeriesParts.All(data, new() { Columns = ["1"], Window = Window, Horizon = Horizon }, new());
    }

    private static BenchStep PrepareTraining(Engine device, Recipe recipe, Samples samples)
    {
        InputScale scale = recipe.Scale(samples is WindowSamples windows ? windows.ToFeatures() : null);
        samples = samples.Take(samples.Count / recipe.Batch * recipe.Batch); // batches of one size
        var step = new TrainingStep(device, recipe, samples, classes: 10, seed: 1, steps: 1 << 20, scale: scale);
        int done = 0;
        return new(() =>
        {
            if (done++ % step.PerEpoch == 0)
                step.Optimizer.BeginEpoch(0);
            step.Run(step.Batch);
        }, [step]);
    }

    private static BenchCase MatMul(string name, int m, int n, int k) =>
        new($"matmul/{name}", 1, m, k, n, 1, 2.0 * m * n * k, device =>
    {
        var owned = new List<IDisposable>();
        ArrayView<float> Random(long count) => Own(owned, device.Upload<float>(Values(count))).View;
        MatMulPass pass = new()
        {
            M = m, N = n, K = k, A = new(Random((long)m * k), k), B = new(Random((long)k * n), n),
            C = new(Random((long)m * n), n),
        };
        return Recorded(device, owned, () => device.Operations.MatMul(pass));
    });

    /// <summary>The step as training runs it: where the device can, recorded and replayed.</summary>
    private static BenchStep Recorded(Engine device, List<IDisposable> owned, Action step)
    {
        IReplay replay = device.Record(step);
        return new(replay.Run, [replay, .. owned]);
    }

    private static T Own<T>(List<IDisposable> owned, T item) where T : IDisposable
    {
        owned.Add(item);
        return item;
    }

    /// <summary>Numbers in [-0.1, 0.1): zeros would hide errors and can run faster than real data.</summary>
    public static float[] Values(long count)
    {
        var random = new PhiloxRandom(1, RandomStream, 0);
        var values = new float[count];
        for (long i = 0; i < count; i++)
            values[i] = random.NextFloat(-0.1f, 0.1f);
        return values;
    }
}
