using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm export</c>: a model for other programs.</summary>
public static class ExportCommand
{
    private static readonly Argument<string> Source = new("MODEL|RUN")
    {
        Description = "A run folder, a model file, a checkpoint, or a file that --from reads.",
    };

    private static readonly Option<bool> Best = ModelOptions.BestOption();

    private static readonly Option<ExportFormat?> Format = new("--format")
    {
        Description =
            "By default what the file's extension says: .onnx, .npz, .pt, .pth, .keras, .h5 or .safetensors "
            + "(torch). torch: a state_dict for an nn.LSTM 'lstm' and an nn.Linear 'fc', as "
            + "torch.save writes it (.pt, .pth) or as "
            + "safetensors; npz: the same for NumPy; keras: a Sequential "
            + "model (.keras, .h5), or kernels and biases for set_weights as npz; onnx; "
            + "safetensors: this program's own.",
        HelpName = "TORCH|NPZ|KERAS|ONNX|SAFETENSORS",
    };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "The file.", HelpName = "FILE", Required = true,
    };

    private static readonly Option<bool> Force = new("--force") { Description = "Write over a file that exists." };

    private static readonly Option<bool> Softmax = new("--softmax")
    {
        Description = "onnx: probabilities as output; logits without it.",
    };

    private static readonly Option<int?> Opset = new("--opset")
    {
        Description = "onnx: operator set, 14 (default) to 17.", HelpName = "N",
    };

    private static readonly ScaleOptions Scale = new();

    private static readonly Option<string?> Activation = ModelOptions.ActivationOption();

    public static Command Create()
    {
        var command = new Command("export", "Writes a model for PyTorch, Keras, NumPy or an ONNX runtime.");
        var common = new CommonOptions();
        command.Arguments.Add(Source);
        foreach (Option option in new Option[] { Format, Out, Force, Best, Softmax, Opset, Activation, common.Json })
            command.Options.Add(option);
        Scale.AddTo(command);
        command.SetAction(parsed => Run(parsed, parsed.GetValue(common.Json)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm export runs/RUN --out lstm.onnx
            gpulstm export runs/RUN --best --softmax --out lstm.onnx
            gpulstm export runs/RUN --out model.pt           torch.load takes it
            gpulstm export runs/RUN --out model.keras        keras.models.load_model takes it
            gpulstm export runs/RUN --format keras --out lstm.npz --force
            """);
    }

    /// <exception cref="UsageException">The extension says nothing, or other than the format.</exception>
    private static ExportFormat FormatOf(string file, ExportFormat? given)
    {
        ExportFormat[] possible = Path.GetExtension(file).ToLowerInvariant() switch
        {
            ".onnx" => [ExportFormat.Onnx],
            ".npz" => [ExportFormat.Npz, ExportFormat.Keras],
            ".safetensors" => [ExportFormat.Torch, ExportFormat.Safetensors],
            ".pt" or ".pth" => [ExportFormat.Torch],
            ".keras" or ".h5" => [ExportFormat.Keras],
            _ when given is { } any => [any],
            _ => throw new UsageException(
                $"'{file}' does not end in .onnx, .npz, .pt, .keras, .h5 or .safetensors: name its --format."),
        };
        if (given is { } format && !possible.Contains(format))
            throw new UsageException(
                $"'{file}' does not end as a file of --format {format.ToString().ToLowerInvariant()} does.");
        return given ?? possible[0];
    }

    private static void Run(ParseResult parsed, bool json)
    {
        string file = parsed.GetValue(Out)!;
        ExportFormat format = FormatOf(file, parsed.GetValue(Format));
        (bool softmax, int? opset) = (parsed.GetValue(Softmax), parsed.GetValue(Opset));
        if (format != ExportFormat.Onnx && (softmax || opset != null))
            throw new UsageException("--softmax and --opset go with --format onnx.");
        if (!parsed.GetValue(Force) && Path.Exists(file))
            throw new GpuLstmException($"'{file}' exists already: name another file, or write over it with --force.");
        var terminal = new Terminal(json);
        (string source, Model model, _) = Scale.Apply(ModelSource.Read(parsed.GetValue(Source)!, parsed.GetValue(Best),
            terminal.Notice, parsed.GetValue(Activation)), parsed, terminal.Notice);
        ModelExport.Write(model, format, file, parsed.GetValue(Force), softmax, opset);
        long parameters = model.Tensors.Sum(t => t.Values.LongLength);
        (float mean, float deviation) = (model.Recipe.Mean, model.Recipe.Deviation);
        if (json)
            Terminal.WriteJson(new JsonObject
            {
                ["model"] = source, ["format"] = format.ToString().ToLowerInvariant(), ["file"] = file,
                ["bytes"] = new FileInfo(file).Length, ["parameters"] = parameters, ["mean"] = mean,
                ["deviation"] = deviation,
                ["features"] = model.Features is { } features ? JsonSerializer.SerializeToNode(new
                {
                    names = features.Names, means = features.Means, deviations = features.Deviations,
                }) : null,
            });
        else
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{file}: {parameters:N0} parameters; ")
                + (model.Features != null ? "its inputs are normalised by feature, as its metadata tell"
                    : string.Create(CultureInfo.InvariantCulture,
                        $"its inputs are (pixel / 255 - {mean}) / {deviation}")));
    }
}
