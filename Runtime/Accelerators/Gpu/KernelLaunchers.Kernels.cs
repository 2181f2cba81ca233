using GpuLstm.Kernels;
using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

// The launchers by kernel: a stream, an extent or a grid and group, and the kernel's own parameters.
internal sealed partial class KernelLaunchers
{
    public Action<AcceleratorStream, Index1D, ArrayView<float>, float> Fill => Get(ref field, Elementwise.Fill);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>> Copy =>
        Get(ref field, Elementwise.Copy);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, int, int, int, int, int>
        CopyColumns => Get(ref field, Elementwise.CopyColumns);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>> Add =>
        Get(ref field, Elementwise.Add);

    public Action<AcceleratorStream, Index1D, ArrayView<byte>, ArrayView<byte>, ArrayView<int>, ArrayView<int>,
        ArrayView<float>, ArrayView<int>, long, int, int, int, float, float> GatherNormalised =>
        Get(ref field, Gather.Normalised);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, ArrayView<int>, ArrayView<byte>,
        ArrayView<int>, ArrayView<int>, ArrayView<float>, ArrayView<int>, ArrayView<int>, long, int, int, int>
        GatherSequences => Get(ref field, Gather.Sequences);

    public Action<AcceleratorStream, Index1D, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>,
        ArrayView<int>, ArrayView<int>, long, int, int> GatherStepLabels => Get(ref field, Gather.StepLabels);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, ArrayView<int>, ArrayView<float>, long,
        int> GatherRows => Get(ref field, Gather.Rows);

    public WindowBases GatherWindowBases => Get(ref field, WindowGather.Bases);

    public WindowInputs GatherWindowInputs => Get(ref field, WindowGather.Inputs);

    public WindowAnswers GatherWindowAnswers => Get(ref field, WindowGather.Answers);

    public AugmentationDraw DrawAugmentation => Get(ref field, AugmentedGather.Draw);

    public GatherAugmented GatherAugmentedBatch => Get(ref field, AugmentedGather.Gather);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<int>, uint, uint, uint,
        float, float> Dropout => Get(ref field, Kernels.Gpu.Dropout.Apply);

    public Action<AcceleratorStream, Index1D, ArrayView<byte>, ArrayView<int>, uint, uint, uint, float> DrawMask =>
        Get(ref field, Kernels.Gpu.Dropout.Draw);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<float>, int, int> LayerNorm => Get(ref field, Kernels.Gpu.LayerNorm.Forward);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<float>, ArrayView<float>, int, int> LayerNormBack => Get(ref field, Kernels.Gpu.LayerNorm.Backward);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, int, int, int> SumRows =>
        Get(ref field, Reductions.SumRows);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>> SquareSums =>
        Get(ref field, Reductions.SquareSums);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>> Norm =>
        Get(ref field, Reductions.Norm);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<int>, ArrayView<float>, ArrayView<float>,
        ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, float> CrossEntropy =>
        Get(ref field, SoftmaxCrossEntropy.Forward);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, int, int> CrossEntropyTotal =>
        Get(ref field, SoftmaxCrossEntropy.Total);

    public Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<float>> CountLabels =>
        Get(ref field, SoftmaxCrossEntropy.Count);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ValueLossKind, int, int, float> ValueLoss => Get(ref field, Kernels.Gpu.ValueLoss.Forward);

    public OptimizerUpdate Update => Get(ref field, Kernels.Gpu.Optimizer.Update);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<int>,
        ArrayView<float>, ArrayView<float>, int, int> EndStep => Get(ref field, Kernels.Gpu.Optimizer.EndStep);

    public MatMulTiled MatMulBlock4 => Get(ref field, MatMul.Tiled<Block4>);

    public MatMulTiled MatMulBlock8 => Get(ref field, MatMul.Tiled<Block8>);

    private readonly MatMulProduct?[] _staged = new MatMulProduct?[MatMulStaged.Kernels.Count];
    private readonly MatMulProduct?[] _tensor = new MatMulProduct?[MatMulTensor.Kernels.Count];

    /// <param name="kernel">Of <see cref="MatMulStaged.Kernels"/>.</param>
    public MatMulProduct Staged(int kernel) => Get(ref _staged[kernel], MatMulStaged.Kernels[kernel]);

    /// <param name="kernel">Of <see cref="MatMulTensor.Kernels"/>.</param>
    public MatMulProduct Tensor(int kernel) => Get(ref _tensor[kernel], MatMulTensor.Kernels[kernel]);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, long,
        float, float> AddParts => Get(ref field, MatMul.AddParts);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, int, float, float> PeakMultiplyAdd =>
        Get(ref field, Peak.MultiplyAdd);
}
