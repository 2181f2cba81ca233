namespace GpuLstm.Kernels.Cpu;

/// <summary>What forward and backward of one LSTM layer and direction share. W is the vector's width in floats, Q =
/// ceil(H/W) the number of unit blocks; a block's panel row holds the gates i, f, g, o of W units side by side: 4W
/// floats, which is what a register tile produces, what the gate functions read, and what the gradient products take as
/// their right operand. The batch is cut into slices, one per worker; a slice's gates and cells lie together, because
/// what two cores write and read in turn costs more to hand over than to compute.</summary>
public unsafe struct LstmLayer
{
    public int T, B, I, H;
    public int Slices;      // of the batch: one per worker
    public bool Reverse;    // time runs from T-1 to 0
    public bool Training;   // keep every step for backward; else only the current and the previous one
    public float* X;        // [T, B, I]
    public float* H0;       // [B, H] or null for zero
    public float* C0;       // [B, H] or null for zero
    public float* Y;        // [T, B, H]
    public float* Hidden;   // [T, B, H] h as the next step takes it: Y, or apart from it masked and handed on
    public float* HiddenStart; // [B, H] the same before the first step: H0, or apart from it
    public LstmExtras Extras;
    public float* Gates;    // per slice [Q, T*b, 4W] after their functions; backward turns them into gradients in place
    public float* Cells;    // per slice [Q, T*b, 2W] c and tanh(c)

    /// <summary>Steps that Gates and Cells have room for.</summary>
    public readonly int StepsKept => Training ? T : 2;

    /// <summary>The k-th step's time index.</summary>
    public readonly int Time(int step) => Reverse ? T - 1 - step : step;
}

/// <summary>One worker's samples of a layer, and where their gates and cells lie.</summary>
public readonly unsafe struct LstmSlice
{
    public readonly int Start, Count; // samples of the batch
    public readonly nint Rows;        // of Gates and Cells in a block
    private readonly int* _ends;      // [T + 1] or null
    public readonly float* Gates;     // [Q, Rows, 4W]
    public readonly float* Cells;     // [Q, Rows, 2W]

    /// <param name="width">W.</param>
    public LstmSlice(in LstmLayer layer, int index, int width)
    {
        Start = (int)((long)layer.B * index / layer.Slices);
        Count = (int)((long)layer.B * (index + 1) / layer.Slices) - Start;
        Rows = (nint)layer.StepsKept * Count;
        _ends = layer.Extras.Ends == null ? null : layer.Extras.Ends + (nint)index * (layer.T + 1);
        IsCompact = _ends != null && layer.Training;
        nint before = (nint)layer.StepsKept * Start * ((layer.H + width - 1) / width) * width;
        Gates = layer.Gates + before * 4;
        Cells = layer.Cells + before * 2;
    }

    /// <summary>Whether there are rows for samples that run alone; else for all at each time.</summary>
    public bool IsCompact { get; }

    /// <summary>Samples from the first on among which all are that run at a time.</summary>
    public int Running(int time) => _ends == null ? Count : _ends[time + 1] - _ends[time];

    /// <summary>In training, the row where a time's samples begin.</summary>
    public nint RowAt(int time) => IsCompact ? _ends[time] : (nint)time * Count;

    /// <summary>The row where the k-th step's samples begin.</summary>
    public nint Row(in LstmLayer layer, int step) =>
        layer.Training ? RowAt(layer.Time(step)) : (nint)(step & 1) * Count;
}
