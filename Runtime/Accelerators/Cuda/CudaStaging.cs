using static GpuLstm.Runtime.Accelerators.Cuda.CudaApi;

namespace GpuLstm.Runtime.Accelerators.Cuda;

/// <summary>Host memory that the device reads and writes itself, in pieces that take turns: one is filled or emptied
/// while another travels. A copy to the device returns before it is done, without keeping the caller's
/// memory.</summary>
internal sealed unsafe class CudaStaging : IDisposable
{
    private const int Pieces = 4, PieceBytes = 1 << 20;

    private readonly CudaContext _context;
    private readonly nint[] _free = new nint[Pieces]; // events: when a piece's last copy is done
    private readonly Lock _lock = new();
    private byte* _memory;
    private int _next;

    public CudaStaging(CudaContext context)
    {
        _context = context;
        void* memory;
        context.Check(cuMemHostAlloc(&memory, Pieces * PieceBytes, HostAllocPortable), nameof(cuMemHostAlloc));
        _memory = (byte*)memory;
        for (int piece = 0; piece < Pieces; piece++)
        {
            nint free;
            context.Check(cuEventCreate(&free, EventDisableTiming), nameof(cuEventCreate));
            _free[piece] = free;
        }
    }

    /// <summary>Copies to the device, in the stream's order; <paramref name="source"/> may be reused at once.</summary>
    public void Upload(nint target, byte* source, long bytes)
    {
        lock (_lock)
        {
            _context.EnterUnrecorded();
            for (long start = 0; start < bytes; start += PieceBytes)
            {
                long length = Math.Min(PieceBytes, bytes - start);
                int piece = Take();
                Buffer.MemoryCopy(source + start, Address(piece), PieceBytes, length);
                _context.Check(
                    cuMemcpyHtoDAsync_v2(target + (nint)start, Address(piece), (nuint)length, _context.Stream),
                    nameof(cuMemcpyHtoDAsync_v2));
                _context.Check(cuEventRecord(_free[piece], _context.Stream), nameof(cuEventRecord));
            }
        }
    }

    /// <summary>Waits for what is queued, and copies from the device.</summary>
    public void Download(byte* target, nint source, long bytes)
    {
        lock (_lock)
        {
            _context.EnterUnrecorded();
            long queued = 0, done = 0;
            int first = _next;
            while (done < bytes)
            {
                // All but one piece may be on their way while one is emptied.
                for (; queued < bytes && queued - done < (Pieces - 1) * (long)PieceBytes; queued += PieceBytes)
                {
                    int piece = Take();
                    _context.Check(cuMemcpyDtoHAsync_v2(Address(piece), source + (nint)queued,
                        (nuint)Math.Min(PieceBytes, bytes - queued), _context.Stream), nameof(cuMemcpyDtoHAsync_v2));
                    _context.Check(cuEventRecord(_free[piece], _context.Stream), nameof(cuEventRecord));
                }
                int oldest = (int)((first + done / PieceBytes) % Pieces);
                _context.Check(cuEventSynchronize(_free[oldest]), nameof(cuEventSynchronize));
                Buffer.MemoryCopy(Address(oldest), target + done, bytes - done, Math.Min(PieceBytes, bytes - done));
                done += PieceBytes;
            }
        }
    }

    /// <summary>The next piece, once its last copy is done.</summary>
    private int Take()
    {
        int piece = _next;
        _next = (_next + 1) % Pieces;
        _context.Check(cuEventSynchronize(_free[piece]), nameof(cuEventSynchronize));
        return piece;
    }

    private byte* Address(int piece) => _memory + piece * (long)PieceBytes;

    public void Dispose()
    {
        foreach (nint free in _free)
            _ = cuEventDestroy_v2(free);
        _ = cuMemFreeHost(_memory);
        _memory = null;
    }
}
