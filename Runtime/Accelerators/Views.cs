using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>Parts of views, checked on the host: ILGPU ends the process where an index of its own is wrong. A view that
/// is not valid is the absent one of an optional argument.</summary>
public static class Views
{
    /// <summary><paramref name="length"/> elements from <paramref name="start"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie within the view.</exception>
    public static ArrayView<T> Slice<T>(this ArrayView<T> view, long start, long length) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + length, view.Length);
        return length == 0 ? default : view.SubView(start, length);
    }

    /// <inheritdoc cref="Slice{T}(ArrayView{T}, long, long)"/>
    public static ArrayView<T> Slice<T>(this ArrayView1D<T, Stride1D.Dense> view, long start, long length)
        where T : unmanaged => view.BaseView.Slice(start, length);
}
