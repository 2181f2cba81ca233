using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Reference;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Training;

/// <summary>Whole networks against PyTorch's float64: logits, loss, every gradient, and ten Adam steps.</summary>
[TestFixtureSource(nameof(VectorWidths))]
public class TorchNetworkTests(int vectorBits)
{
    private const double Tolerance = 2e-5; // float32 against float64, values of order 1

    public static IEnumerable<int> VectorWidths => [512, 256, 128];

    /// <summary>All but those from given states (layers of this network start from zero) and with Adam's coupled decay
    /// (ours is AdamW's).</summary>
    public static IEnumerable<TorchCase> Cases => TorchVectors.Of("network")
        .Where(c => !c.Inputs.ContainsKey("h0") && (c.Adam.Decoupled || c.Adam.WeightDecay == 0));

    [TestCaseSource(nameof(Cases))]
    public void Logits_loss_and_gradients_are_PyTorchs(TorchCase torch)
    {
        using var bench = new Bench(torch, vectorBits);
        bench.ForwardAndBackward();
        Compare.Close(bench.Logits, torch.Outputs["logits"], Tolerance, Tolerance, "logits");
        Compare.Close(bench.Loss, torch.Losses![0], Tolerance, Tolerance, "loss");
        foreach ((string name, double[] expected) in torch.Gradients)
            if (bench.Parameters.Has(name))
                Compare.Close(bench.Parameters.Engine.Read(bench.Parameters.Gradient(name)), expected,
                    Tolerance, Tolerance, name);
    }

    [TestCaseSource(nameof(Cases))]
    public void Ten_Adam_steps_are_PyTorchs(TorchCase torch)
    {
        using var bench = new Bench(torch, vectorBits);
        for (int step = 0; step < torch.Losses!.Length; step++)
        {
            bench.ForwardAndBackward();
            Compare.Close(bench.Loss, torch.Losses[step], 1e-4, 1e-4, $"loss {step}");
            bench.AdamStep();
        }
        foreach ((string name, double[] expected) in torch.After!)
            Compare.Close(bench.Parameters.Engine.Read(bench.Parameters.Value(name)), expected, 1e-3, 1e-3, name);
    }

    /// <summary>The product's network with a case's parameters and batch.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly TorchCase _torch;
        private readonly CpuEngine _cpu;
        private readonly Network _network;
        private readonly Optimizer _adam;
        private readonly MemoryBuffer1D<float, Stride1D.Dense> _x, _result;
        private readonly MemoryBuffer1D<int, Stride1D.Dense> _labels;
        private ArrayView<float> _logits;

        public Bench(TorchCase torch, int vectorBits)
        {
            _torch = torch;
            _cpu = new(2, vectorBits);
            ReferenceShape shape = torch.Shape;
            var spec = new NetworkSpec(torch.T, torch.I, shape.Pre, torch.H, shape.Layers, shape.C, Biases: 2);
            Parameters = new(_cpu, spec.Parameters(), training: true);
            foreach ((string name, double[] values) in torch.Parameters)
                _cpu.Write<float>(Parameters.Value(name), Compare.Narrow(values));
            _network = new(_cpu, spec, Parameters, torch.B, training: true);
            _adam = new(_cpu, new Recipe
            {
                Name = "torch", Hidden = torch.H, Batch = torch.B, Epochs = 1,
                LearningRate = (float)torch.Settings!["lr"],
                WeightDecay = (float)torch.Settings["decay"], ClipNorm = (float)torch.Clip,
            }, Parameters, steps: 10);
            _x = _cpu.Upload<float>(Compare.Narrow(torch.Inputs["x"]));
            _labels = _cpu.Upload<int>(torch.Labels);
            _result = _cpu.Allocate<float>(2);
        }

        public ParameterSet Parameters { get; }

        public float[] Logits => _cpu.Read(_logits);

        public double Loss => _cpu.Read(_result)[0] / _torch.B;

        public void ForwardAndBackward()
        {
            float[] poison = new float[Parameters.Length];
            Compare.Poison(poison);
            foreach (ParameterSpec spec in Parameters.Specs)
                _cpu.Write<float>(Parameters.Gradient(spec.Name), poison.AsSpan(0, (int)spec.Count));
            _logits = _network.Forward(_torch.B, _x.View);
            _network.Loss(_torch.B, _labels.View, (float)_torch.LabelSmoothing, _result.View);
            _network.Backward(_torch.B, _x.View);
        }

        public void AdamStep() => _adam.Step(_torch.B, _result.View);

        public void Dispose()
        {
            foreach (IDisposable item in (ReadOnlySpan<IDisposable>)[_network, _adam, Parameters, _x, _labels, _result,
                _cpu])
                item.Dispose();
        }
    }
}
