namespace GpuLstm.Kernels.Language;

/// <summary>A launch argument that is a constant while the kernel is compiled: it may size arrays and unrolled loops.
/// The default for text written to a file stands in the parameter's <c>[DefaultValue]</c>.</summary>
/// <typeparam name="T">int: the kernel language has no other.</typeparam>
public readonly record struct SpecializedValue<T>(T Value) where T : unmanaged, IEquatable<T>
{
    public static implicit operator T(SpecializedValue<T> specialized) => specialized.Value;
}

/// <summary>Makes specialised values.</summary>
public static class SpecializedValue
{
    /// <summary>The largest specialised int; with 0 as the smallest, arithmetic on such values seldom overflows and the
    /// generated text can show it plainly.</summary>
    public const int Largest = 32767;

    public static SpecializedValue<T> New<T>(T value) where T : unmanaged, IEquatable<T> => new(value);
}
