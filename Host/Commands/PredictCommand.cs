using System.CommandLine;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm predict</c>: what a model says of single samples.</summary>
public sealed class PredictCommand
{
    private const string SubmissionName = "submission.csv";
    private readonly ModelOptions _model = new();
    private readonly CommonOptions _common = new();
    private readonly PictureOptions _pictures = new();

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = $"{ImageFile.Formats} files, photographs and drawings; or files of sequences or images as "
            + "--data has them, with or without labels.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _index = new("--index")
    {
        Description = "Test samples of the data instead of files: 7, 0..9 or 3,5,8.", HelpName = "N",
    };

    private readonly Option<bool> _invert = new("--invert")
    {
        Description = "The image files are dark on light, and else taken as they are.",
    };

    private readonly Option<bool> _asIs = new("--as-is")
    {
        Description = "Only scale the image files. Else a model of digits gets their ink alone, light on black, as "
            + "large and as centred as MNIST's.",
    };

    private readonly Option<bool> _show = new("--show")
    {
        Description = $"Print what the network saw of every sample; without it only of up to {PredictionOutput.Few}.",
    };

    private readonly Option<string?> _plot = new("--plot")
    {
        Description = "Draw the samples with their predictions as titles.", HelpName = "FILE.svg|png|pdf",
    };

    private readonly Option<string?> _out = new("--out")
    {
        Description = "Write name, predicted class and each class's probability per sample.", HelpName = "FILE.csv",
    };

    private readonly Option<string?> _submission = new("--submission")
    {
        Description = $"Write ImageId,Label as Kaggle wants them; {SubmissionName} when no file is named.",
        HelpName = "FILE.csv", Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Create() => new PredictCommand().Build();

    private Command Build()
    {
        var command = new Command("predict", "Predicts the class of files, or of test samples of a data set.");
        _model.AddTo(command);
        command.Arguments.Add(_files);
        _common.AddDataTo(command);
        foreach (Option option in new Option[] { _index, _invert, _asIs, _show, _plot, _out, _submission })
            command.Options.Add(option);
        _pictures.AddTo(command);
        _common.AddDeviceTo(command);
        command.Options.Add(_common.Json);
        command.SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm predict runs/RUN/model.safetensors digit.png
            gpulstm predict runs/RUN/model.safetensors --data mnist --index 0..9 --plot ten.svg
            gpulstm predict runs/RUN photo.jpg drawing.png --plot seen.svg
            gpulstm predict runs/RUN test.csv --submission
            gpulstm predict --from torch.npz digit.png
            """);
    }

    private int Run(ParseResult parsed, CancellationToken cancel)
    {
        string[] files = _model.Following(parsed, parsed.GetValue(_files) ?? []);
        string? wanted = parsed.GetValue(_index)
            ?? (files.Length == 0 && parsed.IsGiven(_common.Data) ? "0..9" : null);
        if (files.Length == 0 == (wanted == null))
            throw new UsageException(
                "Name files, or test samples with --data DATA --index 0..9, and not both.");
        string? drawing = parsed.GetValue(_plot);
        if (drawing == null && _pictures.Get(parsed).Count > 0)
            throw new UsageException("--png and --pdf go with --plot FILE.");
        if (drawing != null)
            PictureOptions.Check("--plot", drawing);
        var terminal = new Terminal(parsed.GetValue(_common.Json));
        using Engine device = _common.OpenDevice(parsed);
        NamedModel named = _model.Read(parsed, terminal);
        PredictionInput? input;
        bool isWhole = true;
        if (wanted != null)
        {
            (named, Dataset data) = named.For(EvaluationData.Load(_common, parsed, named, terminal, cancel).Data);
            input = PredictionInput.Of(data, wanted);
        }
        else
            (input, isWhole) = new PredictionFiles(named.Model, named.Name, _common.Read(parsed, new(),
                named.Model.Data), parsed.GetValue(_invert), parsed.GetValue(_asIs), terminal).Read(files);
        int code = isWhole ? CommandLine.Done : CommandLine.Failed;
        if (input is null)
            return code;
        using var loaded = new LoadedModel(named.For(input.Samples), device);
        PredictionOutput output = PredictionOutput.Of(input, loaded.Evaluate(input.Samples), loaded.Model);
        if (drawing != null)
            _pictures.Write(parsed, drawing, output.Draw());
        if (parsed.GetValue(_out) is { } table)
            output.WriteTable(table);
        if (parsed.IsGiven(_submission))
            output.WriteSubmission(parsed.GetValue(_submission) ?? SubmissionName);
        if (parsed.GetValue(_common.Json))
            output.WriteJson();
        else
            output.Show(terminal, parsed.GetValue(_show));
        return code;
    }
}
