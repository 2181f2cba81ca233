namespace GpuLstm.Runtime.Formats;

/// <summary>An image of 8-bit greys.</summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pixels">[Height, Width], 0 is black.</param>
public sealed record GreyImage(int Width, int Height, byte[] Pixels);
