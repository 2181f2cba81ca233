using GpuLstm.Kernels;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Training;

/// <summary>Sequences that are read in pieces, the state carried on (truncated backpropagation through time).</summary>
public class PieceTests
{
    private static readonly Recipe s_recipe = Recipes.Find(Recipes.Default) with
    {
        Hidden = 6, Layers = 2, Batch = 4, Epochs = 3, LearningRate = 0.01f,
    };

    private static SequenceSamples Random(int count, int longest)
    {
        var random = new PhiloxRandom(3, 0, 0);
        int[] lengths = [.. Enumerable.Range(0, count).Select(i => i == 0 ? longest : 1 + random.NextInt(longest))];
        float[] values = [.. Enumerable.Range(0, 2 * lengths.Sum()).Select(_ => random.NextInt(2001) / 1000f - 1)];
        int[] labels = [.. Enumerable.Range(0, lengths.Sum()).Select(i => i % 7 == 0 ? -1 : values[2 * i] > 0 ? 1 : 0)];
        return new(values, lengths, new byte[count], 2) { StepLabels = labels };
    }

    private static InputScale Scale(SequenceSamples samples) => s_recipe.Scale(Features.Of(samples, ["a", "b"]));

    [Test]
    public void Pieces_that_cover_all_leave_the_bits_of_none([Values(9, 50)] int bptt)
    {
        using var cpu = new CpuEngine(1);
        SequenceSamples samples = Random(10, 9);
        float[] Train(Recipe recipe)
        {
            using var step = new TrainingStep(cpu, recipe, samples, 2, seed: 1, scale: Scale(samples));
            Assert.That(step.Pieces, Is.EqualTo(1));
            for (int epoch = 1; epoch <= 3; epoch++)
            {
                step.BeginEpoch(epoch, 0);
                for (int position = 0; position < 10; position += 4)
                    step.Run(Math.Min(4, 10 - position));
            }
            return cpu.Read(step.Parameters.Values);
        }
        Assert.That(Train(s_recipe with { Bptt = bptt }), Is.EqualTo(Train(s_recipe)));
    }

    /// <summary>States go from piece to piece: the answers are those of whole sequences.</summary>
    [Test]
    public void An_evaluation_in_pieces_is_that_of_whole_sequences([Values(1, 2, 3, 4, 8)] int bptt)
    {
        using var cpu = new CpuEngine(2);
        SequenceSamples samples = Random(211, 9); // more than a batch
        NetworkSpec spec = s_recipe.Network(samples, 2);
        using var parameters = new ParameterSet(cpu, spec.Parameters(), training: false);
        ParameterInitialiser.Initialise(parameters, Initialisation.PyTorch, 5, null);
        ClassEvaluation Evaluate(Recipe recipe)
        {
            using var evaluator = new Evaluator(cpu, spec, parameters, samples, Scale(samples), recipe: recipe);
            return (ClassEvaluation)evaluator.Evaluate(samples.Count);
        }
        (ClassEvaluation whole, ClassEvaluation pieces) = (Evaluate(s_recipe), Evaluate(s_recipe with { Bptt = bptt }));
        Assert.That(pieces.Probabilities, Is.EqualTo(whole.Probabilities).Within(1e-6));
        Assert.That(pieces.Labels, Is.EqualTo(samples.StepLabels!.Where(label => label >= 0)),
            "in the sequences' order");
        Assert.That(pieces.Loss, Is.EqualTo(whole.Loss).Within(1e-5));
        Assert.That(pieces.Hits, Is.EqualTo(whole.Hits));
    }

    /// <summary>A checkpoint between two pieces of a batch has the state that is carried.</summary>
    [TestCase(1)]
    [TestCase(4)]
    [TestCase(11)]
    [TestCase(17)]
    public void A_run_goes_on_between_two_pieces_with_the_same_bits(int stop)
    {
        using var cpu = new CpuEngine(1);
        SequenceSamples samples = Random(10, 9);
        Dataset data = new("x", "", samples, samples.Select([1, 2]), ["no", "yes"])
        {
            FeatureNames = ["a", "b"], Features = Features.Of(samples, ["a", "b"]),
        };
        Recipe recipe = s_recipe with { Bptt = 4 }; // 3 pieces of 3 batches in 3 epochs
        RunSettings settings = new()
        {
            Recipe = recipe, Seed = 1, Data = "x", DataSha256 = "", Device = "cpu",
            DeviceSettings = new Dictionary<string, string>(),
        };
        using var folder = new TemporaryFolder();
        Checkpointing saving = new(new(folder.Path, 100, keepFirst: false),
            settings with { Checkpoints = new() { EveryEpoch = false, EverySteps = 1, Keep = 100 } });
        float[] whole, resumed;
        using (var trainer = new Trainer(cpu, recipe, data, 1, new SilentObserver(), saving))
        {
            Assert.That(trainer.StepsPerEpoch, Is.EqualTo(9));
            Assert.That(trainer.Run(CancellationToken.None).StepsDone, Is.EqualTo(27));
            whole = cpu.Read(trainer.Parameters.Values);
        }
        using (var trainer = new Trainer(cpu, recipe, data, 1, new SilentObserver(), new(
            new(folder["other"], 3, keepFirst: false), settings)))
        {
            trainer.Restore(Checkpoint.Load(folder[$"step-{stop:0000000000}.safetensors"]));
            Assert.That(trainer.Run(CancellationToken.None).StepsDone, Is.EqualTo(27));
            resumed = cpu.Read(trainer.Parameters.Values);
        }
        Assert.That(resumed, Is.EqualTo(whole));
    }

    [Test]
    public void Both_directions_need_whole_sequences() => Assert.That(
        () => (s_recipe with { Bptt = 3, Variant = new() { Bidirectional = true } }).Checked(),
        Throws.InstanceOf<UsageException>().With.Message.Contains("--bptt"));
}
