namespace GpuLstm.Runtime.Accelerators;

/// <summary>What the buffers of all accelerators take together; what drivers keep for themselves is not in it.</summary>
public static class DeviceMemory
{
    private static long s_bytes;

    /// <summary>Bytes of the buffers that are not disposed.</summary>
    public static long AllocatedBytes => Interlocked.Read(ref s_bytes);

    /// <summary>One buffer's bytes, counted until it is disposed or forgotten.</summary>
    internal sealed class Share : IDisposable
    {
        private long _bytes;

        public Share(long bytes)
        {
            _bytes = bytes;
            Interlocked.Add(ref s_bytes, bytes);
        }

        public void Dispose()
        {
            Interlocked.Add(ref s_bytes, -Interlocked.Exchange(ref _bytes, 0));
            GC.SuppressFinalize(this);
        }

        ~Share() => Dispose();
    }
}
