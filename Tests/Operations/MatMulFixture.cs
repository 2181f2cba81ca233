using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

public class MatMulFixture(TestEngine on) : OperationFixture(on)
{
    private const int RowGap = 3, ItemGap = 5; // elements between rows and items that no product may touch

    private static readonly (int M, int N, int K)[] Sizes =
    [
        (1, 1, 1), (3, 1, 3), (1, 3, 31), (31, 33, 3), (33, 31, 100), (100, 33, 31), (16, 64, 128), (1, 100, 300),
        (129, 3, 257), (64, 65, 513), (3, 5, 513),
    ];

    [Test]
    public void Every_shape_and_transpose([ValueSource(nameof(Sizes))] (int M, int N, int K) size,
        [Values] bool transposeA, [Values] bool transposeB) =>
        Multiply(1, size, transposeA, transposeB, 1, 0, bias: false);

    [TestCase(1, 0, true)]
    [TestCase(1, 1, false)]
    [TestCase(-0.5f, 0, true)]
    [TestCase(2, -0.25f, true)]
    [TestCase(0, 1, false)]
    public void Alpha_beta_and_bias(float alpha, float beta, bool bias)
    {
        Multiply(1, (31, 33, 100), false, true, alpha, beta, bias);
        Multiply(1, (3, 100, 1), true, false, alpha, beta, bias);
    }

    [Test]
    public void Batches_of_matrices([Values(2, 3, 7)] int batch, [Values] bool shareA, [Values] bool shareB)
    {
        Multiply(batch, (3, 33, 31), true, false, 1, 0, bias: true, shareA, shareB);
        Multiply(batch, (31, 3, 1), false, true, 2, 1, bias: false, shareA, shareB);
    }

    [Test]
    public void NaN_in_a_factor_reaches_exactly_its_row()
    {
        double[] a = Numbers.Uniforms(5 * 7), b = Numbers.Uniforms(7 * 33);
        a[2 * 7 + 6] = double.NaN;
        Guarded<float> c = Output(5 * 33, "C");
        Operations.MatMul(new()
        {
            M = 5, N = 33, K = 7, A = new(Input(a, "A").View, 7), B = new(Input(b, "B").View, 33), C = new(c.View, 33),
        });
        float[] product = c.Read();
        for (int i = 0; i < product.Length; i++)
            Assert.That(float.IsNaN(product[i]), Is.EqualTo(i / 33 == 2), $"element {i}");
    }

    private void Multiply(int batch, (int M, int N, int K) size, bool transposeA, bool transposeB,
        float alpha, float beta, bool bias, bool shareA = false, bool shareB = false)
    {
        (int m, int n, int k) = size;
        NeedsWork((long)batch * m * n * k);
        ReferenceMatrix a = Random(batch, m, k, transposeA, shareA), b = Random(batch, k, n, transposeB, shareB);
        ReferenceMatrix c = Random(batch, m, n, false, false);
        double[]? biases = bias ? Numbers.Uniforms(n) : null;
        if (beta == 0) // the old values are not read
            Fill(c, batch, m, n, double.NaN);
        Guarded<float> target = Updated(c.Values, "C");
        Operations.MatMul(new()
        {
            Batch = batch, M = m, N = n, K = k, Alpha = alpha, Beta = beta,
            A = View(Input(a.Values, "A"), a), B = View(Input(b.Values, "B"), b), C = View(target, c),
            Bias = biases == null ? default : Input(biases, "bias").View,
        });

        // Higham 2002, section 3.1: any order of a sum of K products errs by at most (K + 2) u times the sum of
        // magnitudes.
        ReferenceMatrix sizes = c with { Values = Magnitudes(c.Values) };
        ReferenceMatMul.Multiply(batch, m, n, k, Math.Abs(alpha), a with { Values = Magnitudes(a.Values) },
            b with { Values = Magnitudes(b.Values) }, Math.Abs(beta), sizes,
            biases == null ? null : Magnitudes(biases));
        ReferenceMatMul.Multiply(batch, m, n, k, alpha, a, b, beta, c, biases);
        float[] actual = target.Read();
        for (int item = 0; item < batch; item++)
            for (int row = 0; row < m; row++)
            {
                int start = (int)c.Index(item, row, 0);
                Compare.Close(actual.AsSpan(start, n), c.Values.AsSpan(start, n),
                    (k + 4) * RoundOff * sizes.Values[start..(start + n)].Max(), 0, $"item {item}, row {row}");
                Fill(target.First, actual, start, n);
            }
        Assert.That(actual.Select(BitConverter.SingleToInt32Bits),
            Is.EqualTo(target.First.Select(BitConverter.SingleToInt32Bits)), "the gaps between rows");
    }

    /// <summary>Puts the first values back, so that only what is beside the matrices is left to compare.</summary>
    private static void Fill(float[] first, float[] actual, int start, int count) =>
        first.AsSpan(start, count).CopyTo(actual.AsSpan(start));

    private static void Fill(ReferenceMatrix c, int batch, int m, int n, double value)
    {
        for (int item = 0; item < batch; item++)
            for (int row = 0; row < m; row++)
                c.Values.AsSpan((int)c.Index(item, row, 0), n).Fill(value);
    }

    private static MatrixView View(Guarded<float> buffer, ReferenceMatrix matrix) =>
        new(buffer.View, matrix.Stride, matrix.Transposed, matrix.BatchStride);

    private static double[] Magnitudes(double[] values) => [.. values.Select(Math.Abs)];

    /// <summary>op(matrix) [rows, columns] with gaps of NaN between rows and items.</summary>
    private ReferenceMatrix Random(int batch, int rows, int columns, bool transposed, bool shared)
    {
        (int outer, int inner) = transposed ? (columns, rows) : (rows, columns);
        int stride = inner + RowGap, items = shared ? 1 : batch, itemStride = outer * stride + ItemGap;
        double[] values = new double[items * itemStride];
        Compare.Poison(values);
        ReferenceMatrix matrix = new(values, 0, stride, transposed, shared ? 0 : itemStride);
        for (int item = 0; item < items; item++)
            for (int row = 0; row < outer; row++)
                Numbers.Uniforms(inner).CopyTo(values, item * itemStride + row * stride);
        return matrix;
    }
}
