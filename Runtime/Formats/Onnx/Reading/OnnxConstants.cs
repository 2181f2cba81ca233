using System.Runtime.InteropServices;
using Google.Protobuf;
using static GpuLstm.Runtime.Formats.Onnx.TensorProto.Types;

namespace GpuLstm.Runtime.Formats.Onnx.Reading;

/// <summary>Constants of a graph, and what its nodes make of them: as many numbers as a few copies of the file hold,
/// and no more.</summary>
/// <param name="room">Numbers that may be made.</param>
internal sealed class OnnxConstants(long room)
{
    private long _room = room;

    /// <summary>A constant as the file holds it.</summary>
    /// <exception cref="NotFollowedException">It is of a type that is not read, elsewhere, or of another size than it
    /// says.</exception>
    public static OnnxValue Read(TensorProto tensor)
    {
        if (tensor.DataLocation != 0)
            throw new NotFollowedException("has its numbers in another file");
        long[] shape = [.. tensor.Dims];
        long count = TensorShape.Count(shape) ?? throw new NotFollowedException("has an impossible shape");
        ReadOnlySpan<byte> raw = tensor.RawData.Span;
        var type = (DataType)tensor.DataType;
        if (type is DataType.Int32 or DataType.Int64)
        {
            long[] values = type == DataType.Int64
                ? raw.IsEmpty ? [.. tensor.Int64Data] : MemoryMarshal.Cast<byte, long>(raw).ToArray()
                : Array.ConvertAll(raw.IsEmpty ? [.. tensor.Int32Data] : MemoryMarshal.Cast<byte, int>(raw).ToArray(),
                    value => (long)value);
            if (values.Length != count || shape.Length > 1)
                throw new NotFollowedException(
                    $"has {values.Length} integers in the shape {TensorShape.Text(shape)}: vectors are read");
            return new Integers(Array.ConvertAll(values, value => (Size)value), IsScalar: shape.Length == 0);
        }
        float[] floats = type switch
        {
            DataType.Float when raw.IsEmpty => [.. tensor.FloatData],
            DataType.Float => MemoryMarshal.Cast<byte, float>(raw).ToArray(),
            DataType.Double => Array.ConvertAll(
                raw.IsEmpty ? [.. tensor.DoubleData] : MemoryMarshal.Cast<byte, double>(raw).ToArray(), v => (float)v),
            DataType.Float16 => Array.ConvertAll(raw.IsEmpty
                ? [.. tensor.Int32Data.Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits))]
                : MemoryMarshal.Cast<byte, Half>(raw).ToArray(), v => (float)v),
            _ => throw new NotFollowedException($"is of ONNX's type {tensor.DataType}: floats and integers are read"),
        };
        return floats.Length == count ? new Constant(new(tensor.Name, shape, floats))
            : throw new NotFollowedException($"has {floats.Length} numbers in the shape {TensorShape.Text(shape)}");
    }

    /// <summary>The same numbers in another shape; -1: what is left, 0: as before.</summary>
    public static Constant Reshape(Tensor tensor, long[] shape)
    {
        shape = [.. shape.Select((size, i) => size == 0 && i < tensor.Shape.Length ? tensor.Shape[i] : size)];
        long others = 1;
        foreach (long size in shape.Where(size => size > 0))
            others = Math.BigMul(others, size, out long low) == 0 && low >= 0 ? low : long.MaxValue;
        if (Array.IndexOf(shape, -1) is var free and >= 0 && others > 0)
            shape[free] = tensor.Values.Length / others;
        return TensorShape.Count(shape) == tensor.Values.Length ? new Constant(new(tensor.Name, shape, tensor.Values))
            : throw new NotFollowedException("reshapes a constant to another size");
    }

    public Constant Transpose(Tensor tensor, int[] permutation)
    {
        Spend(tensor.Values.Length);
        long[] shape = [.. permutation.Select(axis => tensor.Shape[axis])];
        long[] strides = Strides(tensor.Shape);
        float[] values = new float[tensor.Values.Length];
        long[] index = new long[shape.Length];
        for (int at = 0; at < values.Length; at++)
        {
            long from = 0;
            for (int axis = 0; axis < shape.Length; axis++)
                from += index[axis] * strides[permutation[axis]];
            values[at] = tensor.Values[from];
            for (int axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--)
                index[axis] = 0;
        }
        return new(new(tensor.Name, shape, values));
    }

    /// <summary>Some of an axis, in an order.</summary>
    public Constant Take(Tensor tensor, int axis, long[] indices)
    {
        (long outer, long size, long inner) = Around(tensor.Shape, axis);
        if (indices.Any(i => i < 0 || i >= size))
            throw new NotFollowedException("takes what lies outside of a constant");
        Spend(checked(outer * indices.Length * inner));
        List<float> values = new((int)(outer * indices.Length * inner));
        for (long o = 0; o < outer; o++)
            foreach (long i in indices)
                values.AddRange(tensor.Values.AsSpan((int)((o * size + i) * inner), (int)inner));
        return new(new(tensor.Name, [.. tensor.Shape[..axis], indices.Length, .. tensor.Shape[(axis + 1)..]],
            [.. values]));
    }

    public Constant Concat(Tensor[] parts, int axis)
    {
        long[] shape = [.. parts[0].Shape];
        if (parts.Any(part => part.Shape.Length != shape.Length
            || part.Shape.Where((size, i) => i != axis && size != shape[i]).Any()))
            throw new NotFollowedException("joins constants that do not fit");
        Spend(parts.Sum(part => part.Values.LongLength));
        List<float> values = [];
        long outer = Around(shape, axis).Outer;
        for (int o = 0; o < outer; o++)
            foreach (Tensor part in parts)
            {
                int each = (int)(part.Values.Length / outer);
                values.AddRange(part.Values.AsSpan(o * each, each));
            }
        shape[axis] = parts.Sum(part => part.Shape[axis]);
        return new(new(parts[0].Name, shape, [.. values]));
    }

    /// <exception cref="NotFollowedException">There is no more room.</exception>
    private void Spend(long count)
    {
        _room -= count;
        if (_room < 0)
            throw new NotFollowedException("makes more constants than the file holds");
    }

    private static (long Outer, long Size, long Inner) Around(long[] shape, int axis) =>
        (shape[..axis].Aggregate(1L, (a, b) => a * b), shape[axis], shape[(axis + 1)..].Aggregate(1L, (a, b) => a * b));

    private static long[] Strides(long[] shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
            (strides[axis], stride) = (stride, stride * shape[axis]);
        return strides;
    }
}
