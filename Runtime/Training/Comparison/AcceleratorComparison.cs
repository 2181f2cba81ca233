using System.Diagnostics;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Runtime.Data;

namespace GpuLstm.Runtime.Training.Comparison;

/// <summary>Trains one recipe from one seed on several accelerators, one after the other: how fast each is, and how far
/// its numbers are from the first one's. Runs of correct accelerators part ways after some steps, since training
/// amplifies the last bits; so what is compared are the first losses, and single steps from states along the first
/// accelerator's run.</summary>
/// <param name="seed">Decides the initial parameters and the order of the samples.</param>
/// <param name="steps">Training steps on each accelerator: <see cref="FewestSteps"/> to
/// <see cref="MostSteps"/>.</param>
public sealed class AcceleratorComparison(Recipe recipe, Dataset data, ulong seed, int steps)
{
    /// <summary>Steps whose losses are compared run by run.</summary>
    public const int FirstSteps = 10;

    public const int FewestSteps = FirstSteps;

    private const int MostParts = 20;

    /// <summary>A part's losses are read at once, when it is done.</summary>
    public static readonly int MostSteps = MostParts * Optimizer.HistoryCapacity;

    /// <summary>Steps that the kernels are timed over.</summary>
    public const int ProfiledSteps = 5;

    private const int PhaseSteps = 20;
    private const double PhaseSeconds = 5; // a slow device runs fewer

    private readonly List<SharedStep> _shared = [];
    private readonly List<AcceleratorMeasurement> _measured = [];

    public Recipe Recipe => recipe;

    /// <summary>The data set's name.</summary>
    public string Data => data.Name;

    public ulong Seed => seed;

    public int Steps => steps;

    /// <summary>Samples of a step.</summary>
    public int Batch => Math.Min(recipe.Batch, data.Train.Count);

    /// <summary>What was measured so far, the accelerator that others are compared with first.</summary>
    public IReadOnlyList<AcceleratorMeasurement> Measured => _measured;

    /// <summary>Parts of a run: before each is a state that all accelerators make one step from.</summary>
    public int Parts { get; } = Math.Min(MostParts, steps / 2);

    private bool IsFirst => _measured.Count == 0;

    /// <summary>Trains on an accelerator, and adds what it reached to <see cref="Measured"/>.</summary>
    /// <param name="progress">Told the share of the steps that are done.</param>
    /// <exception cref="DeviceException">The device failed or has too little memory.</exception>
    /// <exception cref="DivergenceException">Training diverged.</exception>
    /// <exception cref="OperationCanceledException">Between two parts.</exception>
    public AcceleratorMeasurement Measure(
        Engine engine, IProgress<double>? progress, CancellationToken cancel)
    {
        MemoryPlan.Check(engine, recipe, data);
        long before = DeviceMemory.AllocatedByThisThread;
        using var run = new ComparedRun(engine, recipe, data, seed, steps + PhaseSteps + ProfiledSteps);
        long done = 0, all = steps + (IsFirst ? 0 : Parts) + PhaseSteps;
        void Advance(int count)
        {
            cancel.ThrowIfCancellationRequested();
            done += count;
            progress?.Report((double)done / all);
        }

        float[] losses = new float[steps];
        double rate = Train(run, losses, Advance);
        AcceleratorDifference difference = Compare(run, losses, Advance);
        PhaseTimes phases = TimePhases(run, Advance);
        IReadOnlyList<KernelTime>? kernels = engine.Profile(() => run.Run(ProfiledSteps));
        AcceleratorMeasurement measured = new(engine.Id, engine.Name, rate, phases,
            DeviceMemory.AllocatedByThisThread - before, losses, difference)
        {
            Kernels = kernels,
        };
        _measured.Add(measured);
        return measured;
    }

    /// <summary>The run itself: samples per second, and the losses.</summary>
    private double Train(ComparedRun run, float[] losses, Action<int> advance)
    {
        var rates = new List<double>();
        if (IsFirst)
            _shared.Clear(); // of a device that failed before
        for (int part = 0; part < Parts; part++)
        {
            int start = (int)((long)steps * part / Parts), count = (int)((long)steps * (part + 1) / Parts) - start;
            if (IsFirst)
                _shared.Add(run.RunShared());
            else
                run.Run(1); // untimed here too, so that all are timed over the same steps
            long from = Stopwatch.GetTimestamp();
            long samples = run.Run(count - 1);
            rates.Add(samples / Stopwatch.GetElapsedTime(from).TotalSeconds);
            run.ReadLosses(start, losses.AsSpan(start, count));
            advance(count);
        }
        double[] warm = [.. rates.Skip(1).Order()];
        return warm[warm.Length / 2];
    }

    private AcceleratorDifference Compare(ComparedRun run, float[] losses, Action<int> advance)
    {
        if (IsFirst)
            return AcceleratorDifference.None;
        float[] expected = [.. _measured[0].Losses.Take(FirstSteps)];
        AcceleratorDifference worst = AcceleratorDifference.OfLosses(expected, losses.AsSpan(0, FirstSteps));
        foreach (SharedStep shared in _shared)
        {
            worst = worst.Or(AcceleratorDifference.OfStep(shared.Outcome, run.RunAgain(shared)));
            advance(1);
        }
        return worst;
    }

    private static PhaseTimes TimePhases(ComparedRun run, Action<int> advance)
    {
        var times = new List<PhaseTimes>();
        var clock = Stopwatch.StartNew();
        while (times.Count < PhaseSteps && (times.Count < 3 || clock.Elapsed.TotalSeconds < PhaseSeconds))
        {
            times.Add(run.RunPhases());
            advance(1);
        }
        return PhaseTimes.Median(times);
    }
}
