using System.CommandLine;
using System.Globalization;
using GpuLstm.Host.Report;
using GpuLstm.Runtime.Training;
using Spectre.Console;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm recipes</c>: the set-ups that <c>train --recipe</c> knows.</summary>
public static class RecipesCommand
{
    public static Command Create()
    {
        var command = new Command("recipes", "Lists the recipes that 'train --recipe' knows.");
        var common = new CommonOptions();
        command.Options.Add(common.Json);
        command.SetAction(parsed => Run(parsed.GetValue(common.Json)));
        return HelpWithExamples.WithExamples(command, "gpulstm recipes --json");
    }

    private static void Run(bool json)
    {
        if (json)
        {
            Terminal.WriteJson(Recipes.All);
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("recipe", "network", "batch", "Adam lr", "epochs",
            "input", "about");
        foreach (Recipe r in Recipes.All)
        {
            string network = $"{RunFacts.Network(r)}, Linear 10";
            string input = r.Mean == 0 ? "/255"
                : string.Create(CultureInfo.InvariantCulture, $"/255, mean {r.Mean}, std {r.Deviation}");
            if (r.Augment != default)
                input += ", moved: " + AugmentationText.Format(r.Augment).Replace(",", ", ", StringComparison.Ordinal);
            table.AddRow(r.Name, network, $"{r.Batch}", r.LearningRate.ToString(CultureInfo.InvariantCulture),
                $"{r.Epochs}", input, r.Description);
        }
        new Terminal(json: false).Console.Write(table);
    }
}
