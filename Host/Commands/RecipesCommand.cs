using System.CommandLine;
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
        var terminal = new Terminal(json: false);
        foreach (Recipe r in Recipes.All)
        {
            terminal.Console.Write(new Markup($"[bold]{Markup.Escape(r.Name)}[/]\n"));
            string input = r.Name == Recipes.ForSequences ? "normalised by feature"
                : r.Mean == 0 ? "pixel / 255" : Invariant($"(pixel / 255 - {r.Mean}) / {r.Deviation}");
            if (r.Augment != default)
                input += $", moved: {AugmentationText.Format(r.Augment).Replace(",", ", ", StringComparison.Ordinal)}";
            foreach (string line in new[]
            {
                r.Description, $"{RunFacts.Network(r)}, Linear; input {input}",
                Invariant($"batch {r.Batch}, learning rate {r.LearningRate}, {r.Epochs} epochs"),
            })
                terminal.Console.Write(new Padder(new Text(line), new Padding(2, 0, 0, 0)));
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
