using ILGPU;

namespace GpuLstm.Runtime.Accelerators.Composed;

/// <summary>A step of a batch.</summary>
/// <param name="Time">Its place in the sequences.</param>
/// <param name="Lengths">[B], or absent: all run at every time.</param>
internal readonly record struct StepSize(int Batch, int Time, ArrayView<int> Lengths);

/// <summary>How much of a state zoneout lets stay.</summary>
/// <param name="Mask">[B, N] 1 where it stays; absent: <paramref name="Rate"/> of all of it.</param>
internal readonly record struct Zone(ArrayView<byte> Mask, float Rate);

/// <summary>What an accelerator may have for <see cref="ComposedLstm"/>: a whole step in one, of a layer that has
/// neither a projection nor layer norm. States and gates are those of the step, [B, H] and [B, 4H].</summary>
internal interface IFusedLstmStep
{
    /// <param name="before">h as the product takes it, h and c before the step.</param>
    /// <param name="after">h, c and, where there is a mask, h times it: overwritten.</param>
    void Forward(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> weights,
        (ArrayView<float> Operand, ArrayView<float> H, ArrayView<float> C) before, in Zone zoneH, in Zone zoneC,
            ArrayView<float> mask,
        ArrayView<float> cell, (ArrayView<float> H, ArrayView<float> C, ArrayView<float> Masked) after,
            ArrayView<float> y);

    /// <param name="next">The gates' gradients of the step after; absent at the last.</param>
    /// <param name="dH">Updated: gradient of h but through the step after's gates.</param>
    /// <param name="dC">Updated.</param>
    void Backward(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> next, ArrayView<float> weights,
        ArrayView<float> cell,
        ArrayView<float> cBefore, ArrayView<float> dY, in Zone zoneH, in Zone zoneC, ArrayView<float> mask,
            ArrayView<float> dH, ArrayView<float> dC);
}

/// <summary>The normalisations of a layer: of the inputs' part of the gates, of the recurrent part, of the
/// cell.</summary>
internal enum Norm { Inputs, Recurrent, Cell }

/// <summary>Right factors that all steps of a pass share.</summary>
internal enum StepWeights { Recurrent, Projection }

/// <summary>What an accelerator must have beside products for <see cref="ComposedLstm"/>: the parts of a step, of which
/// <c>Kernels/Gpu/LstmParts</c> gives the formulas. H is the hidden size, N the size of the state at hand. Between <see
/// cref="BeginSteps"/> and <see cref="EndSteps"/> each part concerns each sample alone, so that they may run sample by
/// sample instead of part by part.</summary>
internal interface ILstmParts : IDisposable
{
    void BeginSteps();

    /// <summary>Whether <see cref="GainGradient"/> needs what <see cref="LayerNormBack"/> wrote: products.</summary>
    bool KeepsProducts { get; }

    /// <summary>All parts since <see cref="BeginSteps"/> are done, or queued.</summary>
    void EndSteps();

    /// <summary>A product [B, K] x [K, N] whose right factor is the same in all steps.</summary>
    void Times(StepWeights weights, in MatMulPass pass);

    /// <param name="gates">[B, 4H] in: the input's part; out: activated.</param>
    /// <param name="fromH">[B, 4H].</param>
    /// <param name="before">[B, H].</param>
    /// <param name="cell">[B, H] overwritten.</param>
    /// <param name="slope">Of hard sigmoid gates; 0: sigmoids.</param>
    void Cell(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> fromH, ArrayView<float> before,
        ArrayView<float> cell, float slope);

    /// <param name="inner">[B, H] overwritten.</param>
    void Hidden(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> normed, ArrayView<float> inner);

    /// <param name="gates">The output gate's gradient takes its place.</param>
    /// <param name="dNormed">[B, H] overwritten; may be normed.</param>
    void HiddenBack(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> normed,
        ArrayView<float> dInner, ArrayView<float> dNormed);

    /// <param name="gates">The other gates' gradients take their places.</param>
    /// <param name="dC">[B, H] added to.</param>
    void CellBack(in StepSize step, int H, ArrayView<float> gates, ArrayView<float> before, ArrayView<float> dNormed,
        ArrayView<float> dCell, ArrayView<float> dC);

    /// <param name="after">[B, N] overwritten.</param>
    /// <param name="y">[B, N] overwritten; or absent.</param>
    /// <param name="masked">[B, N] overwritten; or absent.</param>
    void Mix(in StepSize step, int N, ArrayView<float> before, ArrayView<float> fresh, in Zone zone,
        ArrayView<float> after, ArrayView<float> y, ArrayView<float> mask, ArrayView<float> masked);

    /// <param name="d">[B, N] updated.</param>
    /// <param name="dFresh">[B, N] overwritten.</param>
    void MixBack(in StepSize step, int N, ArrayView<float> d, ArrayView<float> dY, in Zone zone,
        ArrayView<float> dFresh);

    /// <summary>sum [B, N] += mask values; without a mask all of them.</summary>
    void AddMasked(in StepSize step, int N, ArrayView<float> values, ArrayView<float> mask, ArrayView<float> sum);

    /// <param name="y">[rows, N] overwritten; may be x.</param>
    void LayerNorm(int rows, int N, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> bias,
        ArrayView<float> y);

    /// <param name="norm">To whose gain's and bias's gradients the rows add.</param>
    /// <param name="dx">[rows, N] overwritten; may be x.</param>
    /// <param name="product">[rows, N] that may be overwritten; may be x when dx is not.</param>
    void LayerNormBack(Norm norm, int rows, int N, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> dy,
        ArrayView<float> dx, ArrayView<float> product);

    /// <summary>The gradients of gain and bias over all rows that <see cref="LayerNormBack"/> was given in this
    /// pass.</summary>
    /// <param name="norm">Whose.</param>
    /// <param name="rows">All of them.</param>
    /// <param name="N">Of a row.</param>
    /// <param name="products">[rows, N] what was overwritten.</param>
    /// <param name="dys">[rows, N].</param>
    /// <param name="dGain">[N] overwritten.</param>
    /// <param name="dBias">[N] overwritten; or absent.</param>
    void GainGradient(Norm norm, int rows, int N, ArrayView<float> products, ArrayView<float> dys,
        ArrayView<float> dGain, ArrayView<float> dBias);
}
