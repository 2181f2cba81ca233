using ILGPU;

namespace GpuLstm.Runtime.Accelerators.Gpu;

/// <summary>Views of buffers as kernels take them.</summary>
internal static class GpuViews
{
    /// <summary>The view's first <paramref name="needed"/> elements; the absent view where it is absent.</summary>
    /// <exception cref="ArgumentException">The view is shorter.</exception>
    public static ArrayView<T> Optional<T>(this ArrayView<T> view, long needed) where T : unmanaged
    {
        if (!view.IsValid)
            return default;
        return view.Length >= needed ? view.Slice(0, needed)
            : throw new ArgumentException($"The operation needs {needed} elements, the view holds {view.Length}.");
    }

    /// <summary>As <see cref="Optional"/>, for a view that must be there.</summary>
    /// <exception cref="ArgumentException">It is absent.</exception>
    public static ArrayView<T> Required<T>(this ArrayView<T> view, long needed) where T : unmanaged =>
        view.IsValid || needed == 0 ? view.Optional(needed)
            : throw new ArgumentException("A view that the operation needs is absent.");
}
