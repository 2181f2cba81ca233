using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

internal sealed partial class FunctionEmitter
{
    private static readonly CText Nothing = CText.Atom("0"); // stands where an error was reported

    private IOperation? root; // the whole expression of the statement under way

    /// <summary>An expression that is all of its statement's work, so that it may have a side effect.</summary>
    private CText Root(IOperation operation)
    {
        root = operation;
        while (root is IConversionOperation { IsImplicit: true } conversion)
            root = conversion.Operand;
        return Expression(operation is IConversionOperation { IsImplicit: true } widening && CConvertsAlike(widening)
            ? widening.Operand : operation);
    }

    private CText Expression(IOperation operation)
    {
        if (operation.ConstantValue.HasValue
            && operation is ILiteralOperation or IDefaultValueOperation or ISizeOfOperation
            or IConversionOperation { Operand: not IFieldReferenceOperation }
            or IUnaryOperation { Operand: ILiteralOperation })
            return operation.Type?.SpecialType is SpecialType.System_String or SpecialType.System_Char or null
                ? Refuse(operation, "text", "kernels have numbers only")
                : Literals.Of(operation.Type, operation.ConstantValue.Value, operation.Syntax);
        return operation switch
        {
            ILocalReferenceOperation local => CText.Atom(Name(local.Local)),
            IParameterReferenceOperation parameter => IsReference(parameter.Parameter)
                ? CText.Unary("*", CText.Atom(Name(parameter.Parameter))) : CText.Atom(Name(parameter.Parameter)),
            IFieldReferenceOperation field => Field(field),
            IPropertyReferenceOperation property => Property(property),
            IInvocationOperation call => Call(call),
            IBinaryOperation binary => Binary(binary),
            IUnaryOperation unary => Unary(unary),
            IConversionOperation conversion => Conversion(conversion),
            IConditionalOperation { WhenFalse: { } other } choice => Choose(
                Expression(choice.Condition), Expression(choice.WhenTrue), Expression(other)),
            IObjectCreationOperation creation => Create(creation),
            IDefaultValueOperation { Type: { } type } => Zero(type, operation),
            ITupleOperation tuple => Make(TypeName(tuple.Type!, tuple), tuple.Elements.Select(Expression)),
            ISwitchExpressionOperation choice => SwitchExpression(choice),
            IIsPatternOperation test => Pattern(test.Pattern, Expression(test.Value)),
            IArrayElementReferenceOperation element => ArrayElement(element),
            ISimpleAssignmentOperation or ICompoundAssignmentOperation or IIncrementOrDecrementOperation =>
                SideEffect(operation, "An assignment"),
            IInvalidOperation => Nothing, // the C# compiler says so
            _ => RefuseExpression(operation),
        };
    }

    private CText RefuseExpression(IOperation operation) => operation.Syntax switch
    {
        ThrowExpressionSyntax => Refuse(operation, "throw",
            "a device has no exceptions: write an error code to a view"),
        LambdaExpressionSyntax or AnonymousMethodExpressionSyntax =>
            Refuse(operation, "a lambda", "make it a static method"),
        InterpolatedStringExpressionSyntax => Refuse(operation, "text", "kernels have numbers only"),
        ArrayCreationExpressionSyntax or ImplicitArrayCreationExpressionSyntax or CollectionExpressionSyntax
            or StackAllocArrayCreationExpressionSyntax =>
            Refuse(operation, "an array", "use LocalMemory.Allocate<T>(n) or SharedMemory.Allocate<T>(n)"),
        AwaitExpressionSyntax => Refuse(operation, "await", "a kernel runs to its end at once"),
        _ when operation is IMethodReferenceOperation or IDelegateCreationOperation =>
            Refuse(operation, "a delegate", "call the static method by name"),
        _ => Refuse(operation, $"'{operation.Syntax}'", "see the language page for the expressions that exist"),
    };

    private CText Refuse(IOperation operation, string what, string remedy)
    {
        Report(operation, Diagnostics.Expression, what, remedy);
        return Nothing;
    }

    private CText SideEffect(IOperation operation, string what)
    {
        Report(operation, Diagnostics.SideEffect, what, "give it a statement of its own");
        return Nothing;
    }

    private CText Field(IFieldReferenceOperation reference)
    {
        IFieldSymbol field = reference.Field;
        if (field.IsStatic)
        {
            if (field.HasConstantValue && (field.DeclaringSyntaxReferences.IsEmpty
                || field.ContainingType.TypeKind == TypeKind.Enum || field.ConstantValue is float.PositiveInfinity
                or float.NegativeInfinity or float.NaN))
                return Literals.Of(field.Type, field.ConstantValue);
            string name = translation.Declarations.Constant(field, reference.Syntax);
            if (declared.Contains(name))
                return Refuse(reference, $"the constant '{name}' beside a local of that name", "rename one of them");
            return CText.Atom(name);
        }
        if (reference.Instance is not { } instance || instance is IInstanceReferenceOperation)
            return Refuse(reference, "an instance's field", "pass the value as a parameter");
        string member = KnownTypes.IsVector(field.ContainingType) ? field.Name.ToLowerInvariant()
            : field.ContainingType.IsTupleType ? (field.CorrespondingTupleField ?? field).Name
            : ReservedNames.Avoid(field.Name);
        return CText.Atom($"{Expression(instance).AtLeast(Precedence.Primary)}.{member}");
    }

    private CText Property(IPropertyReferenceOperation reference)
    {
        IPropertySymbol property = reference.Property;
        if (KnownProperties.Find(property) is { } known)
        {
            CheckPlace(reference, $"{property.ContainingType.Name}.{property.Name}", known.Traits);
            return CText.Atom(known.Name);
        }
        if (reference.Instance is { } instance)
        {
            if (KnownTypes.IsView(instance.Type))
                return property.IsIndexer ? Element(reference) : Length(reference, View(instance));
            if (KnownTypes.IsSpecialized(instance.Type) && property.Name == "Value")
                return Expression(instance);
            if (KnownTypes.IsIndex(instance.Type) && property.Name is "X" or "Y" or "Z")
                return IndexAxis(instance, property.Name);
            if (instance.Type is IArrayTypeSymbol && property.Name == "Length"
                && instance is IFieldReferenceOperation table
                && FileDeclarations.ArrayElements(translation.Initializer(table.Field)) is { } elements)
                return CText.Atom(elements.Count.ToString());
        }
        if (KnownTypes.IsWord(property) && property.Name == "GlobalIndex")
        {
            CheckPlace(reference, "Grid.GlobalIndex", MethodTraits.Grouped);
            return CText.Atom("make_Index3D(Grid_GlobalIndexX, Grid_GlobalIndexY, Grid_GlobalIndexZ)");
        }
        return Refuse(reference, $"the property '{property.ContainingType?.Name}.{property.Name}'",
            "use a field, a parameter or a static method");
    }

    private CText IndexAxis(IOperation index, string axis)
    {
        if (index is IPropertyReferenceOperation { Property: { Name: "GlobalIndex" } global }
            && KnownTypes.IsWord(global))
        {
            CheckPlace(index, "Grid.GlobalIndex", MethodTraits.Grouped);
            return CText.Atom($"Grid_GlobalIndex{axis}");
        }
        CText value = Expression(index);
        return index.Type!.Name == "Index1D" ? value : CText.Atom($"{value.AtLeast(Precedence.Primary)}.{axis}");
    }

    /// <summary>An element of a constant table.</summary>
    private CText ArrayElement(IArrayElementReferenceOperation element)
    {
        if (element.ArrayReference is IFieldReferenceOperation { Field.IsStatic: true } table
            && element.Indices.Length == 1)
            return CText.Atom($"{Field(table)}[{Index(element.Indices[0])}]");
        return Refuse(element, "an array", "use ArrayView<T>, or a static readonly array of constants");
    }

    private CText Create(IObjectCreationOperation creation)
    {
        ITypeSymbol type = creation.Type!;
        string name = TypeName(type, creation);
        if (KnownTypes.IsVector(type) && creation.Arguments.Length > 0)
            return Make(name, creation.Arguments.Select(argument => Expression(argument.Value)));
        if (KnownTypes.IsIndex(type) && creation.Arguments.Length > 0)
            return type.Name == "Index1D" ? Expression(creation.Arguments[0].Value)
                : Make(name, creation.Arguments.Select(argument => Expression(argument.Value)));
        if (creation.Arguments.Length > 0 || !type.IsValueType)
            return Refuse(creation, $"the constructor of '{type.Name}'", "set the fields: new() { A = a, B = b }");
        Dictionary<string, CText> values = [];
        foreach (IOperation initializer in creation.Initializer?.Initializers ?? [])
            if (initializer is ISimpleAssignmentOperation { Target: IFieldReferenceOperation field } assignment)
                values[field.Field.Name] = Expression(assignment.Value);
        return Make(name, FileDeclarations.FieldsOf(type).Select(field =>
            values.TryGetValue(field.Name, out CText value) ? value : Zero(field.Type, creation)));
    }

    private CText Zero(ITypeSymbol type, IOperation place) =>
        type.Name == "Index1D" || (KnownTypes.Find(type) is not null && !KnownTypes.IsWord(type))
        ? Literals.Of(type, null)
        : KnownTypes.IsWord(type) ? Make(TypeName(type, place), Enumerable.Repeat(
            type.Name.StartsWith("Float", StringComparison.Ordinal) ? CText.Atom("0.0f") : CText.Atom("0"),
            type.Name switch
            {
                "Float4" => 4,
                "Index3D" => 3,
                _ => 2,
            }))
        : Make(TypeName(type, place), FileDeclarations.FieldsOf(type).Select(field => Zero(field.Type, place)));

    private static CText Make(string type, IEnumerable<CText> values) =>
        CText.Atom($"make_{type}({string.Join(", ", values)})");

    private static CText Choose(CText condition, CText whenTrue, CText whenFalse) => new(
        $"{condition.AtLeast(Precedence.LogicalOr)} ? {whenTrue.AtLeast(Precedence.Conditional)} "
        + $": {whenFalse.AtLeast(Precedence.Conditional)}", Precedence.Conditional);

    private CText SwitchExpression(ISwitchExpressionOperation choice)
    {
        CText value = Expression(choice.Value);
        if (choice.Arms.IsEmpty || choice.Arms.Last().Pattern is not IDiscardPatternOperation)
            return Refuse(choice, "a switch expression without a last arm '_'", "add one");
        CText result = Expression(choice.Arms.Last().Value);
        foreach (ISwitchExpressionArmOperation arm in choice.Arms.Reverse().Skip(1))
            result = arm.Guard is null ? Choose(Pattern(arm.Pattern, value), Expression(arm.Value), result)
                : Refuse(arm.Guard, "'when'", "use if and else");
        return result;
    }

    private CText Pattern(IPatternOperation pattern, CText value) => pattern switch
    {
        IConstantPatternOperation constant => CText.Binary(
            "==", Precedence.Equality, value, Expression(constant.Value)),
        IRelationalPatternOperation relation => CText.Binary(
            Sign(relation.OperatorKind), Precedence.Relational, value, Expression(relation.Value)),
        INegatedPatternOperation negated => CText.Unary("!", Pattern(negated.Pattern, value)),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either =>
            CText.Binary("||", Precedence.LogicalOr,
                Pattern(either.LeftPattern, value), Pattern(either.RightPattern, value)),
        IBinaryPatternOperation both => CText.Binary("&&", Precedence.LogicalAnd,
            Pattern(both.LeftPattern, value), Pattern(both.RightPattern, value)),
        _ => Refuse(pattern, "this pattern", "compare with constants"),
    };
}
