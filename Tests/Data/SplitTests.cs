using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Tests.Data;

public class SplitTests
{
    [TestCase("8:2", 8, 2)]
    [TestCase("1:1", 1, 1)]
    [TestCase("70:30", 70, 30)]
    [TestCase("1000000:1", 1_000_000, 1)]
    public void A_ratio_is_read(string text, int train, int test) =>
        Assert.That(SplitRatio.Parse(text), Is.EqualTo(new SplitRatio(train, test)));

    [TestCase("")]
    [TestCase("8")]
    [TestCase("8:")]
    [TestCase(":2")]
    [TestCase("0:2")]
    [TestCase("8:0")]
    [TestCase("-8:2")]
    [TestCase("8:2:1")]
    [TestCase("0.8:0.2")]
    [TestCase("8 : 2")]
    [TestCase("1000001:1")]
    [TestCase("99999999999:1")]
    public void A_wrong_ratio_is_refused_with_the_valid_form(string text) => Assert.That(
        () => SplitRatio.Parse(text), Throws.TypeOf<UsageException>().With.Message.Contains("TRAIN:TEST"));

    [TestCase("8:2", 10, 8)]
    [TestCase("8:2", 7, 6)] // 5.6
    [TestCase("1:1", 5, 3)] // 2.5 rounds up
    [TestCase("1000:1", 2, 1)] // both sides get one
    [TestCase("1:1000", 2, 1)]
    [TestCase("8:2", 1, 1)]
    [TestCase("8:2", 0, 0)]
    [TestCase("999999:1000000", int.MaxValue, 1_073_741_287)]
    public void A_class_is_divided_to_the_nearest(string ratio, int count, int train) =>
        Assert.That(SplitRatio.Parse(ratio).TrainCount(count), Is.EqualTo(train));

    [Test]
    public void A_split_is_complete_disjoint_and_stratified()
    {
        // Every sample is told from the others by its content; classes have 10, 20, ..., 100 samples.
        List<byte> items = [], labels = [];
        for (int label = 0; label < 10; label++)
            for (int i = 0; i < 10 * (label + 1); i++)
            {
                items.AddRange([(byte)label, (byte)i]);
                labels.Add((byte)label);
            }
        ImageSamples all = new([.. items], [.. labels], 1, 2);
        Samples head = all.Take(123);
        ImageSamples tail = new(all.Items()[246..], all.Labels[123..], 1, 2);

        (Samples train, Samples test) = StratifiedSplit.Divide([head, tail], new SplitRatio(8, 2), 5);
        HashSet<(byte, byte)> seen = [];
        foreach ((Samples side, int tenths) in new[] { (train, 8), (test, 2) })
        {
            int[] perClass = new int[10];
            for (int i = 0; i < side.Count; i++)
            {
                Assert.That(side.Image(i)[0], Is.EqualTo(side.Labels[i]), "a sample keeps its label");
                Assert.That(seen.Add((side.Image(i)[0], side.Image(i)[1])), "no sample comes twice");
                perClass[side.Labels[i]]++;
            }
            Assert.That(perClass, Is.EqualTo(Enumerable.Range(1, 10).Select(n => n * tenths)));
        }
        Assert.That(seen, Has.Count.EqualTo(550));
        int changes = train.Labels.Zip(train.Labels.Skip(1)).Count(pair => pair.First != pair.Second);
        Assert.That(changes, Is.GreaterThan(300), "classes are mixed");
    }

    [Test]
    public void A_seed_decides_a_split_and_another_seed_another()
    {
        using IdxFolder folder = new();
        byte[] Items(ulong seed) => folder.Load(new DataOptions { Split = "1:1", Seed = seed }).Train.Items();
        byte[] first = Items(1);
        Assert.That(Items(1), Is.EqualTo(first));
        Assert.That(Items(2), Is.Not.EqualTo(first));
    }

    [Test]
    public void A_split_pools_training_and_test_and_the_limit_comes_after_it()
    {
        using IdxFolder folder = new();
        Dataset data = folder.Load(new DataOptions { Split = "1:1", Limit = 5 });
        Assert.That((data.Train.Count, data.Test.Count), Is.EqualTo((5, 20)));
        Assert.That(data.Test.Labels.Order(), Is.EqualTo(Enumerable.Range(0, 20).Select(i => i / 2)));
        Assert.That(data.Origin, Does.EndWith("split 1:1 by seed 1"));
    }

    [Test]
    public void A_split_of_one_sample_per_class_is_refused() => Assert.That(
        () => StratifiedSplit.Divide([new ImageSamples([1, 2], [0, 1], 1, 1)], SplitRatio.Default, 1),
        Throws.TypeOf<GpuLstmException>().With.Message.Contains("too few"));

    [TestCase("")]
    [TestCase("minst")]
    [TestCase("mnist:")]
    [TestCase("folder")]
    [TestCase("folder:")]
    [TestCase("strokes:9")]
    [TestCase("auto:x")]
    [TestCase("MNIST")]
    public void A_wrong_data_set_is_refused_with_the_valid_forms(string spec) => Assert.That(
        () => DatasetLoader.Load(new DataOptions { Spec = spec }, new RecordingProgress(), default),
        Throws.TypeOf<UsageException>().With.Message.Contains("auto, mnist, mnist:DIR, strokes, folder:DIR"));

    [TestCase(0)]
    [TestCase(-3)]
    public void A_limit_below_one_is_refused(int limit) => Assert.That(
        () => DatasetLoader.Load(new DataOptions { Spec = "strokes", Limit = limit }, new RecordingProgress(), default),
        Throws.TypeOf<UsageException>().With.Message.Contains($"{limit}"));

    [Test]
    public void A_folder_name_may_have_colons() =>
        Assert.That(DataSpec.Parse(@"mnist:C:\data"), Is.EqualTo(new DataSpec(DataKind.Idx, @"C:\data", "mnist")));
}
