using System.Buffers.Binary;

namespace GpuLstm.Runtime.Formats.Torch;

/// <summary>Walks over a pickle's opcodes (Python's pickletools) without doing anything: where it ends, and whether
/// every length that it tells lies within the file, before anybody allocates by it.</summary>
internal static class PickleScan
{
    private const string Alone = "(.012NQRbdeltasuo)]}"; // opcodes without an argument
    private const string Lines = "FILSVgpP", TwoLines = "ci"; // with one line of text, or two

    /// <summary>Bytes up to the end of the first pickle; -1: it is damaged.</summary>
    public static int Length(ReadOnlySpan<byte> pickle)
    {
        long at = 0;
        while (at < pickle.Length)
        {
            byte code = pickle[(int)at++];
            ReadOnlySpan<byte> rest = pickle[(int)at..];
            if (code == '.')
                return (int)at;
            long size = Argument(code, rest);
            if (size < 0 || size > rest.Length)
                return -1;
            at += size;
        }
        return -1;
    }

    /// <summary>Bytes of an opcode's argument; -1: there is no such opcode, or its argument is cut off.</summary>
    private static long Argument(byte code, ReadOnlySpan<byte> rest) => code switch
    {
        _ when Alone.Contains((char)code) => 0,
        _ when Lines.Contains((char)code) => Line(rest),
        _ when TwoLines.Contains((char)code) => Line(rest) is >= 0 and var first && Line(rest[(int)first..]) is >= 0
            and var second ? first + second : -1,
        (byte)'K' or (byte)'h' or (byte)'q' or 0x80 or 0x82 => 1,
        (byte)'M' or 0x83 => 2,
        (byte)'J' or (byte)'j' or (byte)'r' or 0x84 => 4,
        (byte)'G' or 0x95 => 8,
        (byte)'U' or (byte)'C' or 0x8c or 0x8a => rest.Length < 1 ? -1 : 1L + rest[0],
        (byte)'T' or (byte)'X' or (byte)'B' or 0x8b => rest.Length < 4 ? -1
            : 4L + BinaryPrimitives.ReadUInt32LittleEndian(rest),
        0x8d or 0x8e or 0x96 => rest.Length < 8 || BinaryPrimitives.ReadInt64LittleEndian(rest) is not (>= 0
            and <= int.MaxValue and var length) ? -1 : 8 + length,
        0x81 or (>= 0x85 and <= 0x89) or (>= 0x8f and <= 0x94) or 0x97 or 0x98 => 0,
        _ => -1,
    };

    /// <summary>Bytes up to and with the next line's end; -1: there is none.</summary>
    private static int Line(ReadOnlySpan<byte> rest) => rest.IndexOf((byte)'\n') is >= 0 and var end ? end + 1 : -1;
}
