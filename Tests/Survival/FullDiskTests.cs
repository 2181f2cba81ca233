using System.Diagnostics;
using GpuLstm.Tests.Host;

namespace GpuLstm.Tests.Survival;

/// <summary>Training onto disks that are full sooner or later: small file systems in memory, which only root can
/// make.</summary>
[TestFixture, NonParallelizable]
public class FullDiskTests : TestsInFolder
{
    [Test]
    public void A_full_disk_leaves_what_there_is_and_no_half_file([Range(100, 1700, 100)] int kilobytes)
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !Try("mount", "-t", "tmpfs", "-o",
            $"size={kilobytes}k", "tmpfs", Directory.CreateDirectory(Folder["disk"]).FullName))
            Assert.Ignore("A small file system cannot be mounted here.");
        try
        {
            string run = Path.Combine(Folder["disk"], "run");
            (int code, _, string errors) = CommandLineTests.Run(["train", "--data", "strokes", "--limit", "600",
                "--hidden", "64", "--epochs", "4", "--out", run]);
            string[] files = [.. Directory.GetFiles(run, "*", SearchOption.AllDirectories).Select(Path.GetFileName)!];
            Assert.That(files, Has.None.EndsWith(".tmp"));
            if (kilobytes > 1400 && code == 0)
                return; // it has fitted
            Assert.That(code, Is.EqualTo(1), errors);
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.Contain(run).And.Contain("cannot be written").Or.Contain("could not be saved"));
            if (kilobytes < 500)
                return; // not even a model and a checkpoint fit
            Assert.That(files, Does.Contain("model.safetensors").And.Contain("result.json"));
            (code, _, errors) = CommandLineTests.Run(["evaluate", run, "--limit", "100"]);
            Assert.That(code, Is.Zero, errors);
        }
        finally
        {
            Try("umount", Folder["disk"]);
        }
    }

    private static bool Try(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // no such program
        }
    }
}
