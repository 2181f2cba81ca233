using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Data;

/// <summary>Image files as greys.</summary>
public static class ImageFile
{
    private const int StartBytes = 8;
    private const long MaxBytes = 1L << 30; // 64 megapixels of the widest kind are half of it

    /// <summary>Reads a PNG file as greys, 0 black: colours by Rec. 709 luma, what is transparent over black.</summary>
    /// <exception cref="FileFormatException">The file is no PNG file, damaged, or above 64 megapixels.</exception>
    /// <exception cref="GpuLstmException">It cannot be read.</exception>
    public static GreyImage ReadGrey(string path) => DataFile.Read(path, file =>
    {
        Span<byte> start = stackalloc byte[StartBytes];
        int count = file.ReadAtLeast(start, StartBytes, throwOnEndOfStream: false);
        if (!PngReader.IsPng(start[..count]))
            throw new FileFormatException($"{path} is no PNG file.");
        if (file.Length > MaxBytes)
            throw new FileFormatException(
                $"{path} is too large: it has {file.Length} bytes, and {MaxBytes} are read at most.");
        byte[] content = new byte[file.Length];
        file.Position = 0;
        file.ReadExactly(content);
        return PngReader.ReadGrey(content, path);
    });
}
