namespace GpuLstm.Kernels.Gpu;

/// <summary>Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019, algorithm
/// 2), as torch.optim.AdamW, and the bookkeeping of a step. All that changes from step to step is read on the device,
/// so that a recorded step can be replayed.</summary>
public static class Adam
{
    // Places in the state; Runtime's StepState names them for the host.
    private const int Step = 0, Position = 1, Applied = 2, Skipped = 3, FirstSkipped = 4, BadOffset = 5;

    /// <summary>One parameter's update; none when the norm or the loss is not finite.</summary>
    /// <param name="i">Of the flat parameters.</param>
    /// <param name="parameters">Updated.</param>
    /// <param name="gradients">Read.</param>
    /// <param name="first">m, updated.</param>
    /// <param name="second">v, updated.</param>
    /// <param name="norm">[1] of the gradients.</param>
    /// <param name="result">{sum of losses, hits}.</param>
    /// <param name="state">Training state.</param>
    /// <param name="schedule">[steps, 3] learning rate of the step; 1/(1-beta1^t), 1/sqrt(1-beta2^t) of the applied
    /// step.</param>
    /// <param name="beta1">Decay of m.</param>
    /// <param name="beta2">Decay of v.</param>
    /// <param name="epsilon">Added after the bias correction.</param>
    /// <param name="weightDecay">Decoupled.</param>
    /// <param name="maxNorm">Largest norm; 0: no clipping.</param>
    public static void Update(
        Index1D i, ArrayView<float> parameters, ArrayView<float> gradients, ArrayView<float> first,
        ArrayView<float> second, ArrayView<float> norm, ArrayView<float> result, ArrayView<int> state,
        ArrayView<float> schedule, float beta1, float beta2, float epsilon, float weightDecay, float maxNorm)
    {
        if (!XMath.IsFinite(norm[0]) || !XMath.IsFinite(result[0]))
            return;
        float rate = schedule[3L * state[Step]];
        float correction1 = schedule[3L * state[Applied] + 1], correction2 = schedule[3L * state[Applied] + 2];
        // torch.nn.utils.clip_grad_norm_
        float scale = maxNorm > 0 ? XMath.Min(1, maxNorm / (norm[0] + 1e-6f)) : 1;
        float g = gradients[i] * scale;
        float m = beta1 * first[i] + (1 - beta1) * g;
        float v = beta2 * second[i] + (1 - beta2) * g * g;
        float change = m / (XMath.Sqrt(v) * correction2 + epsilon);
        first[i] = m;
        second[i] = v;
        parameters[i] = -rate * correction1 * change + (1 - rate * weightDecay) * parameters[i];
    }

    /// <summary>Ends the step, after <see cref="Update"/>: counts the update, or records the first that was skipped and
    /// where its first gradient that is not finite stands, -1 for the loss; history[step mod capacity] = {mean loss,
    /// hits, norm}; advances step and position. One group of <see cref="Reductions.Items"/>.</summary>
    /// <param name="gradients">Read where the norm is not finite.</param>
    /// <param name="norm">[1] of the gradients.</param>
    /// <param name="result">{sum of losses, hits}.</param>
    /// <param name="state">Training state.</param>
    /// <param name="history">[capacity, 3], one row overwritten.</param>
    /// <param name="batch">B.</param>
    public static void EndStep(
        ArrayView<float> gradients, ArrayView<float> norm, ArrayView<float> result, ArrayView<int> state,
        ArrayView<float> history, int batch)
    {
        ArrayView<int> lowest = SharedMemory.Allocate<int>(Reductions.Items);
        int bad = int.MaxValue;
        bool isNormFinite = XMath.IsFinite(norm[0]);
        if (!isNormFinite)
            for (int i = gradients.IntLength - 1 - Group.IdxX; i >= 0; i -= Reductions.Items)
                if (!XMath.IsFinite(gradients[i]))
                    bad = i;
        lowest[Group.IdxX] = bad;
        Sync.Barrier();
        if (Group.IdxX != 0)
            return;
        int step = state[Step];
        if (isNormFinite && XMath.IsFinite(result[0]))
            state[Applied] += 1;
        else
        {
            for (int item = 1; item < Reductions.Items; item++)
                bad = XMath.Min(bad, lowest[item]);
            if (state[Skipped] == 0)
            {
                state[FirstSkipped] = step;
                // The norm can overflow though every value is finite: then the last place stands for all.
                state[BadOffset] = isNormFinite ? -1 : XMath.Min(bad, gradients.IntLength - 1);
            }
            state[Skipped] += 1;
        }
        long row = step % (history.Length / 3) * 3;
        history[row] = result[0] / batch;
        history[row + 1] = result[1];
        history[row + 2] = norm[0];
        state[Step] = step + 1;
        state[Position] += batch;
    }
}
