using ILGPU;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>Everything that layers and training ask of an accelerator. The operations are coarse, as cuDNN's and
/// oneDNN's are, so that each accelerator may use its best algorithm. Dimension key: <b>B</b> batch, <b>T</b> time
/// steps, <b>I</b> input size, <b>H</b> hidden size, <b>C</b> classes, <b>G</b> = 4H gates in PyTorch's order i, f, g,
/// o. Sequences are time-major, [T, B, *]. Operations run in the order they are called; on a GPU they return before
/// they are done. None allocates.</summary>
public abstract class Operations
{
    /// <summary>Plans one LSTM layer and direction: its workspace is allocated here, once.</summary>
    /// <exception cref="DeviceException">This accelerator lacks something the descriptor asks for; the message names
    /// it.</exception>
    public abstract LstmPlan PlanLstm(LstmDescriptor descriptor);

    /// <summary>Overwrites Y and, where given, HLast and CLast; leaves in the plan what backward needs.</summary>
    public abstract void LstmForward(LstmPlan plan, in LstmForwardPass pass);

    /// <summary>Needs the plan as the forward pass of the same batch left it. Overwrites every gradient
    /// given.</summary>
    public abstract void LstmBackward(LstmPlan plan, in LstmBackwardPass pass);

    /// <summary>The activated gates [T, B, 4H], cells [T, B, H] of the last forward pass with
    /// <see cref="LstmDescriptor.Training"/>, for people to look at.</summary>
    public abstract LstmTrace ReadTrace(LstmPlan plan);

    /// <summary>Overwrites the mask with random ones and zeros; see <see cref="MaskPass"/>.</summary>
    public abstract void DrawMask(in MaskPass pass);

    /// <summary>C = alpha op(A) op(B) + beta C + bias, batched; overwrites C when beta is 0 (NaN in C is then
    /// ignored).</summary>
    public abstract void MatMul(in MatMulPass pass);

    /// <summary>sums[columns] = sum over rows of values [rows, columns]; overwrites, in a fixed order.</summary>
    public abstract void SumRows(ArrayView<float> values, long rows, int columns, ArrayView<float> sums);

    /// <summary>Copies some columns of a matrix to some columns of another; the target's other columns stay.</summary>
    public abstract void CopyColumns(in CopyColumnsPass pass);

    /// <summary>Loss, gradient and hits of a batch; see <see cref="CrossEntropyPass"/> for what is
    /// overwritten.</summary>
    public abstract void SoftmaxCrossEntropy(in CrossEntropyPass pass);

    /// <summary>count[0] = the labels from 0 up, at least 1; overwrites.</summary>
    public abstract void CountLabels(ArrayView<int> labels, ArrayView<float> count);

    /// <summary>Loss and gradient of a batch of answers that are numbers; see <see cref="ValueLossPass"/> for what is
    /// overwritten.</summary>
    public abstract void ValueLoss(in ValueLossPass pass);

    /// <summary>Picks a batch out of a resident byte data set, moving its images at random where the pass wants it:
    /// overwrites X [T, B, I] and Labels [B].</summary>
    public abstract void GatherBatch(in GatherPass pass);

    /// <summary>Picks a batch out of resident sequences: overwrites X [T, B, I], with zeros past their ends, Labels
    /// [B], and Lengths [B] where given.</summary>
    public abstract void GatherSequences(in SequenceGatherPass pass);

    /// <summary>Overwrites Labels [T, B] with those of every step of a batch of resident sequences.</summary>
    public abstract void GatherStepLabels(in StepLabelsPass pass);

    /// <summary>Overwrites Rows [B, M] with a batch's rows of a resident table.</summary>
    public abstract void GatherRows(in RowsPass pass);

    /// <summary>Picks a batch of windows out of resident series: overwrites X [W, B, I], and Bases [B, K] and Answers
    /// [B, H, K] where given.</summary>
    public abstract void GatherWindows(in WindowPass pass);

    /// <summary>norm[0] = the Euclidean norm of values; overwrites, in a fixed order.</summary>
    public abstract void GlobalNorm(ArrayView<float> values, ArrayView<float> norm);

    /// <summary>One Adam step over the flat parameter buffer, clipped by the global norm; skipped, and recorded in the
    /// state, when the norm or the loss is not finite. Updates parameters and both moments in place, writes the step's
    /// row of the history, and advances the state's step and position.</summary>
    public abstract void OptimizerStep(in OptimizerPass pass);

    /// <summary>Drops values at random and scales those that it keeps. The mask depends on the pass's seed, stream and
    /// step alone, so that backward draws it again. Overwrites the output, which may be the input.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public abstract void Dropout(in DropoutPass pass);

    /// <summary>Sets every element.</summary>
    public abstract void Fill(ArrayView<float> target, float value);

    /// <summary>Copies source to target, of the same length.</summary>
    public abstract void Copy(ArrayView<float> source, ArrayView<float> target);

    /// <summary>Copies as much of an optional source as target holds; zeros where it is absent.</summary>
    public void CopyOrZero(ArrayView<float> source, ArrayView<float> target)
    {
        if (!source.IsValid)
            Fill(target, 0);
        else
            Copy(source.Slice(0, target.Length), target);
    }
}
