using GpuLstm.Runtime.Formats.Models;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>The arrays of a Keras LSTM layer as its versions have had them.</summary>
internal static class KerasWeights
{
    private const int Gates = 4;
    private static readonly string[] s_gatesOfKeras1 = ["i", "f", "c", "o"]; // in our order

    /// <summary>Three arrays (kernel [I, 4H], recurrent kernel [H, 4H], bias [4H]) or two; Keras 1's twelve, three of
    /// each gate by name; CuDNNLSTM's three, with two biases in one.</summary>
    public static LstmWeights Lstm(IReadOnlyList<Tensor> arrays, bool isCudnn, Func<string, FileFormatException> refuse)
    {
        if (arrays.Count == 3 * Gates)
            arrays = OfKeras1(arrays, refuse);
        if (arrays.Count is not (2 or 3) || arrays[0].Shape is not [> 0 and var inputs, > 0 and var rows]
            || arrays[1].Shape is not [> 0 and var hidden, var gates] || rows != Gates * hidden || gates != rows)
            throw refuse($"has {arrays.Count} arrays, of "
                + $"{string.Join(", ", arrays.Select(a => TensorShape.Text(a.Shape)))}, "
                + "which are not an LSTM's");
        (Tensor kernel, Tensor recurrent) = (arrays[0], arrays[1]);
        if (isCudnn)
            (kernel, recurrent) = (ByGate(kernel, (int)hidden, FromCudnn), ByGate(recurrent, (int)hidden, Transposed));
        Tensor bias = arrays.Count == 2 ? new("bias", [rows], new float[rows]) : arrays[2];
        Tensor? second = null;
        if (isCudnn && bias.Shape is [var both] && both == 2 * rows)
            (bias, second) = (new("bias", [rows], bias.Values[..(int)rows]),
                new("bias", [rows], bias.Values[(int)rows..]));
        return bias.Shape is [var size] && size == rows
            ? new(kernel.Transpose("kernel"), recurrent.Transpose("recurrent_kernel"), bias, second, WeightHr: null)
            : throw refuse($"has a bias of {TensorShape.Text(bias.Shape)}, where [{rows}] is needed");
    }

    /// <summary>W_i, U_i, b_i, W_c, ... side by side as later versions have them.</summary>
    private static Tensor[] OfKeras1(IReadOnlyList<Tensor> arrays, Func<string, FileFormatException> refuse)
    {
        Tensor Of(string kind, string gate)
        {
            string end = $"{kind}_{gate}";
            return arrays.FirstOrDefault(a => a.Name.Split(':')[0].EndsWith(end, StringComparison.Ordinal))
                ?? throw refuse($"has no array {end} among its twelve");
        }
        Tensor[] kernels = [.. s_gatesOfKeras1.Select(gate => Of("W", gate))];
        Tensor[] recurrents = [.. s_gatesOfKeras1.Select(gate => Of("U", gate))];
        Tensor[] biases = [.. s_gatesOfKeras1.Select(gate => Of("b", gate))];
        return kernels.Concat(recurrents).Any(a => a.Shape.Length != 2) || kernels.Concat(recurrents).Any(a =>
                a.Shape[1] != kernels[0].Shape[1]) || kernels.Any(a => a.Shape[0] != kernels[0].Shape[0])
            || recurrents.Any(a => a.Shape[0] != recurrents[0].Shape[0])
            ? throw refuse("has arrays of different sizes for its gates")
            : [Beside(kernels), Beside(recurrents), new("bias", [biases.Sum(b => b.Values.LongLength)],
                [.. biases.SelectMany(b => b.Values)])];
    }

    private static Tensor Beside(Tensor[] parts)
    {
        (long rows, long columns) = (parts[0].Shape[0], parts[0].Shape[1]);
        float[] values = new float[rows * columns * parts.Length];
        for (long r = 0; r < rows; r++)
            for (int p = 0; p < parts.Length; p++)
                parts[p].Values.AsSpan((int)(r * columns), (int)columns)
                    .CopyTo(values.AsSpan((int)((r * parts.Length + p) * columns)));
        return new("kernel", [rows, columns * parts.Length], values);
    }

    /// <summary>A matrix with each gate's columns put in another order.</summary>
    /// <param name="place">Of a gate's [rows, H]: which element comes to row and column.</param>
    private static Tensor ByGate(Tensor matrix, int hidden, Func<int, int, int, int, (int Row, int Column)> place)
    {
        int rows = (int)matrix.Shape[0], all = Gates * hidden;
        float[] values = new float[matrix.Values.Length];
        for (int r = 0; r < rows; r++)
            for (int gate = 0; gate < Gates; gate++)
                for (int c = 0; c < hidden; c++)
                {
                    (int row, int column) = place(r, c, rows, hidden);
                    values[r * all + gate * hidden + c] = matrix.Values[row * all + gate * hidden + column];
                }
        return new(matrix.Name, matrix.Shape, values);
    }

    /// <summary>k.T.reshape(k.shape, order='F'), as Keras converts CuDNNLSTM's kernels: element (r, c) is the one at
    /// place c rows + r of the kernel's rows one after the other.</summary>
    private static (int, int) FromCudnn(int r, int c, int rows, int hidden) =>
        ((c * rows + r) / hidden, (c * rows + r) % hidden);

    private static (int, int) Transposed(int r, int c, int rows, int hidden) => (c, r);
}
