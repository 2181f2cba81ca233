using GpuLstm.Tests.Data;
using GpuLstm.Tests.Host;

namespace GpuLstm.Tests.Survival;

/// <summary>Checkpoints and <c>--resume</c> as a user meets them.</summary>
[TestFixture, NonParallelizable]
public class ResumeTests
{
    private TemporaryFolder _folder = null!;
    private string _whole = null!, _everyStep = null!;

    [OneTimeSetUp]
    public void TrainWithoutInterruption()
    {
        _folder = new TemporaryFolder();
        _whole = _folder["whole"];
        Train("--out", _whole);
        _everyStep = _folder["every-step"];
        Train("--out", _everyStep, "--checkpoint-every", "1", "--keep", "100");
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [TestCase("epoch", new[] { "step-0000000015.safetensors", "step-0000000030.safetensors",
        "step-0000000045.safetensors" })]
    [TestCase("10", new[] { "step-0000000030.safetensors", "step-0000000040.safetensors",
        "step-0000000045.safetensors" })]
    [TestCase("0", new string[0])]
    public void Checkpoints_are_saved_as_often_as_asked_and_the_last_three_kept(string every, string[] names)
    {
        string run = _folder[$"every-{every}"];
        Train("--out", run, "--checkpoint-every", every);
        Assert.That(Directory.Exists(SurvivalRun.Checkpoints(run)) ? SurvivalRun.CheckpointNames(run) : [],
            Is.EqualTo(names));
        SurvivalRun.AssertSame(run, _whole);
    }

    [TestCase(7)]
    [TestCase(15)]
    [TestCase(22)]
    [TestCase(44)]
    public void A_resumed_run_ends_as_an_uninterrupted_one(int step)
    {
        string run = StoppedAt(step, $"resumed-{step}");
        Resume(run);
        SurvivalRun.AssertSame(run, _whole);
    }

    [Test]
    public void A_run_resumed_with_other_checkpoints_ends_with_the_same_bits()
    {
        string run = StoppedAt(20, "other-checkpoints");
        Resume(run, "--checkpoint-every", "3", "--keep", "1");
        Assert.That(SurvivalRun.CheckpointNames(run), Is.EqualTo(new[] { "step-0000000045.safetensors" }));
        Assert.That(File.ReadAllBytes(Path.Combine(run, "model.safetensors")),
            Is.EqualTo(File.ReadAllBytes(Path.Combine(_whole, "model.safetensors"))));
    }

    [Test]
    public void A_finished_run_is_left_alone()
    {
        DateTime before = File.GetLastWriteTimeUtc(Path.Combine(_whole, "model.safetensors"));
        (int code, string output, _) = CommandLineTests.Run(["train", "--resume", _whole]);
        Assert.That(code, Is.Zero);
        Assert.That(output.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(output, Does.Contain("finished"));
        Assert.That(File.GetLastWriteTimeUtc(Path.Combine(_whole, "model.safetensors")), Is.EqualTo(before));
    }

    [TestCase(0.5, -1, TestName = "A_checkpoint_cut_in_half_is_passed_over")]
    [TestCase(1, 8, TestName = "A_checkpoint_with_an_altered_header_is_passed_over")]
    [TestCase(1, 800, TestName = "A_checkpoint_with_altered_settings_is_passed_over")]
    [TestCase(1, -3, TestName = "A_checkpoint_with_an_altered_number_is_passed_over")]
    [TestCase(0, -1, TestName = "An_empty_checkpoint_is_passed_over")]
    public void A_damaged_checkpoint_is_passed_over(double kept, int altered)
    {
        string run = StoppedAt(44, $"damaged-{kept}-{altered}");
        string newest = Path.Combine(SurvivalRun.Checkpoints(run), SurvivalRun.CheckpointNames(run)[^1]);
        byte[] bytes = File.ReadAllBytes(newest);
        if (kept == 1)
            bytes[altered < 0 ? bytes.Length + altered : altered] ^= 1;
        File.WriteAllBytes(newest, bytes[..(int)(kept * bytes.Length)]);
        (int code, string output, string errors) = CommandLineTests.Run(["train", "--resume", run]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("Notice: ").And.Contain("step-0000000044.safetensors")
            .And.Contain("the checkpoint of step 40 is taken instead"));
        SurvivalRun.AssertSame(run, _whole);
    }

    [Test]
    public void With_every_checkpoint_damaged_a_run_is_refused_in_one_sentence()
    {
        string run = StoppedAt(12, "all-damaged");
        foreach (string name in SurvivalRun.CheckpointNames(run))
            File.WriteAllText(Path.Combine(SurvivalRun.Checkpoints(run), name), "no checkpoint");
        Refused(1, "No checkpoint in", "--resume", run);
    }

    [TestCase(2, "--hidden", "--hidden", "21")]
    [TestCase(2, "--batch", "--batch", "21")]
    [TestCase(2, "--validation", "--validation", "10%")]
    [TestCase(2, "--recipe", "--recipe", "lstm64")]
    [TestCase(2, "--seed", "--seed", "2")]
    [TestCase(2, "--limit", "--limit", "299")]
    [TestCase(2, "--split", "--split", "8:2")]
    [TestCase(2, "--vector-bits", "--vector-bits", "64")]
    [TestCase(2, "--threads", "--threads", "64")]
    [TestCase(2, "--device", "--device", "debug")]
    [TestCase(2, "--out", "--out", "elsewhere")]
    [TestCase(2, "--keep", "--keep", "0")]
    [TestCase(1, "not those", "--data", "folder:FOLDER")]
    public void A_run_is_not_resumed_as_another(int code, string named, params string[] options)
    {
        string run = StoppedAt(12, $"another-{options[0]}");
        string images = _folder["images"];
        foreach (string digit in new[] { "0", "1" })
            for (int i = 0; i < 10; i++)
                _folder.Write(Path.Combine("images", digit, $"{i}.png"), new Data.PngBuilder(28, 28, 8, 0)
                    .Build((x, y, _) => x * y & 255));
        byte[] before = File.ReadAllBytes(Path.Combine(run, "metrics.jsonl"));
        Refused(code, named,
            ["--resume", run, .. options.Select(o => o.Replace("FOLDER", images, StringComparison.Ordinal))]);
        Assert.That(File.ReadAllBytes(Path.Combine(run, "metrics.jsonl")), Is.EqualTo(before));
        Assert.That(SurvivalRun.CheckpointNames(run), Has.Length.EqualTo(2));
    }

    [Test]
    public void A_folder_without_a_run_or_without_a_checkpoint_is_refused()
    {
        Refused(1, "no run folder", "--resume", _folder["nosuch"]);
        Directory.CreateDirectory(_folder["empty"]);
        Refused(1, "first checkpoint", "--resume", _folder["empty"]);
    }

    [Test]
    public void Leftovers_of_a_killed_writer_go_and_files_of_others_stay()
    {
        string run = StoppedAt(12, "leftovers");
        File.WriteAllText(Path.Combine(run, ".abcdefgh.ijk.tmp"), "half a file");
        File.WriteAllText(Path.Combine(SurvivalRun.Checkpoints(run), ".abcdefgh.ijk.tmp"), "half a file");
        File.WriteAllText(Path.Combine(run, ".mine.txt"), "keep");
        Resume(run);
        SurvivalRun.AssertSame(run, _whole);
        Assert.That(Path.Combine(run, ".mine.txt"), Does.Exist);
    }

    [Test]
    public void A_forced_run_does_not_inherit_an_earlier_ones_checkpoints()
    {
        string run = StoppedAt(12, "forced");
        Train("--out", run, "--force", "--checkpoint-every", "0");
        Assert.That(SurvivalRun.CheckpointNames(run), Is.Empty);
        SurvivalRun.AssertSame(run, _whole);
    }

    [Test]
    public void Nothing_of_an_earlier_run_outlives_the_start_of_a_forced_one()
    {
        string run = _folder["stale"];
        Train("--out", run);
        File.WriteAllText(Path.Combine(run, "plots", "mine.svg"), "keep");
        Refused(1, "Training diverged", ["--out", run, "--force", "--lr", "1000", "--weight-decay", "1000"]);
        Assert.That(Directory.GetFiles(run).Select(Path.GetFileName).Where(name => name![0] != '.'),
            Is.EqualTo(new[] { "metrics.jsonl" }));
        Assert.That(Directory.GetFiles(Path.Combine(run, "plots")).Select(Path.GetFileName),
            Is.EqualTo(new[] { "mine.svg" }));
    }

    [Test]
    public void Where_a_checkpoint_cannot_be_saved_training_stops_and_the_one_before_is_whole()
    {
        string run = _folder["unwritable"];
        Directory.CreateDirectory(
            Path.Combine(SurvivalRun.Checkpoints(run), "step-0000000020.safetensors", "in the way"));
        (int code, _, string errors) = CommandLineTests.Run(
            ["train", "--out", run, "--force", "--checkpoint-every", "10", .. SurvivalRun.Options]);
        Assert.That(code, Is.EqualTo(1), errors);
        Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(errors, Does.Contain("Training stopped after step 20").And.Contain("step-0000000020.safetensors"));
        SurvivalRun.AssertNoTemporaryFiles(run);
        Directory.Delete(Path.Combine(SurvivalRun.Checkpoints(run), "step-0000000020.safetensors"), recursive: true);
        Resume(run);
        SurvivalRun.AssertSame(run, _whole);
    }

    private static void Train(params string[] options)
    {
        (int code, string output, string errors) = CommandLineTests.Run(["train", .. SurvivalRun.Options, .. options]);
        Assert.That(code, Is.Zero, output + errors);
    }

    private static void Resume(string run, params string[] options)
    {
        (int code, string output, string errors) = CommandLineTests.Run(["train", "--resume", run, .. options]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("Going on after step"));
    }

    private static void Refused(int code, string named, params string[] options)
    {
        (int actual, _, string errors) = CommandLineTests.Run(["train", .. options]);
        Assert.Multiple(() =>
        {
            Assert.That(actual, Is.EqualTo(code), errors);
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.StartWith("gpulstm: ").And.Contain(named));
        });
    }

    /// <summary>A run as a kill leaves it: checkpoints of a step and of the tens before it, metrics that are further
    /// on, the last row torn.</summary>
    private string StoppedAt(int step, string name)
    {
        string run = _folder[name];
        Directory.CreateDirectory(SurvivalRun.Checkpoints(run));
        foreach (int saved in Enumerable.Range(1, step).Where(s => s == step || s % 10 == 0))
            File.Copy(Path.Combine(SurvivalRun.Checkpoints(_everyStep), $"step-{saved:D10}.safetensors"),
                Path.Combine(SurvivalRun.Checkpoints(run), $"step-{saved:D10}.safetensors"));
        string metrics = File.ReadAllText(Path.Combine(_whole, "metrics.jsonl"));
        File.WriteAllText(Path.Combine(run, "metrics.jsonl"), metrics[..^40]);
        return run;
    }
}
