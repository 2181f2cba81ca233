using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace GpuLstm.KernelCompiler.Model;

/// <summary>A diagnostic by value.</summary>
internal sealed record DiagnosticInfo(
    DiagnosticDescriptor Descriptor, string FilePath, TextSpan Span, LinePositionSpan Lines,
    EquatableArray<string> Arguments)
{
    public static DiagnosticInfo At(Location location, DiagnosticDescriptor descriptor,
        params string[] arguments) => new(
        descriptor,
        location.SourceTree?.FilePath ?? "",
        location.SourceSpan,
        location.GetLineSpan().Span,
        new EquatableArray<string>(arguments));

    public Diagnostic ToDiagnostic() =>
        Diagnostic.Create(Descriptor, Location.Create(FilePath, Span, Lines), Arguments.ToArray<object>());
}
