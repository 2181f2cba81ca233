using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime.Accelerators.Gpu;

namespace GpuLstm.Tests.Kernels;

/// <summary>NVIDIA's assembler makes machine code of every kernel, with all of an item's values in registers. It is
/// found by GPULSTM_PTXAS, or on the path; <c>tools/cuda-ptxas</c> brings it.</summary>
[TestFixture]
public class PtxasTests
{
    private static readonly string[] s_architectures = ["sm_70", "sm_80", "sm_90"];

    private static readonly string? s_ptxas =
        Environment.GetEnvironmentVariable("GPULSTM_PTXAS") is { Length: > 0 } path ? path : OnPath("ptxas");

    private static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>A kernel's own architecture and later ones: sm_90 takes sm_80's text, as ILGPU's goes no
    /// further.</summary>
    private static IEnumerable<TestCaseData> Kernels() =>
        from kernel in KernelTable.All
        where kernel.Targets.HasFlag(KernelTargets.Ptx)
        from architecture in s_architectures
        where kernel.LeastCapability <= Number(architecture)
        select new TestCaseData(kernel, architecture).SetArgDisplayNames(kernel.Name, architecture);

    private static int Number(string architecture) => int.Parse(architecture.AsSpan(3), CultureInfo.InvariantCulture);

    [TestCaseSource(nameof(Kernels))]
    public void It_stays_in_registers(KernelEntry kernel, string architecture)
    {
        if (s_ptxas == null)
            Assert.Ignore("There is no ptxas here: GPULSTM_PTXAS may name it.");
        using var folder = new TemporaryFolder();
        using KernelText text = KernelText.Ptx(architecture);
        File.WriteAllText(folder["kernel.ptx"], text.Of(kernel));
        string said = Assemble(folder["kernel.ptx"], folder["kernel.cubin"], architecture);
        Match used = Regex.Match(said, @"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads");
        Assert.That(used.Success, said);
        Assert.That(used.Groups.Values.Skip(1).Select(group => group.Value), Is.All.EqualTo("0"), said);
        int registers = int.Parse(Regex.Match(said, @"Used (\d+) registers").Groups[1].Value,
            CultureInfo.InvariantCulture);
        int items = kernel.MostItems > 0 ? kernel.MostItems : kernel.IsOverRange ? 256 : MatMul.Items;
        Assert.That(Rounded(registers, 8) * Rounded(items, 128), Is.LessThanOrEqualTo(65536),
            $"{registers} registers of {items} items do not fit into a multiprocessor");
    }

    private static int Rounded(int value, int unit) => (value + unit - 1) / unit * unit;

    private static string Assemble(string ptx, string cubin, string architecture)
    {
        using Process process = Process.Start(new ProcessStartInfo(
            s_ptxas!, ["-v", $"-arch={architecture}", ptx, "-o", cubin])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        string said = process.StandardError.ReadToEnd() + process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, said);
        return said;
    }
}
