using System.Text.RegularExpressions;

namespace GpuLstm.Runtime.Formats.Models;

/// <summary>Puts layers that were found in a file in order, and checks that they fit.</summary>
internal static partial class ModelAssembly
{
    private static readonly string[] PreWords = ["pre", "in", "input", "embed", "embedding", "proj", "projection"];
    private static readonly string[] FcWords = ["fc", "out", "output", "head", "classifier", "cls", "logits"];

    /// <summary>The exception for a file that is none of our networks.</summary>
    public static FileFormatException Refuse(string source, string how) =>
        Refusal.Of(source, "cannot be read as an LSTM network", how);

    /// <summary>Modules in the order of their use: as in the file, but lstm2 before lstm10.</summary>
    public static IEnumerable<string> InOrder(IReadOnlyList<string> modules)
    {
        List<string> stems = [.. modules.Select(Stem)];
        return modules.OrderBy(m => stems.IndexOf(Stem(m)))
            .ThenBy(m => Number().Replace(m, n => n.Value.PadLeft(12, '0')), StringComparer.Ordinal);
    }

    /// <param name="layers">In order.</param>
    /// <param name="linears">Under the names of their modules, in the order of the file.</param>
    /// <param name="source">For messages.</param>
    /// <exception cref="FileFormatException">The layers do not make one of our networks.</exception>
    public static LstmModel Assemble(
        IReadOnlyList<LstmLayer> layers, IReadOnlyList<(string Module, LinearWeights Weights)> linears, string source)
    {
        if (layers.Count == 0)
            throw Refuse(source, "it has no LSTM layer");
        CheckStack(layers, how => Refuse(source, how));
        (long into, long from) = (layers[0].InputSize, layers[^1].OutputSize);
        if (linears is [(string only, LinearWeights fc)])
            return fc.InputSize == from
                ? new LstmModel(null, layers, fc)
                : throw Refuse(source, $"'{only}' takes {fc.InputSize} inputs but the LSTM gives {from}");
        if (linears.Count != 2)
            throw Refuse(source, $"it has {linears.Count} Linear layers, where one after the LSTM "
                + "and at most one before are possible");

        (LinearWeights first, LinearWeights second) = (linears[0].Weights, linears[1].Weights);
        bool inOrder = first.OutputSize == into && second.InputSize == from;
        bool swapped = second.OutputSize == into && first.InputSize == from;
        if (!inOrder && !swapped)
            throw Refuse(source, $"'{linears[0].Module}' and '{linears[1].Module}' fit neither before its LSTM, "
                + $"which takes {into} inputs, nor after, which gives {from}");
        if (inOrder && swapped)
            inOrder = SecondIsLast(linears[0].Module, linears[1].Module) ?? throw Refuse(source,
                $"the sizes do not tell which of '{linears[0].Module}' and '{linears[1].Module}' comes first; "
                + "call them pre and fc");
        return inOrder ? new LstmModel(first, layers, second) : new LstmModel(second, layers, first);
    }

    /// <summary>A network whose order is known.</summary>
    /// <exception cref="FileFormatException">A layer does not fit the one before.</exception>
    public static LstmModel Chain(LinearWeights? pre, IReadOnlyList<LstmLayer> layers, LinearWeights fc,
        Func<string, FileFormatException> refuse)
    {
        CheckStack(layers, refuse);
        if (pre != null && pre.OutputSize != layers[0].InputSize || fc.InputSize != layers[^1].OutputSize)
            throw refuse($"its Dense layers do not fit its LSTM, which takes {layers[0].InputSize} inputs and gives "
                + $"{layers[^1].OutputSize}");
        return new(pre, layers, fc);
    }

    private static void CheckStack(IReadOnlyList<LstmLayer> layers, Func<string, FileFormatException> refuse)
    {
        for (int l = 0; l < layers.Count; l++)
        {
            if (layers[l].Reverse is { } reverse && reverse.InputSize != layers[l].InputSize)
                throw refuse($"the two directions of its LSTM layer {l} have inputs of different sizes");
            if (l > 0 && layers[l].InputSize != layers[l - 1].OutputSize)
                throw refuse($"LSTM layer {l} takes {layers[l].InputSize} inputs "
                    + $"but the layer before gives {layers[l - 1].OutputSize}");
        }
    }

    /// <summary>What the names say where the sizes do not; null: nothing.</summary>
    private static bool? SecondIsLast(string first, string second)
    {
        if (Has(first, PreWords) != Has(second, PreWords))
            return Has(first, PreWords);
        if (Has(first, FcWords) != Has(second, FcWords))
            return Has(second, FcWords);
        return Stem(first) == Stem(second) ? InOrder([first, second]).First() == first : null;
    }

    private static bool Has(string module, string[] words) =>
        Separator().Split(module).Any(w => words.Contains(w, StringComparer.OrdinalIgnoreCase));

    private static string Stem(string module) => NumberEnd().Replace(module, "");

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    [GeneratedRegex("_?[0-9]+")]
    private static partial Regex NumberEnd();

    [GeneratedRegex("[^A-Za-z]+")]
    private static partial Regex Separator();
}
