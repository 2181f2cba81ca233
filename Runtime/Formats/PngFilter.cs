namespace GpuLstm.Runtime.Formats;

/// <summary>Undoes the filters that rows go through before compression (PNG specification, third edition, section
/// 9).</summary>
internal static class PngFilter
{
    public const int None = 0, Sub = 1, Up = 2, Average = 3, Paeth = 4;

    /// <summary>Restores a row in place. False when the filter is unknown.</summary>
    /// <param name="filter">The row's filter byte.</param>
    /// <param name="row">The filtered row.</param>
    /// <param name="above">The restored row above it, zeros for the first.</param>
    /// <param name="stride">Bytes from a pixel to the next.</param>
    public static bool Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        switch (filter)
        {
            case None:
                break;
            case Sub:
                for (int i = stride; i < row.Length; i++)
                    row[i] += row[i - stride];
                break;
            case Up:
                for (int i = 0; i < row.Length; i++)
                    row[i] += above[i];
                break;
            case Average:
                for (int i = 0; i < row.Length; i++)
                    row[i] += (byte)(((i < stride ? 0 : row[i - stride]) + above[i]) / 2);
                break;
            case Paeth:
                for (int i = 0; i < row.Length; i++)
                    row[i] += i < stride ? above[i] : Predict(row[i - stride], above[i], above[i - stride]);
                break;
            default:
                return false;
        }
        return true;
    }

    /// <summary>The neighbour that is nearest to left + up - corner; at a tie the first in this order.</summary>
    private static byte Predict(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        if (toLeft <= toUp && toLeft <= toCorner)
            return (byte)left;
        return (byte)(toUp <= toCorner ? up : corner);
    }
}
