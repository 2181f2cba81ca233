using System.Runtime.Intrinsics;
using GpuLstm.Kernels.Cpu;

namespace GpuLstm.Tests.Kernels;

/// <summary>exp, sigmoid and tanh against double over the whole float range, at every vector width.</summary>
[TestFixture(512)]
[TestFixture(256)]
[TestFixture(128)]
public unsafe class VectorMathTests(int bits)
{
    private const uint Stride = 997; // every 997th float, 4.3 million of them

    [Test]
    public void Exp_is_within_1_1_ulp() => Check(Function.Exp, Math.Exp, 1.1, flushes: false);

    [Test]
    public void Sigmoid_is_within_2_and_a_half_ulp() =>
        Check(Function.Sigmoid, x => 1 / (1 + Math.Exp(-x)), 2.5, flushes: true);

    [Test]
    public void Tanh_is_within_2_and_a_half_ulp() => Check(Function.Tanh, Math.Tanh, 2.5, flushes: false);

    [TestCase(Function.Exp, float.PositiveInfinity, float.PositiveInfinity)]
    [TestCase(Function.Exp, float.NegativeInfinity, 0f)]
    [TestCase(Function.Exp, 0f, 1f)]
    [TestCase(Function.Sigmoid, float.PositiveInfinity, 1f)]
    [TestCase(Function.Sigmoid, float.NegativeInfinity, 0f)]
    [TestCase(Function.Sigmoid, 0f, 0.5f)]
    [TestCase(Function.Tanh, float.PositiveInfinity, 1f)]
    [TestCase(Function.Tanh, float.NegativeInfinity, -1f)]
    [TestCase(Function.Tanh, 0f, 0f)]
    [TestCase(Function.Exp, float.NaN, float.NaN)]
    [TestCase(Function.Sigmoid, float.NaN, float.NaN)]
    [TestCase(Function.Tanh, float.NaN, float.NaN)]
    public void Special_values_are_exact(Function function, float x, float expected) =>
        Assert.That(Evaluate(function, [x])[0], Is.EqualTo(expected));

    /// <param name="flushes">Whether results below the smallest normal number may be zero.</param>
    private void Check(Function function, Func<double, double> exact, double bound, bool flushes)
    {
        const double smallestNormal = 1.1754943508222875e-38;
        const int chunk = 1 << 16;
        var inputs = new float[chunk];
        double worst = 0, worstAt = 0;
        for (ulong start = 0; start < 1UL << 32; start += (ulong)chunk * Stride)
        {
            for (int i = 0; i < chunk; i++)
                inputs[i] = BitConverter.UInt32BitsToSingle((uint)Math.Min(uint.MaxValue, start + (ulong)i * Stride));
            float[] outputs = Evaluate(function, inputs);
            for (int i = 0; i < chunk; i++)
            {
                if (float.IsNaN(inputs[i]))
                    continue; // NaN in, NaN out: tested above
                double expected = exact(inputs[i]);
                if (flushes && outputs[i] == 0 && expected < smallestNormal)
                    continue;
                double error = Ulps(outputs[i], expected);
                if (!(error <= worst))
                    (worst, worstAt) = (error, inputs[i]);
            }
        }
        Assert.That(worst, Is.LessThanOrEqualTo(bound), $"worst at {worstAt:R}");
    }

    /// <summary>The error in units of the exact result's last place; below the smallest normal number, of that
    /// one's.</summary>
    private static double Ulps(float actual, double exact)
    {
        if (Math.Abs(exact) > float.MaxValue)
            return float.IsInfinity(actual) || Math.Abs(actual) == float.MaxValue ? 0 : double.PositiveInfinity;
        int exponent = Math.Max(Math.ILogB(exact == 0 ? float.Epsilon : exact), -126);
        return Math.Abs(actual - exact) / Math.ScaleB(1, exponent - 23);
    }

    private float[] Evaluate(Function function, float[] inputs) => bits switch
    {
        512 => Evaluate<Simd512, Vector512<float>>(function, inputs),
        256 => Evaluate<Simd256, Vector256<float>>(function, inputs),
        _ => Evaluate<Simd128, Vector128<float>>(function, inputs),
    };

    private static float[] Evaluate<S, V>(Function function, float[] inputs) where S : struct, ISimd<V>
        where V : unmanaged
    {
        var outputs = new float[inputs.Length];
        fixed (float* source = inputs, target = outputs)
            for (int i = 0; i < inputs.Length; i += S.Width)
            {
                int count = Math.Min(S.Width, inputs.Length - i);
                V x = Tiles<S, V>.LoadPart(source + i, count);
                V y = function switch
                {
                    Function.Exp => VectorMath<S, V>.Exp(x),
                    Function.Sigmoid => VectorMath<S, V>.Sigmoid(x),
                    _ => VectorMath<S, V>.Tanh(x),
                };
                Tiles<S, V>.StorePart(target + i, y, count);
            }
        return outputs;
    }

    public enum Function { Exp, Sigmoid, Tanh }
}
