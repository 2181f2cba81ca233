using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

public class SoftmaxCrossEntropyFixture(TestEngine on) : OperationFixture(on)
{
    private const double Tolerance = 2e-6;

    [Test]
    public void Loss_hits_gradient_and_probabilities([Values(1, 3, 33, 100)] int batch,
        [Values(1, 2, 3, 10, 31, 33, 100, 1024, 1031)] int classes, [Values(0f, 0.1f)] float smoothing)
    {
        NeedsWork((long)batch * classes * 16);
        double[] logits = Numbers.Uniforms(batch * classes, range: 5);
        int[] labels = Numbers.Labels(batch, classes);
        Check(batch, classes, logits, labels, smoothing);
    }

    [Test]
    public void Logits_far_from_zero_neither_overflow_nor_vanish()
    {
        double[] logits = [1000, 999, -1000, -2000, -2001, -2000.5, 88, 89, 90, 0, 0, -104];
        Check(4, 3, logits, [0, 2, 2, 1], 0);
    }

    [Test]
    public void Of_equal_logits_the_first_counts() => Check(3, 4, [1, 2, 2, 0, 3, 3, 3, 3, 0, 0, 0, 1], [1, 1, 3], 0);

    [Test]
    public void The_result_can_add_up_over_batches()
    {
        const int B = 5, C = 10;
        double[] logits = Numbers.Uniforms(B * C);
        int[] labels = Numbers.Labels(B, C);
        CrossEntropyOutput expected = ReferenceSoftmaxCrossEntropy.Evaluate(B, C, logits, labels);
        Guarded<float> result = Updated([2.5, 3], "result"), view = Input(logits, "logits");
        Guarded<int> labelView = Input<int>(labels, "labels");
        for (int call = 0; call < 2; call++)
            Operations.SoftmaxCrossEntropy(new()
            {
                BatchSize = B, Classes = C, Logits = view.View, Labels = labelView.View,
                Result = result.View, Accumulate = true,
            });
        Compare.Close(result.Read(), [2.5 + 2 * expected.Losses.Sum(), 3 + 2 * expected.Hits], 1e-5, 0, "result");
    }

    [Test]
    public void Without_labels_probabilities_may_replace_the_logits([Values(10, 33, 1031)] int classes)
    {
        const int B = 3;
        NeedsWork(B * classes * 16);
        double[] logits = Numbers.Uniforms(B * classes, range: 5);
        Guarded<float> both = Updated(logits, "logits");
        Operations.SoftmaxCrossEntropy(new()
        {
            BatchSize = B, Classes = classes, Logits = both.View, Probabilities = both.View,
        });
        CrossEntropyOutput expected = ReferenceSoftmaxCrossEntropy.Evaluate(B, classes, logits, new int[B]);
        Compare.Close(both.Read(), expected.Probabilities, 1e-9, Tolerance, "probabilities");
    }

    [Test]
    public void NaN_among_the_logits_shows_in_the_loss([Values(0, 4, 9)] int place)
    {
        double[] logits = Numbers.Uniforms(20);
        logits[10 + place] = double.NaN;
        Guarded<float> result = Output(2, "result");
        Operations.SoftmaxCrossEntropy(new()
        {
            BatchSize = 2, Classes = 10, Logits = Input(logits, "logits").View,
            Labels = Input<int>([3, 3], "labels").View, Result = result.View,
        });
        Assert.That(result.Read()[0], Is.NaN);
    }

    [Test]
    public void Losses_and_gradients_of_a_class_are_multiplied_by_its_weight(
        [Values(1, 3, 33)] int batch, [Values(2, 10, 47)] int classes, [Values(0f, 0.1f)] float smoothing)
    {
        double[] logits = Numbers.Uniforms(batch * classes);
        int[] labels = [.. Enumerable.Range(0, batch).Select(i => i * 7 % classes)];
        double[] weights = [.. Enumerable.Range(0, classes).Select(c => 0.25 * (c % 5))];
        CrossEntropyOutput plain = ReferenceSoftmaxCrossEntropy.Evaluate(batch, classes, logits, labels, smoothing);
        Guarded<float> result = Output(2, "result"), gradient = Output(batch * classes, "dLogits");
        Operations.SoftmaxCrossEntropy(new()
        {
            BatchSize = batch, Classes = classes, Logits = Input(logits, "logits").View,
            Labels = Input<int>(labels, "labels").View, LabelSmoothing = smoothing,
            ClassWeights = Input(weights, "weights").View, Result = result.View, DLogits = gradient.View,
        });
        double expected = labels.Select((label, b) => weights[label] * plain.Losses[b]).Sum();
        Compare.Close(result.Read()[0], expected, batch * Tolerance, Tolerance, "sum of losses");
        Compare.Close(gradient.Read(), [.. plain.DLogits.Select((g, i) => weights[labels[i / classes]] * g)],
            Tolerance / batch, Tolerance, "dLogits");
    }

    [TestCaseSource(typeof(TorchLosses), nameof(TorchLosses.Steps))]
    public void Labels_below_zero_count_nowhere_as_PyTorchs_ignore_index(TorchStepLoss expected)
    {
        Guarded<float> result = Output(2, "result"), gradient = Output(expected.Gradient.Length, "dLogits");
        Guarded<float> count = Output(1, "count"), probabilities = Output(expected.Gradient.Length, "probabilities");
        Guarded<int> labels = Input<int>(expected.Labels, "labels");
        Operations.CountLabels(labels.View, count.View);
        Operations.SoftmaxCrossEntropy(new()
        {
            BatchSize = expected.Rows, Classes = expected.Classes, Logits = Input(expected.Logits, "logits").View,
            Labels = labels.View, LabelSmoothing = (float)expected.Smoothing, Count = count.View, Result = result.View,
            DLogits = gradient.View, Probabilities = probabilities.View,
        });
        int told = expected.Labels.Count(label => label >= 0);
        Assert.That(count.Read()[0], Is.EqualTo(told));
        Compare.Close(result.Read()[0] / told, expected.Loss, 1e-6, Tolerance, "mean loss");
        Compare.Close(gradient.Read(), expected.Gradient, 1e-7, Tolerance, "dLogits");
        for (int row = 0; row < expected.Rows; row++)
            Assert.That(probabilities.Read().AsSpan(row * expected.Classes, expected.Classes).ToArray().Sum(),
                Is.EqualTo(1).Within(1e-5), "probabilities of every row");
    }

    [Test]
    public void Many_labels_are_counted_and_of_none_one([Values(1, 255, 256, 1000)] int rows, [Values] bool any)
    {
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => any && i % 3 == 0 ? i : -1 - i)];
        Guarded<float> count = Output(1, "count");
        Operations.CountLabels(Input<int>(labels, "labels").View, count.View);
        Assert.That(count.Read()[0], Is.EqualTo(any ? (rows + 2) / 3 : 1));
    }

    private void Check(int batch, int classes, double[] logits, int[] labels, float smoothing)
    {
        CrossEntropyOutput expected = ReferenceSoftmaxCrossEntropy.Evaluate(batch, classes, logits, labels, smoothing);
        Guarded<float> result = Output(2, "result"), gradient = Output(batch * classes, "dLogits");
        Guarded<float> probabilities = Output(batch * classes, "probabilities");
        Operations.SoftmaxCrossEntropy(new()
        {
            BatchSize = batch, Classes = classes, Logits = Input(logits, "logits").View,
            Labels = Input<int>(labels, "labels").View, LabelSmoothing = smoothing,
            Result = result.View, DLogits = gradient.View, Probabilities = probabilities.View,
        });
        Compare.Close(result.Read()[0], expected.Losses.Sum(), batch * Tolerance, Tolerance, "sum of losses");
        Assert.That(result.Read()[1], Is.EqualTo(expected.Hits), "hits");
        Compare.Close(probabilities.Read(), expected.Probabilities, 1e-9, Tolerance, "probabilities");
        Compare.Close(gradient.Read(), expected.DLogits, Tolerance / batch, Tolerance, "dLogits");
    }
}
