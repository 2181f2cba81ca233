using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuLstm.Kernels.Language;

/// <summary>Memory of the host that kernels run by the debug accelerator may use: aligned to 64 bytes, and filled with
/// ones (NaN in floats), so that an element read before it is written shows.</summary>
public sealed unsafe class HostMemory<T> : IKernelBuffer, IDisposable where T : unmanaged
{
    private const int Alignment = 64;
    private void* memory;

    public HostMemory(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        nuint bytes = checked((nuint)(length * sizeof(T)));
        memory = NativeMemory.AlignedAlloc(Math.Max(bytes, 1), Alignment);
        NativeMemory.Fill(memory, bytes, 0xFF);
        Length = length;
    }

    public HostMemory(ReadOnlySpan<T> values) : this(values.Length) => values.CopyTo(View.AsSpan());

    ~HostMemory() => Free();

    public long Length { get; }
    public nint Handle => HostAddress;
    public nint HostAddress
    {
        get
        {
            ObjectDisposedException.ThrowIf(memory == null, this);
            return (nint)memory;
        }
    }
    public ArrayView<T> View => new(this, 0, Length);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }
}
