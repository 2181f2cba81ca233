using GpuLstm.Kernels;

namespace GpuLstm.Runtime.Layers;

/// <summary>Whose habits a network starts with.</summary>
public enum Initialisation
{
    /// <summary>torch.nn: everything uniform in +-1/sqrt(H) for an LSTM, +-1/sqrt(inputs) for a Linear; two
    /// biases.</summary>
    PyTorch,

    /// <summary>Keras: Glorot-uniform kernels, orthogonal recurrent kernels, zero biases but the forget gate's, which
    /// are 1; one bias.</summary>
    Keras,
}

/// <summary>Draws a network's starting parameters: parameter number n of the set uses Philox (seed,
/// <see cref="Stream"/>, n), so values do not depend on the accelerator or on the other parameters' sizes.</summary>
public static class ParameterInitialiser
{
    /// <summary>The Philox stream of initial values.</summary>
    public const uint Stream = 1;

    /// <param name="forgetBias">What the forget gates' biases start at; null: as the method has it.</param>
    public static void Initialise(ParameterSet parameters, Initialisation method, ulong seed, float? forgetBias = null)
    {
        for (int index = 0; index < parameters.Specs.Count; index++)
        {
            ParameterSpec spec = parameters.Specs[index];
            var random = new PhiloxRandom(seed, Stream, (ulong)index);
            float[] values = IsNorm(spec) ? Norm(spec) : method == Initialisation.PyTorch
                ? PyTorch(spec, parameters, ref random) : Keras(spec, ref random);
            if (forgetBias is { } bias && IsLstm(spec) && !IsNorm(spec) && spec.Shape.Length == 1)
                values.AsSpan(values.Length / 4, values.Length / 4) // the gates take the sum of both biases
                    .Fill(spec.Name.Contains("bias_hh", StringComparison.Ordinal) ? 0 : bias);
            parameters.Engine.Write<float>(parameters.Value(spec.Name), values);
        }
    }

    private static bool IsLstm(ParameterSpec spec) => spec.Name.Contains("_l", StringComparison.Ordinal);

    private static bool IsNorm(ParameterSpec spec) => IsLstm(spec)
        && (spec.Name.Contains(".gain_", StringComparison.Ordinal)
            || spec.Name.Contains(".bias_c", StringComparison.Ordinal));

    /// <summary>Gains 1, biases 0, as torch.nn.LayerNorm starts.</summary>
    private static float[] Norm(ParameterSpec spec) =>
        [.. Enumerable.Repeat(spec.Name.Contains(".gain_", StringComparison.Ordinal) ? 1f : 0f, (int)spec.Count)];

    private static float[] PyTorch(ParameterSpec spec, ParameterSet parameters, ref PhiloxRandom random)
    {
        // Linear: kaiming_uniform(a = sqrt 5) comes to 1/sqrt(fan in), of the weight for its bias too
        // (torch.nn.Linear.reset_parameters).
        long fan = IsLstm(spec) ? spec.Name.Contains("weight_hr", StringComparison.Ordinal) ? spec.Shape[1]
            : spec.Shape[0] / 4
            : spec.Shape.Length == 2 ? spec.Shape[1]
            : parameters.Specs.Single(s => s.Name == spec.Name.Replace(".bias", ".weight",
                StringComparison.Ordinal)).Shape[1];
        return Uniform(spec.Count, 1 / MathF.Sqrt(fan), ref random);
    }

    private static float[] Keras(ParameterSpec spec, ref PhiloxRandom random)
    {
        if (spec.Shape.Length == 1)
        {
            var bias = new float[spec.Count];
            if (IsLstm(spec))
                bias.AsSpan(bias.Length / 4, bias.Length / 4).Fill(1); // unit_forget_bias
            return bias;
        }
        return spec.Name.Contains("weight_hh", StringComparison.Ordinal)
            ? Orthogonal((int)spec.Shape[0], (int)spec.Shape[1], ref random)
            // Glorot and Bengio 2010, equation 16
            : Uniform(spec.Count, MathF.Sqrt(6f / (spec.Shape[0] + spec.Shape[1])), ref random);
    }

    private static float[] Uniform(long count, float bound, ref PhiloxRandom random)
    {
        var values = new float[count];
        for (long i = 0; i < count; i++)
            values[i] = random.NextFloat(-bound, bound);
        return values;
    }

    /// <summary>[rows, columns], rows >= columns, with orthonormal columns: Gram-Schmidt, twice for precision, on
    /// normal numbers (Saxe et al. 2014). Keras's recurrent kernel is this one's transpose.</summary>
    private static float[] Orthogonal(int rows, int columns, ref PhiloxRandom random)
    {
        var basis = new double[columns][];
        for (int column = 0; column < columns; column++)
        {
            var vector = new double[rows];
            for (int row = 0; row < rows; row++)
                vector[row] = random.NextNormal();
            for (int pass = 0; pass < 2; pass++)
                for (int other = 0; other < column; other++)
                {
                    double dot = 0;
                    for (int row = 0; row < rows; row++)
                        dot += vector[row] * basis[other][row];
                    for (int row = 0; row < rows; row++)
                        vector[row] -= dot * basis[other][row];
                }
            double norm = Math.Sqrt(vector.Sum(v => v * v));
            basis[column] = Array.ConvertAll(vector, v => v / norm);
        }
        var values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                values[row * columns + column] = (float)basis[column][row];
        return values;
    }
}
