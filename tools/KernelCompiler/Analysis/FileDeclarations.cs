using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>The constants and structs of a kernel's file.</summary>
internal sealed class FileDeclarations(KernelTranslation translation)
{
    private readonly Dictionary<ISymbol, string> names = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<string, string> tuples = [];
    private readonly CWriter specialized = new(), constants = new(), structs = new();

    public override string ToString()
    {
        CWriter text = new();
        foreach (CWriter part in new[] { specialized, constants, structs })
            if (part.Lines > 0)
            {
                text.Append(part);
                text.Line("");
            }
        return text.ToString();
    }

    /// <summary>A specialised parameter: the compiler's -D, or the default.</summary>
    public void AddSpecialized(string name, int value)
    {
        translation.ReserveFileName(name);
        specialized.Line($"#ifndef SPECIALIZED_{name}");
        specialized.Line($"#define SPECIALIZED_{name} {value}");
        specialized.Line("#endif");
        specialized.Line($"enum {{ {name} = SPECIALIZED_{name} }};");
    }

    /// <summary>The C name of a type, whose declaration is written first if it needs one.</summary>
    public string TypeName(ITypeSymbol type, SyntaxNode place)
    {
        if (KnownTypes.Find(type) is { } known)
        {
            translation.UsesDouble |= type.SpecialType == SpecialType.System_Double;
            return known.Name;
        }
        if (KnownTypes.IsSpecialized(type))
            return "int";
        if (type is INamedTypeSymbol { IsTupleType: true } tuple)
            return TupleName(tuple, place);
        if (type is INamedTypeSymbol { TypeKind: TypeKind.Struct, IsGenericType: false,
            IsUnmanagedType: true } structure
            && structure.DeclaringSyntaxReferences.Length > 0)
            return StructName(structure, place);
        translation.Report(place, Diagnostics.Type, type.ToDisplayString(), RemedyFor(type));
        return "int";
    }

    /// <summary>Bytes of a type as C# and C lay it out; 0 for one that is no kernel type.</summary>
    public static int SizeOf(ITypeSymbol type)
    {
        if (KnownTypes.Find(type) is { } known)
            return known.Size;
        int size = 0, alignment = 1;
        foreach (IFieldSymbol field in FieldsOf(type))
        {
            (int fieldSize, int fieldAlignment) = (SizeOf(field.Type), AlignmentOf(field.Type));
            size = (size + fieldAlignment - 1) / fieldAlignment * fieldAlignment + fieldSize;
            alignment = Math.Max(alignment, fieldAlignment);
        }
        return (size + alignment - 1) / alignment * alignment;
    }

    private static int AlignmentOf(ITypeSymbol type) => KnownTypes.Find(type) is { } known
        ? KnownTypes.IsIndex(type) ? 4 : Math.Max(known.Size, 1)
        : FieldsOf(type).Select(field => AlignmentOf(field.Type)).DefaultIfEmpty(1).Max();

    public static IEnumerable<IFieldSymbol> FieldsOf(ITypeSymbol type) =>
        type is INamedTypeSymbol { IsTupleType: true } tuple
        ? tuple.TupleElements.Select(element => element.CorrespondingTupleField ?? element)
        : type.GetMembers().OfType<IFieldSymbol>().Where(field => !field.IsStatic);

    private string TupleName(INamedTypeSymbol tuple, SyntaxNode place)
    {
        string[] types = tuple.TupleElements.Select(element => TypeName(element.Type, place)).ToArray();
        string name = "tuple_" + string.Join("_", types);
        if (tuples.TryGetValue(name, out string known))
            return known;
        translation.ReserveFileName(name);
        WriteStruct(name, types.Select((type, i) => (type, $"Item{i + 1}")).ToArray());
        return tuples[name] = name;
    }

    private string StructName(INamedTypeSymbol structure, SyntaxNode place)
    {
        if (names.TryGetValue(structure, out string known))
            return known;
        string name = names[structure] = translation.TakeFileName(structure, structure.Name);
        List<(string Type, string Name)> fields = [];
        foreach (IFieldSymbol field in FieldsOf(structure))
        {
            if (field.Type.SpecialType == SpecialType.System_Boolean || KnownTypes.IsVector(field.Type)
                || field.IsImplicitlyDeclared)
                translation.Report(place, Diagnostics.Type, structure.ToDisplayString(),
                    "a kernel's struct has fields of numbers only, no bool, vector or property: their layout differs");
            fields.Add((TypeName(field.Type, place), ReservedNames.Avoid(field.Name)));
        }
        WriteStruct(name, fields);
        return name;
    }

    private void WriteStruct(string name, IReadOnlyList<(string Type, string Name)> fields)
    {
        if (structs.Lines > 0)
            structs.Line("");
        structs.Line($"typedef struct {name}");
        structs.Open();
        foreach ((string type, string field) in fields)
            structs.Line($"{type} {field};");
        structs.Close($"}} {name};");
        structs.Line("");
        structs.Line(
            $"FUNCTION {name} make_{name}({string.Join(", ", fields.Select(field => $"{field.Type} {field.Name}"))})");
        structs.Open();
        structs.Line($"{name} value = {{ {string.Join(", ", fields.Select(field => field.Name))} }};");
        structs.Line("return value;");
        structs.Close();
    }

    /// <summary>The C name of a const or static readonly field.</summary>
    public string Constant(IFieldSymbol field, SyntaxNode place)
    {
        if (names.TryGetValue(field, out string known))
            return known;
        string name = names[field] = translation.TakeFileName(field, field.Name);
        if (field.HasConstantValue)
            Write(field.Type, name, Literals.Of(field.Type, field.ConstantValue,
                translation.Initializer(field)?.Syntax));
        else if (!field.IsReadOnly)
            translation.Report(place, Diagnostics.StaticField, field.Name, "make it const or static readonly");
        else if (translation.Initializer(field) is { ConstantValue: { HasValue: true, Value: { } value } } constant)
            Write(field.Type, name, Literals.Of(field.Type, value, constant.Syntax));
        else if (ArrayElements(translation.Initializer(field)) is { } elements && field.Type is IArrayTypeSymbol array)
        {
            string values = string.Join(", ", elements.Select(element =>
                Literals.Of(array.ElementType, element.ConstantValue.Value, element.Syntax)));
            constants.Line($"CONSTANT {TypeName(array.ElementType, place)} {name}[{elements.Count}] = {{ {values} }};");
        }
        else
            translation.Report(place, Diagnostics.StaticField, field.Name,
                "give it a constant initialiser, or pass it");
        return name;

        void Write(ITypeSymbol type, string name, CText value) =>
            constants.Line(type.SpecialType == SpecialType.System_Int32
            ? $"enum {{ {name} = {value} }};" : $"CONSTANT {TypeName(type, place)} {name} = {value};");
    }

    /// <summary>The elements of a constant array initialiser, or null if it is none.</summary>
    public static IReadOnlyList<IOperation>? ArrayElements(IOperation? initializer)
    {
        while (initializer is IConversionOperation conversion)
            initializer = conversion.Operand;
        IEnumerable<IOperation>? elements = initializer switch
        {
            IArrayCreationOperation { Initializer: { } values } => values.ElementValues,
            IArrayInitializerOperation values => values.ElementValues,
            ICollectionExpressionOperation collection => collection.Elements,
            _ => null,
        };
        return elements?.All(element => element.ConstantValue.HasValue) == true ? elements.ToList() : null;
    }

    private static string RemedyFor(ITypeSymbol type) => type switch
    {
        IArrayTypeSymbol => "use ArrayView<T>, or LocalMemory.Allocate<T>(n) for an array of the item's own",
        IPointerTypeSymbol => "use ArrayView<T>",
        { SpecialType: SpecialType.System_String } => "kernels have no text",
        { SpecialType: SpecialType.System_Decimal } => "use double",
        { SpecialType: SpecialType.System_Char } => "use ushort",
        { TypeKind: TypeKind.TypeParameter } => "write the method for each type it is needed for",
        { IsReferenceType: true } => "use numbers, ArrayView<T> and structs of numbers",
        _ => "use numbers, ArrayView<T> and structs of numbers declared in this project",
    };
}
