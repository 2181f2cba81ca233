using System.Text.Json;
using GpuLstm.Runtime.Training.Metrics;

namespace GpuLstm.Tests.Metrics;

/// <summary>Our metrics against scikit-learn's on the same predictions (tools/sklearn_vectors.py). Tolerance: the order
/// of summation.</summary>
[TestFixture]
public class SklearnTests
{
    private const double Tolerance = 1e-12;
    private static readonly JsonElement Vectors = Load();

    private static JsonElement Load()
    {
        string path = Path.Combine(TestContext.CurrentContext.TestDirectory, "TestData", "sklearn-metrics.json");
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement;
    }

    private static IEnumerable<TestCaseData> Cases() => Vectors.GetProperty("cases").EnumerateArray()
        .Select(vector => new TestCaseData(vector).SetArgDisplayNames(vector.GetProperty("name").GetString()!));

    [TestCaseSource(nameof(Cases))]
    public void Confusion_accuracy_and_loss_agree(JsonElement vector)
    {
        Predictions predictions = PredictionsOf(vector);
        ConfusionMatrix matrix = predictions.Confusion();
        for (int truth = 0; truth < matrix.Classes; truth++)
            for (int predicted = 0; predicted < matrix.Classes; predicted++)
            {
                long expected = vector.GetProperty("confusion")[truth][predicted].GetInt64();
                Assert.That(matrix[truth, predicted], Is.EqualTo(expected), $"{truth} as {predicted}");
            }
        AssertClose(matrix.Accuracy, vector.GetProperty("accuracy"), "accuracy");
        AssertClose(predictions.Loss(), vector.GetProperty("loss"), "loss");
    }

    [TestCaseSource(nameof(Cases))]
    public void Precision_recall_and_F1_agree(JsonElement vector)
    {
        ConfusionMatrix matrix = PredictionsOf(vector).Confusion();
        for (int c = 0; c < matrix.Classes; c++)
        {
            JsonElement perClass = vector.GetProperty("perClass");
            AssertClose(matrix.Score(c).Precision, perClass[0][c], $"precision of {c}");
            AssertClose(matrix.Score(c).Recall, perClass[1][c], $"recall of {c}");
            AssertClose(matrix.Score(c).F1, perClass[2][c], $"F1 of {c}");
        }
        AssertScore(matrix.Macro(), vector.GetProperty("macro"));
        AssertScore(matrix.Micro(), vector.GetProperty("micro"));
    }

    [TestCaseSource(nameof(Cases))]
    public void Roc_agrees(JsonElement vector) => AssertCurves(OneVersusRest.Roc(PredictionsOf(vector)), vector,
        "roc", curve => (curve.FalsePositiveRates, curve.TruePositiveRates), "auc", curve => curve.Auc);

    [TestCaseSource(nameof(Cases))]
    public void Precision_recall_curves_agree(JsonElement vector) =>
        AssertCurves(OneVersusRest.PrecisionRecall(PredictionsOf(vector)), vector,
            "pr", curve => (curve.Recalls, curve.Precisions), "ap", curve => curve.AveragePrecision);

    [TestCaseSource(nameof(Cases))]
    public void Reliability_agrees(JsonElement vector)
    {
        var calibration = Calibration.Of(PredictionsOf(vector), Vectors.GetProperty("bins").GetInt32());
        CalibrationBin[] filled = [.. calibration.Bins.Where(bin => bin.Count > 0)];
        JsonElement expected = vector.GetProperty("calibration");
        Assert.That(filled, Has.Length.EqualTo(expected[0].GetArrayLength()));
        for (int i = 0; i < filled.Length; i++)
        {
            AssertClose(filled[i].MeanConfidence, expected[0][i], "confidence");
            AssertClose(filled[i].Accuracy, expected[1][i], "accuracy");
        }
    }

    private static Predictions PredictionsOf(JsonElement vector) => new(
        [.. vector.GetProperty("labels").EnumerateArray().Select(label => label.GetByte())],
        [.. vector.GetProperty("probabilities").EnumerateArray().Select(probability => probability.GetSingle())],
        vector.GetProperty("classes").GetInt32());

    private static void AssertScore(ClassScore score, JsonElement expected)
    {
        AssertClose(score.Precision, expected[0], "precision");
        AssertClose(score.Recall, expected[1], "recall");
        AssertClose(score.F1, expected[2], "F1");
    }

    /// <param name="points">The name of the points in the vectors.</param>
    /// <param name="score">The name of the area or average.</param>
    private static void AssertCurves<TCurve>(OneVersusRest<TCurve> curves, JsonElement vector, string points,
        Func<TCurve, (double[] X, double[] Y)> pointsOf, string score, Func<TCurve, double> scoreOf)
    {
        void AssertOne(TCurve curve, JsonElement expected)
        {
            (double[] x, double[] y) = pointsOf(curve);
            AssertCurve(x, y, expected.GetProperty(points));
            AssertClose(scoreOf(curve), expected.GetProperty(score), score);
        }

        JsonElement[] perClass = [.. vector.GetProperty("curves").EnumerateArray()];
        Assert.That(curves.PerClass, Has.Count.EqualTo(perClass.Length));
        foreach ((TCurve curve, JsonElement expected) in curves.PerClass.Zip(perClass))
            AssertOne(curve, expected);
        AssertOne(curves.Micro, vector.GetProperty("microCurves"));
        double[] defined = [.. curves.PerClass.Select(scoreOf).Where(s => !double.IsNaN(s))];
        Assert.That(scoreOf(curves.Macro),
            Is.EqualTo(defined.Length == 0 ? double.NaN : defined.Average()).Within(Tolerance), "mean of the classes'");
    }

    private static void AssertCurve(double[] x, double[] y, JsonElement expected)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            Assert.That(x, Is.Empty);
            return;
        }
        Assert.That(x, Has.Length.EqualTo(expected[0].GetArrayLength()));
        for (int i = 0; i < x.Length; i++)
        {
            AssertClose(x[i], expected[0][i], $"x of point {i}");
            AssertClose(y[i], expected[1][i], $"y of point {i}");
        }
    }

    private static void AssertClose(double actual, JsonElement expected, string what)
    {
        double value = expected.ValueKind == JsonValueKind.Null ? double.NaN : expected.GetDouble();
        Assert.That(actual, Is.EqualTo(value).Within(Tolerance), what);
    }
}
