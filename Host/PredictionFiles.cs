using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>Reads the files that <c>predict</c> is given, as a model wants them: single images, or files of many
/// samples.</summary>
/// <param name="name">The model's, for messages.</param>
/// <param name="reading">How tables are read.</param>
/// <param name="invert">Whether images are dark on light, and else as they are.</param>
/// <param name="asIs">Whether images are only scaled.</param>
internal sealed class PredictionFiles(
    Model model, string name, DataOptions reading, bool invert, bool asIs, Terminal terminal)
{
    private readonly bool _isInk = model.IsOfInk && !invert && !asIs;

    /// <summary>The samples of all files that can be read; null: of none.</summary>
    /// <exception cref="GpuLstmException">The only file cannot be read; of several the others are read all the
    /// same, and the second value is false.</exception>
    public (PredictionInput? Input, bool IsWhole) Read(string[] files)
    {
        if (model.Features != null && (invert || asIs))
            throw new UsageException("--invert and --as-is go with images; the model reads sequences.");
        bool isWhole = true;
        List<PredictionInput> inputs = [];
        foreach (string file in files)
            try
            {
                inputs.Add(Read(file));
            }
            catch (GpuLstmException e) when (files.Length > 1 && e is not UsageException)
            {
                Console.Error.WriteLine($"gpulstm: {e.Message}");
                isWhole = false;
            }
        return (inputs.Count == 0 ? null : PredictionInput.Join(inputs), isWhole);
    }

    private PredictionInput Read(string path)
    {
        bool isTable = model.Features != null || DatasetLoader.IsSampleFile(path);
        if (!isTable)
            return new(Image(path), [path], [null]);
        using var progress = new DataProgress(terminal);
        if (model.Series != null)
            throw new UsageException($"'{name}' forecasts series: what follows a file's rows says "
                + $"{Invocation.Of("forecast", name, "--data", path)}.");
        (Samples samples, IReadOnlyList<string?>? labels, bool isPerStep) =
            DatasetLoader.ReadUnsplit(path, reading, progress);
        NetworkSpec network = model.Network;
        if (samples.Head == Head.Values && samples.AnswerSize != network.Outputs)
            throw new GpuLstmException($"'{name}' answers {network.Outputs} number(s) of each sequence; {path} has "
                + $"{samples.AnswerSize}.");
        int[] classes = [.. (labels ?? []).Select(label => label is null ? -1
            : ClassMatch.Position(model.Classes, label, name))];
        if (isPerStep && samples is SequenceSamples steps && network.Head == Head.StepClasses)
            samples = steps with { StepLabels = classes };
        string[] names = samples.Count == 1 ? [path]
            : [.. Enumerable.Range(1, samples.Count).Select(i => $"{path} {i}")];
        PredictionInput input = new PredictionInput(samples, names, [.. Enumerable.Range(0, samples.Count).Select(i =>
            network.Head == Head.Class && classes.Length > 0 ? (int?)classes[i] : null)])
        {
            HasTruths = samples.Head == Head.Values,
        }.Asked(network.Head, network.Outputs);
        new NamedModel(name, model, null).For(input.Samples).Model.CheckReads(input.Samples, name);
        return input;
    }

    private ImageSamples Image(string path)
    {
        NetworkSpec network = model.Network;
        GreyImage image = !_isInk ? ImageFile.ReadGrey(path) : InkImage.Prepare(ImageFile.ReadOnPaper(path))
            ?? throw new GpuLstmException($"{path} shows no ink: nothing that stands out from its ground.");
        byte[] pixels = image.To(network.InputSize, network.TimeSteps).Pixels;
        return new(invert ? Array.ConvertAll(pixels, p => (byte)(255 - p)) : pixels, [0], network.TimeSteps,
            network.InputSize);
    }
}
