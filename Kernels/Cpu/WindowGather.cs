namespace GpuLstm.Kernels.Cpu;

/// <summary>Arguments of <see cref="WindowGather.Run"/>.</summary>
public unsafe struct WindowGatherArguments
{
    public int B, W, H, I, K;
    public float* Values;  // [S, I]
    public int* Starts;    // [N] the first row of each window
    public int* Order;     // [B] indices of windows
    public int* Ahead;     // [I] rows that a column is read ahead
    public float* Bases;   // [B, K] overwritten with each window's last value, or its mean; null: 0
    public bool IsMean;
    public float* X;       // [W, B, I] overwritten: value - base
    public float* Answers; // [B, H, K] overwritten likewise, of the rows that follow; or null
}

/// <summary>Picks a batch of windows out of resident series, as the kernels for GPUs of this name do.</summary>
public static unsafe class WindowGather
{
    /// <summary>A worker's share of the windows.</summary>
    public static void Run(in WindowGatherArguments a, int worker, int workers)
    {
        int start = (int)((long)a.B * worker / workers), end = (int)((long)a.B * (worker + 1) / workers);
        for (int s = start; s < end; s++)
        {
            float* rows = a.Values + (nint)a.Starts[a.Order[s]] * a.I;
            float* bases = a.Bases == null ? null : a.Bases + (nint)s * a.K;
            for (int k = 0; bases != null && k < a.K; k++)
                bases[k] = Base(a, rows + k);
            for (nint t = 0; t < a.W; t++)
            {
                float* x = a.X + (t * a.B + s) * a.I;
                for (nint i = 0; i < a.I; i++)
                    x[i] = rows[(t + a.Ahead[i]) * a.I + i] - (bases != null && i < a.K ? bases[i] : 0);
            }
            if (a.Answers == null)
                continue;
            float* answers = a.Answers + (nint)s * a.H * a.K, next = rows + (nint)a.W * a.I;
            for (nint h = 0; h < a.H; h++)
                for (nint k = 0; k < a.K; k++)
                    answers[h * a.K + k] = next[h * a.I + k] - (bases != null ? bases[k] : 0);
        }
    }

    private static float Base(in WindowGatherArguments a, float* column)
    {
        float last = column[(nint)(a.W - 1) * a.I], sum = 0;
        if (!a.IsMean)
            return last;
        for (nint t = 0; t < a.W; t++)
            sum += column[t * a.I] - last; // of differences: nothing cancels
        return last + sum / a.W;
    }
}
