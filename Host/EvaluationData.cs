using System.CommandLine;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host;

/// <summary>The samples that a model is tested on: those that it was tested on in training, or others that the user
/// names, compared with those that it has learned from.</summary>
/// <param name="Data">Only its test part counts.</param>
/// <param name="Overlap">How many of its test samples the model has learned from; null where that cannot be
/// told.</param>
public sealed record EvaluationData(Dataset Data, int? Overlap)
{
    /// <exception cref="GpuLstmException">The data cannot be had, or are not what they were.</exception>
    public static EvaluationData Load(
        CommonOptions common, ParseResult parsed, NamedModel named, Terminal terminal, CancellationToken cancel)
    {
        DataStatement? stated = named.Model.Data;
        string? split = parsed.GetValue(common.Split);
        bool hasData = parsed.IsGiven(common.Data), hasSeed = parsed.IsGiven(common.Seed);
        bool isOwn = (split == null || split == stated?.Split)
            && (!hasSeed || parsed.GetValue(common.Seed) == stated?.Seed)
            && (!hasData || DataSpec.Parse(parsed.GetValue(common.Data)!).Absolute == stated?.Spec);
        bool isReadAlike = !common.Reading.Any(option => parsed.IsGiven(option));
        if (stated != null && isOwn && isReadAlike)
            return new(Stated(stated, null, named.Name, terminal, cancel), 0);
        if (stated == null)
            terminal.Notice($"'{named.Name}' does not say what it was trained on: it may have learned from some "
                + "of these samples.");
        Dataset data = CommonOptions.LoadData(common.Read(parsed, new()
        {
            Spec = hasData || stated == null ? parsed.GetValue(common.Data)! : stated.Spec,
            Seed = parsed.GetValue(common.Seed), Split = split ?? (stated == null ? named.Model.Recipe.Split : null),
            OnlyTest = hasData, Series = named.Model.Series,
        }, stated), terminal, cancel);
        return new(data, stated == null ? null : Common(data, stated, named.Name, terminal, cancel));
    }

    /// <summary>The data of a statement, as they were.</summary>
    /// <param name="spec">Where they lie now; null: where they lay then.</param>
    /// <param name="name">What was trained on them, for messages.</param>
    /// <exception cref="GpuLstmException">They cannot be had, or are others than then.</exception>
    public static Dataset Stated(
        DataStatement stated, string? spec, string name, Terminal terminal, CancellationToken cancel)
    {
        // MNIST is the same wherever it lies.
        if (stated.Name == "mnist" && !Path.Exists(stated.Spec[(stated.Spec.IndexOf(':') + 1)..]))
            spec ??= "mnist";
        Dataset data = CommonOptions.LoadData(stated.Options(spec), terminal, cancel);
        return DataFingerprint.Of(data) == stated.Sha256
            ? data
            : throw new GpuLstmException(
                $"The data ({data.Name}, {data.Origin}) are not those that '{name}' was trained on.");
    }

    private static int? Common(
        Dataset data, DataStatement stated, string name, Terminal terminal, CancellationToken cancel)
    {
        try
        {
            Dataset learned = Stated(stated, null, name, terminal, cancel);
            int common = SampleOverlap.Count(data.Test, learned.Train)
                + SampleOverlap.Count(data.Test, learned.Validation);
            if (common > 0)
                terminal.Notice($"{common} of these {data.Test.Count} samples are among those that '{name}' was "
                    + "trained on: its figures on them say nothing about others.");
            return common;
        }
        catch (GpuLstmException e)
        {
            terminal.Notice($"Whether '{name}' was trained on some of these samples cannot be told: {e.Message}");
            return null;
        }
    }
}
