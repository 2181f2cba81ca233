namespace GpuLstm.Runtime.Training;

/// <summary>How far a run has come, as the host counts it.</summary>
public sealed record RunPosition
{
    /// <summary>Training steps done.</summary>
    public long Step { get; set; }

    /// <summary>Training samples seen in all.</summary>
    public long Samples { get; set; }

    /// <summary>Sum of the losses of this epoch's samples, those of skipped steps left out.</summary>
    public double EpochLoss { get; set; }

    /// <summary>Answers in <see cref="EpochLoss"/>.</summary>
    public long EpochLossSamples { get; set; }

    /// <summary>Samples of this epoch that were right.</summary>
    public double EpochHits { get; set; }

    /// <summary>Answers of this epoch that could be right: its samples, or their labelled steps.</summary>
    public long EpochAnswers { get; set; }

    /// <summary>Time of training alone, without evaluation.</summary>
    public double Seconds { get; set; }

    /// <summary>That part of <see cref="Seconds"/> that this epoch took.</summary>
    public double EpochSeconds { get; set; }

    /// <summary>How often the run went back to a checkpoint because it diverged; each time halved the learning
    /// rate.</summary>
    public int Rollbacks { get; set; }

    /// <summary>The step that the run went back to the last time; -1: it never did.</summary>
    public long WentBackTo { get; set; } = -1;

    /// <summary>The epoch whose model is the best by the validation samples; 0: none yet.</summary>
    public int BestEpoch { get; set; }

    /// <summary>Its loss on the validation samples.</summary>
    public double BestLoss { get; set; }

    /// <summary>Its accuracy on the validation samples; of numbers 0.</summary>
    public double BestAccuracy { get; set; }

    /// <summary>Epochs since <see cref="BestEpoch"/>.</summary>
    public int Waited { get; set; }

    /// <summary>The lowest loss that a plateau schedule has seen; 0: none yet.</summary>
    public double PlateauLoss { get; set; }

    /// <summary>Epochs since then, or since the last drop.</summary>
    public int PlateauWaited { get; set; }

    /// <summary>What the drops of a plateau schedule have come to.</summary>
    public float PlateauScale { get; set; } = 1;

    /// <summary>What each rate of the recipe's schedule is multiplied by.</summary>
    public float RateScale => MathF.ScaleB(PlateauScale, -Rollbacks);

    /// <summary>Ends an epoch of a plateau schedule: the loss must fall by a ten-thousandth to count, as with
    /// torch.optim's ReduceLROnPlateau.</summary>
    /// <returns>Whether the rate drops.</returns>
    public bool WatchPlateau(double loss, int patience, float factor)
    {
        if (PlateauLoss == 0 || loss < PlateauLoss * (1 - 1e-4))
            (PlateauLoss, PlateauWaited) = (loss, 0);
        else if (++PlateauWaited > patience)
        {
            (PlateauScale, PlateauWaited) = (PlateauScale * factor, 0);
            return true;
        }
        return false;
    }

    /// <summary>Empties the sums of the epoch before.</summary>
    public void BeginEpoch()
    {
        (EpochLoss, EpochLossSamples, EpochHits, EpochAnswers) = (0, 0, 0, 0);
        EpochSeconds = 0;
    }

    /// <summary>Adds a step's results to the epoch's.</summary>
    /// <param name="answers">That the loss is the mean of.</param>
    public void Add(float loss, float hits, int answers)
    {
        EpochHits += hits;
        EpochAnswers += answers;
        if (!float.IsFinite(loss))
            return;
        EpochLoss += loss * answers;
        EpochLossSamples += answers;
    }
}
