using System.CommandLine;
using System.Globalization;
using GpuLstm.Host.Plots;
using GpuLstm.Host.Plots.Drawing;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Formats;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm predict</c>: what a model says of single images.</summary>
public static class PredictCommand
{
    private const int BarWidth = 30; // picture, name, percent and bar fit into 80 columns

    public static Command Create()
    {
        var command = new Command("predict", "Predicts the class of image files, or of test samples of a data set.");
        var model = new ModelOptions();
        var images = new Argument<string[]>("IMAGE")
        {
            Description = $"{ImageFile.Formats} files, photographs and drawings.", Arity = ArgumentArity.ZeroOrMore,
        };
        var index = new Option<string?>("--index")
        {
            Description = "Test samples instead of files: 7, 0..9 or 3,5,8.", HelpName = "N",
        };
        var invert = new Option<bool>("--invert")
        {
            Description = "The image files are dark on light, and else taken as they are.",
        };
        var asIs = new Option<bool>("--as-is")
        {
            Description = "Only scale the image files. Else a model of digits gets their ink alone, light on black, as "
                + "large and as centred as MNIST's.",
        };
        var plot = new Option<string?>("--plot")
        {
            Description = "Draw the images with their predictions as titles.", HelpName = "FILE.svg|png|pdf",
        };
        var pictures = new PictureOptions();
        var output = new Option<string?>("--out")
        {
            Description = "Write name, predicted class and each class's probability per image.", HelpName = "FILE.csv",
        };
        var common = new CommonOptions();
        model.AddTo(command);
        command.Arguments.Add(images);
        common.AddDataTo(command);
        foreach (Option option in new Option[] { index, invert, asIs, plot, output })
            command.Options.Add(option);
        pictures.AddTo(command);
        common.AddDeviceTo(command);
        command.Options.Add(common.Json);
        command.SetAction((parsed, cancel) =>
        {
            string[] files = model.Following(parsed, parsed.GetValue(images) ?? []);
            string? wanted = parsed.GetValue(index)
                ?? (files.Length == 0 && parsed.IsGiven(common.Data) ? "0..9" : null);
            if (files.Length == 0 == (wanted == null))
                throw new UsageException(
                    "Name image files, or test samples with --data DATA --index 0..9, and not both.");
            string? drawing = parsed.GetValue(plot);
            if (drawing == null && pictures.Get(parsed).Count > 0)
                throw new UsageException("--png and --pdf go with --plot FILE.");
            if (drawing != null)
                PictureOptions.Check("--plot", drawing);
            var terminal = new Terminal(parsed.GetValue(common.Json));
            using Engine device = common.OpenDevice(parsed);
            NamedModel named = model.Read(parsed, terminal);
            Dataset? data = null;
            if (wanted != null)
                (named, data) = named.For(EvaluationData.Load(common, parsed, named, terminal, cancel).Data);
            using var loaded = new LoadedModel(named, device);
            NetworkSpec network = loaded.Model.Network;
            List<Item> items = data == null ? [] : FromData(data, wanted!);
            bool isInk = loaded.Model.Data?.Name is ("mnist" or "strokes") && !parsed.GetValue(invert)
                && !parsed.GetValue(asIs);
            int unreadable = 0;
            foreach (string file in files)
                try
                {
                    items.Add(FromFile(file, network, parsed.GetValue(invert), isInk));
                }
                catch (GpuLstmException e) when (files.Length > 1)
                {
                    Console.Error.WriteLine($"gpulstm: {e.Message}"); // the others are predicted all the same
                    unreadable++;
                }
            int code = unreadable > 0 ? CommandLine.Failed : CommandLine.Done;
            if (items.Count == 0)
                return Task.FromResult(code);
            Samples samples = new([.. items.SelectMany(i => i.Pixels)], new byte[items.Count], network.TimeSteps,
                network.InputSize);
            Evaluation result = loaded.Evaluate(samples);
            if (drawing != null)
                pictures.Write(parsed, drawing, Draw(items, result, network, loaded.Model.Classes));
            if (parsed.GetValue(output) is { } table)
                CsvFile.WritePredictions(table, "name", result, loaded.Model.Classes,
                    sample => items[sample].Name, sample => items[sample].Truth);
            Show(terminal, parsed.GetValue(common.Json), items, samples, result, loaded.Model.Classes);
            return Task.FromResult(code);
        });
        return HelpWithExamples.WithExamples(command, """
            gpulstm predict runs/RUN/model.safetensors digit.png
            gpulstm predict runs/RUN/model.safetensors --data mnist --index 0..9 --plot ten.svg
            gpulstm predict runs/RUN photo.jpg drawing.png --plot seen.svg
            gpulstm predict --from torch.npz digit.png
            """);
    }

    /// <summary>An image to predict.</summary>
    /// <param name="Pixels">[T, I] light on dark.</param>
    /// <param name="Truth">The true class, where known.</param>
    private sealed record Item(string Name, byte[] Pixels, int? Truth);

    private static Item FromFile(string path, NetworkSpec network, bool invert, bool isInk)
    {
        if (isInk)
        {
            GreyImage ink = InkImage.Prepare(ImageFile.ReadOnPaper(path))
                ?? throw new GpuLstmException($"{path} shows no ink: nothing that stands out from its ground.");
            return new(path, ink.To(network.InputSize, network.TimeSteps).Pixels, Truth: null);
        }
        byte[] pixels = ImageFile.ReadGrey(path).To(network.InputSize, network.TimeSteps).Pixels;
        return new(path, invert ? Array.ConvertAll(pixels, p => (byte)(255 - p)) : pixels, Truth: null);
    }

    private static List<Item> FromData(Dataset data, string wanted) =>
        [.. Indices(wanted, data.Test.Count).Select(i =>
            new Item($"{data.Name} test {i}", data.Test[i].ToArray(), data.Test.Labels[i]))];

    /// <summary>The indices that 7, 0..9 or 3,5,8 mean.</summary>
    private static List<int> Indices(string wanted, int count)
    {
        var indices = new List<int>();
        foreach (string part in wanted.Split(','))
        {
            string[] ends = part.Split("..");
            if (ends.Length > 2 || !ends.All(e =>
                int.TryParse(e, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
                throw new UsageException($"--index takes forms like 7, 0..9 or 3,5,8; '{wanted}' is none.");
            (int from, int to) = (int.Parse(ends[0], CultureInfo.InvariantCulture),
                int.Parse(ends[^1], CultureInfo.InvariantCulture));
            if (from > to || to >= count)
                throw new UsageException($"--index must lie within 0..{count - 1}; it is '{wanted}'.");
            indices.AddRange(Enumerable.Range(from, to - from + 1));
        }
        return indices;
    }

    private static void Show(Terminal terminal, bool json,
        List<Item> items, Samples samples, Evaluation result, IReadOnlyList<string> classes)
    {
        if (json)
        {
            Terminal.WriteJson(items.Select((item, i) => new
            {
                item.Name, Predicted = classes[result.Predicted(i)], Confidence = result[i][result.Predicted(i)],
                Truth = item.Truth is { } t ? classes[t] : null, Probabilities = result[i].ToArray(),
            }));
            return;
        }
        int rows = samples.TimeSteps / 2 + samples.TimeSteps % 2;
        int nameWidth = classes.Max(c => c.Length);
        for (int i = 0; i < items.Count; i++)
        {
            int predicted = result.Predicted(i);
            string truth = items[i].Truth is { } t ? t == predicted ? $", truly {classes[t]}"
                : $", but truly {classes[t]}" : "";
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"{items[i].Name}: {classes[predicted]} ({result[i][predicted]:P1}){truth}"));
            var picture = new HalfBlocks(items[i].Pixels, samples.TimeSteps, samples.InputSize);
            for (int row = 0; row < Math.Max(rows, classes.Count); row++)
                picture.WriteRow(terminal, row,
                    row < classes.Count ? Bar(classes[row].PadLeft(nameWidth), result[i][row]) : "");
        }
    }

    private static string Bar(string name, float p) =>
        string.Create(CultureInfo.InvariantCulture,
            $"  {name} {p,7:P1} {new string('█', (int)MathF.Round(p * BarWidth))}");

    private static Figure Draw(List<Item> items, Evaluation result, NetworkSpec network, IReadOnlyList<string> classes)
        => PredictionsPlot.DrawPictures([.. items.Select((item, i) => new PredictedPicture(item.Name,
            Bitmap.Ink(item.Pixels, network.InputSize, network.TimeSteps), classes[result.Predicted(i)],
            result[i][result.Predicted(i)],
            item.Truth is { } t ? classes[t] : null,
            [.. classes.Select((name, c) => (name, result[i][c]))]))]);
}
