namespace GpuLstm.Kernels.Language;

/// <summary>Memory that views look into: a device's buffer, or the host's.</summary>
public interface IKernelBuffer
{
    /// <summary>The memory object's own name on its device: a <c>cl_mem</c>, a <c>CUdeviceptr</c>, or an
    /// address.</summary>
    nint Handle { get; }

    /// <summary>Where the memory starts in the host's address space; 0 when the host cannot reach it.</summary>
    nint HostAddress { get; }
}
