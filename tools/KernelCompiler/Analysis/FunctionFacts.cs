using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>What must be known of a whole method before its first line is written.</summary>
internal sealed class FunctionFacts
{
    private static readonly SymbolEqualityComparer Same = SymbolEqualityComparer.Default;
    // a local view -> the views it looks into
    private readonly Dictionary<ISymbol, HashSet<ISymbol>> aliases = new(Same);
    private readonly Func<IInvocationOperation, FunctionFacts?> callee;

    /// <param name="body">The method's body, or null for one that has none here.</param>
    /// <param name="callee">The facts of a called helper, or null for a known method.</param>
    public FunctionFacts(IOperation? body, Func<IInvocationOperation, FunctionFacts?> callee)
    {
        this.callee = callee;
        foreach (IOperation operation in body?.DescendantsAndSelf() ?? [])
            Visit(operation);
        Spread(Written);
        Spread(NeedsLength);
        IsImpure |= Written.Any(symbol => symbol is IParameterSymbol);
    }

    /// <summary>Views and references that are written through.</summary>
    public HashSet<ISymbol> Written { get; } = new(Same);
    /// <summary>Locals and parameters that change after their declaration.</summary>
    public HashSet<ISymbol> Assigned { get; } = new(Same);
    /// <summary>Views whose length matters.</summary>
    public HashSet<ISymbol> NeedsLength { get; } = new(Same);
    /// <summary>What each local starts with.</summary>
    public Dictionary<ISymbol, IOperation> Initializers { get; } = new(Same);
    /// <summary>A call changes memory or waits for others.</summary>
    public bool IsImpure { get; private set; }

    private void Visit(IOperation operation)
    {
        switch (operation)
        {
            case IVariableDeclaratorOperation { Initializer.Value: { } value } declarator:
                Initializers[declarator.Symbol] = value;
                if (KnownTypes.IsView(declarator.Symbol.Type))
                    AddAlias(declarator.Symbol, value);
                break;
            case IAssignmentOperation assignment:
                VisitTarget(assignment.Target);
                if (KnownTypes.IsView(assignment.Target.Type) && Symbol(assignment.Target) is { } view)
                    AddAlias(view, assignment.Value);
                break;
            case IIncrementOrDecrementOperation step:
                VisitTarget(step.Target);
                break;
            case IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument:
                VisitTarget(argument.Value);
                break;
            case IInvocationOperation call:
                VisitCall(call);
                break;
            case ILocalReferenceOperation or IParameterReferenceOperation when KnownTypes.IsView(operation.Type):
                if (AsksForLength(operation))
                    NeedsLength.Add(Symbol(operation)!);
                break;
            default:
                break;
        }
    }

    private void VisitCall(IInvocationOperation call)
    {
        if (KnownMethods.Find(call.TargetMethod) is { } known)
            IsImpure |= known.Traits.HasFlag(MethodTraits.Impure);
        else if (callee(call) is { } facts)
        {
            IsImpure |= facts.IsImpure && facts.Written.All(symbol => symbol is not IParameterSymbol);
            foreach (IArgumentOperation argument in call.Arguments)
                if (argument.Parameter is { } parameter && facts.Written.Contains(parameter))
                    Written.UnionWith(Roots(argument.Value));
        }
    }

    /// <summary>Something is assigned: a local, or an element of a view.</summary>
    private void VisitTarget(IOperation target)
    {
        if (target is ITupleOperation tuple)
            foreach (IOperation element in tuple.Elements)
                VisitTarget(element);
        while (target is IFieldReferenceOperation { Instance: { } instance })
            target = instance;
        if (target is IPropertyReferenceOperation { Instance: { } view } && KnownTypes.IsView(view.Type))
            Written.UnionWith(Roots(view));
        else if (Symbol(target) is { } symbol)
        {
            Assigned.Add(symbol);
            if (symbol is IParameterSymbol { RefKind: RefKind.Ref or RefKind.Out })
                Written.Add(symbol);
        }
    }

    private void AddAlias(ISymbol view, IOperation value)
    {
        if (!aliases.TryGetValue(view, out HashSet<ISymbol> roots))
            aliases[view] = roots = new(Same);
        roots.UnionWith(Roots(value));
    }

    /// <summary>What holds for a local view holds for the views it looks into.</summary>
    private void Spread(HashSet<ISymbol> symbols)
    {
        for (int before = -1; before != symbols.Count;)
        {
            before = symbols.Count;
            foreach (KeyValuePair<ISymbol, HashSet<ISymbol>> alias in aliases)
                if (symbols.Contains(alias.Key))
                    symbols.UnionWith(alias.Value);
        }
    }

    private bool AsksForLength(IOperation view) => view.Parent switch
    {
        IPropertyReferenceOperation property => !property.Property.IsIndexer,
        IInvocationOperation { TargetMethod.Name: "SubView", Arguments.Length: 2 } => false,
        IInvocationOperation or IConditionalOperation or IConversionOperation => AsksForLength(view.Parent),
        IVariableInitializerOperation or IAssignmentOperation => false, // the local's own need counts
        IArgumentOperation { Parameter: { } parameter, Parent: IInvocationOperation call } =>
            callee(call)?.NeedsLength.Contains(parameter) ?? true,
        IExpressionStatementOperation => false,
        _ => true,
    };

    /// <summary>The variables that a view expression looks into.</summary>
    private static IEnumerable<ISymbol> Roots(IOperation view) => view switch
    {
        ILocalReferenceOperation or IParameterReferenceOperation => [Symbol(view)!],
        IInvocationOperation { Instance: { } instance } => Roots(instance),
        IConversionOperation conversion => Roots(conversion.Operand),
        IConditionalOperation { WhenFalse: { } other } choice => Roots(choice.WhenTrue).Concat(Roots(other)),
        IPropertyReferenceOperation { Instance: { } instance } => Roots(instance),
        IFieldReferenceOperation { Instance: { } instance } => Roots(instance),
        _ => [],
    };

    private static ISymbol? Symbol(IOperation operation) => operation switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,
        IDeclarationExpressionOperation declaration => Symbol(declaration.Expression),
        _ => null,
    };
}
