using System.Security.Cryptography;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Strokes;

namespace GpuLstm.Tests.Data;

public class StrokesTests
{
    [Test]
    public void The_digits_of_a_seed_are_the_same_bits_on_every_machine()
    {
        Dataset data = StrokesSet.Draw(1, 1000, 100, default);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Samples part in new[] { data.Train, data.Test })
        {
            hash.AppendData(part.Items());
            hash.AppendData(part.Labels);
        }
        // Changes when the drawing changes, and only then: results of other versions do not compare after that.
        Assert.That(Convert.ToHexStringLower(hash.GetHashAndReset()), Is.EqualTo(
            "c249caeeccaad6fc71524b1f4b71a6fe3674380b87b0b8375f2ba495b1698638"));
    }

    [Test]
    public void A_sample_depends_on_seed_and_position_only()
    {
        Samples small = StrokesSet.Draw(7, 50, 1, default).Train, large = StrokesSet.Draw(7, 3000, 1, default).Train;
        Assert.That(large.Take(50).Items(), Is.EqualTo(small.Items()));
        Assert.That(large.Take(50).Labels, Is.EqualTo(small.Labels));
    }

    [Test]
    public void Seeds_and_parts_differ()
    {
        Dataset first = StrokesSet.Draw(7, 100, 100, default), second = StrokesSet.Draw(8, 100, 100, default);
        Assert.That(second.Train.Items(), Is.Not.EqualTo(first.Train.Items()));
        Assert.That(first.Test.Items(), Is.Not.EqualTo(first.Train.Items()));
    }

    [Test]
    public void No_two_samples_are_alike_and_all_digits_are_about_equally_many()
    {
        Samples train = StrokesSet.Draw(3, 5000, 1, default).Train;
        HashSet<string> images = [];
        int[] perClass = new int[10];
        for (int i = 0; i < train.Count; i++)
        {
            images.Add(Convert.ToHexString(train.Image(i)));
            perClass[train.Labels[i]]++;
        }
        Assert.That(images, Has.Count.EqualTo(5000));
        Assert.That(perClass, Has.All.InRange(400, 600));
    }

    [Test]
    public void Images_are_placed_as_MNIST_places_them()
    {
        Samples train = StrokesSet.Draw(3, 2000, 1, default).Train;
        int centred = 0;
        for (int i = 0; i < train.Count; i++)
        {
            double mass = 0, massX = 0, massY = 0;
            int left = 28, right = -1, top = 28, bottom = -1;
            for (int y = 0; y < 28; y++)
                for (int x = 0; x < 28; x++)
                {
                    int value = train.Image(i)[y * 28 + x];
                    (mass, massX, massY) = (mass + value, massX + value * x, massY + value * y);
                    if (value > 127)
                        (left, right, top, bottom) =
                            (Math.Min(left, x), Math.Max(right, x), Math.Min(top, y), Math.Max(bottom, y));
                }
            centred += Math.Abs(massX / mass - 14) < 0.6 && Math.Abs(massY / mass - 14) < 0.6 ? 1 : 0;
            Assert.That(Math.Max(right - left, bottom - top) + 1, Is.InRange(17, 20), "the longer side fills the box");
            Assert.That(mass / 255, Is.InRange(15, 300), "ink");
        }
        // The rest would have had to leave the image.
        Assert.That(centred / (double)train.Count, Is.GreaterThan(0.98), "centre of mass");
    }

    /// <summary>The drawn digits teach a reader of real ones: each real image is given the digit of the nearest drawn
    /// one. Chance is 10 %.</summary>
    [Test]
    public void What_is_learnt_from_strokes_holds_for_real_MNIST()
    {
        DataOptions options = new() { Spec = $"mnist:{TestData.Folder("mnist")}" };
        Samples real = DatasetLoader.Load(options, new RecordingProgress(), default).Test.Take(500);
        Samples drawn = StrokesSet.Draw(1, 5000, 1, default).Train;
        int hits = 0;
        Lock gate = new();
        Parallel.For(0, real.Count, i =>
        {
            int best = -1, bestDistance = int.MaxValue;
            for (int j = 0; j < drawn.Count; j++)
            {
                int distance = Distance(real.Image(i), drawn.Image(j), bestDistance);
                if (distance < bestDistance)
                    (best, bestDistance) = (j, distance);
            }
            lock (gate)
                hits += drawn.Labels[best] == real.Labels[i] ? 1 : 0;
        });
        Assert.That(hits / (double)real.Count, Is.GreaterThan(0.8));
    }

    [Test]
    public void Counts_out_of_range_are_refused()
    {
        foreach (int count in new[] { 0, -1, StrokesSet.MaxCount + 1 })
            Assert.That(() => StrokesSet.Draw(1, count, 1, default),
                Throws.TypeOf<UsageException>().With.Message.Contains($"{count}"));
    }

    [Test]
    public void Drawing_can_be_stopped() => Assert.That(
        () => StrokesSet.Draw(1, 1000, 1, new CancellationToken(canceled: true)),
        Throws.InstanceOf<OperationCanceledException>());

    /// <summary>Squared Euclidean distance, given up once it is above <paramref name="limit"/>.</summary>
    private static int Distance(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int limit)
    {
        int sum = 0;
        for (int row = 0; row < a.Length && sum < limit; row += 28)
            for (int i = row; i < row + 28; i++)
                sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}
