using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Data;

/// <summary>Whether images become their ink alone, as MNIST's are, or stay the pictures that they are.</summary>
public sealed record InkChoice(bool IsInk)
{
    public const string Auto = "auto", Ink = "ink", None = "none";
    private const int Looks = 100; // images that are looked at to choose
    private const double Most = 0.9; // of them, for a choice of ink

    /// <summary>As a model records it.</summary>
    public string Name => IsInk ? Ink : None;

    /// <summary>Chooses by the images themselves where the user does not, and says what was chosen.</summary>
    /// <exception cref="UsageException">The name is none of the three.</exception>
    public static InkChoice Of(
        string name, string folder, IReadOnlyList<string> paths, IDataProgress progress, CancellationToken cancel)
    {
        if (name != Auto)
            return Parse(name);
        int step = Math.Max(1, paths.Count / Looks), looks = (paths.Count + step - 1) / step, even = 0;
        for (int i = 0; i < paths.Count; i += step)
        {
            cancel.ThrowIfCancellationRequested();
            even += InkImage.IsOnEvenGround(ImageFile.ReadOnPaper(paths[i])) ? 1 : 0;
        }
        InkChoice choice = new(even >= Most * looks);
        progress.Notice(choice.IsInk
            ? $"The images in {folder} are ink on an even ground: they are prepared as MNIST's (--prepare ink)."
            : $"The images in {folder} are not all ink on an even ground: they are only scaled (--prepare none).");
        return choice;
    }

    /// <exception cref="UsageException">The name is none of the three.</exception>
    public static InkChoice Parse(string name) => name switch
    {
        Auto or None => new(false),
        Ink => new(true),
        _ => throw new UsageException($"'{name}' is no way to prepare images: use {Auto}, {Ink} or {None}."),
    };

    /// <summary>Whether samples are prepared already, so that a photograph for their model is to be.</summary>
    public static string Of(ImageSamples samples)
    {
        int looks = Math.Min(Looks, samples.Count), prepared = 0;
        for (int i = 0; i < looks; i++)
            prepared += InkImage.IsPrepared(
                new(samples.InputSize, samples.TimeSteps, samples[i].ToArray())) ? 1 : 0;
        return new InkChoice(prepared >= Most * looks).Name;
    }

    /// <summary>An image; null: it shows no ink where ink is wanted.</summary>
    /// <exception cref="GpuLstmException">It cannot be read.</exception>
    public GreyImage? Read(string path) => IsInk
        ? InkImage.Prepare(ImageFile.ReadOnPaper(path)) : ImageFile.ReadGrey(path);
}
