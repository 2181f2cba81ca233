using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Data.Series;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Formats.Models;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training.Forecasts;

namespace GpuLstm.Runtime.Training;

/// <summary>A trained network on disk: its tensors under PyTorch's names, and in the metadata all that is needed to run
/// it.</summary>
/// <param name="Recipe">How it was trained; its Mean and Deviation belong to its inputs.</param>
/// <param name="Classes">The classes' names, in label order.</param>
/// <param name="Tensors">One per parameter of <paramref name="Network"/>.</param>
public sealed record Model(
    Recipe Recipe, NetworkSpec Network, IReadOnlyList<string> Classes, IReadOnlyList<Tensor> Tensors)
{
    private const string FormatKey = "gpulstm_format", RecipeKey = "recipe", NetworkKey = "network",
        ClassesKey = "classes";
    private const string FormatVersion = "1", DataKey = "data", IntervalsKey = "intervals", ReadingKey = "reading";
    private const int MaxSize = 1 << 24; // so that numbers of parameters do not overflow

    /// <summary>The key and value by which other readers of safetensors files know PyTorch's layouts.</summary>
    internal const string LayoutKey = "format", TorchLayout = "pt";

    /// <summary>What it was trained on; null where its file does not tell.</summary>
    public DataStatement? Data { get; init; }

    /// <summary>Whether its classes' names and the length of its sequences are guesses, as another program's file tells
    /// neither.</summary>
    public bool IsGuessed { get; init; }

    /// <summary>The first tensor with a value that is infinite or no number; null where there is none.</summary>
    public string? NotFinite =>
        Tensors.FirstOrDefault(tensor => !Array.TrueForAll(tensor.Values, float.IsFinite))?.Name;

    /// <summary>A copy of parameters as they stand now.</summary>
    public static Model Of(
        Recipe recipe, NetworkSpec network, IReadOnlyList<string> classes, ParameterSet parameters) =>
        new(recipe, network, classes, parameters.ToTensors(parameters.Values));

    /// <summary>Its weights by layer, as they travel between formats.</summary>
    /// <exception cref="GpuLstmException">No other format knows such a network.</exception>
    /// <param name="hasHardGates">Whether the format can say hard sigmoid gates.</param>
    public LstmModel Weights(bool hasHardGates = false)
    {
        string? own = Network.Variant switch
        {
            _ when Reading is { MaskValue: not null } => "masked steps",
            _ when Reading is { IsBackwards: true } => "sequences read backwards",
            { LayerNorm: true } => "layer normalisation",
            { GateSlope: > 0 } when !hasHardGates => "hard sigmoid gates",
            { ZoneoutHidden: > 0 } or { ZoneoutCell: > 0 } => "zoneout, which changes what an LSTM answers",
            _ => null,
        };
        return own == null
            ? TorchNames.Parse(Tensors, "The model")
            : throw new GpuLstmException($"The model has {own}: only this program's own format can keep "
                + (Network.Variant.GateSlope > 0 && Reading == null ? "them, and ONNX and Keras's." : "it."));
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="overwrite">Whether a file of this name may be replaced.</param>
    /// <exception cref="GpuLstmException">It cannot be written.</exception>
    public void Save(string path, bool overwrite = true)
    {
        var metadata = new Dictionary<string, string>
        {
            [LayoutKey] = TorchLayout,
            [FormatKey] = FormatVersion,
            [RecipeKey] = MetadataJson.Write(Recipe),
            [NetworkKey] = MetadataJson.Write(Network),
            [ClassesKey] = MetadataJson.Write(Classes),
        };
        if (Data != null)
            metadata[DataKey] = MetadataJson.Write(Data);
        if (Reading != null)
            metadata[ReadingKey] = MetadataJson.Write(Reading);
        if (Intervals != null)
            metadata[IntervalsKey] = MetadataJson.Write(Intervals);
        SafetensorsFile.Write(path, Tensors, metadata, overwrite);
    }

    /// <exception cref="FileFormatException">The file is damaged, of another program, or its tensors are not its
    /// network's.</exception>
    /// <exception cref="GpuLstmException">The file cannot be read.</exception>
    public static Model Load(string path) => Parse(SafetensorsFile.Read(path));

    /// <summary>Whether a file is one of this program's models.</summary>
    internal static bool IsOurs(TensorArchive file) => file.Metadata.ContainsKey(FormatKey);

    /// <inheritdoc cref="Load"/>
    public static Model Parse(TensorArchive file)
    {
        string path = file.Source;
        if (!file.Metadata.TryGetValue(FormatKey, out string? version))
            throw new FileFormatException($"'{path}' is a safetensors file, but not one of this program's models; "
                + "--from reads those of PyTorch and Keras.");
        if (version != FormatVersion)
            throw new FileFormatException(
                $"'{path}' has model format {version}; this program reads format {FormatVersion}.");
        var recipe = MetadataJson.Read<Recipe>(file, RecipeKey);
        MetadataJson.Check(file, recipe);
        var network = MetadataJson.Read<NetworkSpec>(file, NetworkKey);
        var classes = MetadataJson.Read<string[]>(file, ClassesKey);
        IReadOnlyList<Tensor> tensors = file.ToFloats();
        Check(path, network, classes, tensors);
        Model model = new(recipe, network, classes, tensors)
        {
            Data = file.Metadata.ContainsKey(DataKey) ? MetadataJson.Read<DataStatement>(file, DataKey) : null,
            Reading = file.Metadata.ContainsKey(ReadingKey) ? MetadataJson.Read<StepReading>(file, ReadingKey) : null,
            Intervals = file.Metadata.ContainsKey(IntervalsKey)
                ? MetadataJson.Read<ForecastIntervals>(file, IntervalsKey) : null,
        };
        return (model.Features is not { } features || features.IsValid && features.Names.Count == network.InputSize)
            && model.Targets?.IsValid != false && model.Intervals?.IsValid(network.Outputs) != false ? model
            : throw new FileFormatException($"'{path}' has impossible features in its metadata.");
    }

    /// <summary>The parameters on a device, for inference.</summary>
    public ParameterSet Upload(Engine engine)
    {
        var parameters = new ParameterSet(engine, Network.Parameters(), training: false);
        CopyTo(parameters);
        return parameters;
    }

    /// <summary>Overwrites a network's parameters with this model's.</summary>
    /// <exception cref="FileFormatException">They have other names or shapes.</exception>
    public void CopyTo(ParameterSet parameters) => parameters.FromTensors(Tensors, parameters.Values);

    /// <summary>Of the sequences that it reads, and how they are normalised; null: it reads images.</summary>
    public Features? Features
    {
        get => field ?? Data?.Features;
        init;
    }

    /// <summary>Of the numbers that it answers, and how they are normalised; null: it answers classes, or forecasts
    /// what its features tell.</summary>
    public Features? Targets
    {
        get => field ?? Data?.Targets;
        init;
    }

    /// <summary>How a table becomes the windows that it forecasts from; null: it reads something else.</summary>
    public SeriesOptions? Series
    {
        get => field ?? Data?.Series;
        init;
    }

    /// <summary>What its outputs are called: classes, numbers, or the steps of a forecast.</summary>
    public IReadOnlyList<string> OutputNames => Network.Head != Head.Values ? Classes
        : Series is { } series ? [.. Enumerable.Range(1, series.Horizon).SelectMany(h => series.Columns.Select(column =>
            series.Columns.Count == 1 ? $"+{h}" : $"{column} +{h}"))]
        : Targets?.Names ?? [.. Enumerable.Range(1, Network.Outputs).Select(k => $"value {k}")];

    /// <summary>How it takes the steps of a sequence; null: all, from the first on.</summary>
    public StepReading? Reading { get; init; }

    /// <summary>Of forecasts; null: it makes none, or its file does not tell.</summary>
    public ForecastIntervals? Intervals { get; init; }

    /// <summary>Whether photographs are to be prepared for it as MNIST's images were.</summary>
    public bool IsOfInk => (Data?.Prepare ?? (Data?.Name is "mnist" or "strokes" ? InkChoice.Ink : InkChoice.None))
        == InkChoice.Ink;

    /// <summary>How values become its inputs.</summary>
    public InputScale Scale => Recipe.Scale(Features, Targets);

    /// <summary>Refuses samples that it cannot read. Sequences may have any length.</summary>
    /// <param name="name">The model's file, for messages.</param>
    /// <exception cref="GpuLstmException">They are of another kind or size.</exception>
    public void CheckReads(Samples samples, string name)
    {
        if (samples is ImageSamples && Features == null
            && (samples.TimeSteps, samples.InputSize) != (Network.TimeSteps, Network.InputSize))
            throw new GpuLstmException($"'{name}' reads {Network.TimeSteps}x{Network.InputSize} images; "
                + $"these are {samples.TimeSteps}x{samples.InputSize}.");
        CheckKind(samples, name);
    }

    private void CheckKind(Samples samples, string name)
    {
        if (Series == null != samples is not WindowSamples)
            throw new GpuLstmException(Series == null ? $"'{name}' forecasts no series; these are one."
                : $"'{name}' forecasts series; these are none.");
        if (Network.Head == Head.Values != (samples.Head == Head.Values))
            throw new GpuLstmException(Network.Head == Head.Values ? $"'{name}' answers numbers; these have classes."
                : $"'{name}' answers classes; these have numbers.");
        if (Features == null != samples is ImageSamples)
            throw new GpuLstmException(samples is ImageSamples
                ? $"'{name}' reads sequences; these are images." : $"'{name}' reads images; these are sequences.");
        if (samples.InputSize != Network.InputSize)
            throw new GpuLstmException(samples is ImageSamples
                ? $"'{name}' reads rows of {Network.InputSize} values; the data have rows of {samples.InputSize}."
                : $"'{name}' reads sequences of {Network.InputSize} features; these have {samples.InputSize}.");
    }

    /// <summary>The data with labels in the order of this model's classes. A model whose classes are guesses takes the
    /// data's names.</summary>
    /// <param name="name">The model's file, for messages.</param>
    /// <exception cref="GpuLstmException">The data have rows of another size, or classes that it does not
    /// know.</exception>
    public Dataset Fit(Dataset data, string name)
    {
        (Data is null && data.Test is SequenceSamples ? this with { Features = data.Features } : this)
            .CheckKind(data.Test, name);
        data = data with { Features = Features ?? data.Features };
        data = data with { Targets = Targets ?? data.Targets };
        return data.Test.Head == Head.Values || IsGuessed && data.Classes.Count == Network.Outputs ? data
            : data.WithClasses(Classes, name);
    }

    private static void Check(string path, NetworkSpec network, string[] classes, IReadOnlyList<Tensor> tensors)
    {
        bool sizes = network is
        {
            TimeSteps: > 0, InputSize: > 0 and <= MaxSize, PreLinear: >= 0 and <= MaxSize, Layers: > 0 and < 1000,
            Biases: 1 or 2, Variant.Projection: >= 0 and <= MaxSize,
        };
        sizes &= network.HiddenSize.Fit(network.Layers) && network.HiddenSize.Values.All(width => width <= MaxSize);
        if (!sizes || network.Outputs is < 1 or > MaxSize || network.Head != Head.Values
            && network.Outputs != classes.Length || classes.Any(c => c == null))
            throw new FileFormatException($"'{path}' describes a network of impossible sizes.");
        IReadOnlyList<ParameterSpec> specs = network.Parameters();
        foreach (ParameterSpec spec in specs)
            if (!tensors.Any(t => t.Name == spec.Name && t.Shape.SequenceEqual(spec.Shape)))
                throw new FileFormatException(
                    $"'{path}' lacks the tensor '{spec.Name}' of shape {spec.ShapeText} that its network needs.");
        if (tensors.Count != specs.Count)
            throw new FileFormatException(
                $"'{path}' holds {tensors.Count} tensors, and its network has {specs.Count}.");
    }
}
