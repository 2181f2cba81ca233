using GpuLstm.Kernels;
using GpuLstm.Runtime.Accelerators.Cpu;
using GpuLstm.Runtime.Data;
using GpuLstm.Runtime.Layers;
using GpuLstm.Runtime.Training;
using Samples = GpuLstm.Runtime.Data.Samples;

namespace GpuLstm.Tests.Training;

/// <summary>Networks on sequences of different lengths.</summary>
public class SequenceTrainingTests
{
    private static readonly Recipe s_recipe = Recipes.Find(Recipes.ForSequences) with { Hidden = 6 };

    /// <summary>Whatever it is padded with and beside, a sequence is answered as it is alone: the reverse direction
    /// begins at its end, and no padding reaches a final state.</summary>
    [Test]
    public void A_sequence_is_answered_in_a_batch_as_it_is_alone([Values(1, 2)] int layers)
    {
        using var cpu = new CpuEngine(1);
        SequenceSamples samples = Random([7, 2, 5, 1, 7, 3]);
        InputScale scale = s_recipe.Scale(Features.Of(samples, ["a", "b", "c"]));
        NetworkSpec spec = (s_recipe with { Layers = layers }).Network(7, 3, 4);
        using var parameters = new ParameterSet(cpu, spec.Parameters(), training: false);
        ParameterInitialiser.Initialise(parameters, Initialisation.PyTorch, 3, null);
        using var together = new Evaluator(cpu, spec, parameters, samples, scale);
        float[] probabilities = ((ClassEvaluation)together.Evaluate(samples.Count)).Probabilities;
        for (int i = 0; i < samples.Count; i++)
        {
            using var alone = new Evaluator(cpu, spec, parameters, samples.Select([i]), scale);
            Assert.That(((ClassEvaluation)alone.Evaluate(1)).Probabilities,
                Is.EqualTo(probabilities[(4 * i)..(4 * i + 4)]).Within(1e-6), $"sequence {i}");
        }
    }

    [Test]
    public void Sequences_keep_their_steps_as_they_are_chosen_joined_and_split()
    {
        SequenceSamples samples = Random([3, 1, 4]);
        SequenceSamples chosen = samples.Select([2, 0]);
        Assert.That(chosen[0].ToArray(), Is.EqualTo(samples[2].ToArray()));
        Assert.That(chosen[1].ToArray(), Is.EqualTo(samples[0].ToArray()));
        Assert.That((chosen.TimeSteps, chosen.HasLengths, samples.Select([1]).TimeSteps), Is.EqualTo((4, true, 1)));
        var joined = (SequenceSamples)Samples.Join([chosen, samples]);
        Assert.That(joined[3].ToArray(), Is.EqualTo(samples[1].ToArray()));
        (Samples train, Samples test) = StratifiedSplit.Divide([joined], new SplitRatio(1, 1), 1);
        Assert.That(train.Count + test.Count, Is.EqualTo(5));
        Assert.That(SampleOverlap.Count(samples, chosen), Is.EqualTo(2));
    }

    private static SequenceSamples Random(int[] lengths)
    {
        var random = new PhiloxRandom(5, 0, 0);
        float[] values = new float[lengths.Sum() * 3];
        for (int i = 0; i < values.Length; i++)
            values[i] = random.NextInt(1000) * 0.01f - 3;
        return new(values, lengths, [.. lengths.Select((_, i) => (byte)(i % 4))], 3);
    }
}
