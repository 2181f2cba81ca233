using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Layers;

/// <summary>The masks of recurrent dropout and zoneout of one layer and direction, drawn anew for each pass of
/// training.</summary>
internal sealed class LayerMasks : IDisposable
{
    private readonly StackPlan _plan;
    private readonly int _layer, _direction, _state, _hidden;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>? _recurrent;           // [B, P]
    private readonly MemoryBuffer1D<byte, Stride1D.Dense>? _zoneHidden, _zoneCell; // [T, B, P], [T, B, H]

    public LayerMasks(StackPlan plan, int layer, int direction)
    {
        (_plan, _layer, _direction) = (plan, layer, direction);
        (_state, _hidden) = (plan.Spec.StateSize(layer), plan.Spec.HiddenSize[layer]);
        if (!plan.Training || plan.Masks.IsAbsent)
            return;
        LstmVariant variant = plan.Spec.Variant;
        long rows = (long)plan.TimeSteps * plan.MaxBatch;
        _recurrent = variant.RecurrentDropout > 0 ? plan.Engine.Allocate<float>((long)plan.MaxBatch * _state)
            : null;
        _zoneHidden = variant.ZoneoutHidden > 0 ? plan.Engine.Allocate<byte>(rows * _state) : null;
        _zoneCell = variant.ZoneoutCell > 0 ? plan.Engine.Allocate<byte>(rows * _hidden) : null;
    }

    /// <summary>Whether h is dropped on its way to the next step.</summary>
    public bool HasRecurrent => _recurrent != null;

    /// <summary>The pass with this step's masks.</summary>
    public LstmForwardPass Draw(LstmForwardPass pass, int steps)
    {
        Operations operations = _plan.Engine.Operations;
        LstmVariant variant = _plan.Spec.Variant;
        if (_recurrent != null)
        {
            ArrayView<float> mask = _recurrent.View.Slice(0, (long)pass.BatchSize * _state);
            operations.Fill(mask, 1);
            _plan.Masks.Drop(operations, mask, mask, variant.RecurrentDropout, Stream(MaskUse.Recurrent));
            pass = pass with { RecurrentMask = mask };
        }
        long rows = (long)steps * pass.BatchSize;
        return pass with
        {
            ZoneoutH = Zone(_zoneHidden, rows * _state, variant.ZoneoutHidden, MaskUse.ZoneoutHidden),
            ZoneoutC = Zone(_zoneCell, rows * _hidden, variant.ZoneoutCell, MaskUse.ZoneoutCell),
        };
    }

    private ArrayView<byte> Zone(MemoryBuffer1D<byte, Stride1D.Dense>? buffer, long count, float rate, MaskUse use)
    {
        if (buffer == null)
            return default;
        ArrayView<byte> mask = buffer.View.Slice(0, count);
        _plan.Masks.Draw(_plan.Engine.Operations, mask, rate, Stream(use));
        return mask;
    }

    private uint Stream(MaskUse use) => MaskSource.Stream(_layer, use, _direction);

    public void Dispose()
    {
        foreach (IDisposable? buffer in (ReadOnlySpan<IDisposable?>)[_recurrent, _zoneHidden, _zoneCell])
            buffer?.Dispose();
    }
}
