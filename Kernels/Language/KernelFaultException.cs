namespace GpuLstm.Kernels.Language;

/// <summary>A kernel did what a device would not survive or not notice: an index outside a view, a barrier that part of
/// a group passes by, a word used outside a kernel. The debug accelerator adds the kernel, group and item.</summary>
public sealed class KernelFaultException : Exception
{
    public KernelFaultException(string message) : base(message) { }
    public KernelFaultException(string message, Exception inner) : base(message, inner) { }
}
