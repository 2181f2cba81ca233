namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>Where a pointer points: OpenCL C 1.2 has to know.</summary>
internal enum Space
{
    Global,
    Shared,
    Private,
}

internal static class SpaceNames
{
    /// <summary>The qualifier in the C text.</summary>
    public static string Qualifier(this Space space) => space.ToString().ToUpperInvariant();

    /// <summary>The word for people, and in the names of helpers.</summary>
    public static string Word(this Space space) => space.ToString().ToLowerInvariant();
}

/// <summary>A view in C: a pointer, a length, and what is known of them.</summary>
/// <param name="Pointer">To the first element.</param>
/// <param name="Length">In elements; null where nobody asks for it.</param>
/// <param name="Space">Where it points.</param>
/// <param name="Element">C type of the elements.</param>
/// <param name="IsConst">Whether the pointer is to const.</param>
internal sealed record ViewText(CText Pointer, CText? Length, Space Space, string Element, bool IsConst)
{
    public string PointerType => $"{Space.Qualifier()} {(IsConst ? "const " : "")}{Element}*";

    public static ViewText Broken { get; } = new(CText.Atom("0"), CText.Atom("0"), Space.Global, "int", false);
}
