namespace GpuLstm.Runtime.Accelerators;

/// <summary>A device's measured ceilings, to judge an operation's speed by.</summary>
/// <param name="FlopsPerSecond">Float32 operations, a multiply-add counted as two.</param>
/// <param name="BytesPerSecond">Of a large copy, read and written bytes together.</param>
public sealed record DevicePeak(double FlopsPerSecond, double BytesPerSecond);
