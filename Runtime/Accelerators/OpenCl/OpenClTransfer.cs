using static GpuLstm.Runtime.Accelerators.OpenCl.OpenClApi;

namespace GpuLstm.Runtime.Accelerators.OpenCl;

/// <summary>Copies between host and device. Where the device shares the host's memory, the buffer itself is mapped;
/// else the bytes go through two pieces of page-locked memory, one filled or emptied while the other travels.</summary>
internal sealed unsafe class OpenClTransfer : IDisposable
{
    /// <summary>Bytes of a piece.</summary>
    public const int PieceBytes = 1 << 20;

    private const long SmallBytes = 4096; // below it a plain call is as fast

    private readonly OpenClContext _context;
    private readonly bool _shared;
    private readonly Lock _lock = new();
    private readonly nint[] _memory = new nint[2], _address = new nint[2], _done = new nint[2]; // done: an event, or 0
    private readonly nint _mappedBy; // the queue

    /// <param name="context">Of the device.</param>
    /// <param name="shared">Whether the device shares the host's memory.</param>
    public OpenClTransfer(OpenClContext context, bool shared)
    {
        (_context, _shared, _mappedBy) = (context, shared, context.Queue);
        for (int piece = 0; piece < 2 && !shared; piece++)
        {
            int error;
            _memory[piece] = clCreateBuffer(context.Handle, MemoryReadWrite | MemoryHostAllocated, PieceBytes, null,
                &error);
            context.Check(error, nameof(clCreateBuffer));
            _address[piece] = Map(_memory[piece], 0, PieceBytes, MapRead | MapWrite);
        }
    }

    /// <summary>Copies to a buffer, in the queue's order; <paramref name="source"/> may be reused at once.</summary>
    public void Upload(nint target, long offset, ReadOnlySpan<byte> source)
    {
        if (source.Length <= SmallBytes)
            Write(target, offset, source, blocking: 1, null);
        else if (_shared)
        {
            nint address = Map(target, offset, source.Length, MapWriteInvalidate);
            source.CopyTo(new Span<byte>((void*)address, source.Length));
            Unmap(target, address);
        }
        else
            UploadInPieces(target, offset, source);
    }

    private void UploadInPieces(nint target, long offset, ReadOnlySpan<byte> source)
    {
        lock (_lock)
            for (int start = 0, piece = 0; start < source.Length; start += PieceBytes, piece = 1 - piece)
            {
                ReadOnlySpan<byte> part = source[start..Math.Min(start + PieceBytes, source.Length)];
                Await(piece);
                part.CopyTo(new Span<byte>((void*)_address[piece], part.Length));
                fixed (nint* done = &_done[piece])
                    Write(target, offset + start, new ReadOnlySpan<byte>((void*)_address[piece], part.Length),
                        blocking: 0, done);
            }
    }

    private void Write(nint target, long offset, ReadOnlySpan<byte> source, uint blocking, nint* done)
    {
        fixed (byte* first = source)
            _context.Check(clEnqueueWriteBuffer(_context.Queue, target, blocking, (nuint)offset, (nuint)source.Length,
                first, 0, null, done), nameof(clEnqueueWriteBuffer));
    }

    /// <summary>Waits for what is queued, and copies from a buffer.</summary>
    public void Download(nint source, long offset, Span<byte> target)
    {
        if (target.Length <= SmallBytes)
            fixed (byte* first = target)
                Read(source, offset, first, target.Length, blocking: 1, null);
        else if (_shared)
        {
            nint address = Map(source, offset, target.Length, MapRead);
            new ReadOnlySpan<byte>((void*)address, target.Length).CopyTo(target);
            Unmap(source, address);
        }
        else
            DownloadInPieces(source, offset, target);
    }

    private void DownloadInPieces(nint source, long offset, Span<byte> target)
    {
        lock (_lock)
        {
            Request(source, offset, 0, target.Length);
            for (int start = 0, piece = 0; start < target.Length; start += PieceBytes, piece = 1 - piece)
            {
                if (start + PieceBytes < target.Length)
                    Request(source, offset, start + PieceBytes, target.Length);
                Await(piece);
                Span<byte> part = target[start..Math.Min(start + PieceBytes, target.Length)];
                new ReadOnlySpan<byte>((void*)_address[piece], part.Length).CopyTo(part);
            }
        }
    }

    /// <summary>Begins to bring the piece from <paramref name="start"/> of <paramref name="length"/> bytes.</summary>
    private void Request(nint source, long offset, int start, int length)
    {
        int piece = start / PieceBytes % 2;
        Await(piece);
        fixed (nint* done = &_done[piece])
            Read(source, offset + start, (byte*)_address[piece], Math.Min(PieceBytes, length - start), blocking: 0,
                done);
        _ = clFlush(_context.Queue);
    }

    private void Read(nint source, long offset, byte* target, int length, uint blocking, nint* done) =>
        _context.Check(clEnqueueReadBuffer(_context.Queue, source, blocking, (nuint)offset, (nuint)length, target, 0,
            null, done), nameof(clEnqueueReadBuffer));

    /// <summary>Waits until a piece's last copy is done.</summary>
    private void Await(int piece)
    {
        nint done = _done[piece];
        if (done == 0)
            return;
        _done[piece] = 0;
        int code = clWaitForEvents(1, &done);
        _ = clReleaseEvent(done);
        _context.Check(code, nameof(clWaitForEvents));
    }

    private nint Map(nint memory, long offset, long length, ulong flags)
    {
        int error;
        nint address = clEnqueueMapBuffer(
            _context.Queue, memory, 1, flags, (nuint)offset, (nuint)length, 0, null, null, &error);
        _context.Check(error, nameof(clEnqueueMapBuffer));
        return address;
    }

    private void Unmap(nint memory, nint address) => _context.Check(
        clEnqueueUnmapMemObject(_context.Queue, memory, address, 0, null, null), nameof(clEnqueueUnmapMemObject));

    public void Dispose()
    {
        for (int piece = 0; piece < 2 && !_shared; piece++)
        {
            if (_done[piece] != 0)
                _ = clReleaseEvent(_done[piece]);
            _ = clEnqueueUnmapMemObject(_mappedBy, _memory[piece], _address[piece], 0, null, null);
            _ = clReleaseMemObject(_memory[piece]);
        }
    }
}
