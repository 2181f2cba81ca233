using System.CommandLine;
using System.Text;
using GpuLstm.Kernels;
using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Formats;
using Spectre.Console;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm kernels</c>: the compute kernels as the C that devices compile, one self-contained file
/// each.</summary>
public static class KernelsCommand
{
    private const string Prefix = "SPECIALIZED_"; // as the kernel compiler writes them

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static Command Create()
    {
        var command = new Command("kernels", "Writes the kernels as OpenCL C or CUDA C, one self-contained file each.");
        var target = new Option<string>("--target") { Description = "The language.", Required = true };
        target.AcceptOnlyFromAmong("opencl", "cuda");
        var folder = new Option<string>("--out")
        {
            Description = "Where to; made where it is missing. Files of the kernels' names are replaced.",
            Required = true, HelpName = "DIR",
        };
        var common = new CommonOptions();
        command.Options.Add(target);
        command.Options.Add(folder);
        command.Options.Add(common.Json);
        command.SetAction(parsed => Run(parsed.GetValue(target) == "cuda" ? KernelDialect.Cuda : KernelDialect.OpenCl,
            parsed.GetValue(folder)!, parsed.GetValue(common.Json)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm kernels --target opencl --out kernels
            gpulstm kernels --target cuda --out kernels --json
            """);
    }

    private static void Run(KernelDialect dialect, string folder, bool json)
    {
        KernelTargets target = dialect == KernelDialect.Cuda ? KernelTargets.Cuda : KernelTargets.OpenCl;
        KernelDescriptor[] kernels = [.. KernelCatalog.All.Where(kernel => kernel.Targets.HasFlag(target))];
        Directory.CreateDirectory(folder);
        KernelFile[] files = [.. kernels.Select(kernel => Write(kernel, dialect, folder))];
        if (json)
        {
            Terminal.WriteJson(files);
            return;
        }
        var terminal = new Terminal(json);
        var table = new Table().Border(TableBorder.Simple).AddColumns(
            "file", "needs", $"constants (-D {Prefix}name=value) and their defaults");
        foreach (KernelFile file in files)
            table.AddRow(Markup.Escape(Path.GetFileName(file.File)), file.MinArch ?? "OpenCL 1.2",
                string.Join(", ", file.Constants.Select(constant =>
                    $"{constant.Key[Prefix.Length..]}={constant.Value}")));
        terminal.Console.Write(table);
        string[] left = [.. KernelCatalog.All.Except(kernels).Select(kernel => kernel.Name)];
        terminal.Line($"{files.Length} kernels in {folder}"
            + (left.Length == 0 ? "" : $"; for other devices only, and left out: {string.Join(", ", left)}"));
    }

    private static KernelFile Write(KernelDescriptor kernel, KernelDialect dialect, string folder)
    {
        bool cuda = dialect == KernelDialect.Cuda;
        string path = Path.Combine(folder, kernel.Name + (cuda ? ".cu" : ".cl"));
        AtomicFile.Write(path, stream => stream.Write(s_utf8.GetBytes(kernel.FileText(dialect))));
        return new(kernel.Name, path, cuda ? $"sm_{kernel.MinArch}" : null, kernel.UsesDouble, kernel.Parameters
            .Where(parameter => parameter.Kind == KernelParameterKind.Specialized)
            .ToDictionary(parameter => Prefix + parameter.Name, parameter => parameter.Default));
    }

    /// <summary>A written kernel.</summary>
    /// <param name="Kernel">The entry point's name.</param>
    /// <param name="MinArch">The lowest CUDA architecture; null for OpenCL.</param>
    /// <param name="UsesDouble">Whether the device must compute in double precision.</param>
    /// <param name="Constants">What the compiler may define with -D, and the default of each.</param>
    private sealed record KernelFile(
        string Kernel, string File, string? MinArch, bool UsesDouble, IReadOnlyDictionary<string, int> Constants);
}
