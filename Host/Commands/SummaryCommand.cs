using System.CommandLine;
using System.Globalization;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using Spectre.Console;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm summary</c>: a network's layers, shapes and parameter counts, as Keras prints them.</summary>
public static class SummaryCommand
{
    private const int TrainSamples = 60_000, TestSamples = 10_000; // as MNIST has them

    public static Command Create()
    {
        var command = new Command("summary",
            "Shows the layers, output shapes and parameter counts of a recipe or a model.");
        var source = new Argument<string>("RECIPE|MODEL|RUN")
        {
            Description = "A recipe's name, a run folder, a model file or a checkpoint.",
        };
        var common = new CommonOptions();
        var batch = new Option<int?>("--batch")
        {
            Description = "Also show the memory that training with so many samples per step takes.", HelpName = "N",
        };
        command.Arguments.Add(source);
        command.Options.Add(batch);
        command.Options.Add(common.Json);
        common.AddDeviceTo(command);
        command.SetAction(parsed => Run(parsed.GetValue(source)!, parsed.GetValue(batch),
            parsed.GetValue(common.Json)));
        return HelpWithExamples.WithExamples(command,
            "gpulstm summary lstm128x2\ngpulstm summary lstm128 --batch 1000\ngpulstm summary "
            + "runs/RUN/model.safetensors");
    }

    private static void Run(string source, int? batch, bool json)
    {
        bool isFile = Path.Exists(source) || source.Contains('.', StringComparison.Ordinal)
            || source.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        (Recipe recipe, NetworkSpec network) = isFile ? Load(source)
            : (Recipes.Find(source), Recipes.Find(source).Network(timeSteps: 28, inputSize: 28, outputs: 10));
        MemoryPlan? memory = batch is { } samples
            ? MemoryPlan.Of((recipe with { Batch = samples }).Checked(), network, TrainSamples, TestSamples) : null;
        IReadOnlyList<LayerSummary> layers = network.Summary();
        long total = layers.Sum(l => l.Parameters);
        if (json)
        {
            Terminal.WriteJson(new { Name = source, Layers = layers, TotalParameters = total, Memory = memory });
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("layer", "kind",
            "output shape").AddColumn(new TableColumn("parameters").RightAligned());
        foreach (LayerSummary layer in layers)
            table.AddRow(layer.Name, layer.Kind, Markup.Escape(layer.OutputShape),
                layer.Parameters.ToString("N0", CultureInfo.InvariantCulture));
        var terminal = new Terminal(json: false);
        terminal.Console.Write(table);
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"Total parameters: {total:N0} ({total * sizeof(float) / 1e3:N1} kB)"));
        if (memory != null)
            WriteMemory(terminal, memory, batch!.Value);
    }

    private static void WriteMemory(Terminal terminal, MemoryPlan memory, int batch)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("memory of training")
            .AddColumn(new TableColumn("MB").RightAligned());
        void Row(string what, long bytes) =>
            table.AddRow(what, (bytes / 1e6).ToString("N1", CultureInfo.InvariantCulture));
        Row("parameters", memory.Parameters);
        Row("gradients", memory.Gradients);
        Row("Adam's moments", memory.Moments);
        Row($"activations of a batch of {batch}", memory.Activations);
        Row("evaluation", memory.Evaluation);
        Row(string.Create(CultureInfo.InvariantCulture, $"data ({TrainSamples:N0} + {TestSamples:N0} samples)"),
            memory.Data);
        Row("schedule and log", memory.Schedule);
        Row("total", memory.Total);
        terminal.Console.Write(table);
    }

    private static (Recipe Recipe, NetworkSpec Network) Load(string path)
    {
        Model model = ModelSource.Read(path, best: false, new Terminal(json: true).Notice).Model;
        return (model.Recipe, model.Network);
    }
}
