using Microsoft.CodeAnalysis;

namespace GpuLstm.KernelCompiler.Tables;

/// <summary>The types that mean the same in C#, OpenCL C and CUDA C, and how the C text calls them.</summary>
internal static class KnownTypes
{
    public const string Language = "GpuLstm.Kernels.Language";
    public const int LargestSpecialized = 32767; // as SpecializedValue.Largest

    private static readonly Dictionary<SpecialType, (string Name, int Size)> Scalars = new()
    {
        [SpecialType.System_Boolean] = ("bool", 1),
        [SpecialType.System_Byte] = ("uchar", 1),
        [SpecialType.System_SByte] = ("schar", 1),
        [SpecialType.System_Int16] = ("short", 2),
        [SpecialType.System_UInt16] = ("ushort", 2),
        [SpecialType.System_Int32] = ("int", 4),
        [SpecialType.System_UInt32] = ("uint", 4),
        [SpecialType.System_Int64] = ("int64", 8),
        [SpecialType.System_UInt64] = ("uint64", 8),
        [SpecialType.System_Single] = ("float", 4),
        [SpecialType.System_Double] = ("double", 8),
        [SpecialType.System_Void] = ("void", 0),
    };

    private static readonly Dictionary<string, (string Name, int Size)> Words = new()
    {
        ["Float2"] = ("float2", 8),
        ["Float4"] = ("float4", 16),
        ["Index1D"] = ("int", 4),
        ["Index2D"] = ("Index2D", 8),
        ["Index3D"] = ("Index3D", 12),
    };

    /// <summary>The C name and size of a type that needs no declaration, or null.</summary>
    public static (string Name, int Size)? Find(ITypeSymbol type)
    {
        if (type.TypeKind == TypeKind.Enum && type is INamedTypeSymbol { EnumUnderlyingType: { } underlying })
            return Find(underlying);
        if (Scalars.TryGetValue(type.SpecialType, out (string, int) scalar))
            return scalar;
        return IsWord(type) && Words.TryGetValue(type.Name, out (string, int) word) ? word : null;
    }

    /// <summary>Whether a type or member belongs to the kernel language itself.</summary>
    public static bool IsWord(ISymbol? symbol) => symbol is not null
        && (symbol as ITypeSymbol ?? symbol.ContainingType)?.ContainingNamespace?.ToDisplayString() == Language;

    public static bool IsView(ITypeSymbol? type) => IsWord(type) && type!.Name == "ArrayView";
    public static bool IsSpecialized(ITypeSymbol? type) =>
        IsWord(type) && type is INamedTypeSymbol { Name: "SpecializedValue", TypeArguments.Length: 1 };
    public static bool IsVector(ITypeSymbol? type) => IsWord(type) && type!.Name is "Float2" or "Float4";
    public static bool IsIndex(ITypeSymbol? type) => IsWord(type) && type!.Name is "Index1D" or "Index2D" or "Index3D";
    public static bool IsInteger(ITypeSymbol? type) => type?.SpecialType
        is >= SpecialType.System_SByte and <= SpecialType.System_UInt64;
    public static bool IsFloating(ITypeSymbol? type) => type?.SpecialType
        is SpecialType.System_Single or SpecialType.System_Double;
    public static bool IsSignedWord(ITypeSymbol? type) => type?.SpecialType
        is SpecialType.System_Int32 or SpecialType.System_Int64;

    public static ITypeSymbol Element(ITypeSymbol view) => ((INamedTypeSymbol)view).TypeArguments[0];
}
