using System.Buffers.Binary;
using GpuLstm.Kernels;

namespace GpuLstm.Tests.Fuzz;

/// <summary>Damages files as accidents and attackers do; the same seed and index give the same file.</summary>
internal static class Mutator
{
    private const int MaxMutations = 4;

    /// <summary>Where readers' arithmetic may go wrong.</summary>
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0xffffff, 100_000_000,
        0x7fffffc7, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, long.MaxValue, 1UL << 63, ulong.MaxValue,
    ];

    /// <summary>Words that texts in headers may hold.</summary>
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "-1", "0", "9", "99999999999999999999", "1e400", "null", "true", "[]", "{}", "\"", "'", ",", ":", "\\ud800",
            "[", "]", "{", "}", "(", ")", "F64", "BOOL", ">f8", "|O", "True", "data_offsets", "__metadata__", "..",
            "\0", "\"NaN\"", "1e30", "-0",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    /// <summary>A damaged copy of one of the files.</summary>
    public static byte[] Mutate(IReadOnlyList<byte[]> files, ref PhiloxRandom random)
    {
        List<byte> file = [.. files[random.NextInt(files.Count)]];
        int count = random.NextInt(2) == 0 ? 1 : 1 + random.NextInt(MaxMutations);
        for (int i = 0; i < count; i++)
            MutateOnce(file, files, ref random);
        return [.. file];
    }

    private static void MutateOnce(List<byte> file, IReadOnlyList<byte[]> files, ref PhiloxRandom random)
    {
        int at = random.NextInt(file.Count + 1);
        int length = Math.Min(1 + random.NextInt(1 << random.NextInt(8)), file.Count - at);
        switch (random.NextInt(10))
        {
            case 0 when at < file.Count: // a bit
                file[at] ^= (byte)(1 << random.NextInt(8));
                break;
            case 1 when at < file.Count: // a byte
                file[at] = (byte)random.NextInt(256);
                break;
            case 2 or 3: // a number
                Overwrite(file, at, Number(ref random));
                break;
            case 4: // a shorter file
                file.RemoveRange(at, file.Count - at);
                break;
            case 5: // a hole
                file.RemoveRange(at, length);
                break;
            case 6: // a repetition
                file.InsertRange(at, [.. file.Skip(at).Take(length)]);
                break;
            case 7: // a word in place of another
                byte[] word = Words[random.NextInt(Words.Length)];
                Overwrite(file, at, word);
                break;
            case 8: // a word between
                file.InsertRange(at, Words[random.NextInt(Words.Length)]);
                break;
            case 9: // the end of another file
                byte[] other = files[random.NextInt(files.Count)];
                file.RemoveRange(at, file.Count - at);
                file.AddRange(other.Skip(random.NextInt(other.Length + 1)));
                break;
        }
    }

    /// <summary>1, 2, 4 or 8 bytes, lowest or highest first, near an edge.</summary>
    private static byte[] Number(ref PhiloxRandom random)
    {
        ulong value = Edges[random.NextInt(Edges.Length)];
        int size = 1 << random.NextInt(4);
        byte[] bytes = new byte[8];
        if (random.NextInt(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            return bytes[..size];
        }
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes[^size..];
    }

    private static void Overwrite(List<byte> file, int at, byte[] bytes)
    {
        for (int i = 0; i < bytes.Length && at + i < file.Count; i++)
            file[at + i] = bytes[i];
    }
}
