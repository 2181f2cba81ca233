using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;

namespace GpuLstm.Runtime.Training;

/// <summary>A run's whole state between two steps, in one safetensors file: a run that goes on from it ends with the
/// bits of one that was never interrupted. Random numbers need no state of their own: they depend on the seed, the
/// epoch and the step alone.</summary>
/// <param name="StepsPerEpoch">Training steps of an epoch.</param>
/// <param name="Parameters">Under their own names.</param>
/// <param name="FirstMoments">Adam's m, each under its parameter's name.</param>
/// <param name="SecondMoments">Adam's v, likewise.</param>
/// <param name="StepState">The device's counters; see <see cref="Engines.StepState"/>.</param>
public sealed record Checkpoint(
    RunSettings Settings, RunPosition Position, RunHistory History, int StepsPerEpoch, IReadOnlyList<Tensor> Parameters,
    IReadOnlyList<Tensor> FirstMoments, IReadOnlyList<Tensor> SecondMoments, int[] StepState)
{
    /// <summary>The parameters of the best epoch by the validation samples; empty where there is none.</summary>
    public IReadOnlyList<Tensor> Best { get; init; } = [];

    /// <summary>The state that the next piece of sequences begins with; empty where they are read whole, or from their
    /// beginning.</summary>
    public IReadOnlyList<Tensor> Carried { get; init; } = [];

    private const string FormatKey = "gpulstm_checkpoint", FormatVersion = "1", ShaKey = "sha256";
    private const string PositionKey = "position", StepsPerEpochKey = "steps_per_epoch";
    private const string TestsKey = "tests", EpochsKey = "epochs";
    private const string First = "adam.first_moment.", Second = "adam.second_moment.", State = "run.step_state",
        Steps = "run.steps", BestPrefix = "best.", CarriedPrefix = "carried.";

    private const float Largest = 1e15f; // squares of what is larger are soon infinite

    /// <summary>Whether no weight and no moment is infinite, not a number, or on its way there.</summary>
    public bool IsHealthy => Parameters.Concat(FirstMoments).Concat(SecondMoments)
        .All(tensor => Array.TrueForAll(tensor.Values, value => Math.Abs(value) < Largest));

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="GpuLstmException">It cannot be written.</exception>
    public void Save(string path)
    {
        StoredTensor[] tensors =
        [
            .. Parameters.Select(t => t.Store()),
            .. FirstMoments.Select(t => (t with { Name = First + t.Name }).Store()),
            .. SecondMoments.Select(t => (t with { Name = Second + t.Name }).Store()),
            .. Best.Select(t => (t with { Name = BestPrefix + t.Name }).Store()),
            .. Carried.Select(t => (t with { Name = CarriedPrefix + t.Name }).Store()),
            History.StepsAsTensor(Steps).Store(),
            Store(State, StepState),
        ];
        var metadata = new Dictionary<string, string>
        {
            [FormatKey] = FormatVersion,
            [RunSettings.MetadataKey] = MetadataJson.Write(Settings),
            [PositionKey] = MetadataJson.Write(Position),
            [StepsPerEpochKey] = MetadataJson.Write(StepsPerEpoch),
            [TestsKey] = MetadataJson.Write(History.Tests),
            [EpochsKey] = MetadataJson.Write(History.Epochs),
        };
        metadata[ShaKey] = Sha256(tensors, metadata);
        SafetensorsFile.Write(path, tensors, metadata);
    }

    /// <summary>Whether a file is one of this program's checkpoints.</summary>
    internal static bool IsOurs(TensorArchive file) => file.Metadata.ContainsKey(FormatKey);

    /// <summary>The network as it stands here. What checkpoints of older versions lack is taken as it was then: images
    /// of as many rows as columns, classes called 0, 1, ...</summary>
    public Model ToModel()
    {
        Tensor Named(string name) => Parameters.First(tensor => tensor.Name == name);
        int outputs = (int)Named("fc.weight").Shape[0];
        int inputs = (int)Named(Settings.Recipe.PreLinear > 0 ? "pre.weight" : "lstm.weight_ih_l0").Shape[1];
        NetworkSpec network = Settings.Recipe.Network(
            Settings.TimeSteps > 0 ? Settings.TimeSteps : inputs, inputs, outputs, Settings.Head);
        IReadOnlyList<string> names = Settings.Classes ??
            [.. Enumerable.Range(0, outputs).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        return new(Settings.Recipe, network, names, Parameters)
        {
            Data = Settings.Statement, Intervals = Settings.Intervals, IsGuessed = Settings.Classes == null,
        };
    }

    /// <exception cref="FileFormatException">The file is damaged, or no checkpoint of this format.</exception>
    /// <exception cref="GpuLstmException">It cannot be read.</exception>
    public static Checkpoint Load(string path) => Parse(SafetensorsFile.Read(path));

    /// <exception cref="FileFormatException">The file is damaged, or no checkpoint of this format.</exception>
    public static Checkpoint Parse(TensorArchive file)
    {
        string path = file.Source;
        string? version = file.Metadata.GetValueOrDefault(FormatKey);
        if (version != FormatVersion)
            throw new FileFormatException(version == null
                ? $"'{path}' is a safetensors file, but no checkpoint: its metadata lacks '{FormatKey}'."
                : $"'{path}' has checkpoint format {version}; this program reads format {FormatVersion}.");
        if (file.Metadata.GetValueOrDefault(ShaKey) != Sha256(file.Tensors, file.Metadata))
            throw new FileFormatException($"'{path}' was altered: its content does not match its checksum.");

        RunSettings settings = RunSettings.Parse(file);
        int stepsPerEpoch = MetadataJson.Read<int>(file, StepsPerEpochKey);
        StoredTensor steps = Find(file, Steps), state = Find(file, State);
        if (stepsPerEpoch < 1 || steps.Shape is not [_, 4] || state.Type != TensorType.I32)
            throw new FileFormatException($"'{path}' has impossible sizes.");
        var history = new RunHistory(settings.Recipe.LogEvery);
        history.AddSteps(steps.ToFloats(), stepsPerEpoch);
        history.Tests.AddRange(MetadataJson.Read<TestLog[]>(file, TestsKey));
        history.Epochs.AddRange(MetadataJson.Read<EpochLog[]>(file, EpochsKey));

        Tensor[] Part(string prefix) =>
        [
            .. file.Tensors.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(t => t.ToFloats()).Select(t => t with { Name = t.Name[prefix.Length..] }),
        ];
        Tensor[] first = Part(First), second = Part(Second);
        Tensor[] parameters = [.. first.Select(m => Find(file, m.Name).ToFloats())];
        return new(settings, MetadataJson.Read<RunPosition>(file, PositionKey), history, stepsPerEpoch, parameters,
            first, second, Integers(state)) { Best = Part(BestPrefix), Carried = Part(CarriedPrefix) };
    }

    /// <summary>SHA-256 over the metadata but itself and over all tensors, in the order of their names.</summary>
    private static string Sha256(IEnumerable<StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Append(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        foreach ((string key, string text) in metadata
            .Where(m => m.Key != ShaKey).OrderBy(m => m.Key, StringComparer.Ordinal))
            Append(string.Create(CultureInfo.InvariantCulture, $"{key}\0{text.Length}\0{text}"));
        foreach (StoredTensor tensor in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            Append($"{tensor.Name}\0{tensor.Type}\0{TensorShape.Text(tensor.Shape)}");
            hash.AppendData(tensor.Bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static StoredTensor Find(TensorArchive file, string name) =>
        file.Find(name) ?? throw new FileFormatException($"'{file.Source}' lacks the tensor '{name}'.");

    private static StoredTensor Store(string name, int[] values)
    {
        var bytes = new byte[values.Length * sizeof(int)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), values[i]);
        return new(name, TensorType.I32, [values.Length], bytes);
    }

    private static int[] Integers(StoredTensor tensor)
    {
        var values = new int[tensor.Bytes.Length / sizeof(int)];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadInt32LittleEndian(tensor.Bytes.AsSpan(i * sizeof(int)));
        return values;
    }
}
