namespace GpuLstm.Runtime.Training.Metrics;

/// <summary>How far answers are from the truth.</summary>
/// <param name="Rmse">Root of the mean squared error.</param>
/// <param name="Mae">Mean magnitude of the errors.</param>
/// <param name="R2">Share of the truth's variance that is explained (coefficient of determination); NaN where the truth
/// never changes.</param>
public sealed record ValueErrors(double Rmse, double Mae, double R2);

/// <summary>Adds up errors, answer by answer.</summary>
public struct ErrorSums
{
    private long _count;
    private double _squares, _magnitudes, _mean, _spread;

    public void Add(double answer, double truth)
    {
        double error = answer - truth, before = truth - _mean;
        _squares += error * error;
        _magnitudes += Math.Abs(error);
        _mean += before / ++_count; // Welford (1962)
        _spread += before * (truth - _mean);
    }

    /// <summary>What they come to; NaN without any.</summary>
    public readonly ValueErrors ToErrors() => new(Math.Sqrt(_squares / _count), _magnitudes / _count,
        _spread > 0 ? 1 - _squares / _spread : double.NaN);
}
