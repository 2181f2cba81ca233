using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>Writes one method as a C function: here its head, in the other parts its statements, expressions, integer
/// arithmetic, calls and views.</summary>
internal sealed partial class FunctionEmitter
{
    private static readonly string[] Axes = ["X", "Y", "Z"];

    private readonly KernelTranslation translation;
    private readonly IMethodSymbol method;
    private readonly FunctionFacts facts;
    private readonly IntegerRanges ranges;
    private readonly Dictionary<ISymbol, ViewText> views = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, string> renamed = new(SymbolEqualityComparer.Default);
    private readonly HashSet<string> declared; // every name that the method's C# declares
    private readonly CWriter sharedArrays = new(1);
    private readonly bool isKernel;
    private CWriter writer = new();

    /// <param name="translation">The kernel that the function belongs to.</param>
    /// <param name="method">What to write.</param>
    /// <param name="spaces">Where its views and references point, in order; for a kernel all global.</param>
    public FunctionEmitter(KernelTranslation translation, IMethodSymbol method, IReadOnlyList<Space> spaces)
    {
        this.translation = translation;
        this.method = method;
        facts = translation.Facts(method);
        ranges = new IntegerRanges(facts);
        isKernel = SymbolEqualityComparer.Default.Equals(method, translation.Kernel);
        IEnumerable<string> locals = translation.Body(method)?.Descendants()
            .OfType<IVariableDeclaratorOperation>().Select(local => local.Symbol.Name) ?? [];
        declared = [.. method.Parameters.Select(parameter => parameter.Name), .. locals];

        int next = 0;
        foreach (IParameterSymbol parameter in method.Parameters)
            if (KnownTypes.IsView(parameter.Type) || IsReference(parameter))
                views[parameter] = ParameterView(parameter, spaces.Count > next ? spaces[next++] : Space.Global);
    }

    public static bool IsReference(IParameterSymbol parameter) => parameter.RefKind is RefKind.Ref or RefKind.Out;

    private ViewText ParameterView(IParameterSymbol parameter, Space space)
    {
        bool isView = KnownTypes.IsView(parameter.Type);
        ITypeSymbol element = isView ? KnownTypes.Element(parameter.Type) : parameter.Type;
        string name = Name(parameter);
        return new ViewText(
            CText.Atom(name),
            isView ? CText.Atom(Derived(name, "length")) : null,
            space,
            translation.Declarations.TypeName(element, PlaceOf(parameter)),
            IsConst: !facts.Written.Contains(parameter));
    }

    /// <summary>The helper's whole text.</summary>
    public CWriter EmitHelper(string name)
    {
        List<string> parameters = [];
        foreach (IParameterSymbol parameter in method.Parameters)
            if (views.TryGetValue(parameter, out ViewText view))
            {
                parameters.Add($"{view.PointerType} {view.Pointer}");
                if (facts.NeedsLength.Contains(parameter))
                    parameters.Add($"int64 {view.Length}");
            }
            else
                parameters.Add(
                    $"{translation.Declarations.TypeName(parameter.Type, PlaceOf(parameter))} {Name(parameter)}");
        string result = translation.Declarations.TypeName(method.ReturnType, PlaceOf(method));
        CWriter text = new();
        text.Line($"FUNCTION {result} {name}({(parameters.Count == 0 ? "void" : string.Join(", ", parameters))})");
        text.Open();
        text.Append(EmitBody());
        text.Close();
        return text;
    }

    /// <summary>The kernel's text from its head on.</summary>
    /// <param name="name">The entry point.</param>
    /// <param name="noAlias">Pointers get restrict.</param>
    public CWriter EmitKernel(string name, bool noAlias)
    {
        CWriter body = EmitBody();
        CWriter start = new(1);
        List<string> parameters = [];
        string restrict = noAlias ? " RESTRICT" : "";
        foreach (IParameterSymbol parameter in method.Parameters.Skip(translation.IndexDimensions > 0 ? 1 : 0))
            if (views.TryGetValue(parameter, out ViewText view))
            {
                string memory = Derived(view.Pointer.Text, "base"), offset = Derived(view.Pointer.Text, "offset");
                parameters.Add($"{view.PointerType}{restrict} {memory}, int64 {offset}, int64 {view.Length}");
                start.Line($"{view.PointerType}{restrict} {view.Pointer} = {memory} + {offset};");
            }
            else if (!KnownTypes.IsSpecialized(parameter.Type))
            {
                string type = parameter.Type.SpecialType == SpecialType.System_Boolean
                    ? "uchar" : translation.Declarations.TypeName(parameter.Type, PlaceOf(parameter));
                parameters.Add($"{type} {Name(parameter)}");
            }
        EmitIndex(parameters, start);
        if (translation.UsesDynamicShared)
        {
            parameters.Add("DYNAMIC_SHARED_PARAMETER int64 dynamic_shared_bytes");
            start.Line("DYNAMIC_SHARED_DECLARATION");
        }
        if (translation.UsesScratch)
            start.Line("SHARED_ARRAY int group_scratch[1];");

        CWriter text = new();
        text.Line($"KERNEL void {name}(");
        for (int i = 0; i < parameters.Count; i++)
            text.Line($"    {parameters[i]}{(i + 1 < parameters.Count ? "," : ")")}");
        if (parameters.Count == 0)
            text.Line("    void)");
        text.Open();
        text.Append(start);
        text.Append(sharedArrays);
        text.Append(body);
        text.Close();
        return text;
    }

    /// <summary>A kernel over a range finds its index, and does nothing past the extent.</summary>
    private void EmitIndex(List<string> parameters, CWriter start)
    {
        if (translation.IndexDimensions == 0)
            return;
        string[] axes = Axes.Take(translation.IndexDimensions).ToArray();
        foreach (string axis in axes)
            parameters.Add($"int extent_{axis.ToLowerInvariant()}");
        string outside = string.Join(" || ",
            axes.Select(axis => $"Grid_GlobalIndex{axis} >= extent_{axis.ToLowerInvariant()}"));
        start.Line($"if ({outside})");
        start.Line("    return;");
        string index = Name(method.Parameters[0]);
        string values = string.Join(", ", axes.Select(axis => $"Grid_GlobalIndex{axis}"));
        start.Line(axes.Length == 1
            ? $"int {index} = {values};" : $"Index{axes.Length}D {index} = make_Index{axes.Length}D({values});");
    }

    private CWriter EmitBody()
    {
        writer = new CWriter(1);
        switch (translation.Body(method))
        {
            case IMethodBodyOperation { BlockBody: { } block }:
                Statements(block.Operations);
                break;
            case IMethodBodyOperation { ExpressionBody: { } expression }:
                Statements(expression.Operations);
                break;
            default:
                break;
        }
        return writer;
    }

    /// <summary>The C name of a local or parameter.</summary>
    private string Name(ISymbol symbol)
    {
        if (!renamed.TryGetValue(symbol, out string name))
        {
            name = string.Concat(symbol.Name.Select(letter =>
                letter < 128 ? letter.ToString() : $"_u{(int)letter:X4}"));
            renamed[symbol] = name = ReservedNames.Avoid(name);
        }
        return name;
    }

    /// <summary>A name built from another that the method does not use itself.</summary>
    private string Derived(string name, string suffix)
    {
        string derived = $"{name}_{suffix}";
        while (declared.Contains(derived))
            derived += "_";
        return derived;
    }

    private static SyntaxNode PlaceOf(ISymbol symbol) => symbol.DeclaringSyntaxReferences[0].GetSyntax();

    private void Report(IOperation operation, DiagnosticDescriptor descriptor, params string[] arguments) =>
        translation.Report(operation.Syntax, descriptor, arguments);
}
