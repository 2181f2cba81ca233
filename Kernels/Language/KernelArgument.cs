using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Language;

/// <summary>One argument of a launch: a view, a value of at most 16 bytes, or a specialised constant.</summary>
public readonly struct KernelArgument
{
    private readonly UInt128 bits;

    private KernelArgument(IKernelBuffer? buffer, long offset, long length, UInt128 bits) =>
        (Buffer, ByteOffset, Length, this.bits) = (buffer, offset, length, bits);

    /// <summary>The memory of a view; null for a value and for an empty view.</summary>
    public IKernelBuffer? Buffer { get; }
    /// <summary>Where a view starts in its buffer, in bytes.</summary>
    public long ByteOffset { get; }
    /// <summary>The elements of a view.</summary>
    public long Length { get; }

    public static KernelArgument Of<T>(ArrayView<T> view) where T : unmanaged =>
        new(view.Buffer, view.ByteOffset, view.Length, default);

    public static KernelArgument Of<T>(T value) where T : unmanaged
    {
        UInt128 bits = 0; // 16 bytes: the compiler refuses parameters larger than this
        Unsafe.WriteUnaligned(ref Unsafe.As<UInt128, byte>(ref bits), value);
        return new(null, 0, 0, bits);
    }

    /// <exception cref="KernelFaultException">The value is outside 0 to 32767.</exception>
    public static KernelArgument Of(SpecializedValue<int> value) => (uint)value.Value <= SpecializedValue.Largest
        ? Of(value.Value)
        : throw new KernelFaultException(
            $"The specialised value {value.Value} is outside 0 to {SpecializedValue.Largest}.");

    public ArrayView<T> View<T>() where T : unmanaged => Buffer is null ? default : new(Buffer, ByteOffset, Length);

    /// <summary>The value; <typeparamref name="T"/> is the parameter's type.</summary>
    public T Value<T>() where T : unmanaged => Unsafe.As<UInt128, T>(ref Unsafe.AsRef(in bits));
}
