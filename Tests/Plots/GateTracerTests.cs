using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Plots;

[TestFixture]
public class GateTracerTests
{
    private static readonly Recipe Recipe =
        Recipes.Find("lstm64") with { Hidden = 7, Layers = 2, Mean = 0.13f, Deviation = 0.31f };
    private static readonly string[] Classes = ["a", "b", "c"];
    private static readonly ImageSamples Image =
        new([.. Enumerable.Range(0, 5 * 6).Select(i => (byte)(i * 37))], [0], 5, 6);

    [Test]
    public void The_last_probabilities_are_those_of_an_evaluation()
    {
        using var cpu = new CpuEngine(1);
        Model model = NewModel(cpu);
        GateTrace trace = GateTracer.Trace(cpu, model, Image);
        using ParameterSet parameters = model.Upload(cpu);
        using var evaluator = new Evaluator(
            cpu, model.Network, parameters, Image, Recipe.Scale(null));
        float[] expected = ((ClassEvaluation)evaluator.Evaluate(1)).Probabilities;
        Assert.That(trace.Probabilities[^3..], Is.EqualTo(expected).Within(1e-6));
        Assert.That(trace.Probabilities, Has.Length.EqualTo(5 * 3));
    }

    [Test]
    public void Cells_follow_from_the_gates()
    {
        using var cpu = new CpuEngine(1);
        GateTrace trace = GateTracer.Trace(cpu, NewModel(cpu), Image);
        for (int i = 0; i < trace.CellState.Length; i++)
        {
            double before = i < 7 ? 0 : trace.CellState[i - 7];
            double cell = trace.ForgetGate[i] * before + trace.InputGate[i] * trace.Candidate[i];
            Assert.That(trace.CellState[i], Is.EqualTo(cell).Within(1e-6));
            Assert.That(trace.HiddenState[i], Is.EqualTo(trace.OutputGate[i] * Math.Tanh(cell)).Within(1e-6));
        }
        Assert.That(trace.CellState, Has.Some.GreaterThan(0.01f));
    }

    [Test]
    public void An_image_of_another_size_is_refused()
    {
        using var cpu = new CpuEngine(1);
        Model model = NewModel(cpu);
        Assert.That(() => GateTracer.Trace(cpu, model, new ImageSamples(new byte[31], [0], 1, 31)),
            Throws.InstanceOf<GpuLstmException>().With.Message.Contains("5x6"));
    }

    private static Model NewModel(CpuEngine cpu)
    {
        NetworkSpec spec = Recipe.Network(timeSteps: 5, inputSize: 6, outputs: 3);
        using var parameters = new ParameterSet(cpu, spec.Parameters(), training: false);
        ParameterInitialiser.Initialise(parameters, Recipe.Initialisation, seed: 5);
        return Model.Of(Recipe, spec, Classes, parameters);
    }
}
