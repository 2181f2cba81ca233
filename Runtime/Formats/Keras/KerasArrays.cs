using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Formats.Keras;

/// <summary>Makes a network of weights alone: the list that model.get_weights() of any version of Keras gives, whose
/// shapes tell the layers.</summary>
internal static class KerasArrays
{
    private const int OfKeras1 = 12; // arrays of a layer

    /// <summary>Whether an archive is a list without names, as numpy.savez(FILE, *model.get_weights()) writes
    /// it.</summary>
    public static bool IsList(TensorArchive archive) =>
        archive.Tensors.Count > 0
        && Enumerable.Range(0, archive.Tensors.Count).All(i => archive.Find($"arr_{i}") != null);

    /// <summary>The network of such a list, or of arrays under the names of Keras's variables.</summary>
    /// <param name="notice">Told of each array that no layer needs.</param>
    /// <exception cref="FileFormatException">They make none of our networks.</exception>
    public static LstmModel Read(TensorArchive archive, Action<string>? notice) => !IsList(archive)
        ? LstmModelFile.Parse(archive, notice)
        : Network([.. archive.ToFloats().OrderBy(t => t.Name.Length).ThenBy(t => t.Name, StringComparer.Ordinal)],
            how => ModelAssembly.Refuse(archive.Source, how));

    /// <summary>A network of weights alone with the functions of its gates.</summary>
    /// <param name="activation">Its recurrent_activation; null: the default of its version.</param>
    /// <param name="version">Of Keras; null: not known.</param>
    /// <exception cref="UsageException">It is none that is computed.</exception>
    public static ForeignNetwork Assuming(string? activation, LstmModel weights, string? version)
    {
        bool isCudnn = weights.Layers[0].Forward.BiasHh != null; // which has sigmoids alone
        string taken = activation ?? (isCudnn ? "sigmoid" : KerasActivation.Default(version));
        try
        {
            return new(weights, KerasActivation.Slope(taken, version), Head.Class, TimeSteps: null)
            {
                IsWhole = false, Assumed = activation == null && !isCudnn ? taken : null,
            };
        }
        catch (FormatException e)
        {
            throw new UsageException(e.Message + ".");
        }
    }

    /// <summary>The network of a model whose layers are Dense, LSTM and Bidirectional LSTM, one after the
    /// other.</summary>
    /// <exception cref="FileFormatException">The shapes are not those of such layers.</exception>
    public static LstmModel Network(IReadOnlyList<Tensor> arrays, Func<string, FileFormatException> refuse)
    {
        List<LstmLayer> layers = [];
        LinearWeights? pre = null, fc = null;
        object[] parts = [.. Parts(arrays, refuse)];
        for (int i = 0; i < parts.Length; i++)
            if (parts[i] is LinearWeights dense)
            {
                if ((layers.Count > 0 ? fc : pre) != null)
                    throw refuse("its arrays are of more Dense layers than one before the LSTM and one after it");
                (pre, fc) = layers.Count > 0 ? (pre, dense) : (dense, fc);
            }
            else if (fc != null)
                throw refuse("its arrays have an LSTM after the Dense that answers");
            else
            {
                var forward = (LstmWeights)parts[i];
                // What takes both directions' outputs tells that there are two.
                bool isBoth = parts.ElementAtOrDefault(i + 1) is LstmWeights next && next.InputSize == forward.InputSize
                    && next.HiddenSize == forward.HiddenSize && i + 2 < parts.Length
                    && InputOf(parts[i + 2]) == 2 * forward.HiddenSize;
                layers.Add(new(forward, isBoth ? (LstmWeights)parts[++i] : null));
            }
        if (layers.Count == 0 || fc == null)
            throw refuse(layers.Count == 0 ? "its arrays are not those of an LSTM"
                : "it has no Dense after its LSTM layers");
        return ModelAssembly.Chain(pre, layers, fc, refuse);
    }

    private static long InputOf(object part) =>
        part is LinearWeights dense ? dense.InputSize : ((LstmWeights)part).InputSize;

    /// <summary>Each Dense layer and each direction of an LSTM.</summary>
    private static IEnumerable<object> Parts(IReadOnlyList<Tensor> arrays, Func<string, FileFormatException> refuse)
    {
        for (int at = 0; at < arrays.Count;)
        {
            int count = CountOfLstm(arrays, at);
            if (count == 0)
                count = at + 1 < arrays.Count && arrays[at + 1].Shape.Length == 1 ? 2 : 1;
            yield return Part([.. arrays.Skip(at).Take(count)], refuse);
            at += count;
        }
    }

    /// <summary>A Dense layer, or one direction of an LSTM.</summary>
    public static object Part(IReadOnlyList<Tensor> arrays, Func<string, FileFormatException> refuse)
    {
        if (CountOfLstm(arrays, 0) == arrays.Count)
            return KerasWeights.Lstm(Named(arrays),
                arrays is [_, _, var both] && both.Shape[0] == 2 * arrays[0].Shape[1], refuse);
        if (arrays[0].Shape is [> 0, > 0 and var outputs]
            && (arrays.Count == 1 || arrays.Count == 2 && arrays[1].Shape is [var size] && size == outputs))
            return new LinearWeights(arrays[0].Transpose("kernel"),
                arrays.Count == 2 ? arrays[1] : new("bias", [outputs], new float[outputs]));
        throw refuse($"its arrays of {string.Join(", ", arrays.Select(a => TensorShape.Text(a.Shape)))} are neither "
            + "an LSTM's nor a Dense layer's");
    }

    /// <summary>How many arrays from here on are one direction of an LSTM; 0: none.</summary>
    private static int CountOfLstm(IReadOnlyList<Tensor> arrays, int at)
    {
        bool Has(int index, params long[] shape) =>
            index < arrays.Count && arrays[index].Shape.AsSpan().SequenceEqual(shape);
        if (arrays[at].Shape is not [var inputs, var columns])
            return 0;
        if (columns % 4 == 0 && Has(at + 1, columns / 4, columns))
            return Has(at + 2, columns) || Has(at + 2, 2 * columns) ? 3 : 2;
        bool isOld = true; // Keras 1: kernel [I, H], recurrent kernel [H, H] and bias [H] of each gate
        for (int gate = 0; gate < OfKeras1; gate += 3)
            isOld &= Has(at + gate, inputs, columns) && Has(at + gate + 1, columns, columns)
                && Has(at + gate + 2, columns);
        return isOld ? OfKeras1 : 0;
    }

    /// <summary>Keras 1's twelve under its names, in the order that it lists them.</summary>
    private static IReadOnlyList<Tensor> Named(IReadOnlyList<Tensor> arrays) => arrays.Count < OfKeras1 ? arrays
        : [.. arrays.Select((array, i) => array with { Name = $"{"WUb"[i % 3]}_{"icfo"[i / 3]}" })];
}
