using GpuLstm.Kernels;
using ILGPU;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>A matrix [Rows, Columns] in a view, row-major with <paramref name="Stride"/> floats from a row to the
/// next.</summary>
/// <param name="Transposed">Whether the product takes its transpose.</param>
/// <param name="BatchStride">Floats from one batch item to the next; 0: all share one.</param>
public readonly record struct MatrixView(ArrayView<float> View, long Stride, bool Transposed = false,
    long BatchStride = 0)
{
    /// <summary>Elements from the first to the last that a batch of it touches.</summary>
    public long Extent(int rows, int columns, int batch)
    {
        (long outer, long inner) = Transposed ? (columns, rows) : (rows, columns);
        return outer == 0 || inner == 0 ? 0 : (batch - 1) * BatchStride + (outer - 1) * Stride + inner;
    }
}

/// <summary>C[b] = Alpha op(A[b]) op(B[b]) + Beta C[b] + Bias.</summary>
public readonly record struct MatMulPass
{
    public int Batch { get; init; }
    public required int M { get; init; }
    public required int N { get; init; }
    public required int K { get; init; }
    public required MatrixView A { get; init; }   // op(A): [M, K]
    public required MatrixView B { get; init; }   // op(B): [K, N]
    public required MatrixView C { get; init; }   // [M, N], not transposed
    public float Alpha { get; init; }
    public float Beta { get; init; }
    public ArrayView<float> Bias { get; init; }  // [N], absent: none

    public MatMulPass()
    {
        Batch = 1;
        Alpha = 1;
    }
}

/// <summary>Columns copied from one matrix into another: what lays the directions of a layer side by side.</summary>
public readonly record struct CopyColumnsPass
{
    public required int Rows { get; init; }
    public required int Columns { get; init; }
    public required ArrayView<float> Source { get; init; } // [rows, stride], from its column on
    public required int SourceStride { get; init; }
    public int SourceColumn { get; init; }
    public required ArrayView<float> Target { get; init; } // [rows, stride], its columns overwritten
    public required int TargetStride { get; init; }
    public int TargetColumn { get; init; }
}

/// <summary>Softmax cross-entropy of a batch.</summary>
public readonly record struct CrossEntropyPass
{
    public required int BatchSize { get; init; }
    public required int Classes { get; init; }
    public required ArrayView<float> Logits { get; init; } // [B, C]
    /// <summary>[B]; one below 0 counts nowhere. Absent: only probabilities.</summary>
    public ArrayView<int> Labels { get; init; }
    /// <summary>[1] what the mean loss is over, from <see cref="Operations.CountLabels"/>; absent: B.</summary>
    public ArrayView<float> Count { get; init; }
    public float LabelSmoothing { get; init; }
    /// <summary>[C] what a sample's loss is multiplied by, for its label, as Keras's class_weight does; absent:
    /// 1.</summary>
    public ArrayView<float> ClassWeights { get; init; }
    /// <summary>[2] {sum of losses, hits}: overwritten, or added to when <see cref="Accumulate"/>.</summary>
    public ArrayView<float> Result { get; init; }
    public bool Accumulate { get; init; }
    public ArrayView<float> DLogits { get; init; }         // [B, C] overwritten: d(mean loss)
    public ArrayView<float> Probabilities { get; init; }   // [B, C] overwritten
}

/// <summary>The loss of answers that are numbers; see <see cref="ValueLossKind"/>.</summary>
public readonly record struct ValueLossPass
{
    public required int BatchSize { get; init; }
    /// <summary>M, of a sample.</summary>
    public required int Values { get; init; }
    public required ValueLossKind Kind { get; init; }
    /// <summary>Of Huber.</summary>
    public float Delta { get; init; }
    public required ArrayView<float> Answers { get; init; } // [B, M]
    public required ArrayView<float> Targets { get; init; } // [B, M]
    /// <summary>[2] sums over the samples of {mean loss, mean magnitude of the errors}: overwritten.</summary>
    public required ArrayView<float> Result { get; init; }
    public ArrayView<float> DAnswers { get; init; }         // [B, M] overwritten: d(mean loss); may be absent
}

/// <summary>A batch out of a resident data set: samples Order[Start + state position ...], each moved at random when
/// there is an augmentation.</summary>
public readonly record struct GatherPass
{
    public required int BatchSize { get; init; }
    public required int TimeSteps { get; init; }
    public required int InputSize { get; init; }
    public required ArrayView<byte> Items { get; init; }      // [N, T, I]
    public required ArrayView<byte> ItemLabels { get; init; } // [N]
    public required ArrayView<int> Order { get; init; }       // [N] indices
    public ArrayView<int> State { get; init; }                // absent: position 0
    public long Start { get; init; }
    public required float Scale { get; init; }                 // value = byte * Scale + Shift
    public required float Shift { get; init; }
    /// <summary>How far samples are moved, as images of T rows of I pixels: anew in each step of the state.</summary>
    public Augmentation Augmentation { get; init; }
    /// <summary>Decides, with step and item, how each sample is moved.</summary>
    public ulong Seed { get; init; }
    public required ArrayView<float> X { get; init; }         // [T, B, I]
    public required ArrayView<int> Labels { get; init; }      // [B]
}

/// <summary>A batch out of resident sequences: those at Order[Start + state position ...].</summary>
public readonly record struct SequenceGatherPass
{
    public required int BatchSize { get; init; }
    public required int TimeSteps { get; init; }              // T, at least the longest
    public required int InputSize { get; init; }
    public required ArrayView<float> Values { get; init; }    // [S, I], one sequence after the other
    public required ArrayView<int> Starts { get; init; }      // [N] the first step of each in Values
    public required ArrayView<int> ItemLengths { get; init; } // [N]
    public required ArrayView<byte> ItemLabels { get; init; } // [N]
    public required ArrayView<int> Order { get; init; }       // [N] indices
    public ArrayView<int> State { get; init; }                // absent: position 0
    public long Start { get; init; }
    public required ArrayView<float> X { get; init; }         // [T, B, I] overwritten; zero past a sequence's end
    public required ArrayView<int> Labels { get; init; }      // [B] overwritten
    public ArrayView<int> Lengths { get; init; }              // [B] overwritten; may be absent
    /// <summary>The step of each sequence that X begins with, beside the state's.</summary>
    public int First { get; init; }
}

/// <summary>The labels of every step of a batch of resident sequences.</summary>
public readonly record struct StepLabelsPass
{
    public required int BatchSize { get; init; }
    public required int TimeSteps { get; init; }
    public required ArrayView<int> ItemLabels { get; init; }  // [S] of the steps; below 0: none
    public required ArrayView<int> Starts { get; init; }      // [N] the first step of each sequence
    public required ArrayView<int> ItemLengths { get; init; } // [N]
    public required ArrayView<int> Order { get; init; }       // [N] indices
    public ArrayView<int> State { get; init; }                // absent: position 0
    public long Start { get; init; }
    /// <summary>The step of each sequence that the labels begin with, beside the state's.</summary>
    public int First { get; init; }
    public required ArrayView<int> Labels { get; init; }      // [T, B] overwritten; -1 past a sequence's end
}

/// <summary>Rows of numbers of a batch, such as what regression is to answer.</summary>
public readonly record struct RowsPass
{
    public required int BatchSize { get; init; }
    public required int Size { get; init; }                   // M
    public required ArrayView<float> Items { get; init; }     // [N, M]
    public required ArrayView<int> Order { get; init; }       // [N] indices
    public ArrayView<int> State { get; init; }                // absent: position 0
    public long Start { get; init; }
    public required ArrayView<float> Rows { get; init; }      // [B, M] overwritten
}

/// <summary>A batch of windows out of resident series: W rows to read, and of the H that follow the first K columns to
/// answer.</summary>
public readonly record struct WindowPass
{
    public required int BatchSize { get; init; }
    public required int Window { get; init; }                 // W
    public required int Horizon { get; init; }                // H
    public required int InputSize { get; init; }              // I
    public required int Series { get; init; }                 // K
    public required ArrayView<float> Values { get; init; }    // [S, I]
    public required ArrayView<int> Starts { get; init; }      // [N] the first row of each window
    public required ArrayView<int> Order { get; init; }       // [N] indices
    public ArrayView<int> State { get; init; }                // absent: position 0
    public long Start { get; init; }
    public required ArrayView<int> Ahead { get; init; }       // [I] rows that a column is read ahead
    /// <summary>[B, K] overwritten with what is subtracted from each window's values before, its last one or its mean;
    /// absent: nothing is.</summary>
    public ArrayView<float> Bases { get; init; }
    public bool IsMean { get; init; }
    public required ArrayView<float> X { get; init; }         // [W, B, I] overwritten
    public ArrayView<float> Answers { get; init; }            // [B, H, K] overwritten; may be absent
}

/// <summary>Inverted dropout, as torch.nn.Dropout: forward with a layer's values, backward with their
/// gradient.</summary>
public readonly record struct DropoutPass
{
    public required ArrayView<float> Input { get; init; }  // [n]
    public required ArrayView<float> Output { get; init; } // [n] overwritten; may be the input
    /// <summary>Probability of being dropped, in [0, 1).</summary>
    public required float Rate { get; init; }
    public required ulong Seed { get; init; }
    /// <summary>Tells the masks of one step apart: each place of dropout in a network has its own.</summary>
    public required uint Stream { get; init; }
    /// <summary>The training state, whose step counts: on the device, so that a GPU can replay the pass; absent: step
    /// 0.</summary>
    public ArrayView<int> State { get; init; }

    /// <summary>What kept values are multiplied by; one factor on all accelerators, because a device's division may be
    /// rounded twice.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public float Scale() => Rate is >= 0 and < 1 ? 1 / (1 - Rate)
        : throw new ArgumentOutOfRangeException(nameof(Rate), Rate, "A rate is in [0, 1).");
}

/// <summary>Random bits: 1 at the places where dropout of the same rate, seed, stream and step drops.</summary>
public readonly record struct MaskPass
{
    public required ArrayView<byte> Mask { get; init; } // [n] overwritten
    /// <summary>Probability of a one, in [0, 1].</summary>
    public required float Rate { get; init; }
    public required ulong Seed { get; init; }
    public required uint Stream { get; init; }
    /// <summary>As <see cref="DropoutPass.State"/>.</summary>
    public ArrayView<int> State { get; init; }
}

/// <summary>One optimiser step; see <see cref="OptimizerKind"/> for the formulas.</summary>
public readonly record struct OptimizerPass
{
    public required ArrayView<float> Parameters { get; init; }
    public required ArrayView<float> Gradients { get; init; }
    public required ArrayView<float> FirstMoment { get; init; }
    public required ArrayView<float> SecondMoment { get; init; }
    /// <summary>[1] the gradients' norm, which must be finite for the step to happen.</summary>
    public required ArrayView<float> Norm { get; init; }
    /// <summary>[2] the batch's summed loss, which must be finite too, and hits.</summary>
    public required ArrayView<float> Result { get; init; }
    public required ArrayView<int> State { get; init; }
    /// <summary>[steps, 3] {learning rate of this step, 1/(1-beta1^t), 1/sqrt(1-beta2^t) of the t-th applied step}: on
    /// the device, so that a step's arguments never change and a GPU can replay it.</summary>
    public required ArrayView<float> Schedule { get; init; }
    /// <summary>Which update, and its numbers.</summary>
    public required OptimizerSettings Settings { get; init; }
    /// <summary>Samples that the step takes: the position moves on by as many.</summary>
    public required int BatchSize { get; init; }
    /// <summary>Steps of sequences by which the next piece begins later; 0: it begins at their beginning.</summary>
    public int PieceSteps { get; init; }
    /// <summary>[1] what the mean loss is over; absent: B.</summary>
    public ArrayView<float> Count { get; init; }
    /// <summary>[capacity, 4] {mean loss, hits, gradient norm, what the mean is over}: the row step mod capacity is
    /// overwritten.</summary>
    public required ArrayView<float> History { get; init; }

    /// <summary>Columns of <see cref="History"/>.</summary>
    public const int HistoryColumns = 4;
}

/// <summary>The training state that lives on the device: ints at these places.</summary>
public static class StepState
{
    /// <summary>Training steps done, skipped ones included.</summary>
    public const int Step = 0;

    /// <summary>Samples of this epoch already taken.</summary>
    public const int Position = 1;

    /// <summary>Updates applied.</summary>
    public const int Applied = 2;

    /// <summary>Updates skipped because a gradient or the loss was not finite.</summary>
    public const int Skipped = 3;

    /// <summary>The first skipped step, when there is one.</summary>
    public const int FirstSkipped = 4;

    /// <summary>Offset in the flat gradients of the first value that was not finite then, or
    /// <see cref="Loss"/>.</summary>
    public const int BadOffset = 5;

    /// <summary>In place of an offset: every gradient was finite, and the loss was not.</summary>
    public const int Loss = -1;

    /// <summary>The step of each sequence that the next piece begins with, where sequences are read in
    /// pieces.</summary>
    public const int First = 6;

    /// <summary>Ints of the state.</summary>
    public const int Length = 8;
}
