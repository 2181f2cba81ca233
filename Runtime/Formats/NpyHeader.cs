using System.Globalization;
using System.Text;

namespace GpuLstm.Runtime.Formats;

/// <summary>The header of a .npy array (NumPy's documentation, numpy.lib.format: versions 1.0, 2.0 and 3.0).</summary>
/// <param name="Type">The type of the numbers.</param>
/// <param name="BigEndian">Whether each number's highest byte comes first.</param>
/// <param name="FortranOrder">Whether the first dimension, not the last, lies contiguously.</param>
/// <param name="Shape">Slowest dimension first; of texts the last is their characters.</param>
internal sealed record NpyHeader(TensorType Type, bool BigEndian, bool FortranOrder, long[] Shape)
{
    /// <summary>Whether the numbers are the characters of texts: U32 of NumPy's type U, U8 of its type S.</summary>
    public bool IsText { get; init; }

    private const int Alignment = 64; // of the numbers, as NumPy writes them
    private const int MaxTextBytes = 10_000; // NumPy's own limit for files that are not trusted

    private static readonly (string Name, TensorType Type)[] Types =
    [
        ("b1", TensorType.Bool), ("f2", TensorType.F16), ("f4", TensorType.F32), ("f8", TensorType.F64),
        ("u1", TensorType.U8), ("u2", TensorType.U16), ("u4", TensorType.U32), ("u8", TensorType.U64),
        ("i1", TensorType.I8), ("i2", TensorType.I16), ("i4", TensorType.I32), ("i8", TensorType.I64),
    ];

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public static bool IsNpy(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <param name="file">Starts with the header.</param>
    /// <param name="refuse">Makes the exception from what is wrong.</param>
    /// <param name="bytes">Of the header: the numbers start there.</param>
    public static NpyHeader Parse(ReadOnlySpan<byte> file, Func<string, Exception> refuse, out int bytes)
    {
        if (!IsNpy(file))
            throw refuse("it does not start as one");
        if (file.Length < 12)
            throw refuse("it ends within its header");
        (byte major, byte minor) = (file[6], file[7]);
        if (major is < 1 or > 3 || minor != 0)
            throw refuse($"it has the unknown version {major}.{minor}");
        int start = major == 1 ? 10 : 12;
        uint length = file[8] | (uint)file[9] << 8;
        if (major > 1)
            length |= (uint)file[10] << 16 | (uint)file[11] << 24;
        if (length > MaxTextBytes)
            throw refuse($"its header of {length} bytes exceeds the limit of {MaxTextBytes}");
        if (length > file.Length - start)
            throw refuse("it ends within its header");
        bytes = start + (int)length;

        // UTF-8, version 3's encoding, reads what versions 1 and 2 may say of plain numbers.
        string text = Encoding.UTF8.GetString(file[start..bytes]);
        if (NpyDictionary.Parse(text) is not { } dictionary)
            throw refuse("its header does not describe an array of plain numbers");
        (TensorType type, bool bigEndian, long characters) = ReadDescr(dictionary.Descr!, refuse);
        bool isText = characters > 0;
        long[] shape = isText ? [.. dictionary.Shape!, characters] : dictionary.Shape!;
        if (shape.Length > TensorShape.MaxDimensions || TensorShape.Bytes(shape, type) is null)
            throw refuse("its shape is too large for any file");
        if (isText && shape.Length > 2 && dictionary.FortranOrder!.Value)
            throw refuse("it holds texts in Fortran's order, which is not supported");
        bool isFortran = !isText && dictionary.FortranOrder!.Value;
        return new NpyHeader(type, bigEndian, isFortran, shape) { IsText = isText };
    }

    /// <summary>A header of version 1.0.</summary>
    /// <exception cref="ArgumentException">NumPy has no such type.</exception>
    public byte[] ToBytes()
    {
        const int start = 10;
        string sizes = Shape is [long only] ? $"{only}," : string.Join(", ", Shape);
        string order = FortranOrder ? "True" : "False";
        string text = $"{{'descr': '{Descr()}', 'fortran_order': {order}, 'shape': ({sizes}), }}";
        text = text.PadRight(text.Length + Alignment - 1 - (start + text.Length) % Alignment) + "\n";
        return [.. Magic, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. Encoding.ASCII.GetBytes(text)];
    }

    private string Descr()
    {
        string name = Types.FirstOrDefault(t => t.Type == Type).Name
            ?? throw new ArgumentException($"NumPy has no {Type}.");
        return (Type.SizeInBytes() == 1 ? '|' : BigEndian ? '>' : '<') + name;
    }

    private static (TensorType Type, bool BigEndian, long Characters) ReadDescr(
        string descr, Func<string, Exception> refuse)
    {
        if (descr is "O" or "|O" or "<O" or ">O")
            throw refuse("it holds pickled Python objects, which can run any code and are not read");
        foreach ((string name, TensorType type) in Types)
            if (descr.Length == 3 && descr[1..] == name && descr[0] is '<' or '>' or '|' or '=')
                return (type, descr[0] == '>', 0);
        if (descr.Length > 2 && descr[0] is '<' or '>' or '|' or '=' && descr[1] is 'U' or 'S'
            && int.TryParse(descr[2..], NumberStyles.None, CultureInfo.InvariantCulture, out int characters)
            && characters > 0)
            return (descr[1] == 'U' ? TensorType.U32 : TensorType.U8, descr[0] == '>', characters);
        throw refuse($"its numbers are of the type '{descr}', which is not supported");
    }
}
