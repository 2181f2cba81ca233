using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators;

/// <summary>A buffer of ILGPU's that tells us when it is freed.</summary>
/// <param name="memory">What the buffer lies in, and frees.</param>
/// <param name="length">Elements.</param>
/// <param name="freed">Called once, after that.</param>
internal sealed class OwnedBuffer<T>(Accelerator accelerator, MemoryBuffer memory, long length, Action freed)
    : MemoryBuffer1D<T, Stride1D.Dense>(accelerator, new(memory.AsArrayView<T>(0, length), length, default))
    where T : unmanaged
{
    private Action? _freed = freed;

    protected override void DisposeAcceleratorObject(bool disposing)
    {
        try
        {
            base.DisposeAcceleratorObject(disposing);
        }
        catch (AcceleratorException)
        {
            // A lost device frees nothing: it all went with its context.
        }
        Interlocked.Exchange(ref _freed, null)?.Invoke();
    }
}
