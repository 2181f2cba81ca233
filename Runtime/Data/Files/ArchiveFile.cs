using System.Globalization;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Data.Files;

/// <summary>Data in a .npz file: <c>x</c> [N, T, F] or [N, T], <c>y</c> [N] of numbers or texts, and where sequences
/// end early <c>lengths</c> [N]; or two parts of it, <c>x_train</c>, <c>y_train</c>, <c>x_test</c>, <c>y_test</c>, as
/// Keras has them. Bytes [N, T, F] are images. <c>y</c> [N, T] has a class for each step, none where it is below 0; the
/// arrays that <c>--target</c> names, [N] or [N, M], are numbers to be answered.</summary>
internal sealed class ArchiveFile(TensorArchive archive, TableColumns columns)
{
    /// <exception cref="FileFormatException">The file is damaged, or its arrays are not those.</exception>
    public static (DataPart Train, DataPart? Test) Read(string path, Stream stream, TableColumns columns)
    {
        ArchiveFile file = new(NpzFile.Read(stream, path), columns);
        return file.Find("x_train") is null ? (file.Part(""), null)
            : (file.Part("_train"), file.Find("x_test") is null ? null : file.Part("_test"));
    }

    private string Path => archive.Source;

    /// <summary>An array by its name, in either case.</summary>
    private StoredTensor? Find(string name) =>
        archive.Tensors.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private DataPart Part(string end)
    {
        StoredTensor x = Find($"x{end}") ?? throw Wrong("it has no array 'x' or 'x_train', but "
            + (archive.Tensors.Count == 0 ? "nothing" : string.Join(", ", archive.Tensors.Select(t => t.Name))));
        long[] shape = x.Shape is [.., 1] and { Length: 4 } ? x.Shape[..3] : x.Shape; // of one channel
        if (x.IsText || shape.Length is not (2 or 3) || shape.Contains(0) || shape.Any(size => size > int.MaxValue))
            throw Wrong($"'{x.Name}' has the shape {TensorShape.Text(x.Shape)}, where numbers [N, T, F] or [N, T] are "
                + "needed");
        int count = (int)shape[0], steps = (int)shape[1], size = shape.Length == 3 ? (int)shape[2] : 1;
        if (columns.Targets is { } names)
            return Sequences(x, count, steps, size, Find($"lengths{end}")).ToPart(null, Targets(names, end, count));
        StoredTensor? y = Find($"y{end}");
        long[] labelled = y is null ? [] : y.IsText ? y.Shape[..^1] : y.Shape;
        bool isPerStep = labelled.Length == 2 && labelled[1] == steps && (steps > 1 || columns.PerStep);
        LabelColumn? labels = y is null || isPerStep ? null : Labels(y, count);
        if (x.Type == TensorType.U8 && shape.Length == 3)
            return isPerStep ? throw Wrong($"'{y!.Name}' has a label for each row of an image")
                : new(Path, new ImageSamples(x.Bytes, new byte[count], steps, size), labels, null);
        DataPart part = Sequences(x, count, steps, size, Find($"lengths{end}"), isPerStep).ToPart(labels);
        return !isPerStep ? part : part with
        {
            Labels = StepLabels(y!, steps, ((SequenceSamples)part.Unlabelled).Lengths), IsPerStep = true,
        };
    }

    private TargetColumns? Targets(IReadOnlyList<string> names, string end, int count)
    {
        StoredTensor[] arrays = [.. names.Select(name => Find($"{name}{end}")).OfType<StoredTensor>()];
        if (arrays.Length == 0 && columns.MayLackLabel)
            return null;
        if (arrays.Length < names.Count)
            throw Wrong($"--target says {string.Join(",", names)}, and its arrays are "
                + string.Join(", ", archive.Tensors.Select(t => t.Name)));
        if (arrays.FirstOrDefault(t => t.IsText || t.Shape.Length is not (1 or 2) || t.Shape[0] != count) is { } wrong)
            throw Wrong($"'{wrong.Name}' has the shape {TensorShape.Text(wrong.Shape)}, where numbers [{count}] or "
                + $"[{count}, M] are needed");
        double[][] values = [.. arrays.Select(t => t.ToDoubles())];
        TargetColumns targets = new(Path, [.. arrays.SelectMany((t, i) => values[i].Length == count ? [names[i]]
            : Enumerable.Range(1, values[i].Length / count).Select(k => $"{names[i]} {k}"))]);
        for (int i = 0; i < count; i++)
            foreach (double[] all in values)
                foreach (double value in all.AsSpan(i * (all.Length / count), all.Length / count))
                    targets.Add(float.IsFinite((float)value) ? (float)value
                        : throw Wrong($"sequence {i} has a target that no float32 holds"));
        return targets;
    }

    private LabelColumn StepLabels(StoredTensor y, int steps, int[] lengths)
    {
        string[] names = Names(y);
        LabelColumn labels = new(Path);
        for (int i = 0; i < lengths.Length; i++)
            for (int t = 0; t < lengths[i]; t++)
                if (names[i * steps + t] is var name && (name.Length == 0 || name == "NaN" || name[0] == '-'))
                    labels.AddNone();
                else
                    labels.Add(name, i + 1);
        return labels;
    }

    private SequenceBuilder Sequences(StoredTensor x, int count, int steps, int size, StoredTensor? lengths,
        bool keepsSteps = false)
    {
        double[] values = x.ToDoubles();
        double[]? ends = lengths?.IsText == false ? lengths.ToDoubles() : null;
        if (lengths != null && (ends is null || lengths.Shape is not [var n] || n != count
            || ends.Any(end => !(end >= 1 && end <= steps && end == Math.Floor(end)))))
            throw Wrong($"'{lengths.Name}' is not [{count}] whole numbers from 1 to {steps}");
        SequenceBuilder sequences = new(Path, SequenceBuilder.Numbered(size));
        for (int i = 0; i < count; i++)
        {
            int end = ends is null ? steps : (int)ends[i];
            for (int at = i * steps * size; at < (i * steps + end) * size; at++)
                sequences.Add(!double.IsInfinity(values[at]) && !float.IsInfinity((float)values[at])
                    ? (float)values[at] : throw Wrong($"sequence {i} has a value that no float32 holds"));
            sequences.End(i + 1, keepsSteps);
        }
        return sequences;
    }

    private LabelColumn Labels(StoredTensor y, int count)
    {
        long[] shape = y.IsText ? y.Shape[..^1] : y.Shape;
        if (shape is not ([_] or [_, 1]) || shape[0] != count)
            throw Wrong($"'{y.Name}' has the shape {TensorShape.Text(shape)}, where [{count}] is needed");
        LabelColumn labels = new(Path);
        foreach (string name in Names(y))
            labels.Add(name == "NaN" ? "" : name, labels.Count + 1);
        return labels;
    }

    private static string[] Names(StoredTensor y) => y.IsText ? y.ToTexts()
        : Array.ConvertAll(y.ToDoubles(), value => value.ToString("R", CultureInfo.InvariantCulture));

    private FileFormatException Wrong(string what) => Refusal.Of(Path, "cannot be read as data", what);
}
