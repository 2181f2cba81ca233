using GpuLstm.Kernels;

namespace GpuLstm.Tests.Kernels;

/// <summary>What the draws of the random maps look like, taken together.</summary>
[TestFixture]
public class AugmentationMapTests
{
    private const int Draws = 20_000;

    [Test]
    public void Every_change_is_uniform_between_its_bounds_and_none_depends_on_another()
    {
        const float shift = 3, rotate = 20, scale = 0.25f, shear = 0.3f;
        var changes = new double[5][];
        for (int change = 0; change < changes.Length; change++)
            changes[change] = new double[Draws];
        for (uint item = 0; item < Draws; item++)
        {
            var map = AugmentationMap.Affine(1, 2, step: 3, item, rows: 11, columns: 21, shift, rotate, scale, shear);
            // The row map is a turn and a scale alone.
            double angle = Math.Atan2(-map.YX, map.YY);
            double rowScale = 1 / Math.Sqrt(map.YX * map.YX + map.YY * map.YY);
            double determinant = map.XX * map.YY - map.XY * map.YX;
            double columnScale = 1 / (determinant * rowScale);
            double slide = columnScale * (map.XY * Math.Cos(angle) - map.XX * Math.Sin(angle));
            (changes[0][item], changes[1][item]) = ((map.X0 - 10) / shift, (map.Y0 - 5) / shift);
            changes[2][item] = angle * 180 / Math.PI / rotate;
            (changes[3][item], changes[4][item]) = ((columnScale - 1) / scale, slide / shear);
        }
        for (int change = 0; change < changes.Length; change++)
        {
            AssertUniform(changes[change], $"change {change}");
            for (int other = 0; other < change; other++)
                Assert.That(changes[change].Zip(changes[other], (a, b) => a * b).Average(),
                    Is.Zero.Within(5.0 / 3 / Math.Sqrt(Draws)), $"{change} with {other}"); // five standard errors
        }
    }

    /// <summary>Mean 0, variance 1/3, and every tenth of [-1, 1] as full as the next, within five standard
    /// errors.</summary>
    private static void AssertUniform(double[] values, string name)
    {
        Assert.That(values, Has.All.InRange(-1.0001, 1.0001), name);
        Assert.That(values.Average(), Is.Zero.Within(5 * Math.Sqrt(1.0 / 3 / Draws)), name);
        Assert.That(values.Average(v => v * v), Is.EqualTo(1.0 / 3).Within(5 * Math.Sqrt(4.0 / 45 / Draws)), name);
        for (int tenth = 0; tenth < 10; tenth++)
            Assert.That(values.Count(v => Math.Clamp((int)Math.Floor((v + 1) * 5), 0, 9) == tenth),
                Is.EqualTo(Draws / 10).Within(5 * Math.Sqrt(Draws * 0.09)), name);
    }

    [Test]
    public void The_weights_of_a_spline_are_positive_and_add_up_to_one()
    {
        for (float f = 0; f <= 1; f += 1 / 64f)
        {
            (float w0, float w1, float w2, float w3) = AugmentationMap.Weights(f);
            Assert.That(new[] { w0, w1, w2, w3 }, Has.All.InRange(0, 2 / 3f + 1e-6f));
            Assert.That(w0 + w1 + w2 + w3, Is.EqualTo(1).Within(1e-6));
        }
    }

    [Test]
    public void Every_pixel_lies_in_a_cell([Values(1, 2, 3, 28, 33, 1000)] int size)
    {
        for (int index = 0; index < size; index++)
        {
            (int cell, float inside) = AugmentationMap.Place(index, size);
            Assert.That(cell, Is.InRange(0, AugmentationMap.Cells - 1));
            Assert.That(cell + inside, Is.EqualTo((index + 0.5) * AugmentationMap.Cells / size).Within(1e-5));
        }
    }
}
