using GpuLstm.Kernels;
using GpuLstm.Kernels.Language;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

// Launchers of kernels with more parameters than Action takes, or that several kernels share; the kernels tell what
// each parameter is.

internal delegate void AugmentationDraw(
    AcceleratorStream stream, Index1D extent, ArrayView<int> order, ArrayView<int> state, ArrayView<float> draws,
    int parts, long start, int timeSteps, int inputSize, uint seedLow, uint seedHigh, float moveBy, float rotate,
    float resize, float shear, float elastic);

internal delegate void GatherAugmented(
    AcceleratorStream stream, Index1D extent, ArrayView<byte> items, ArrayView<byte> itemLabels, ArrayView<int> order,
    ArrayView<int> state, ArrayView<float> draws, ArrayView<float> x, ArrayView<int> labels, long start, int batch,
    int timeSteps, int inputSize, int elastic, float scale, float shift);

internal delegate void WindowBases(
    AcceleratorStream stream, Index1D extent, ArrayView<float> values, ArrayView<int> starts, ArrayView<int> order,
    ArrayView<int> state, ArrayView<float> bases, long start, int window, int inputSize, int series, int isMean);

internal delegate void WindowInputs(
    AcceleratorStream stream, Index1D extent, ArrayView<float> values, ArrayView<int> starts, ArrayView<int> order,
    ArrayView<int> state, ArrayView<int> ahead, ArrayView<float> bases, ArrayView<float> x, long start, int batch,
    int inputSize, int series);

internal delegate void WindowAnswers(
    AcceleratorStream stream, Index1D extent, ArrayView<float> values, ArrayView<int> starts, ArrayView<int> order,
    ArrayView<int> state, ArrayView<float> bases, ArrayView<float> answers, long start, int window, int horizon,
    int inputSize, int series);

internal delegate void OptimizerUpdate(
    AcceleratorStream stream, Index1D i, ArrayView<float> parameters, ArrayView<float> gradients,
    ArrayView<float> first, ArrayView<float> second, ArrayView<float> norm, ArrayView<float> result,
    ArrayView<int> state, ArrayView<float> schedule, OptimizerSettings settings);

internal delegate void MatMulTiled(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias,
    ArrayView<float> c, int M, int N, int K, int lastK, long strideA, long strideB, long strideC, long batchA,
    long batchB, long batchC, float alpha, float beta, int transposeA, int transposeB, int quads);

internal delegate void MatMulProduct(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> a, ArrayView<float> b, ArrayView<float> bias,
    ArrayView<float> c, int M, int N, int K, int lastK, long strideA, long strideB, long strideC, long batchA,
    long batchB, long batchC, float alpha, float beta);

internal delegate void LstmSequenceForward(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> gates, ArrayView<Float4> weights,
    ArrayView<float> h0, ArrayView<float> c0, ArrayView<float> y, ArrayView<float> cells, int T, int B, int H,
    int reverse);

internal delegate void LstmSequenceBackward(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> gates, ArrayView<Float4> weights,
    ArrayView<float> cells, ArrayView<float> c0, ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dCLast,
    ArrayView<float> dH0, ArrayView<float> dC0, int T, int B, int H, int reverse);

internal delegate void LstmPersistentForward(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> gates, ArrayView<Float4> packed,
    ArrayView<float> h0, ArrayView<float> c0, ArrayView<float> y, ArrayView<float> cells, int T, int B, int H,
    int reverse, int places, int slices);

internal delegate void LstmPersistentBackward(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> gates, ArrayView<Float4> packed,
    ArrayView<float> cells, ArrayView<float> c0, ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dCLast,
    ArrayView<float> dH0, ArrayView<float> dC0, int T, int B, int H, int reverse, int places, int slices);

internal delegate void LstmSpreadForward(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> gates, ArrayView<Float4> packed,
    ArrayView<float> h0, ArrayView<float> c0, ArrayView<float> y, ArrayView<float> cells, ArrayView<int> arrivals,
    int T, int B, int H, int rows, int reverse, int places);

internal delegate void LstmSpreadBackward(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> gates, ArrayView<Float4> packed,
    ArrayView<float> cells, ArrayView<float> c0, ArrayView<float> dY, ArrayView<float> dHLast, ArrayView<float> dC,
    ArrayView<float> dH0, ArrayView<int> arrivals, int T, int B, int H, int rows, int reverse, int places);

internal delegate void VariantForward(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> gates, ArrayView<float> weights,
    ArrayView<float> operand, ArrayView<float> hBefore, ArrayView<float> cBefore, ArrayView<byte> zoneH,
    ArrayView<byte> zoneC, ArrayView<int> lengths, ArrayView<float> mask, ArrayView<float> cell,
    ArrayView<float> hAfter, ArrayView<float> cAfter, ArrayView<float> y, ArrayView<float> masked, int time, int B,
    int H, float stayH, float stayC);

internal delegate void VariantBackward(
    AcceleratorStream stream, KernelConfig config, ArrayView<float> gates, ArrayView<float> next,
    ArrayView<float> weights, ArrayView<float> cell, ArrayView<float> cBefore, ArrayView<float> dY,
    ArrayView<byte> zoneH, ArrayView<byte> zoneC, ArrayView<int> lengths, ArrayView<float> mask, ArrayView<float> dH,
    ArrayView<float> dC, int time, int B, int H, float stayH, float stayC);
