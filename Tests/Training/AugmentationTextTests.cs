using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Training;

[TestFixture]
public class AugmentationTextTests
{
    [Test]
    public void A_text_and_its_ranges_become_each_other()
    {
        Augmentation some = new() { Shift = 2, Scale = 0.1f, Elastic = 1.5f };
        Assert.Multiple(() =>
        {
            Assert.That(AugmentationText.Parse("shift=2,scale=0.1,elastic=1.5"), Is.EqualTo(some));
            Assert.That(AugmentationText.Parse(" Elastic=1.5, SHIFT=2.0,scale=1e-1"), Is.EqualTo(some));
            Assert.That(AugmentationText.Format(some), Is.EqualTo("shift=2,scale=0.1,elastic=1.5"));
            Assert.That(AugmentationText.Parse("rotate=10,shear=0.2"),
                Is.EqualTo(new Augmentation { Rotate = 10, Shear = 0.2f }));
            Assert.That(AugmentationText.Parse("NONE"), Is.EqualTo(default(Augmentation)));
            Assert.That(AugmentationText.Format(default), Is.EqualTo("none"));
        });
    }

    [TestCase("")]
    [TestCase("shift")]
    [TestCase("shift=")]
    [TestCase("shift=two")]
    [TestCase("shift=1,shift=2")]
    [TestCase("shift=1;rotate=2")]
    [TestCase("shift=1,")]
    [TestCase("mirror=1")]
    [TestCase("none,shift=1")]
    public void Another_text_is_refused_with_the_syntax(string text) => Assert.That(
        () => AugmentationText.Parse(text), Throws.TypeOf<UsageException>()
            .With.Message.Contains($"'{text}'").And.Message.Contains(AugmentationText.Syntax));

    [TestCase("shift=-1", "--augment shift")]
    [TestCase("rotate=181", "--augment rotate")]
    [TestCase("scale=1", "--augment scale")]
    [TestCase("shear=nan", "--augment shear")]
    [TestCase("elastic=1001", "--augment elastic")]
    public void A_range_out_of_bounds_is_refused_by_its_name(string text, string named)
    {
        Recipe recipe = Recipes.Find(Recipes.Default) with { Augment = AugmentationText.Parse(text) };
        Assert.That(() => recipe.Checked(), Throws.TypeOf<UsageException>().With.Message.StartsWith(named));
    }
}
