using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Language;

/// <summary>Copies from global to shared memory that run beside the item's work (CUDA's cp.async, from sm_80 on; ILGPU
/// has no such words). An item waits for its own copies; a <see cref="Group.Barrier"/> then shows them to the group.
/// The debug accelerator copies at the wait, so that a read too early finds what was there before.</summary>
public static class AsyncCopy
{
    /// <summary>Starts a copy of 16 bytes; both sides lie at multiples of 16.</summary>
    public static unsafe void Copy(ref Float4 to, in Float4 from)
    {
        (nint target, nint source) = ((nint)Unsafe.AsPointer(ref to),
            (nint)Unsafe.AsPointer(ref Unsafe.AsRef(in from)));
        KernelContext.Current.CopyLater(() => *(Float4*)target = *(Float4*)source);
    }

    /// <summary>Starts a copy of 16 bytes, or of zeros where <paramref name="wanted"/> is false: then nothing is
    /// read.</summary>
    public static unsafe void CopyOrZero(ref Float4 to, in Float4 from, bool wanted)
    {
        (nint target, nint source) = ((nint)Unsafe.AsPointer(ref to),
            (nint)Unsafe.AsPointer(ref Unsafe.AsRef(in from)));
        KernelContext.Current.CopyLater(() => *(Float4*)target = wanted ? *(Float4*)source : default);
    }

    /// <summary>Starts a copy of 4 bytes.</summary>
    public static unsafe void Copy(ref float to, in float from)
    {
        (nint target, nint source) = ((nint)Unsafe.AsPointer(ref to),
            (nint)Unsafe.AsPointer(ref Unsafe.AsRef(in from)));
        KernelContext.Current.CopyLater(() => *(float*)target = *(float*)source);
    }

    /// <summary>Closes the batch of copies started since the last commit.</summary>
    public static void Commit() => KernelContext.Current.CommitCopies();

    /// <summary>Waits until at most the <paramref name="newest"/> batches committed last are under way.</summary>
    /// <param name="newest">A constant.</param>
    public static void Wait(int newest) => KernelContext.Current.WaitForCopies(newest);
}
