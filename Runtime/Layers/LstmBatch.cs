using GpuLstm.Runtime.Accelerators;
using ILGPU;

namespace GpuLstm.Runtime.Layers;

/// <summary>What a stack takes in a forward pass.</summary>
public readonly record struct LstmBatch
{
    public required int BatchSize { get; init; }
    public required ArrayView<float> X { get; init; } // [S, B, I]

    /// <summary>S, the steps of the longest sequence; 0: those that the stack was made for.</summary>
    public int Steps { get; init; }

    /// <summary>[B] steps of each sequence, from 1 to S, in any order; absent: all have S. What x holds beyond a
    /// sequence's end must be finite, and changes nothing: outputs are zero there, final states are those at the end,
    /// and the reverse direction starts at the end, as with torch's packed sequences.</summary>
    public ArrayView<int> Lengths { get; init; }

    /// <summary>Null: zero.</summary>
    public LstmState? Initial { get; init; }

    /// <summary>Overwritten with the states after each sequence's last step; not the initial one, which backward
    /// needs.</summary>
    public LstmState? Final { get; init; }
}

/// <summary>What a stack takes in a backward pass, and what that overwrites.</summary>
public readonly record struct LstmBatchGradients
{
    public ArrayView<float> Last { get; init; }    // [B, D P] of what forward returned; absent: zero
    public ArrayView<float> Outputs { get; init; } // [S, B, D P] of the outputs at every step; absent: zero

    /// <summary>Of the final states; null: zero. Then <see cref="Last"/> must be absent: the last layer's h is in
    /// both.</summary>
    public LstmState? Final { get; init; }

    public ArrayView<float> X { get; init; }       // [S, B, I] overwritten; may be absent

    /// <summary>Overwritten with the gradient of the initial states; may be null.</summary>
    public LstmState? Initial { get; init; }
}
