using System.CommandLine;
using System.Text;
using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm kernels</c>: what ILGPU makes of the compute kernels, one file each; no device is
/// needed.</summary>
public static class KernelsCommand
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static Command Create()
    {
        var command = new Command("kernels", "Writes what ILGPU makes of the kernels, OpenCL C or PTX, one file each.");
        var target = new Option<string>("--target") { Description = "The language.", Required = true };
        target.AcceptOnlyFromAmong("opencl", "ptx");
        var folder = new Option<string>("--out")
        {
            Description = "Where to; made where it is missing. Files of the kernels' names are replaced.",
            Required = true, HelpName = "DIR",
        };
        var architecture = new Option<string?>("--arch")
        {
            Description = $"Of PTX, {KernelText.DefaultArchitecture} if left out; later ones than that get its text, "
                + "which their driver compiles.",
            HelpName = "sm_NN",
        };
        var common = new CommonOptions();
        command.Options.Add(target);
        command.Options.Add(folder);
        command.Options.Add(architecture);
        command.Options.Add(common.Json);
        command.SetAction(parsed => Run(parsed.GetValue(target) == "ptx", parsed.GetValue(architecture),
            parsed.GetValue(folder)!, parsed.GetValue(common.Json)));
        return HelpWithExamples.WithExamples(command, """
            gpulstm kernels --target opencl --out kernels
            gpulstm kernels --target ptx --arch sm_75 --out kernels --json
            """);
    }

    private static void Run(bool ptx, string? architecture, string folder, bool json)
    {
        if (!ptx && architecture != null)
            throw new UsageException("--arch is for --target ptx.");
        using KernelText text = ptx ? KernelText.Ptx(architecture ?? KernelText.DefaultArchitecture)
            : KernelText.OpenCl();
        Directory.CreateDirectory(folder);
        KernelFile[] files = [.. KernelTable.All.Where(text.Takes).Select(kernel => Write(kernel, text, folder))];
        if (json)
            Terminal.WriteJson(files);
        else
            new Terminal(json).Line($"{files.Length} kernels in {folder}");
    }

    private static KernelFile Write(KernelEntry kernel, KernelText text, string folder)
    {
        string path = Path.Combine(folder, kernel.Name + (text.Target == KernelTargets.Ptx ? ".ptx" : ".cl"));
        AtomicFile.Write(path, stream => stream.Write(s_utf8.GetBytes(text.Of(kernel))));
        return new(kernel.Name, path, kernel.IsOverRange);
    }

    /// <summary>A written kernel.</summary>
    /// <param name="Kernel">Class, method and type arguments.</param>
    /// <param name="IsOverRange">Whether it is launched over a range, not in groups.</param>
    private sealed record KernelFile(string Kernel, string File, bool IsOverRange);
}
