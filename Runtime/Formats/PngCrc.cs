namespace GpuLstm.Runtime.Formats;

/// <summary>The CRC-32 of PNG chunks (PNG specification, third edition, annex D: polynomial 0xEDB88320,
/// reflected).</summary>
internal static class PngCrc
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>The CRC of a chunk's type and data, which lie one after the other.</summary>
    public static uint Of(ReadOnlySpan<byte> typeAndData)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in typeAndData)
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint n = 0; n < table.Length; n++)
        {
            uint crc = n;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            table[n] = crc;
        }
        return table;
    }
}
