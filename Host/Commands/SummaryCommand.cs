using System.CommandLine;
using System.Globalization;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using Spectre.Console;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm summary</c>: a network's layers, shapes and parameter counts, as Keras prints them.</summary>
public static class SummaryCommand
{
    public static Command Create()
    {
        var command = new Command("summary", "Shows the layers, output shapes and parameter counts of a recipe or a model.");
        var source = new Argument<string>("RECIPE|MODEL") { Description = "A recipe's name or a model file." };
        var common = new CommonOptions();
        command.Arguments.Add(source);
        command.Options.Add(common.Json);
        common.AddDeviceTo(command);
        command.SetAction(parsed => Run(parsed.GetValue(source)!, parsed.GetValue(common.Json)));
        return HelpWithExamples.WithExamples(command, "gpulstm summary lstm128x2\ngpulstm summary runs/RUN/model.safetensors");
    }

    private static void Run(string source, bool json)
    {
        bool isFile = File.Exists(source) || source.Contains('.', StringComparison.Ordinal) || source.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        NetworkSpec network = isFile ? Model.Load(source).Network : Recipes.Find(source).Network(timeSteps: 28, inputSize: 28, classes: 10);
        IReadOnlyList<LayerSummary> layers = network.Summary();
        long total = layers.Sum(l => l.Parameters);
        if (json)
        {
            Terminal.WriteJson(new { Name = source, Layers = layers, TotalParameters = total });
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("layer", "kind", "output shape").AddColumn(new TableColumn("parameters").RightAligned());
        foreach (LayerSummary layer in layers)
            table.AddRow(layer.Name, layer.Kind, Markup.Escape(layer.OutputShape), layer.Parameters.ToString("N0", CultureInfo.InvariantCulture));
        var terminal = new Terminal(json: false);
        terminal.Console.Write(table);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"Total parameters: {total:N0} ({total * sizeof(float) / 1e3:N1} kB)"));
    }
}
