using GpuLstm.Kernels;

namespace GpuLstm.Tests.Kernels;

public class PhiloxTests
{
    // Known-answer vectors of the Random123 distribution (kat_vectors, "philox4x32 10").
    [TestCase(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue,
        0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0xa4093822u, 0x299f31d0u, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u,
        0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Known_answers_are_met(
        uint key0, uint key1, uint c0, uint c1, uint c2, uint c3, uint x0, uint x1, uint x2, uint x3) =>
        Assert.That(Philox.Next(key0, key1, c0, c1, c2, c3), Is.EqualTo((x0, x1, x2, x3)));

    [Test]
    public void A_sequence_is_the_blocks_of_its_key_stream_and_index()
    {
        PhiloxRandom random = new(0x1122334455667788, 7, 0xAABBCCDD00112233);
        for (uint block = 0; block < 3; block++)
        {
            var (x0, x1, x2, x3) = Philox.Next(0x55667788, 0x11223344, block, 7, 0x00112233, 0xAABBCCDD);
            uint[] words = [random.NextUInt(), random.NextUInt(), random.NextUInt(), random.NextUInt()];
            Assert.That(words, Is.EqualTo(new[] { x0, x1, x2, x3 }));
        }
    }

    [Test]
    public void Unit_floats_stay_below_one_and_reach_zero()
    {
        Assert.That(Philox.ToUnitFloat(uint.MaxValue), Is.EqualTo(1f - 1f / (1 << 24)));
        Assert.That(Philox.ToUnitFloat(255), Is.Zero);
    }

    [Test]
    public void Normals_have_the_moments_and_tails_of_a_normal()
    {
        const int n = 400_000;
        PhiloxRandom random = new(1, 2, 3);
        double sum = 0, squares = 0, cubes = 0, fourths = 0;
        int beyondTwo = 0;
        for (int i = 0; i < n; i++)
        {
            double x = random.NextNormal();
            sum += x;
            squares += x * x;
            cubes += x * x * x;
            fourths += x * x * x * x;
            beyondTwo += Math.Abs(x) > 2 ? 1 : 0;
        }
        Assert.That(sum / n, Is.EqualTo(0).Within(0.008));
        Assert.That(squares / n, Is.EqualTo(1).Within(0.012));
        Assert.That(cubes / n, Is.EqualTo(0).Within(0.03));
        Assert.That(fourths / n, Is.EqualTo(3).Within(0.08));
        Assert.That(beyondTwo / (double)n, Is.EqualTo(0.0455).Within(0.0017));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(10)]
    [TestCase(int.MaxValue)]
    public void Integers_cover_their_range_evenly(int n)
    {
        const int draws = 60_000;
        PhiloxRandom random = new(5, 0, 0);
        int[] thirds = new int[3];
        for (int i = 0; i < draws; i++)
        {
            int x = random.NextInt(n);
            Assert.That(x, Is.InRange(0, n - 1));
            thirds[(int)((long)x * 3 / n)]++;
        }
        for (int third = 0; third < 3; third++)
        {
            long first = ((long)third * n + 2) / 3, end = ((long)(third + 1) * n + 2) / 3;
            double expected = draws * (double)(end - first) / n;
            Assert.That(thirds[third], Is.EqualTo(expected).Within(5 * Math.Sqrt(expected) + 0.5));
        }
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void An_empty_range_is_refused(int n) =>
        Assert.That(() => new PhiloxRandom(1, 1, 1).NextInt(n), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Every_order_of_a_shuffle_is_equally_likely()
    {
        Dictionary<string, int> orders = [];
        for (ulong i = 0; i < 24_000; i++)
        {
            int[] items = [0, 1, 2, 3];
            new PhiloxRandom(9, 1, i).Shuffle<int>(items);
            string order = string.Join("", items);
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }
        Assert.That(orders, Has.Count.EqualTo(24));
        Assert.That(orders.Values, Has.All.EqualTo(1000).Within(160));
    }

    [Test]
    public void Portable_functions_agree_with_the_C_library()
    {
        PhiloxRandom random = new(3, 3, 3);
        for (int i = 0; i < 10_000; i++)
        {
            double u = (random.NextUInt() + 1.0) / (1L << 32);
            Assert.That(PortableMath.Log(u), Is.EqualTo(Math.Log(u)).Within(1e-12));
            Assert.That(PortableMath.Log(u * 1e6), Is.EqualTo(Math.Log(u * 1e6)).Within(1e-12));
            double turns = (u - 0.5) * 6;
            var (sine, cosine) = PortableMath.SinCosOfTurns(turns);
            Assert.That(sine, Is.EqualTo(Math.Sin(2 * Math.PI * turns)).Within(1e-12));
            Assert.That(cosine, Is.EqualTo(Math.Cos(2 * Math.PI * turns)).Within(1e-12));
        }
    }
}
