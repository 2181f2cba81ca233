using GpuLstm.KernelCompiler.Model;
using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>From a method marked [Kernel] to its model.</summary>
internal static class KernelAnalyzer
{
    private const int LowestArch = 50; // as KernelAttribute.MinArch
    private const int LargestValue = 16; // bytes of a parameter by value, as KernelArgument holds them

    public static KernelModel Analyze(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        IMethodSymbol kernel = (IMethodSymbol)context.TargetSymbol;
        AttributeData attribute = context.Attributes[0];
        int targets = Option(attribute, "Targets", 3), dimensions = IndexDimensions(kernel);
        KernelTranslation translation = new(context.SemanticModel.Compilation, kernel, dimensions,
            cudaArch: targets == 2 ? Option(attribute, "MinArch", LowestArch) : 0);

        bool sound = CheckSignature(translation, kernel, (MethodDeclarationSyntax)context.TargetNode);
        List<ParameterModel> parameters = [];
        foreach (IParameterSymbol parameter in kernel.Parameters.Skip(dimensions > 0 ? 1 : 0))
            if (Parameter(translation, parameter) is { } model)
                parameters.Add(model);
            else
                sound = false;
        cancellation.ThrowIfCancellationRequested();

        string entryPoint = $"{kernel.ContainingType.Name}_{kernel.Name}", body = "";
        if (sound)
        {
            foreach (ParameterModel parameter in parameters.Where(p => p.Kind == ParameterKind.Specialized))
                translation.Declarations.AddSpecialized(ReservedNames.Avoid(parameter.Name), parameter.Default);
            translation.ReserveFileName(entryPoint);
            bool noAlias = Option(attribute, "NoAlias", 0) != 0;
            string text = new FunctionEmitter(translation, kernel, []).EmitKernel(entryPoint, noAlias).ToString();
            body = translation.TextBeforeKernel + text;
        }
        return new KernelModel(
            kernel.ContainingNamespace.IsGlobalNamespace ? "" : kernel.ContainingNamespace.ToDisplayString(),
            kernel.ContainingType.Name,
            kernel.DeclaredAccessibility == Accessibility.Public
                && kernel.ContainingType.DeclaredAccessibility == Accessibility.Public,
            kernel.Name,
            entryPoint,
            translation.Diagnostics.Count == 0 ? body : "",
            new EquatableArray<ParameterModel>(parameters),
            dimensions,
            targets,
            Option(attribute, "MinArch", LowestArch),
            translation.UsesDouble,
            translation.UsesDynamicShared,
            translation.IsCooperative,
            HasLauncher: sound,
            new EquatableArray<DiagnosticInfo>(translation.Diagnostics));
    }

    private static int Option(AttributeData attribute, string name, int fallback) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.Key == name).Value.Value switch
        {
            int number => number,
            bool flag => flag ? 1 : 0,
            _ => fallback,
        };

    private static int IndexDimensions(IMethodSymbol kernel) =>
        kernel.Parameters.FirstOrDefault()?.Type is { } first && KnownTypes.IsIndex(first) ? first.Name[5] - '0' : 0;

    private static bool CheckSignature(KernelTranslation translation, IMethodSymbol kernel,
        MethodDeclarationSyntax syntax)
    {
        int before = translation.Diagnostics.Count;
        void Refuse(bool wrong, Location place, string problem)
        {
            if (wrong)
                translation.Report(place, Diagnostics.Signature, kernel.Name, problem);
        }
        INamedTypeSymbol type = kernel.ContainingType;
        Location name = syntax.Identifier.GetLocation();
        bool isPartial = syntax.Parent is ClassDeclarationSyntax { Modifiers: { } modifiers }
            && modifiers.Any(SyntaxKind.PartialKeyword);
        Refuse(!kernel.IsStatic, name, "must be static: a device has no objects");
        Refuse(!kernel.ReturnsVoid, syntax.ReturnType.GetLocation(), "must return void; write results to a view");
        Refuse(kernel.IsGenericMethod || type.IsGenericType, name, "cannot be generic; write one kernel per type");
        Refuse(syntax.Body is null && syntax.ExpressionBody is null, name, "needs a body");
        Refuse(!isPartial || type.ContainingType is not null, name,
            "must stand in a partial class that is not nested: its launcher is added there");
        Refuse(kernel.IsAsync, name, "cannot be async: it runs to its end at once");
        return translation.Diagnostics.Count == before;
    }

    private static ParameterModel? Parameter(KernelTranslation translation, IParameterSymbol parameter)
    {
        ParameterSyntax syntax = (ParameterSyntax)parameter.DeclaringSyntaxReferences[0].GetSyntax();
        Location place = syntax.Type!.GetLocation();
        ITypeSymbol type = parameter.Type;
        void Refuse(string remedy) =>
            translation.Report(place, Diagnostics.ParameterType, parameter.Name, type.ToDisplayString(), remedy);

        if (parameter.RefKind != RefKind.None)
        {
            Refuse("pass it by value, or as a view if the kernel writes it");
            return null;
        }
        if (KnownTypes.IsSpecialized(type))
            return Specialized(translation, parameter, syntax);
        bool isView = KnownTypes.IsView(type);
        ITypeSymbol element = isView ? KnownTypes.Element(type) : type;
        bool isStruct = element is INamedTypeSymbol { TypeKind: TypeKind.Struct, IsUnmanagedType: true,
            IsTupleType: false }
            && element.DeclaringSyntaxReferences.Length > 0;
        if (KnownTypes.IsIndex(type) || (KnownTypes.Find(element) is null && !isStruct))
        {
            Refuse(KnownTypes.IsIndex(type) ? "only the first parameter may be an index"
                : "use numbers, ArrayView<T>, SpecializedValue<int> and structs of numbers");
            return null;
        }
        int size = FileDeclarations.SizeOf(element);
        if (isView && element.SpecialType == SpecialType.System_Boolean)
            Refuse("use ArrayView<byte>: devices differ in how they store bool");
        if (!isView && size > LargestValue)
            Refuse($"it has {size} bytes and {LargestValue} are the most; pass it as a view of one element");
        return new ParameterModel(
            parameter.Name,
            isView ? ParameterKind.View : ParameterKind.Value,
            element.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
            element.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat),
            size,
            isView && translation.Facts(translation.Kernel).Written.Contains(parameter),
            Default: 0);
    }

    private static ParameterModel? Specialized(
        KernelTranslation translation, IParameterSymbol parameter, ParameterSyntax syntax)
    {
        if (((INamedTypeSymbol)parameter.Type).TypeArguments[0].SpecialType != SpecialType.System_Int32)
        {
            translation.Report(syntax.Type!.GetLocation(), Diagnostics.ParameterType, parameter.Name,
                parameter.Type.ToDisplayString(), "use SpecializedValue<int>");
            return null;
        }
        object? value = parameter.GetAttributes()
            .FirstOrDefault(attribute => attribute.AttributeClass?.Name == "DefaultValueAttribute")
            ?.ConstructorArguments.FirstOrDefault().Value;
        if (value is not int number || number < 0 || number > KnownTypes.LargestSpecialized)
        {
            translation.Report(syntax.Identifier.GetLocation(), Diagnostics.SpecializedDefault, parameter.Name);
            return null;
        }
        return new ParameterModel(parameter.Name, ParameterKind.Specialized, "int", "int", sizeof(int), false, number);
    }
}
