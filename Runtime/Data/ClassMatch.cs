namespace GpuLstm.Runtime.Data;

/// <summary>Brings a data set's labels into a model's order of classes: classes are known by their names, never by
/// their positions.</summary>
public static class ClassMatch
{
    private const int Named = 12;

    /// <summary>The data with the model's classes; data may lack some of them.</summary>
    /// <param name="classes">The model's, in the order of its outputs.</param>
    /// <param name="model">What messages call the model.</param>
    /// <exception cref="GpuLstmException">The data have a class that the model does not know.</exception>
    public static Dataset WithClasses(this Dataset data, IReadOnlyList<string> classes, string model)
    {
        if (data.Classes.SequenceEqual(classes))
            return data;
        int[] positions = [.. data.Classes.Select(name => IndexOf(classes, name))];
        if (positions.Contains(-1))
            throw new GpuLstmException($"'{model}' knows the classes {List(classes)}; the data have "
                + $"{List(data.Classes)}.");
        return data with
        {
            Train = Renumbered(data.Train, positions), Test = Renumbered(data.Test, positions),
            Validation = Renumbered(data.Validation, positions), Classes = classes,
        };
    }

    private static Samples Renumbered(Samples samples, int[] positions) =>
        samples with { Labels = [.. samples.Labels.Select(label => (byte)positions[label])] };

    /// <summary>A class's position among a model's.</summary>
    /// <exception cref="GpuLstmException">The model does not know it.</exception>
    public static int Position(IReadOnlyList<string> classes, string name, string model) =>
        IndexOf(classes, name) is >= 0 and int position ? position
            : throw new GpuLstmException($"'{model}' knows the classes {List(classes)}; the data have {name}.");

    /// <summary>A class's position; -1 where there is none of that name.</summary>
    internal static int IndexOf(IReadOnlyList<string> classes, string name)
    {
        for (int i = 0; i < classes.Count; i++)
            if (classes[i] == name)
                return i;
        return -1;
    }

    private static string List(IReadOnlyList<string> names) => string.Join(", ", names.Take(Named))
        + (names.Count > Named ? $", ... ({names.Count} in all)" : "");
}
