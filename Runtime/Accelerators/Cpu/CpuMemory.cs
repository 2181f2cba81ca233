using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>Memory of ILGPU's CPU accelerator for the processor's own kernels: aligned to a cache line, where ILGPU's
/// own would be to 16 bytes.</summary>
internal static unsafe class CpuMemory
{
    private const int Alignment = 64;

    private static readonly Lazy<CPUAccelerator> s_accelerator = new(Create);

    /// <summary>Whose memory it is: one for the whole process, with as few threads as ILGPU allows, since no kernel of
    /// its own runs on it.</summary>
    public static CPUAccelerator Accelerator => s_accelerator.Value;

    private static CPUAccelerator Create()
    {
        NativeLibraries.Register();
        CPUDevice device = new(numThreadsPerWarp: 2, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1);
        return device.CreateCPUAccelerator(Context.Create(builder => { }));
    }

    /// <summary>A buffer of zeros.</summary>
    /// <exception cref="DeviceException">The system has not that much memory.</exception>
    public static MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length) where T : unmanaged
    {
        nuint bytes = checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T));
        void* data;
        try
        {
            data = NativeMemory.AlignedAlloc(bytes, Alignment);
        }
        catch (OutOfMemoryException e)
        {
            throw new DeviceException(
                $"The cpu device could not allocate {bytes / 1e6:F0} MB; a smaller batch needs less.", e);
        }
        NativeMemory.Clear(data, bytes);
        DeviceMemory.Add(length * sizeof(T));
        GC.AddMemoryPressure((long)bytes);
        return new OwnedBuffer<T>(
            Accelerator, CPUMemoryBuffer.Create(Accelerator, (nint)data, Math.Max(length, 1), sizeof(T)), length, () =>
            {
                NativeMemory.AlignedFree(data);
                GC.RemoveMemoryPressure((long)bytes);
            });
    }

    /// <summary>The buffer's first element.</summary>
    public static T* Pointer<T>(this MemoryBuffer1D<T, Stride1D.Dense> buffer) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(buffer.IsDisposed, buffer);
        return (T*)buffer.NativePtr;
    }

    /// <summary>The view's first element, null for an absent one.</summary>
    /// <exception cref="ArgumentException">The view is shorter than the operation needs, or not of the processor's
    /// memory.</exception>
    public static T* Pointer<T>(this ArrayView<T> view, long needed) where T : unmanaged
    {
        if (!view.IsValid)
            return null;
        if (view.Length < needed)
            throw new ArgumentException($"The operation needs {needed} elements, the view holds {view.Length}.");
        if (view.GetAcceleratorType() != AcceleratorType.CPU)
            throw new ArgumentException("The view belongs to another device.");
        return (T*)view.LoadEffectiveAddressAsPtr();
    }

    /// <summary>As <see cref="Pointer{T}(ArrayView{T}, long)"/>, for a view that must be there.</summary>
    /// <exception cref="ArgumentException">It is absent.</exception>
    public static T* Required<T>(this ArrayView<T> view, long needed) where T : unmanaged =>
        view.IsValid || needed == 0 ? view.Pointer(needed)
            : throw new ArgumentException("A view that the operation needs is absent.");
}
