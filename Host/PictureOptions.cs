using System.CommandLine;
using GpuLstm.Host.Plots;
using GpuLstm.Runtime;

namespace GpuLstm.Host;

/// <summary><c>--png</c> and <c>--pdf</c>: pictures in these formats beside their SVG files.</summary>
public sealed class PictureOptions
{
    private readonly Option<bool> _png = new("--png") { Description = "Write the plots as PNG files too." };
    private readonly Option<bool> _pdf = new("--pdf") { Description = "Write the plots as PDF files too." };

    public void AddTo(Command command)
    {
        command.Options.Add(_png);
        command.Options.Add(_pdf);
    }

    /// <summary>The extensions that are wanted beside SVG.</summary>
    public IReadOnlyList<string> Get(ParseResult parsed) =>
        [.. parsed.GetValue(_png) ? [".png"] : (string[])[], .. parsed.GetValue(_pdf) ? [".pdf"] : (string[])[]];

    /// <summary>Refuses a picture's file whose extension names no format.</summary>
    /// <exception cref="UsageException">It has another.</exception>
    public static void Check(string option, string path)
    {
        if (!PictureFile.HasFormat(path))
            throw new UsageException($"{option} takes a file that ends in {string.Join(", ", PictureFile.Extensions)}; "
                + $"'{path}' does not.");
    }

    /// <summary>Writes a picture in its file's format, and beside it in those that are wanted.</summary>
    public void Write(ParseResult parsed, string path, Figure figure)
    {
        PictureFile.Write(path, figure);
        foreach (string extension in Get(parsed))
            PictureFile.Write(Path.ChangeExtension(path, extension), figure);
    }
}
