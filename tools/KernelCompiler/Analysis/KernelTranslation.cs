using GpuLstm.KernelCompiler.Model;
using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>One kernel being translated: what its functions share, and the text in front of the kernel
/// itself.</summary>
internal sealed class KernelTranslation(Compilation compilation, IMethodSymbol kernel, int indexDimensions,
    int cudaArch)
{
    private readonly Dictionary<ISymbol, FunctionFacts?> facts = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<string, string> functions = []; // method and spaces -> C name
    private readonly HashSet<string> fileNames = [];
    private readonly HashSet<DiagnosticInfo> reported = [];
    private readonly CWriter functionTexts = new();

    public IMethodSymbol Kernel => kernel;
    public int IndexDimensions => indexDimensions;
    /// <summary>The lowest architecture of a kernel for CUDA alone; 0 for any other.</summary>
    public int CudaArch => cudaArch;
    public List<DiagnosticInfo> Diagnostics { get; } = [];
    public FileDeclarations Declarations => declarations ??= new(this);
    private FileDeclarations? declarations;

    public bool UsesDouble { get; set; }
    public bool UsesDynamicShared { get; set; }
    public bool UsesScratch { get; set; }
    public bool IsCooperative { get; set; }

    /// <summary>Declarations and helpers, in an order in which C can read them.</summary>
    public string TextBeforeKernel => Declarations + functionTexts.ToString();

    public void Report(Location location, DiagnosticDescriptor descriptor, params string[] arguments)
    {
        DiagnosticInfo diagnostic = DiagnosticInfo.At(location, descriptor, arguments);
        if (reported.Add(diagnostic))
            Diagnostics.Add(diagnostic);
    }

    public void Report(SyntaxNode node, DiagnosticDescriptor descriptor, params string[] arguments) =>
        Report(Places.Of(node), descriptor, arguments);

    /// <summary>A name for a class member at file level: plain for the kernel's own class, Class_Name for
    /// another's.</summary>
    public string TakeFileName(ISymbol member, string name)
    {
        bool own = SymbolEqualityComparer.Default.Equals(member.ContainingType, kernel.ContainingType);
        string plain = ReservedNames.Avoid(name);
        if ((own || member is INamedTypeSymbol) && fileNames.Add(plain))
            return plain;
        string qualified = $"{member.ContainingType?.Name ?? member.ContainingNamespace.Name}_{name}";
        while (!fileNames.Add(qualified))
            qualified += "_";
        return qualified;
    }

    public void ReserveFileName(string name) => fileNames.Add(name);
    public bool IsFileName(string name) => fileNames.Contains(name);

    /// <summary>A method's body as operations; null if its source is not in this compilation.</summary>
    public IOperation? Body(IMethodSymbol method) =>
        method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } syntax
            ? compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax) : null;

    /// <summary>What a field is initialised with.</summary>
    public IOperation? Initializer(IFieldSymbol field) =>
        field.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax()
            is Microsoft.CodeAnalysis.CSharp.Syntax.VariableDeclaratorSyntax { Initializer: { } initializer }
            ? compilation.GetSemanticModel(initializer.SyntaxTree).GetOperation(initializer.Value) : null;

    public FunctionFacts Facts(IMethodSymbol method) => FactsAt(method, null)!;

    private FunctionFacts? FactsAt(IMethodSymbol method, SyntaxNode? call)
    {
        if (facts.TryGetValue(method, out FunctionFacts? known))
        {
            if (known is null && call is not null) // still under way: the call closes a circle
                Report(call, KernelCompiler.Diagnostics.Recursion, method.Name);
            return known;
        }
        facts[method] = null;
        FunctionFacts found = new(Body(method), inner => FactsAt(inner.TargetMethod.OriginalDefinition, inner.Syntax));
        facts[method] = found;
        return found;
    }

    /// <summary>Writes a helper, once per combination of memories its views point into, and returns its C
    /// name.</summary>
    public string Function(IMethodSymbol method, IReadOnlyList<Space> spaces)
    {
        string suffix = spaces.All(space => space == Space.Global) ? "" : "_"
            + string.Join("_", spaces.Select(s => s.Word()));
        string key = method.ToDisplayString() + suffix;
        if (functions.TryGetValue(key, out string name))
            return name;
        functions[key] = name = TakeFileName(method, method.Name + suffix);
        CWriter text = new FunctionEmitter(this, method, spaces).EmitHelper(name);
        functionTexts.Append(text);
        functionTexts.Line("");
        return name;
    }
}
