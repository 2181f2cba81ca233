namespace GpuLstm.Runtime.Formats;

internal static class PngError
{
    /// <summary>The one sentence about a file that breaks PNG's rules.</summary>
    public static FileFormatException Damaged(string name, string how, Exception? inner = null)
    {
        string message = $"{name} is a damaged PNG file: {how}.";
        return inner is null ? new FileFormatException(message) : new FileFormatException(message, inner);
    }
}
