namespace GpuLstm.Kernels;

/// <summary>The ways to update parameters.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), as
    /// torch.optim.AdamW.</summary>
    AdamW,

    /// <summary>Adam (Kingma and Ba 2015, algorithm 1), the decay a part of the gradient, as
    /// torch.optim.Adam.</summary>
    Adam,

    /// <summary>Gradient descent, with momentum and Nesterov's on demand, as torch.optim.SGD.</summary>
    Sgd,

    /// <summary>Gradients divided by the root of their mean square (Hinton's lecture 6e), with momentum on demand, as
    /// torch.optim.RMSprop.</summary>
    RmsProp,
}

/// <summary>What an update does not find on the device.</summary>
public struct OptimizerSettings
{
    public OptimizerKind Kind;

    /// <summary>Decay of the first moment; of SGD and RMSprop the momentum.</summary>
    public float Beta1;

    /// <summary>Decay of the second moment; RMSprop's alpha.</summary>
    public float Beta2;

    public float Epsilon, WeightDecay;

    /// <summary>1: Nesterov's momentum.</summary>
    public int Nesterov;

    /// <summary>Largest norm of the gradients; 0: no clipping by it.</summary>
    public float MaxNorm;

    /// <summary>Largest magnitude of a gradient; 0: no clipping by it.</summary>
    public float MaxValue;
}
