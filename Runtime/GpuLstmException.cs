using System.Globalization;

namespace GpuLstm.Runtime;

/// <summary>An error that the user can understand and act on: its message is one clear sentence, the command ends
/// with exit code 1, and no stack trace is shown.</summary>
public class GpuLstmException : Exception
{
    public GpuLstmException(string message) : base(message) { }
    public GpuLstmException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A file cannot be written: the disk is full, or the folder may not be written. The message names the
/// file.</summary>
public sealed class StorageException(string message, Exception inner) : GpuLstmException(message, inner);

/// <summary>A file that is not what it claims to be (wrong magic, truncated, impossible sizes). The message names the
/// file.</summary>
public sealed class FileFormatException : GpuLstmException
{
    public FileFormatException(string message) : base(message) { }
    public FileFormatException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A device that is missing, lost, out of memory or that refused a call. The message names the device and
/// the call.</summary>
public class DeviceException : GpuLstmException
{
    public DeviceException(string message) : base(message) { }
    public DeviceException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>A device without room for a buffer. The message says how much was asked for and what room there
/// is.</summary>
/// <param name="usedBytes">Bytes of the buffers that the device had given.</param>
/// <param name="room">What room there is, as a clause.</param>
public sealed class DeviceMemoryException(string device, long askedBytes, long usedBytes, string room)
    : DeviceException(string.Create(CultureInfo.InvariantCulture,
        $"{device} could not give a buffer of {askedBytes / 1e6:N1} MB: {room}; a smaller --batch needs less."))
{
    /// <summary>Bytes of the buffers that the device had given.</summary>
    public long UsedBytes { get; } = usedBytes;
}

/// <summary>A kernel that did what it may not, on the debug device; the message names it.</summary>
public sealed class KernelFaultException(string message) : DeviceException(message);

/// <summary>A device that a fault has made unusable until the process ends: what it held is gone, files are as they
/// were.</summary>
public sealed class DeviceLostException(string message) : DeviceException(message);

/// <summary>A setting that is out of range or contradicts another: the command ends with exit code 2.</summary>
public sealed class UsageException : GpuLstmException
{
    public UsageException(string message) : base(message) { }
}
