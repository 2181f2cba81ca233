using GpuLstm.Runtime.Formats;
using SkiaSharp;

namespace GpuLstm.Runtime.Data;

/// <summary>Image files as greys: PNG, JPEG, GIF (its first frame), BMP and WebP, decoded by Skia.</summary>
public static class ImageFile
{
    /// <summary>The formats' names, for messages.</summary>
    public const string Formats = "PNG, JPEG, GIF, BMP or WebP";

    private const long MaxBytes = 1L << 30, MaxPixels = 64L << 20;
    private const int Max = ushort.MaxValue; // greys are rounded once, from 16 bits

    private static readonly string[] s_extensions = [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp"];

    private static readonly HashSet<SKEncodedImageFormat> s_formats =
    [
        SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Gif, SKEncodedImageFormat.Bmp,
        SKEncodedImageFormat.Webp,
    ];

    /// <summary>Whether a file's name ends as an image's does.</summary>
    public static bool HasImageName(string path) =>
        s_extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads an image file as greys, 0 black: colours by Rec. 709 luma, turned upright, what is transparent
    /// over black, MNIST's paper.</summary>
    /// <exception cref="FileFormatException">The file is no image, damaged, or above 64 megapixels.</exception>
    /// <exception cref="GpuLstmException">It cannot be read.</exception>
    public static GreyImage ReadGrey(string path) => Read(path, Decode);

    /// <summary>As <see cref="ReadGrey"/>, but what is transparent is paper: white under dark ink, black under
    /// light.</summary>
    /// <exception cref="FileFormatException">The file is no image, damaged, or above 64 megapixels.</exception>
    /// <exception cref="GpuLstmException">It cannot be read.</exception>
    public static GreyImage ReadOnPaper(string path) =>
        Read(path, (content, name) => Decode(content, name, isOnPaper: true));

    private static GreyImage Read(string path, Func<byte[], string, GreyImage> decode) => DataFile.Read(path, file =>
    {
        if (file.Length > MaxBytes)
            throw new FileFormatException(
                $"{path} is too large: it has {file.Length} bytes, and {MaxBytes} are read at most.");
        byte[] content = new byte[file.Length];
        file.ReadExactly(content);
        return decode(content, path);
    });

    /// <summary>As <see cref="ReadGrey"/>, of a file's content.</summary>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="FileFormatException">The file is no image, damaged, or above 64 megapixels.</exception>
    public static GreyImage Decode(byte[] content, string name) => Decode(content, name, isOnPaper: false);

    private static GreyImage Decode(byte[] content, string name, bool isOnPaper)
    {
        using SKData data = SKData.CreateCopy(content);
        using SKCodec? codec = SKCodec.Create(data);
        if (codec == null || !s_formats.Contains(codec.EncodedFormat))
            throw new FileFormatException($"{name} is no {Formats} image.");
        (int width, int height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MaxPixels)
            throw new FileFormatException(
                $"{name} is too large: it has {width}x{height} pixels, and {MaxPixels} are read at most.");

        // No colour space: the stored values, as video takes them, without undoing their gamma.
        bool isGrey = codec.Info.ColorType == SKColorType.Gray8;
        var info = new SKImageInfo(width, height, isGrey ? SKColorType.Gray8 : SKColorType.Rgba8888,
            isGrey ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap(info); // outside the managed heap: untouched where the data are not there
        SKCodecResult result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
            throw new FileFormatException(result == SKCodecResult.IncompleteInput
                ? $"{name} is damaged: its image data end early."
                : $"{name} is damaged: its image data cannot be decoded.");
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        byte[] greys = isGrey ? pixels.ToArray() : Greys(pixels, isOnPaper && IsDark(pixels) ? 255 : 0);
        return Upright(new GreyImage(width, height, greys), codec.EncodedOrigin);
    }

    /// <summary>Luma over a paper.</summary>
    private static byte[] Greys(ReadOnlySpan<byte> rgba, int paper)
    {
        byte[] greys = new byte[rgba.Length / 4];
        for (int i = 0; i < greys.Length; i++)
        {
            int alpha = rgba[4 * i + 3];
            greys[i] = (byte)((Luma(rgba, i) * alpha + 257L * paper * (255 - alpha) + Max / 2) / Max);
        }
        return greys;
    }

    /// <summary>Whether what is not transparent is darker than half on average.</summary>
    private static bool IsDark(ReadOnlySpan<byte> rgba)
    {
        long sum = 0, weight = 0;
        for (int i = 0; i < rgba.Length / 4; i++)
            (sum, weight) = (sum + Luma(rgba, i) * rgba[4 * i + 3], weight + rgba[4 * i + 3]);
        return 2 * sum < weight * Max;
    }

    /// <summary>0.2126 R + 0.7152 G + 0.0722 B (ITU-R BT.709-6, item 3.2) in 16 bits: in units of 2^-16 the three
    /// weights add up to exactly 1, and 255 becomes 65535.</summary>
    private static long Luma(ReadOnlySpan<byte> rgba, int i) =>
        (257 * (13933L * rgba[4 * i] + 46871L * rgba[4 * i + 1] + 4732L * rgba[4 * i + 2]) + (1 << 15)) >> 16;

    /// <summary>Undoes what the camera was turned by (Exif 2.32, tag 0x0112): pixel (x, y) of the upright image is
    /// where the stored one, mirrored or turned, has it.</summary>
    private static GreyImage Upright(GreyImage stored, SKEncodedOrigin origin)
    {
        if (origin == SKEncodedOrigin.TopLeft)
            return stored;
        int right = stored.Width - 1, bottom = stored.Height - 1;
        bool isTurned = origin >= SKEncodedOrigin.LeftTop; // rows and columns change places
        (int width, int height) = isTurned ? (stored.Height, stored.Width) : (stored.Width, stored.Height);
        byte[] pixels = new byte[stored.Pixels.Length];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                (int column, int row) = origin switch
                {
                    SKEncodedOrigin.TopRight => (right - x, y),
                    SKEncodedOrigin.BottomRight => (right - x, bottom - y),
                    SKEncodedOrigin.BottomLeft => (x, bottom - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, bottom - x),
                    SKEncodedOrigin.RightBottom => (right - y, bottom - x),
                    _ => (right - y, x), // LeftBottom
                };
                pixels[y * width + x] = stored.Pixels[row * stored.Width + column];
            }
        return new GreyImage(width, height, pixels);
    }
}
