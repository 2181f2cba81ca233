using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Views of buffers as kernels take them.</summary>
internal static class GpuViews
{
    /// <summary>The view's first <paramref name="needed"/> elements; empty for an absent view.</summary>
    /// <exception cref="ArgumentException">The view is shorter, or of another accelerator.</exception>
    public static ArrayView<T> Optional<T>(this BufferView<T> view, long needed) where T : unmanaged
    {
        if (view.IsAbsent)
            return default;
        if (view.Length < needed)
            throw new ArgumentException($"The operation needs {needed} elements, the view holds {view.Length}.");
        return view.Buffer is IKernelBuffer buffer
            ? new ArrayView<T>(buffer, view.Offset * Unsafe.SizeOf<T>(), needed)
            : throw new ArgumentException("The view belongs to another accelerator.");
    }

    /// <summary>As <see cref="Optional"/>, for a view that must be there.</summary>
    /// <exception cref="ArgumentException">It is absent.</exception>
    public static ArrayView<T> Required<T>(this BufferView<T> view, long needed) where T : unmanaged =>
        view.IsAbsent ? throw new ArgumentException("A view that the operation needs is absent.")
        : view.Optional(needed);

    /// <summary>All of a view that must be there.</summary>
    public static ArrayView<T> Whole<T>(this BufferView<T> view) where T : unmanaged => view.Required(view.Length);
}
