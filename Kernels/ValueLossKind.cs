namespace GpuLstm.Kernels;

/// <summary>What an answer that is a number loses by its error e, as PyTorch's losses of these names define
/// it.</summary>
public enum ValueLossKind
{
    /// <summary>e^2 (torch.nn.MSELoss).</summary>
    Mse,

    /// <summary>|e| (torch.nn.L1Loss).</summary>
    Mae,

    /// <summary>e^2 / 2 where |e| is below delta, else delta (|e| - delta / 2) (torch.nn.HuberLoss).</summary>
    Huber,
}
