namespace GpuLstm.Kernels.Gpu;

/// <summary>The LSTM's pointwise part (PyTorch's torch.nn.LSTM, the equations of its documentation):
/// i, f, o = sigmoid, g = tanh of the pre-activations; c = f c' + i g; h = o tanh(c).</summary>
public static class LstmCell
{
    public static float Sigmoid(float x) => 1 / (1 + XMath.Exp(-x));

    /// <summary>tanh through exp, near 0 its series (Abramowitz and Stegun 4.5.64): XMath.Tanh is the hardware's on
    /// CUDA, with an error of 2^-11.</summary>
    public static float Tanh(float x)
    {
        float square = x * x;
        if (square < 0.0225f)
            return x + x * square * (-1f / 3 + square * (2f / 15 - 17f / 315 * square));
        float e = XMath.Exp(-2 * XMath.Abs(x)), tanh = (1 - e) / (1 + e);
        return x < 0 ? -tanh : tanh;
    }

    /// <summary>The four gates' values i, f, g, o.</summary>
    public static Float4 Activate(Float4 gates) =>
        new(Sigmoid(gates.X), Sigmoid(gates.Y), Tanh(gates.Z), Sigmoid(gates.W));

    /// <summary>The same of Keras's hard sigmoid, slope a + 1/2 cut to 0 .. 1: 0.2 until Keras 2, 1/6 from Keras 3
    /// on.</summary>
    public static Float4 ActivateHard(Float4 gates, float slope) => new(
        HardSigmoid(gates.X, slope), HardSigmoid(gates.Y, slope), Tanh(gates.Z), HardSigmoid(gates.W, slope));

    private static float HardSigmoid(float x, float slope)
    {
        float line = slope * x + 0.5f; // not a number stays what it is
        return line < 0 ? 0f : line > 1 ? 1f : line;
    }

    /// <summary>c from the activated gates and the cell before.</summary>
    public static float Cell(Float4 gates, float before) => gates.Y * before + gates.X * gates.Z;

    /// <summary>The gradient with respect to c: what came from the next step, and through h = o tanh(c).</summary>
    /// <param name="gates">Activated.</param>
    /// <param name="tanh">Of c.</param>
    /// <param name="dH">With respect to h.</param>
    /// <param name="dC">With respect to c, from the next step.</param>
    public static float CellGradient(Float4 gates, float tanh, float dH, float dC) =>
        dH * gates.W * (1 - tanh * tanh) + dC;

    /// <summary>The gradient with respect to the four pre-activations.</summary>
    /// <param name="gates">Activated.</param>
    /// <param name="tanh">Of c.</param>
    /// <param name="before">The cell before.</param>
    /// <param name="dH">With respect to h.</param>
    /// <param name="dC">With respect to c, from <see cref="CellGradient"/>.</param>
    public static Float4 GateGradients(Float4 gates, float tanh, float before, float dH, float dC) => new(
        dC * gates.Z * gates.X * (1 - gates.X),
        dC * before * gates.Y * (1 - gates.Y),
        dC * gates.X * (1 - gates.Z * gates.Z),
        dH * tanh * gates.W * (1 - gates.W));

    /// <summary>The gates of one sample and unit out of a row [4H].</summary>
    public static Float4 Read(ArrayView<float> gates, long row, int unit, int H) => new(
        gates[row + unit], gates[row + H + unit], gates[row + 2L * H + unit], gates[row + 3L * H + unit]);

    public static void Write(ArrayView<float> gates, long row, int unit, int H, Float4 values)
    {
        gates[row + unit] = values.X;
        gates[row + H + unit] = values.Y;
        gates[row + 2L * H + unit] = values.Z;
        gates[row + 3L * H + unit] = values.W;
    }

    /// <summary>An element of an optional operand; zero where that is empty, and outside.</summary>
    public static float Given(ArrayView<float> values, long place, bool inside) =>
        values.Length > 0 && inside ? values[place] : 0;
}
