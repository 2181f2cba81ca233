namespace GpuLstm.Kernels.Gpu;

/// <summary>The parameters' update and the bookkeeping of a step. All that changes from step to step is read on the
/// device, so that a recorded step can be replayed.</summary>
public static class Optimizer
{
    // Places in the state; Runtime's StepState names them for the host.
    private const int Step = 0, Position = 1, Applied = 2, Skipped = 3, FirstSkipped = 4, BadOffset = 5, First = 6;

    /// <summary>One parameter's update; none when the norm or the loss is not finite.</summary>
    /// <param name="i">Of the flat parameters.</param>
    /// <param name="parameters">Updated.</param>
    /// <param name="gradients">Read.</param>
    /// <param name="first">m, or the momentum's buffer, updated.</param>
    /// <param name="second">v, or RMSprop's mean square, updated.</param>
    /// <param name="norm">[1] of the gradients.</param>
    /// <param name="result">{sum of losses, hits}.</param>
    /// <param name="state">Training state.</param>
    /// <param name="schedule">[steps, 3] learning rate of the step; 1/(1-beta1^t), 1/sqrt(1-beta2^t) of the applied
    /// step.</param>
    /// <param name="settings">Which update, and its numbers.</param>
    public static void Update(
        Index1D i, ArrayView<float> parameters, ArrayView<float> gradients, ArrayView<float> first,
        ArrayView<float> second, ArrayView<float> norm, ArrayView<float> result, ArrayView<int> state,
        ArrayView<float> schedule, OptimizerSettings settings)
    {
        if (!XMath.IsFinite(norm[0]) || !XMath.IsFinite(result[0]))
            return;
        float rate = schedule[3L * state[Step]];
        // torch.nn.utils.clip_grad_norm_ and clip_grad_value_
        float scale = settings.MaxNorm > 0 ? XMath.Min(1, settings.MaxNorm / (norm[0] + 1e-6f)) : 1;
        float p = parameters[i], g = gradients[i] * scale;
        if (settings.MaxValue > 0)
            g = XMath.Min(settings.MaxValue, XMath.Max(-settings.MaxValue, g));
        if (settings.Kind != OptimizerKind.AdamW)
            g += settings.WeightDecay * p;
        if (settings.Kind == OptimizerKind.Sgd)
        {
            float m = settings.Beta1 * first[i] + g;
            first[i] = m;
            parameters[i] = p - rate * (settings.Nesterov != 0 ? g + settings.Beta1 * m : m);
        }
        else if (settings.Kind == OptimizerKind.RmsProp)
        {
            float v = settings.Beta2 * second[i] + (1 - settings.Beta2) * g * g;
            float m = settings.Beta1 * first[i] + g / (XMath.Sqrt(v) + settings.Epsilon);
            first[i] = m;
            second[i] = v;
            parameters[i] = p - rate * m;
        }
        else
        {
            float correction1 = schedule[3L * state[Applied] + 1], correction2 = schedule[3L * state[Applied] + 2];
            float m = settings.Beta1 * first[i] + (1 - settings.Beta1) * g;
            float v = settings.Beta2 * second[i] + (1 - settings.Beta2) * g * g;
            float change = m / (XMath.Sqrt(v) * correction2 + settings.Epsilon);
            first[i] = m;
            second[i] = v;
            float decay = settings.Kind == OptimizerKind.AdamW ? settings.WeightDecay : 0;
            parameters[i] = -rate * correction1 * change + (1 - rate * decay) * p;
        }
    }

    /// <summary>Ends the step, after <see cref="Update"/>: counts the update, or records the first that was skipped and
    /// where its first gradient that is not finite stands, -1 for the loss; history[step mod capacity] = {mean loss,
    /// hits, norm, what the mean is over}; advances step and position. One group of <see
    /// cref="Reductions.Items"/>.</summary>
    /// <param name="gradients">Read where the norm is not finite.</param>
    /// <param name="norm">[1] of the gradients.</param>
    /// <param name="result">{sum of losses, hits}.</param>
    /// <param name="state">Training state.</param>
    /// <param name="history">[capacity, 4], one row overwritten.</param>
    /// <param name="pieceSteps">Steps of sequences by which the next piece begins later; 0: at their beginning.</param>
    /// <param name="count">[1] what the mean loss is over; empty: B.</param>
    /// <param name="batch">B.</param>
    public static void EndStep(
        ArrayView<float> gradients, ArrayView<float> norm, ArrayView<float> result, ArrayView<int> state,
        ArrayView<float> history, ArrayView<float> count, int batch, int pieceSteps)
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
        long row = step % (history.Length / 4) * 4;
        float all = count.Length > 0 ? count[0] : batch;
        history[row] = result[0] / all;
        history[row + 1] = result[1];
        history[row + 2] = norm[0];
        history[row + 3] = all;
        state[Step] = step + 1;
        state[Position] += batch;
        state[First] = pieceSteps > 0 ? state[First] + pieceSteps : 0;
    }
}
