using System.Buffers.Binary;
using System.Text;

namespace GpuLstm.Runtime.Formats;

/// <summary>A named array of float32, row-major.</summary>
public sealed record Tensor
{
    /// <exception cref="ArgumentException">The shape is not that of so many values.</exception>
    public Tensor(string name, long[] shape, float[] values)
    {
        if (TensorShape.Count(shape) != values.Length)
            throw new ArgumentException(
                $"{name}: {TensorShape.Text(shape)} are not {values.Length} values.", nameof(shape));
        (Name, Shape, Values) = (name, shape, values);
    }

    public string Name { get; init; }

    public long[] Shape { get; }

    public float[] Values { get; }

    /// <summary>The transpose of a matrix.</summary>
    public Tensor Transpose(string name)
    {
        (long rows, long columns) = (Shape[0], Shape[1]);
        float[] values = new float[Values.Length];
        for (long r = 0; r < rows; r++)
            for (long c = 0; c < columns; c++)
                values[c * rows + r] = Values[r * columns + c];
        return new Tensor(name, [columns, rows], values);
    }

    /// <summary>As it is stored in a file, type F32.</summary>
    public StoredTensor Store()
    {
        byte[] bytes = new byte[(long)Values.Length * sizeof(float)];
        for (int i = 0; i < Values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), Values[i]);
        return new StoredTensor(Name, TensorType.F32, Shape, bytes);
    }
}

/// <summary>A named array as a file stores it: numbers of any type, little-endian, row-major.</summary>
public sealed record StoredTensor
{
    /// <exception cref="ArgumentException">The shape is not that of so many bytes.</exception>
    public StoredTensor(string name, TensorType type, long[] shape, byte[] bytes)
    {
        if (TensorShape.Bytes(shape, type) != bytes.Length)
            throw new ArgumentException(
                $"{name}: {TensorShape.Text(shape)} of {type} are not {bytes.Length} bytes.", nameof(shape));
        (Name, Type, Shape, Bytes) = (name, type, shape, bytes);
    }

    public string Name { get; }

    public TensorType Type { get; }

    public long[] Shape { get; }

    public byte[] Bytes { get; }

    /// <summary>Whether the last dimension holds the characters of texts.</summary>
    public bool IsText { get; init; }

    /// <summary>The texts, without the zeros that fill them up.</summary>
    /// <exception cref="FileFormatException">There is a character that is none.</exception>
    public string[] ToTexts()
    {
        int width = (int)Shape[^1], size = Type.SizeInBytes();
        string[] texts = new string[Bytes.Length / (width * size)];
        for (int i = 0; i < texts.Length; i++)
        {
            ReadOnlySpan<byte> bytes = Bytes.AsSpan(i * width * size, width * size);
            Encoding encoding = size == 1 ? Encoding.UTF8 : Encoding.UTF32;
            texts[i] = encoding.GetString(bytes).TrimEnd('\0');
        }
        return texts;
    }

    /// <summary>The numbers, of any type, as float64: integers beyond 2^53 are rounded.</summary>
    public double[] ToDoubles()
    {
        int size = Type.SizeInBytes();
        double[] values = new double[Bytes.Length / size];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> bytes = Bytes.AsSpan(i * size, size);
            values[i] = Type switch
            {
                TensorType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
                TensorType.BF16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes) << 16),
                TensorType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
                TensorType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
                TensorType.Bool or TensorType.U8 => bytes[0],
                TensorType.I8 => (sbyte)bytes[0],
                TensorType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
                TensorType.I16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
                TensorType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                TensorType.I32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
                TensorType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
                _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            };
        }
        return values;
    }

    /// <summary>A vector of 64-bit integers, type U64.</summary>
    public static StoredTensor Of(string name, ReadOnlySpan<ulong> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(ulong)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), values[i]);
        return new StoredTensor(name, TensorType.U64, [values.Length], bytes);
    }

    /// <summary>The numbers of a tensor of type U64.</summary>
    /// <exception cref="FileFormatException">It has another type.</exception>
    public ulong[] ToUInt64()
    {
        if (Type != TensorType.U64)
            throw new FileFormatException($"{Name} has numbers of type {Type}, where U64 is needed.");
        ulong[] values = new ulong[Bytes.Length / sizeof(ulong)];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadUInt64LittleEndian(Bytes.AsSpan(i * sizeof(ulong)));
        return values;
    }

    /// <summary>The numbers as float32, rounded from F64 to the nearest.</summary>
    /// <exception cref="FileFormatException">They are no floating-point numbers.</exception>
    public Tensor ToFloats()
    {
        if (!Type.IsFloat())
            throw new FileFormatException(
                $"{Name} has numbers of type {Type}, where floating-point numbers are needed.");
        float[] values = Array.ConvertAll(ToDoubles(), value => (float)value);
        return new Tensor(Name, Shape, values);
    }
}

/// <summary>Sizes of shapes, overflow seen.</summary>
public static class TensorShape
{
    /// <summary>The most dimensions that a file may give a tensor, as in NumPy.</summary>
    public const int MaxDimensions = 64;

    /// <summary>The product of the dimensions; null where one is negative or the product exceeds 2^63 - 1.</summary>
    public static long? Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        bool empty = false, overflow = false;
        foreach (long size in shape)
        {
            if (size < 0)
                return null;
            empty |= size == 0;
            if (size > 0)
                overflow |= count > long.MaxValue / size;
            if (size > 0 && !overflow)
                count *= size;
        }
        return empty ? 0 : overflow ? null : count;
    }

    /// <summary>The bytes of a tensor; null where they exceed 2^63 - 1.</summary>
    public static long? Bytes(ReadOnlySpan<long> shape, TensorType type) =>
        Count(shape) is { } count && count <= long.MaxValue / type.SizeInBytes() ? count * type.SizeInBytes() : null;

    /// <summary>As people write it: [512, 28].</summary>
    public static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
