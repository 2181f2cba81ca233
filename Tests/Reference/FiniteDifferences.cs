namespace GpuLstm.Tests.Reference;

/// <summary>Checks a gradient against central differences of order four:
/// f'(x) = (8 (f(x+d) - f(x-d)) - (f(x+2d) - f(x-2d))) / 12d + O(d^4).</summary>
public static class FiniteDifferences
{
    // Small: a layer norm of nearly equal values bends within 1e-3, and rounding stays at 1e-11 all the same.
    private const double Step = 1e-5, Absolute = 1e-9, Relative = 1e-7;

    /// <param name="values">What the loss is a function of; each is changed and put back.</param>
    /// <param name="gradient">The gradient to check.</param>
    /// <param name="loss">Computes the scalar from the current values.</param>
    public static void Check(double[] values, double[] gradient, Func<double> loss, string name)
    {
        var numeric = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            double kept = values[i];
            double At(double change)
            {
                values[i] = kept + change;
                return loss();
            }
            numeric[i] = (8 * (At(Step) - At(-Step)) - (At(2 * Step) - At(-2 * Step))) / (12 * Step);
            values[i] = kept;
        }
        Compare.Close(gradient, numeric, Absolute, Relative, $"gradient of {name}");
    }
}
