using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Training;
using GpuLstm.Tests.Data;
using GpuLstm.Tests.Host;
using ILGPU;

namespace GpuLstm.Tests.Survival;

/// <summary><c>--on-nan</c>. Decoupled weight decay d multiplies the weights by 1 - rate d in each step: far below -1
/// they overflow.</summary>
[TestFixture, NonParallelizable]
public class DivergenceTests : TestsInFolder
{
    /// <summary>Factors -9, -4, -1.5 and, after three rollbacks, -0.25.</summary>
    private static readonly string[] _curable = ["--lr", "0.01", "--weight-decay", "1000"];

    private static readonly string[] _hopeless = ["--lr", "1000", "--weight-decay", "1000"];

    [Test]
    public void Stop_names_the_step_and_what_was_not_finite_and_keeps_the_checkpoints_before()
    {
        (int code, _, string errors) = Train("run", ["--checkpoint-every", "10", .. _curable]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.Match(
                @"^gpulstm: Training diverged: at step \d+ "
                + @"(the loss|the gradient of '(lstm|fc)\.[a-z0-9_]+') was not finite"));
            Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(SurvivalRun.CheckpointNames(Folder["run"]), Has.Length.EqualTo(3));
            Assert.That(Folder["run", "model.safetensors"], Does.Not.Exist);
            SurvivalRun.AssertNoTemporaryFiles(Folder["run"]);
        });
    }

    [Test]
    public void Skip_says_so_and_goes_on_to_the_end()
    {
        (int code, string output, string errors) = Train("run", ["--on-nan", "skip", .. _curable]);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output,
            Does.Match(@"Notice: \d+ update\(s\) skipped: at step \d+ the loss was not").And.Contain("step 45"));
        Assert.That(Model.Load(Folder["run", "model.safetensors"]).Tensors.SelectMany(t => t.Values),
            Is.All.Matches<float>(float.IsFinite));
        foreach (string file in (string[])["plots/loss.svg", "result.json", "report.html"])
            Assert.That(Path.Combine(Folder["run"], file), Does.Exist);
    }

    [Test]
    public void Skip_goes_on_even_where_nothing_can_be_drawn_in_the_end()
    {
        (int code, string output, string errors) = Train("run", ["--on-nan", "skip", .. _hopeless]);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("not finite"), "what overflowing weights answer");
        Assert.That(output, Does.Match(@"Notice: \d+ update\(s\) skipped: at step \d+ the gradient of '"));
        Assert.That(Folder["run", "plots", "loss.svg"], Does.Exist);
        Assert.That(Folder["run", "result.json"], Does.Exist);
        Assert.That(Folder["run", "report.html"], Does.Not.Exist);
        (code, _, errors) = CommandLineTests.Run(["report", Folder["run"]]);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("diverged"));
    }

    /// <param name="spoilt">For NaN the gradients are spoilt too; this large the loss alone overflows.</param>
    [TestCase(float.NaN, "the gradient of 'lstm.weight_ih_l0'")]
    [TestCase(3e38f, "the loss")]
    public void Skipped_updates_are_counted_and_those_after_them_made(float spoilt, string named)
    {
        Recipe recipe = Recipes.Find("lstm64") with { Hidden = 8, Batch = 10, Epochs = 1, LogEvery = 20,
            EvaluateEvery = 0 };
        var options = new DataOptions { Spec = "strokes", StrokesTrain = 600, StrokesTest = 20 };
        Dataset data = DatasetLoader.Load(options, new RecordingProgress(), CancellationToken.None);
        var observer = new Spoiler(spoilt);
        using var cpu = new CpuEngine(2);
        using var trainer = new Trainer(cpu, recipe, data, 1, observer, new(new(Folder["none"], 1), new()
        {
            Recipe = recipe, Seed = 1, Data = "strokes", DataSha256 = "", Device = "cpu", DeviceSettings = cpu.Settings,
            Checkpoints = new() { OnNan = OnNan.Skip, EveryEpoch = false },
        }));
        (observer.Engine, observer.Bias) = (trainer.Parameters.Engine, trainer.Parameters.Value("fc.bias"));
        Assert.That(trainer.Run(CancellationToken.None).StepsDone, Is.EqualTo(60));
        Checkpoint end = trainer.Capture();
        Assert.Multiple(() =>
        {
            Assert.That(observer.Notices, Has.Count.EqualTo(1));
            Assert.That(observer.Notices[0],
                Does.StartWith($"20 update(s) skipped: at step 21 {named} was not finite"));
            Assert.That(end.StepState[StepState.Step], Is.EqualTo(60));
            Assert.That(end.StepState[StepState.Applied], Is.EqualTo(40));
            Assert.That(end.Parameters.SelectMany(t => t.Values), Is.All.Matches<float>(float.IsFinite));
            Assert.That(trainer.History.Steps.Count(s => !float.IsFinite(s.Loss)), Is.EqualTo(20));
            Assert.That(trainer.History.Epochs[0].TrainLoss, Is.InRange(0.1, 3), "of the steps that were made");
        });
    }

    [Test]
    public void Rollback_halves_the_learning_rate_until_training_holds_and_is_resumed_with_the_same_bits()
    {
        string run = Folder["run"], killed = Folder["killed"];
        (int code, string output, string errors) = Train("run",
            ["--on-nan", "rollback", "--checkpoint-every", "7", "--keep", "20", .. _curable]);
        Assert.That(code, Is.Zero, errors);
        // Its weights grow from the first steps on: the checkpoints before the divergence are of no use.
        Assert.That(output, Does.Contain("it goes on from step 0 with 0.5 of the learning rate"));
        string[] rates = [.. Rates(run)];
        Assert.That(rates[^1], Is.EqualTo("0.005").Or.EqualTo("0.0025").Or.EqualTo("0.00125"),
            "one to three rollbacks");

        foreach (string name in SurvivalRun.CheckpointNames(run).Order(StringComparer.Ordinal).SkipLast(1))
        {
            Directory.CreateDirectory(SurvivalRun.Checkpoints(killed));
            File.Copy(Path.Combine(SurvivalRun.Checkpoints(run), name),
                Path.Combine(SurvivalRun.Checkpoints(killed), name));
            (code, _, errors) = CommandLineTests.Run(["train", "--resume", killed]);
            Assert.That(code, Is.Zero, errors);
            SurvivalRun.AssertSame(killed, run);
            Directory.Delete(killed, recursive: true);
        }
    }

    [Test]
    public void Rollback_has_a_place_to_go_back_to_from_the_first_step_and_gives_up_after_five()
    {
        (int code, string output, string errors) = Train("run",
            ["--on-nan", "rollback", "--checkpoint-every", "0", .. _hopeless]);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(output.Split('\n').Count(l => l.Contains("goes on from step 0", StringComparison.Ordinal)),
                Is.EqualTo(5));
            Assert.That(errors, Does.Contain("gave up after 5 rollbacks"));
            Assert.That(SurvivalRun.CheckpointNames(Folder["run"]),
                Is.EqualTo(new[] { "step-0000000000.safetensors" }));
        });
    }

    private (int Code, string Output, string Errors) Train(string run, string[] options) =>
        CommandLineTests.Run(["train", "--out", Folder[run], .. SurvivalRun.Options, .. options]);

    private static IEnumerable<string> Rates(string run) =>
        from line in File.ReadAllLines(Path.Combine(run, "metrics.jsonl"))
        let json = System.Text.Json.JsonDocument.Parse(line).RootElement
        where json.GetProperty("kind").GetString() == "step"
        select json.GetProperty("learning_rate").GetRawText();

    /// <summary>Spoils a bias after step 20, and mends it when told of what followed.</summary>
    private sealed class Spoiler(float spoilt) : ITrainingObserver
    {
        private readonly float[] _whole = new float[10];

        public Engine? Engine { get; set; }

        public ArrayView<float> Bias { get; set; }

        public List<string> Notices { get; } = [];

        public void OnProgress(in TrainingProgress progress)
        {
            if (progress.Step != 20)
                return;
            Engine!.Read<float>(Bias, _whole);
            Engine!.Write<float>(Bias, [spoilt, .. Enumerable.Repeat(-spoilt, 9)]);
        }

        public void OnNotice(string message)
        {
            Notices.Add(message);
            Engine!.Write<float>(Bias, _whole);
        }

        public void OnStep(in StepLog step, bool logged) { }
        public void OnTest(TestLog test) { }
        public void OnEpoch(EpochLog epoch) { }
    }
}
