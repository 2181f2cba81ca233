using System.Diagnostics;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Training.Comparison;

/// <summary>A recipe in training on one accelerator, step by step, in the order in which <see cref="Trainer"/> takes
/// the samples.</summary>
internal sealed class ComparedRun : IDisposable
{
    private readonly Accelerator _accelerator;
    private readonly TrainingStep _step;
    private readonly int _samples;
    private long _next; // the step that is taken next, from 0

    /// <param name="steps">That will be taken at most.</param>
    public ComparedRun(Accelerator accelerator, Recipe recipe, Dataset data, ulong seed, long steps)
    {
        (_accelerator, _samples) = (accelerator, data.Train.Count);
        int batch = Math.Min(recipe.Batch, _samples), perEpoch = (_samples + batch - 1) / batch;
        _step = new(accelerator, recipe, data.Train, data.Classes.Count, seed,
            Math.Max(steps, (long)perEpoch * recipe.Epochs));
    }

    /// <summary>Samples of the epoch that come before the next step.</summary>
    private int Position => (int)(_next % _step.PerEpoch) * _step.Batch;

    /// <summary>Runs a number of steps, waits for the device, and returns the samples that they took.</summary>
    public long Run(int steps)
    {
        long samples = 0;
        for (int i = 0; i < steps; i++)
        {
            int batch = BeginStep();
            _step.Run(batch);
            samples += batch;
            _next++;
        }
        _accelerator.Synchronize();
        return samples;
    }

    /// <summary>Runs one step and keeps all that another accelerator needs to run it too.</summary>
    public SharedStep RunShared()
    {
        BeginStep();
        Adam adam = _step.Adam;
        return new(adam.State.ToArray(), _step.Parameters.Values.ToArray(), adam.Moments.First.ToArray(),
            adam.Moments.Second.ToArray(), RunWatched());
    }

    /// <summary>Goes to the state before a step of another accelerator, and runs it.</summary>
    public StepOutcome RunAgain(SharedStep shared)
    {
        _next = shared.State[StepState.Step];
        BeginEpoch();
        _step.Parameters.Values.CopyFrom(shared.Parameters);
        _step.Adam.Moments.First.CopyFrom(shared.FirstMoments);
        _step.Adam.Moments.Second.CopyFrom(shared.SecondMoments);
        _step.Adam.State.CopyFrom(shared.State); // the position in the epoch too
        return RunWatched();
    }

    /// <summary>Mean losses of steps that were run, at most as many as <see cref="Adam"/> keeps.</summary>
    /// <exception cref="DivergenceException">Gradients or loss of one were not finite.</exception>
    public void ReadLosses(int from, Span<float> losses)
    {
        _step.Adam.BeginReading(from, losses.Length);
        ReadOnlySpan<float> rows = _step.Adam.EndReading(out SkippedSteps skipped);
        if (skipped.Count > 0)
            throw new DivergenceException(skipped);
        for (int i = 0; i < losses.Length; i++)
            losses[i] = rows[3 * i];
    }

    /// <summary>Runs one step and waits after each of its phases.</summary>
    public PhaseTimes RunPhases()
    {
        int batch = BeginStep();
        _next++;
        _accelerator.Synchronize();
        return new(Time(_step.Gather), Time(_step.Forward), Time(_step.Loss), Time(_step.Backward), Time(_step.Update));

        double Time(Action<int> phase)
        {
            long start = Stopwatch.GetTimestamp();
            phase(batch);
            _accelerator.Synchronize();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    /// <summary>How many samples the next step takes; the first step of an epoch puts them into order.</summary>
    private int BeginStep()
    {
        if (Position == 0)
            BeginEpoch();
        return Math.Min(_step.Batch, _samples - Position);
    }

    private void BeginEpoch() => _step.BeginEpoch((int)(_next / _step.PerEpoch) + 1, Position);

    private StepOutcome RunWatched()
    {
        Run(1);
        float[] loss = new float[1];
        ReadLosses((int)_next - 1, loss);
        return new(loss[0], _step.Parameters.ToTensors(_step.Parameters.Gradients));
    }

    public void Dispose() => _step.Dispose();
}
