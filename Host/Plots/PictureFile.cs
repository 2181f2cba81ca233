using System.Text;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime.Formats;
using SkiaSharp;

namespace GpuLstm.Host.Plots;

/// <summary>A figure as a file: SVG for pages light and dark, PNG for documents and chats, PDF for papers.</summary>
public static class PictureFile
{
    /// <summary>The extensions of the formats.</summary>
    public static readonly string[] Extensions = [".svg", ".png", ".pdf"];

    private const float PngScale = 2; // sharp on dense displays and on paper
    private const float PointsPerUnit = 0.75f; // 96 CSS pixels are 72 points
    private static bool s_told;

    /// <summary>Whether the name ends as one of the formats does.</summary>
    public static bool HasFormat(string path) =>
        Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Writes the figure whole or not at all, in the format of the name's extension; SVG where it has
    /// another.</summary>
    public static void Write(string path, Figure figure)
    {
        byte[] content = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => Png(figure),
            ".pdf" => Pdf(figure),
            _ => Encoding.UTF8.GetBytes(figure.ToSvg()),
        };
        AtomicFile.Write(path, stream => stream.Write(content));
    }

    /// <param name="figure">Drawn in the light colours.</param>
    /// <param name="scale">Pixels of a canvas unit.</param>
    public static byte[] Png(Figure figure, float scale = PngScale)
    {
        var info = new SKImageInfo((int)(scale * figure.Width), (int)(scale * figure.Height),
            SKColorType.Rgba8888, SKAlphaType.Opaque);
        using SKSurface surface = SKSurface.Create(info);
        surface.Canvas.Scale(scale);
        Draw(surface.Canvas, figure);
        using SKPixmap pixels = surface.PeekPixels();
        using SKData png = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, 6))!;
        return png.ToArray();
    }

    /// <summary>One page of the figure's size, text as text.</summary>
    public static byte[] Pdf(Figure figure)
    {
        using var stream = new MemoryStream();
        // No dates: the same figure gives the same bytes.
        var metadata = new SKDocumentPdfMetadata { Title = figure.Title, Subject = figure.Summary, Creator = "GpuLstm",
            RasterDpi = 72 * PngScale, EncodingQuality = 101 };
        using (SKDocument document = SKDocument.CreatePdf(stream, metadata))
        {
            SKCanvas page = document.BeginPage(
                PointsPerUnit * (float)figure.Width, PointsPerUnit * (float)figure.Height);
            page.Scale(PointsPerUnit);
            Draw(page, figure);
            document.EndPage();
            document.Close();
        }
        return stream.ToArray();
    }

    private static void Draw(SKCanvas page, Figure figure)
    {
        var canvas = new SkiaCanvas(page, figure.Width, figure.Height);
        figure.DrawOn(canvas);
        if (canvas.Missing.Count == 0 || s_told)
            return;
        s_told = true;
        Console.Error.WriteLine($"gpulstm: No font on this system has {string.Join(' ', canvas.Missing.Take(8))}: PNG "
            + "and PDF files show boxes instead. Install one that does (Chinese and Japanese: fonts-noto-cjk).");
    }
}
