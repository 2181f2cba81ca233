using SkiaSharp;

namespace GpuLstm.Tests.Data;

/// <summary>Image files for tests.</summary>
internal static class TestImage
{
    /// <summary>A grey image as a file of a format; <paramref name="quality"/> 100 is lossless where the format
    /// can.</summary>
    public static byte[] Encode(byte[] pixels, int width, int height,
        SKEncodedImageFormat format = SKEncodedImageFormat.Png, int quality = 100)
    {
        var info = new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque);
        using SKImage image = SKImage.FromPixelCopy(info, pixels);
        return image.Encode(format, quality).ToArray();
    }
}
