using System.Text;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests.Data;

/// <summary>Data sets named by a path alone.</summary>
public class PathDataTests : TestsInFolder
{
    private RecordingProgress _progress = null!;

    [SetUp]
    public void ListenAnew() => _progress = new();

    private Dataset Load(string name, DataOptions? options = null) => DatasetLoader.Load(
        (options ?? new()) with { Spec = name }, new MnistSources([], null, []), _progress, default);

    private string Write(string name, string content) => Folder.Write(name, Encoding.UTF8.GetBytes(content));

    private void WritePair()
    {
        Write("Steps_TRAIN.csv", "label,a,b\nup,1,2\ndown,2,1\nup,3,\n");
        Write("Steps_TEST.csv", "label,a,b\ndown,5,4\n");
    }

    [TestCase("Steps")]
    [TestCase("Steps_TRAIN.csv")]
    [TestCase("Steps_TEST.csv")]
    [TestCase("")]
    public void A_pair_is_found_by_either_file_by_its_common_name_and_by_its_folder(string name)
    {
        WritePair();
        Dataset data = Load(name.Length == 0 ? Folder.Path : Folder[name]);
        Assert.That((data.Name, data.Train.Count, data.Test.Count), Is.EqualTo(("Steps", 3, 1)));
        Assert.That(data.Classes, Is.EqualTo(new[] { "down", "up" }));
        Assert.That(data.Train.Labels, Is.EqualTo(new byte[] { 1, 0, 1 }));
        Assert.That(data.Test.Labels, Is.EqualTo(new byte[] { 0 }));
        Assert.That(data.Train.HasLengths, Is.True);
    }

    [Test]
    public void Sequences_are_normalised_by_the_training_part_alone()
    {
        WritePair();
        Features features = Load(Folder["Steps"]).Features!;
        Assert.That(features.Means, Is.EqualTo(new[] { 9 / 5f }).Within(1e-6));
        Assert.That(features.Deviations[0], Is.EqualTo(Math.Sqrt(2.8 / 5)).Within(1e-6));
    }

    [Test]
    public void A_single_file_is_split()
    {
        Write("x.csv", "label,a\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{i % 2},{i}\n")));
        Dataset data = Load(Folder["x.csv"], new() { Validation = "4" });
        Assert.That((data.Train.Count, data.Validation.Count, data.Test.Count), Is.EqualTo((12, 4, 4)));
    }

    [Test]
    public void Missing_values_are_told_or_refused()
    {
        string path = Write("x.csv", "label,a,b,c\n0,1,,3\n1,,5,6\n0,1,2,3\n1,1,2,3\n");
        Load(path);
        Assert.That(_progress.Notices, Has.Some.Contains("2 missing values: each is filled with the value before"));
        Assert.That(() => Load(path, new() { Missing = "refuse" }), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("2 missing values, the first in sequence 1 at step 2"));
    }

    [Test]
    public void Gaps_take_the_value_before_them_or_the_first_or_the_mean()
    {
        Features features = new(["a", "b"], [10, 20], [2, 4]);
        float[] normalised = new float[6];
        features.Normalise([float.NaN, float.NaN, 12, float.NaN, float.NaN, float.NaN], normalised);
        Assert.That(normalised, Is.EqualTo(new float[] { 1, 0, 1, 0, 1, 0 }));
    }

    [TestCase("Cat", "cat")]
    [TestCase("1", "1.0")]
    [TestCase("left hand", "left_hand")]
    public void Two_spellings_of_a_class_are_refused_with_both_places(string one, string other)
    {
        Write("x_TRAIN.csv", $"label,a\n{one},1\ndog,2\n");
        Write("x_TEST.csv", $"label,a\n{other},1\n");
        Assert.That(() => Load(Folder["x"]), Throws.TypeOf<FileFormatException>().With.Message.Contains(
            $"line 2: the class '{other}' is spelled '{one}' in {Folder["x_TRAIN.csv"]}, line 2"));
    }

    [Test]
    public void Letters_are_classes_in_either_case()
    {
        Write("x.csv", "label,v\n" + string.Concat(Enumerable.Range(0, 8).Select(i => $"{"aAbB"[i % 4]},{i}\n")));
        Assert.That(Load(Folder["x.csv"]).Classes, Is.EqualTo(new[] { "A", "B", "a", "b" }));
    }

    [Test]
    public void Parts_of_different_sizes_are_refused()
    {
        Write("x_TRAIN.ts", "@classLabel true a b\n@data\n1:2:a\n1:3:b\n");
        Write("x_TEST.ts", "@classLabel true a b\n@data\n1:a\n");
        Assert.That(() => Load(Folder["x"]), Throws.TypeOf<FileFormatException>()
            .With.Message.Contains("sequences of 2 features").And.Message.Contains("sequences of 1 features"));
    }

    [Test]
    public void Without_labels_there_is_nothing_to_train_on() => Assert.That(
        () => Load(Write("x.csv", "a,b\n1,2\n")),
        Throws.TypeOf<FileFormatException>().With.Message.Contains("has no labels: --label COLUMN"));

    [Test]
    public void Public_sets_of_sequences_are_read()
    {
        string folder = TestData.Folder("sequences");
        Dataset vowels = Load(Path.Combine(folder, "JapaneseVowels")), italy = Load(
            Path.Combine(folder, "ItalyPowerDemand_TEST.ts"));
        Assert.Multiple(() =>
        {
            Assert.That((vowels.Train.Count, vowels.Test.Count, vowels.Train.InputSize),
                Is.EqualTo((270, 370, 12)));
            Assert.That((vowels.Train.TimeSteps, vowels.Test.TimeSteps), Is.EqualTo((26, 29)));
            Assert.That((italy.Train.Count, italy.Test.Count, italy.Train.TimeSteps, italy.Train.InputSize),
                Is.EqualTo((67, 1029, 24, 1)));
            Assert.That(italy.Train.HasLengths, Is.False);
        });
    }
}
