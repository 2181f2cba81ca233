using System.Diagnostics;
using GpuLstm.Host;
using GpuLstm.Kernels;
using GpuLstm.Tests.Data;

namespace GpuLstm.Tests.Survival;

/// <summary>Kills the built program, and resumes it. tools/kill-test is the long form.</summary>
[TestFixture, NonParallelizable]
public class KillTests : TestsInFolder
{
    private const int Kills = 5;

    private static readonly string[] _options = ["--data", "strokes", "--limit", "1000", "--epochs", "4", "--hidden",
        "32", "--batch", "10", "--log-every", "10"];

    [Test]
    public void A_run_killed_at_random_moments_ends_as_one_that_was_not()
    {
        string whole = Folder["whole"], run = Folder["run"];
        var wall = Stopwatch.StartNew();
        Assert.That(TrainingProcess.Finish(["--out", whole, .. _options]), Is.Zero);
        var random = new PhiloxRandom(1, 0, 0);
        int kills = 0;
        while (kills < Kills)
        {
            using Process process = TrainingProcess.Start(Arguments(run));
            process.StandardOutput.ReadLine(); // the data are loaded: what comes now is training
            if (!process.WaitForExit(random.NextInt((int)wall.ElapsedMilliseconds / 3)))
                kills++;
            process.Kill();
            TrainingProcess.End(process);
            wall.Stop();
            if (RunFolder.FinishedResult(run) != null)
            {
                SurvivalRun.AssertSame(run, whole);
                Directory.Delete(run, recursive: true);
            }
        }
        Assert.That(TrainingProcess.Finish(Arguments(run)), Is.Zero);
        SurvivalRun.AssertSame(run, whole);
    }

    [Test]
    public void A_terminated_run_saves_its_state_and_is_resumed()
    {
        if (OperatingSystem.IsWindows())
            Assert.Ignore("Windows has no signal that asks a process without a window to stop.");
        string whole = Folder["whole"], run = Folder["run"];
        Assert.That(TrainingProcess.Finish(["--out", whole, .. _options]), Is.Zero);
        using Process process = TrainingProcess.Start(["--out", run, "--checkpoint-every", "0", .. _options]);
        for (int line = 0; line < 3; line++)
            process.StandardOutput.ReadLine(); // the data, and two logged steps
        using (Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
            kill.WaitForExit();
        Assert.That(TrainingProcess.End(process).Code, Is.EqualTo(CommandLine.Interrupted));
        Assert.That(SurvivalRun.CheckpointNames(run), Has.Length.EqualTo(1));
        Assert.That(RunFolder.FinishedResult(run), Is.Null);
        SurvivalRun.AssertNoTemporaryFiles(run);
        Assert.That(TrainingProcess.Finish(["--resume", run]), Is.Zero);
        SurvivalRun.AssertSame(run, whole);
    }

    [Test]
    public void On_a_full_disk_training_stops_in_one_sentence_and_the_checkpoint_before_is_whole()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Only Linux has small file systems in memory that a test can mount.");
        // A mount that only this shell sees: 400 kB hold two checkpoints of 110 kB and not three with all else.
        // What is left is copied out.
        string copy = Folder["copy"], disk = Folder["disk"];
        string script = $"""
            mount -t tmpfs -o size=400k gpulstm '{disk}' || exit 77
            "$@"; code=$?
            cp -r '{disk}/run' '{copy}'
            exit $code
            """;
        Directory.CreateDirectory(disk);
        using Process process = TrainingProcess.Start(
            ["--out", Path.Combine(disk, "run"), "--checkpoint-every", "30", .. _options],
            "unshare", "--user", "--map-root-user", "--mount", "bash", "-c", script, "bash");
        (int code, string errors) = TrainingProcess.End(process);
        if (code == 77 || errors.StartsWith("unshare", StringComparison.Ordinal))
            Assert.Ignore($"No file system can be mounted here: {errors.Trim()}");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(CommandLine.Failed), errors);
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.Contain("Training stopped after step").And.Contain("No space left"));
            SurvivalRun.AssertNoTemporaryFiles(copy);
            Assert.That(SurvivalRun.CheckpointNames(copy), Is.Not.Empty);
        });
        string whole = Folder["whole"];
        Assert.That(TrainingProcess.Finish(["--out", whole, .. _options]), Is.Zero);
        Assert.That(TrainingProcess.Finish(["--resume", copy]), Is.Zero);
        SurvivalRun.AssertSame(copy, whole);
    }

    /// <summary>How a run goes on: from its checkpoints, or anew where it was killed before the first.</summary>
    private static string[] Arguments(string run) => Directory.Exists(SurvivalRun.Checkpoints(run))
        && SurvivalRun.CheckpointNames(run).Any(n => n.StartsWith("step-", StringComparison.Ordinal))
        ? ["--resume", run]
        : ["--out", run, "--force", "--checkpoint-every", "20", .. _options];
}
