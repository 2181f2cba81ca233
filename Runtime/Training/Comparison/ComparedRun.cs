using System.Diagnostics;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Training.Comparison;

/// <summary>A recipe in training on one accelerator, step by step, in the order in which <see cref="Trainer"/> takes
/// the samples.</summary>
internal sealed class ComparedRun : IDisposable
{
    private readonly Engine _engine;
    private readonly TrainingStep _step;
    private readonly int _samples;
    private long _next; // the step that is taken next, from 0

    /// <param name="steps">That will be taken at most.</param>
    public ComparedRun(Engine engine, Recipe recipe, Dataset data, ulong seed, long steps)
    {
        (_engine, _samples) = (engine, data.Train.Count);
        int batch = Math.Min(recipe.Batch, _samples), perEpoch = (_samples + batch - 1) / batch;
        _step = new(engine, recipe, data.Train, data.Classes.Count, seed,
            Math.Max(steps, (long)perEpoch * recipe.Epochs), scale: recipe.Scale(data.Features));
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
        _engine.Synchronize();
        return samples;
    }

    /// <summary>Runs one step and keeps all that another accelerator needs to run it too.</summary>
    public SharedStep RunShared()
    {
        BeginStep();
        Optimizer adam = _step.Optimizer;
        return new(_engine.Read(adam.State), _engine.Read(_step.Parameters.Values), _engine.Read(adam.Moments.First),
            _engine.Read(adam.Moments.Second), RunWatched());
    }

    /// <summary>Goes to the state before a step of another accelerator, and runs it.</summary>
    public StepOutcome RunAgain(SharedStep shared)
    {
        _next = shared.State[StepState.Step];
        BeginEpoch();
        _engine.Write<float>(_step.Parameters.Values, shared.Parameters);
        _engine.Write<float>(_step.Optimizer.Moments.First, shared.FirstMoments);
        _engine.Write<float>(_step.Optimizer.Moments.Second, shared.SecondMoments);
        _engine.Write<int>(_step.Optimizer.State, shared.State); // the position in the epoch too
        return RunWatched();
    }

    /// <summary>Mean losses of steps that were run, at most as many as <see cref="Optimizer"/> keeps.</summary>
    /// <exception cref="DivergenceException">Gradients or loss of one were not finite.</exception>
    public void ReadLosses(int from, Span<float> losses)
    {
        _step.Optimizer.BeginReading(from, losses.Length);
        ReadOnlySpan<float> rows = _step.Optimizer.EndReading(out SkippedSteps skipped);
        if (skipped.Count > 0)
            throw new DivergenceException(skipped);
        for (int i = 0; i < losses.Length; i++)
            losses[i] = rows[Optimizer.Columns * i];
    }

    /// <summary>Runs one step and waits after each of its phases.</summary>
    public PhaseTimes RunPhases()
    {
        int batch = BeginStep();
        _next++;
        _engine.Synchronize();
        return new(Time(_step.Gather), Time(_step.Forward), Time(_step.Loss), Time(_step.Backward), Time(_step.Update));

        double Time(Action<int> phase)
        {
            long start = Stopwatch.GetTimestamp();
            phase(batch);
            _engine.Synchronize();
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
