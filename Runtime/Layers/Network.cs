using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Layers;

/// <summary>A network on an accelerator, for batches of up to a planned size. All its memory is allocated in the
/// constructor.</summary>
public sealed class Network : IDisposable
{
    private readonly Engine _engine;
    private readonly Operations _operations;
    private readonly Linear? _pre;
    private readonly Lstm _lstm;
    private readonly Linear _fc;
    private readonly List<MemoryBuffer1D<float, Stride1D.Dense>> _buffers = [];
    private readonly ArrayView<float> _projected, _dProjected, _logits, _dLogits, _dHidden;
    private ArrayView<float> _final; // [B, D P] of the last forward pass

    /// <param name="parameters">Made from <see cref="NetworkSpec.Parameters"/>; may be shared by a training and an
    /// inference network.</param>
    /// <param name="training">Whether <see cref="Backward"/> will be called.</param>
    /// <param name="masks">What dropout draws from; absent: nothing is dropped.</param>
    /// <param name="hasFixedWeights">Whether the parameters stay as they are at the first pass.</param>
    /// <param name="hasLengths">Whether sequences may end before others.</param>
    /// <exception cref="DeviceException">The device has too little memory.</exception>
    public Network(Engine engine, NetworkSpec spec, ParameterSet parameters, int maxBatch, bool training,
        MaskSource masks = default, bool hasFixedWeights = false, bool hasLengths = false)
    {
        (_engine, _operations) = (engine, engine.Operations);
        (Spec, Parameters, MaxBatch) = (spec, parameters, maxBatch);
        long rows = (long)spec.TimeSteps * maxBatch;
        ArrayView<float> Allocate(long count)
        {
            _buffers.Add(engine.Allocate<float>(count));
            return _buffers[^1].View;
        }

        if (spec.PreLinear > 0)
        {
            _pre = new(_operations, parameters, "pre", spec.InputSize, spec.PreLinear);
            _projected = Allocate(rows * spec.PreLinear);
            _dProjected = training ? Allocate(rows * spec.PreLinear) : default;
        }
        _lstm = new(engine, parameters, "lstm", spec.Stack, new()
        {
            MaxBatch = maxBatch, TimeSteps = spec.TimeSteps, Training = training, Masks = masks,
            FixedWeights = hasFixedWeights, Lengths = hasLengths,
        });
        _fc = new(_operations, parameters, "fc", spec.FinalSize, spec.Classes);
        _logits = Allocate((long)maxBatch * spec.Classes);
        _dLogits = training ? Allocate((long)maxBatch * spec.Classes) : default;
        _dHidden = training ? Allocate((long)maxBatch * spec.FinalSize) : default;
    }

    public NetworkSpec Spec { get; }

    public ParameterSet Parameters { get; }

    public int MaxBatch { get; }

    /// <summary>x [T, B, I] to logits [B, C], which stay valid until the next pass.</summary>
    /// <param name="lengths">[B] steps of each sequence; absent: all have T.</param>
    public ArrayView<float> Forward(int batch, ArrayView<float> x, ArrayView<int> lengths = default)
    {
        ArrayView<float> input = x;
        if (_pre != null)
        {
            input = _projected.Slice(0, (long)Spec.TimeSteps * batch * Spec.PreLinear);
            _pre.Forward(Spec.TimeSteps * batch, x, input);
        }
        ArrayView<float> logits = _logits.Slice(0, (long)batch * Spec.Classes);
        _final = _lstm.Forward(new LstmBatch { BatchSize = batch, X = input, Lengths = lengths });
        _fc.Forward(batch, _final, logits);
        return logits;
    }

    /// <summary>Loss and hits of the last forward pass into result [2]; its gradient is kept for
    /// <see cref="Backward"/>.</summary>
    /// <param name="classWeights">[C] what a sample's loss is multiplied by, for its label; absent: 1.</param>
    public void Loss(int batch, ArrayView<int> labels, float labelSmoothing, ArrayView<float> result,
        ArrayView<float> classWeights = default) => _operations.SoftmaxCrossEntropy(new()
    {
        BatchSize = batch, Classes = Spec.Classes, Logits = _logits, Labels = labels, LabelSmoothing = labelSmoothing,
        ClassWeights = classWeights, Result = result, DLogits = _dLogits,
    });

    /// <summary>All parameter gradients of the mean loss of the batch of the last <see cref="Forward"/> and
    /// <see cref="Loss"/>.</summary>
    public void Backward(int batch, ArrayView<float> x)
    {
        _fc.Backward(batch, _final, _dLogits, _dHidden);
        _lstm.Backward(new LstmBatchGradients { Last = _dHidden, X = _dProjected });
        _pre?.Backward(Spec.TimeSteps * batch, x, _dProjected, default);
    }

    /// <summary>Class probabilities after every time step, [T, B, C] on the host, for the batch of the last forward
    /// pass: what the classifier would say had every direction read only so many steps.</summary>
    public float[] ProbabilitiesPerStep(int batch)
    {
        int classes = Spec.Classes;
        var all = new float[Spec.TimeSteps * batch * classes];
        ArrayView<float> logits = _logits.Slice(0, (long)batch * classes);
        for (int step = 0; step < Spec.TimeSteps; step++)
        {
            _fc.Forward(batch, _lstm.After(step), logits);
            _operations.SoftmaxCrossEntropy(new() { BatchSize = batch, Classes = classes, Logits = logits,
                Probabilities = logits });
            _engine.Read(logits, all.AsSpan(step * batch * classes, batch * classes));
        }
        return all;
    }

    /// <summary>The last LSTM layer's gates and cells of the last forward pass; needs a training network.</summary>
    public LstmTrace Trace() => _lstm.Trace();

    public void Dispose()
    {
        _lstm.Dispose();
        foreach (MemoryBuffer1D<float, Stride1D.Dense> buffer in _buffers)
            buffer.Dispose();
    }
}
