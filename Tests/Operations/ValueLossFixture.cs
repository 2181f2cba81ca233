using GpuLstm.Kernels;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

public class ValueLossFixture(TestEngine on) : OperationFixture(on)
{
    private const double Tolerance = 2e-6;

    [TestCaseSource(typeof(TorchLosses), nameof(TorchLosses.Values))]
    public void Loss_and_gradient_are_PyTorchs(TorchValueLoss expected)
    {
        Guarded<float> result = Output(2, "result"), gradient = Output(expected.Gradient.Length, "dAnswers");
        Run(expected.LossKind, expected.Batch, expected.Size, expected.Delta, expected.Answers, expected.Targets,
            result,
            gradient);
        Compare.Close(result.Read()[0] / expected.Batch, expected.Loss, 1e-6, Tolerance, "mean loss");
        Compare.Close(gradient.Read(), expected.Gradient, 1e-7, Tolerance, "dAnswers");
    }

    [Test]
    public void Sums_and_gradients_of_any_size([Values] ValueLossKind kind, [Values(1, 3, 33, 100)] int batch,
        [Values(1, 3, 31, 100)] int size)
    {
        NeedsWork((long)batch * size * 16);
        const double Delta = 0.5;
        double[] answers = Numbers.Uniforms(batch * size, range: 3), targets = Numbers.Uniforms(batch * size, range: 3);
        targets[0] = answers[0]; // no error, and no slope
        Guarded<float> result = Output(2, "result"), gradient = Output(batch * size, "dAnswers");
        Run(kind, batch, size, Delta, answers, targets, result, gradient);
        ReferenceValueLoss expected = ReferenceValueLoss.Of(kind, batch, size, answers, targets, Delta);
        Compare.Close(result.Read()[0], expected.Sum, batch * Tolerance, Tolerance, "sum of losses");
        Compare.Close(result.Read()[1], expected.Magnitudes, batch * Tolerance, Tolerance, "sum of magnitudes");
        Compare.Close(gradient.Read(), expected.Gradient, Tolerance / (batch * size), Tolerance, "dAnswers");
        Assert.That(gradient.Read()[0], Is.Zero);
    }

    [Test]
    public void NaN_among_the_answers_shows_in_the_loss([Values] ValueLossKind kind)
    {
        Guarded<float> result = Output(2, "result"), gradient = Output(6, "dAnswers");
        Run(kind, 2, 3, 1, [1, 2, double.NaN, 4, 5, 6], new double[6], result, gradient);
        Assert.That(result.Read()[0], Is.NaN);
    }

    private void Run(ValueLossKind kind, int batch, int size, double delta, double[] answers, double[] targets,
        Guarded<float> result, Guarded<float> gradient) => Operations.ValueLoss(new()
    {
        BatchSize = batch, Values = size, Kind = kind, Delta = (float)delta, Answers = Input(answers, "answers").View,
        Targets = Input(targets, "targets").View, Result = result.View, DAnswers = gradient.View,
    });
}
