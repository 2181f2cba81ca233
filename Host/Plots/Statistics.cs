namespace GpuLstm.Host.Plots;

/// <summary>What several runs' values have in common.</summary>
public static class Statistics
{
    /// <summary>The sample's standard deviation, with n - 1; 0 of a single value.</summary>
    public static double Deviation(IReadOnlyCollection<double> values)
    {
        if (values.Count < 2)
            return 0;
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }
}
