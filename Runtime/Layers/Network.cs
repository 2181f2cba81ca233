using GpuLstm.Kernels;
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
    private readonly ArrayView<float> _projected, _dProjected, _logits, _dLogits, _dTaken;
    private ArrayView<float> _taken; // [R, D P] what the head took in the last forward pass

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
            FixedWeights = hasFixedWeights, Lengths = hasLengths, EveryStep = spec.Head == Head.StepClasses,
        });
        long answers = RowsOf(maxBatch);
        _fc = new(_operations, parameters, "fc", spec.FinalSize, spec.Outputs);
        _logits = Allocate(answers * spec.Outputs);
        _dLogits = training ? Allocate(answers * spec.Outputs) : default;
        _dTaken = training ? Allocate(answers * spec.FinalSize) : default;
    }

    public NetworkSpec Spec { get; }

    public ParameterSet Parameters { get; }

    public int MaxBatch { get; }

    /// <summary>Rows of the answers for so many samples: one for each, or with a class at every step T B of them, [T,
    /// B].</summary>
    public int RowsOf(int batch) => Spec.Head == Head.StepClasses ? Spec.TimeSteps * batch : batch;

    /// <summary>x [T, B, I] to logits or values [R, C], of R rows as <see cref="RowsOf"/> counts them, which stay valid
    /// until the next pass.</summary>
    /// <param name="lengths">[B] steps of each sequence; absent: all have T.</param>
    /// <param name="initial">What the sequences start from; null: zero.</param>
    /// <param name="final">Overwritten with what they end with; may be null.</param>
    public ArrayView<float> Forward(int batch, ArrayView<float> x, ArrayView<int> lengths = default,
        LstmState? initial = null, LstmState? final = null)
    {
        ArrayView<float> input = x;
        if (_pre != null)
        {
            input = _projected.Slice(0, (long)Spec.TimeSteps * batch * Spec.PreLinear);
            _pre.Forward(Spec.TimeSteps * batch, x, input);
        }
        int rows = RowsOf(batch);
        ArrayView<float> logits = _logits.Slice(0, (long)rows * Spec.Outputs), last = _lstm.Forward(new LstmBatch
        {
            BatchSize = batch, X = input, Lengths = lengths, Initial = initial, Final = final,
        });
        _taken = Spec.Head == Head.StepClasses ? _lstm.Outputs : last;
        _fc.Forward(rows, _taken, logits);
        return logits;
    }

    /// <summary>Loss and hits of the last forward pass into result [2]; its gradient is kept for
    /// <see cref="Backward"/>.</summary>
    /// <param name="labels">[R].</param>
    /// <param name="classWeights">[C] what a sample's loss is multiplied by, for its label; absent: 1.</param>
    /// <param name="count">[1] what the mean is over; absent: the samples.</param>
    public void Loss(int batch, ArrayView<int> labels, float labelSmoothing, ArrayView<float> result,
        ArrayView<float> classWeights = default, ArrayView<float> count = default) =>
        _operations.SoftmaxCrossEntropy(new()
    {
        BatchSize = RowsOf(batch), Classes = Spec.Outputs, Logits = _logits, Labels = labels,
        LabelSmoothing = labelSmoothing, ClassWeights = classWeights, Count = count, Result = result,
        DLogits = _dLogits,
    });

    /// <summary>The same for numbers.</summary>
    /// <param name="targets">[B, M].</param>
    public void Loss(int batch, ArrayView<float> targets, ValueLossKind kind, float delta, ArrayView<float> result) =>
        _operations.ValueLoss(new()
    {
        BatchSize = batch, Values = Spec.Outputs, Kind = kind, Delta = delta, Answers = _logits, Targets = targets,
        Result = result, DAnswers = _dLogits,
    });

    /// <summary>All parameter gradients of the mean loss of the batch of the last <see cref="Forward"/> and
    /// <see cref="Loss(int, ArrayView{int}, float, ArrayView{float}, ArrayView{float}, ArrayView{float})"/>.</summary>
    public void Backward(int batch, ArrayView<float> x)
    {
        _fc.Backward(RowsOf(batch), _taken, _dLogits, _dTaken);
        _lstm.Backward(Spec.Head == Head.StepClasses
            ? new LstmBatchGradients { Outputs = _dTaken, X = _dProjected }
            : new LstmBatchGradients { Last = _dTaken, X = _dProjected });
        _pre?.Backward(Spec.TimeSteps * batch, x, _dProjected, default);
    }

    /// <summary>The answers after every time step, [T, B, C] on the host, for the batch of the last forward pass: class
    /// probabilities or values, as they would be had every direction read only so many steps.</summary>
    public float[] AnswersPerStep(int batch)
    {
        int classes = Spec.Outputs;
        var all = new float[Spec.TimeSteps * batch * classes];
        ArrayView<float> logits = _logits.Slice(0, (long)batch * classes);
        for (int step = 0; step < Spec.TimeSteps; step++)
        {
            _fc.Forward(batch, _lstm.After(step), logits);
            if (Spec.Head != Head.Values)
                _operations.SoftmaxCrossEntropy(new()
                {
                    BatchSize = batch, Classes = classes, Logits = logits, Probabilities = logits,
                });
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
