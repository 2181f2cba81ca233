using GpuLstm.Kernels.Gpu;
using GpuLstm.Kernels.Language;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Gpu;

// The launchers of the LSTM's kernels.
internal sealed partial class KernelLaunchers
{
    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<int>, int, int, float> Cell => Get(ref field, LstmParts.Cell);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int> Hidden =>
        Get(ref field, LstmParts.Hidden);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        int> HiddenBack => Get(ref field, LstmParts.HiddenBack);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<float>, int> CellBack => Get(ref field, LstmParts.CellBack);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<byte>, ArrayView<int>,
        ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, float> Mix =>
        Get(ref field, LstmParts.Mix);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<byte>, ArrayView<int>,
        ArrayView<float>, int, int, float> MixBack => Get(ref field, LstmParts.MixBack);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>> AddMasked =>
        Get(ref field, LstmParts.AddMasked);

    public Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<Float4>, ArrayView<Float4>, int> Pack =>
        Get(ref field, LstmSequence.Pack);

    /// <summary>All steps of layers of so many units.</summary>
    public LstmSequenceForward SequenceForward(int units) => UnitRoom.For(units) switch
    {
        64 => SequenceForward64,
        128 => SequenceForward128,
        _ => SequenceForward256,
    };

    private LstmSequenceForward SequenceForward64 => Get(ref field, LstmSequence.Forward<Units64>);

    private LstmSequenceForward SequenceForward128 => Get(ref field, LstmSequence.Forward<Units128>);

    private LstmSequenceForward SequenceForward256 => Get(ref field, LstmSequence.Forward<Units256>);

    /// <summary>All steps of layers of so many units.</summary>
    public LstmSequenceBackward SequenceBackward(int units) => UnitRoom.For(units) switch
    {
        64 => SequenceBackward64,
        128 => SequenceBackward128,
        _ => SequenceBackward256,
    };

    private LstmSequenceBackward SequenceBackward64 => Get(ref field, LstmSequence.Backward<Units64>);

    private LstmSequenceBackward SequenceBackward128 => Get(ref field, LstmSequence.Backward<Units128>);

    private LstmSequenceBackward SequenceBackward256 => Get(ref field, LstmSequence.Backward<Units256>);

    private readonly Dictionary<Delegate, Delegate> _onChip = [];

    public Action<
        AcceleratorStream, Index1D, ArrayView<float>, ArrayView<Float4>, ArrayView<Float4>, int, int, int, int>
        OnChipPack => Get(ref field, OnChipWeights.Pack);

    /// <summary>All steps with the weights on chip: T is the variant's kind and direction.</summary>
    /// <param name="kernel">Of an <see cref="OnChipVariant"/>.</param>
    public T OnChip<T>(Delegate kernel) where T : Delegate
    {
        bool isKnown = _onChip.TryGetValue(kernel, out Delegate? known);
        var launcher = (T?)known;
        T loaded = Get(ref launcher, kernel);
        if (!isKnown)
            _onChip.Add(kernel, loaded);
        return loaded;
    }

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int> StepForward =>
        Get(ref field, LstmStep.Forward);

    public Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<float>,
        ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int>
        StepBackward => Get(ref field, LstmStep.Backward);

    public VariantForward VariantStepForward => Get(ref field, LstmStepVariant.Forward);

    public VariantBackward VariantStepBackward => Get(ref field, LstmStepVariant.Backward);
}
