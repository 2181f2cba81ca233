namespace GpuLstm.Kernels.Gpu;

/// <summary>The LSTM's pointwise part (PyTorch's torch.nn.LSTM, the equations of its documentation):
/// i, f, o = sigmoid, g = tanh of the pre-activations; c = f c' + i g; h = o tanh(c).</summary>
internal static class LstmCell
{
    public static float Sigmoid(float x) => 1 / (1 + XMath.Exp(-x));

    /// <summary>The four gates' values i, f, g, o.</summary>
    public static Float4 Activate(Float4 gates) =>
        new(Sigmoid(gates.X), Sigmoid(gates.Y), XMath.Tanh(gates.Z), Sigmoid(gates.W));

    /// <summary>c from the activated gates and the cell before.</summary>
    public static float Cell(Float4 gates, float before) => Fused.MultiplyAdd(gates.Y, before, gates.X * gates.Z);

    /// <summary>The gradient with respect to c: what came from the next step, and through h = o tanh(c).</summary>
    public static float CellGradient(Float4 gates, float cell, float dH, float dC)
    {
        float tanh = XMath.Tanh(cell);
        return Fused.MultiplyAdd(dH * gates.W, 1 - tanh * tanh, dC);
    }

    /// <summary>The gradient with respect to the four pre-activations.</summary>
    /// <param name="gates">Activated.</param>
    /// <param name="cell">c.</param>
    /// <param name="before">The cell before.</param>
    /// <param name="dH">With respect to h.</param>
    /// <param name="dC">With respect to c, from <see cref="CellGradient"/>.</param>
    public static Float4 GateGradients(Float4 gates, float cell, float before, float dH, float dC) => new(
        dC * gates.Z * gates.X * (1 - gates.X),
        dC * before * gates.Y * (1 - gates.Y),
        dC * gates.X * (1 - gates.Z * gates.Z),
        dH * XMath.Tanh(cell) * gates.W * (1 - gates.W));

    /// <summary>The gates of one sample and unit out of a row [4H].</summary>
    public static Float4 Read(ArrayView<float> gates, long row, int unit, int H) => new(
        gates[row + unit], gates[row + H + unit], gates[row + 2 * H + unit], gates[row + 3 * H + unit]);

    public static void Write(ArrayView<float> gates, long row, int unit, int H, Float4 values)
    {
        gates[row + unit] = values.X;
        gates[row + H + unit] = values.Y;
        gates[row + 2 * H + unit] = values.Z;
        gates[row + 3 * H + unit] = values.W;
    }
}
