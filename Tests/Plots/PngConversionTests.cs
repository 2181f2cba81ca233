using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Tests.Plots;

[TestFixture]
public class PngConversionTests
{
    [SetUp]
    public void SkipWithoutLibraries()
    {
        if (!PngConversion.IsAvailable(out string advice))
            Assert.Ignore(advice);
    }

    [Test]
    public void Colours_and_size_are_those_of_the_picture()
    {
        var canvas = new SvgCanvas(40, 20, "t", "d");
        canvas.Rectangle(new Box(0, 0, 20, 20), Style.Filled(Ink.Blue));
        byte[] png = PngConversion.Convert(canvas.ToSvg(), 80);
        GreyImage image = PngReader.ReadGrey(png, "plot");
        Assert.That((image.Width, image.Height), Is.EqualTo((80, 40)));
        Assert.That(image.Pixels[20 * 80 + 70], Is.EqualTo(255), "white page");
        Assert.That(image.Pixels[20 * 80 + 10], Is.InRange(70, 110), "blue");
    }

    [Test]
    public void A_height_that_is_no_whole_number_leaves_no_dark_edge()
    {
        byte[] png = PngConversion.Convert(new SvgCanvas(30, 10, "t", "d").ToSvg(), 100);
        GreyImage image = PngReader.ReadGrey(png, "plot");
        Assert.That(image.Pixels, Has.All.EqualTo(255));
    }

    [Test]
    public void Every_plot_can_be_converted()
    {
        foreach ((string name, string svg) in Samples.AllPlots())
            Assert.That(PngConversion.Convert(svg, 600), Has.Length.GreaterThan(3000), name);
    }

    [Test]
    public void What_is_no_picture_is_refused_with_the_reason()
    {
        Assert.That(() => PngConversion.Convert("no svg", 100),
            Throws.InstanceOf<GpuLstmException>().With.Message.StartsWith("librsvg cannot read the plot: "));
    }
}
