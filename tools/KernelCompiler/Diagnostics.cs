using Microsoft.CodeAnalysis;

namespace GpuLstm.KernelCompiler;

/// <summary>Everything that can be wrong with a kernel. Each message ends with what to do instead.</summary>
internal static class Diagnostics
{
    public static readonly DiagnosticDescriptor Signature = Error(
        "KRN0001", "A kernel's signature is not one that can be launched", "The kernel '{0}' {1}");

    public static readonly DiagnosticDescriptor ParameterType = Error(
        "KRN0002", "A kernel cannot take a parameter of this type", "A kernel cannot take '{0}' of type '{1}'; {2}");

    public static readonly DiagnosticDescriptor Type = Error(
        "KRN0003", "A type is outside the kernel language", "'{0}' is not a type of the kernel language; {1}");

    public static readonly DiagnosticDescriptor Statement = Error(
        "KRN0004", "A statement is outside the kernel language", "A kernel cannot use {0}; {1}");

    public static readonly DiagnosticDescriptor Expression = Error(
        "KRN0005", "An expression is outside the kernel language", "A kernel cannot use {0}; {1}");

    public static readonly DiagnosticDescriptor UnknownMethod = Error(
        "KRN0006", "A method is unknown to the kernel language", "A kernel cannot call '{0}'; {1}");

    public static readonly DiagnosticDescriptor Recursion = Error(
        "KRN0007", "A kernel helper calls itself",
        "'{0}' calls itself, and a device has no stack to speak of; use a loop");

    public static readonly DiagnosticDescriptor ArrayLength = Error(
        "KRN0008", "The length of a shared or local array is not constant",
        "This length is not a constant; use a const, or a SpecializedValue<int> parameter of the kernel");

    public static readonly DiagnosticDescriptor Allocation = Error(
        "KRN0009", "Memory is allocated in the wrong place", "{0} must {1}");

    public static readonly DiagnosticDescriptor AddressSpace = Error(
        "KRN0010", "A view would point into two kinds of memory",
        "'{0}' would point into {1} here and {2} elsewhere; use one variable for each");

    public static readonly DiagnosticDescriptor SideEffect = Error(
        "KRN0011", "An expression with a side effect stands inside another",
        "{0} inside an expression has no certain order in C; {1}");

    public static readonly DiagnosticDescriptor Warp = Error(
        "KRN0012", "A warp word is used where there may be no warps",
        "'{0}' needs warps, which not every device has; put it under 'if (Warp.IsSupported)' or mark the kernel "
        + "[Kernel(Targets = KernelTargets.Cuda)]");

    public static readonly DiagnosticDescriptor GroupInIndexed = Error(
        "KRN0013", "A kernel over a range uses its group",
        "'{0}' needs a group, and this kernel is launched over a range; drop the index parameter and launch it with a "
        + "KernelConfig");

    public static readonly DiagnosticDescriptor SpecializedDefault = Error(
        "KRN0014", "A specialised parameter has no default",
        "The specialised parameter '{0}' has no default for text written to a file; add [DefaultValue(n)], n from 0 "
        + "to 32767");

    public static readonly DiagnosticDescriptor StaticField = Error(
        "KRN0015", "A static field is not constant", "'{0}' is not constant while a kernel runs; {1}");

    public static readonly DiagnosticDescriptor NarrowConversion = Error(
        "KRN0016", "A conversion differs between C# and devices",
        "A conversion from '{0}' to '{1}' differs from device to device; convert to int first");

    public static readonly DiagnosticDescriptor UnrollPlace = Error(
        "KRN0017", "Loop.Unroll stands outside a loop's condition",
        "Loop.Unroll belongs in the condition of a for loop: for (int i = 0; i < Loop.Unroll(n); i++)");

    public static readonly DiagnosticDescriptor ViewUse = Error(
        "KRN0018", "A view is used as an ordinary value", "{0}; {1}");

    public static readonly DiagnosticDescriptor CudaWord = Error(
        "KRN0019", "A word that only CUDA has stands in a kernel for other devices",
        "'{0}' needs sm_{1}; mark the kernel [Kernel(Targets = KernelTargets.Cuda, MinArch = {1})] or more");

    public static readonly DiagnosticDescriptor Constant = Error(
        "KRN0020", "An argument is not constant",
        "This argument becomes a part of the instruction; use a const, or a SpecializedValue<int> parameter of the "
        + "kernel");

    private static DiagnosticDescriptor Error(string id, string title, string message) => new(
        id, title, message, "Kernels", DiagnosticSeverity.Error, isEnabledByDefault: true,
        helpLinkUri: "Kernels/Language/README.md");
}
