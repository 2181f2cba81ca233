using System.Numerics;
using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>Between which values an integer expression stays, so that arithmetic which cannot overflow is written
/// plainly: in C# an overflow wraps, in C it is undefined for signed types.</summary>
internal sealed class IntegerRanges(FunctionFacts facts)
{
    private readonly Dictionary<ISymbol, Range> counters = new(SymbolEqualityComparer.Default);

    internal readonly record struct Range(BigInteger Lowest, BigInteger Highest)
    {
        public bool Within(Range outer) => Lowest >= outer.Lowest && Highest <= outer.Highest;
    }

    /// <summary>Whether an int or long operation can leave its type.</summary>
    public bool MayOverflow(IOperation operation) =>
        Exact(operation) is not { } exact || !exact.Within(OfType(operation.Type));

    public Range Of(IOperation operation)
    {
        Range type = OfType(operation.Type);
        return Exact(operation) is { } exact && exact.Within(type) ? exact : type;
    }

    /// <summary>Notes the range of a counter that only its for loop changes; false if the loop is of another
    /// form.</summary>
    public void EnterLoop(IForLoopOperation loop)
    {
        if (loop.Before.Length != 1 || loop.AtLoopBottom.Length != 1 || loop.Condition is not IBinaryOperation condition
            || condition.OperatorKind is not (BinaryOperatorKind.LessThan or BinaryOperatorKind.LessThanOrEqual)
            || condition.LeftOperand is not ILocalReferenceOperation { Local: { } counter }
            || !facts.Initializers.TryGetValue(counter, out IOperation start)
            || !Steps(loop.AtLoopBottom[0], counter) || IsChanged(loop.Body, counter))
            return;
        Range bound = Of(condition.RightOperand);
        BigInteger last = bound.Highest - (condition.OperatorKind == BinaryOperatorKind.LessThan ? 1 : 0);
        counters[counter] = new(Of(start).Lowest, BigInteger.Max(last, Of(start).Highest));
    }

    private bool Steps(IOperation bottom, ILocalSymbol counter) => bottom is IExpressionStatementOperation statement
        && statement.Operation switch
        {
            IIncrementOrDecrementOperation { Kind: OperationKind.Increment, Target: ILocalReferenceOperation target } =>
                Is(target, counter),
            ICompoundAssignmentOperation
            {
                OperatorKind: BinaryOperatorKind.Add, Target: ILocalReferenceOperation target,
            } add =>
                Is(target, counter) && Of(add.Value).Lowest >= 0,
            _ => false,
        };

    private static bool IsChanged(IOperation body, ILocalSymbol counter) => body.Descendants().Any(operation =>
        (operation is IAssignmentOperation { Target: ILocalReferenceOperation assigned } && Is(assigned, counter))
        || (operation is IIncrementOrDecrementOperation { Target: ILocalReferenceOperation stepped }
            && Is(stepped, counter))
        || (operation is IArgumentOperation { Parameter.RefKind: not RefKind.None } argument
            && argument.Value is ILocalReferenceOperation passed && Is(passed, counter)));

    private static bool Is(ILocalReferenceOperation reference, ILocalSymbol local) =>
        SymbolEqualityComparer.Default.Equals(reference.Local, local);

    /// <summary>The mathematical result's range, before it is cut to the type.</summary>
    private Range? Exact(IOperation operation)
    {
        if (operation.ConstantValue is { HasValue: true, Value: { } value } && KnownTypes.IsInteger(operation.Type))
        {
            BigInteger constant = BigInteger.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture);
            return new(constant, constant);
        }
        return operation switch
        {
            IBinaryOperation binary when KnownTypes.IsInteger(binary.Type) => OfBinary(binary),
            IUnaryOperation { OperatorKind: UnaryOperatorKind.Minus } minus => Negate(Of(minus.Operand)),
            IConversionOperation { OperatorMethod: not null } conversion
                when KnownTypes.IsSpecialized(conversion.Operand.Type) =>
                new(0, KnownTypes.LargestSpecialized),
            IConversionOperation conversion when KnownTypes.IsInteger(conversion.Operand.Type) =>
                Of(conversion.Operand),
            IPropertyReferenceOperation { Instance: { } instance } when KnownTypes.IsSpecialized(instance.Type) =>
                new(0, KnownTypes.LargestSpecialized),
            IConversionOperation { OperatorMethod: not null, Type.SpecialType: SpecialType.System_Int64 } =>
                new(int.MinValue, int.MaxValue), // from Index1D
            IPropertyReferenceOperation { Property.Name: "IntLength", Instance: { } view }
                when KnownTypes.IsView(view.Type) =>
                new(0, int.MaxValue),
            IPropertyReferenceOperation property when KnownProperties.Find(property.Property) is { } known =>
                new(known.Lowest, known.Highest),
            ILocalReferenceOperation local => OfLocal(local.Local),
            IInvocationOperation call => OfCall(call),
            IConditionalOperation { WhenFalse: { } other } choice when KnownTypes.IsInteger(choice.Type) =>
                Union(Of(choice.WhenTrue), Of(other)),
            _ => null,
        };
    }

    private Range? OfLocal(ILocalSymbol local) => counters.TryGetValue(local, out Range counter) ? counter
        : !facts.Assigned.Contains(local) && facts.Initializers.TryGetValue(local, out IOperation start)
            && KnownTypes.IsInteger(local.Type) ? Of(start) : null;

    private Range? OfCall(IInvocationOperation call)
    {
        if (call.Arguments.Length == 1 && call.TargetMethod.Name == "Unroll")
            return Of(call.Arguments[0].Value);
        if (call.Arguments.Length != 2
            || KnownMethods.Find(call.TargetMethod) is not { Name: "Int_Min" or "Int_Max" } known)
            return null;
        Range a = Of(call.Arguments[0].Value), b = Of(call.Arguments[1].Value);
        return known.Name == "Int_Min"
            ? new(BigInteger.Min(a.Lowest, b.Lowest), BigInteger.Min(a.Highest, b.Highest))
            : new(BigInteger.Max(a.Lowest, b.Lowest), BigInteger.Max(a.Highest, b.Highest));
    }

    private Range? OfBinary(IBinaryOperation binary)
    {
        Range a = Of(binary.LeftOperand), b = Of(binary.RightOperand);
        switch (binary.OperatorKind)
        {
            case BinaryOperatorKind.Add:
                return new(a.Lowest + b.Lowest, a.Highest + b.Highest);
            case BinaryOperatorKind.Subtract:
                return new(a.Lowest - b.Highest, a.Highest - b.Lowest);
            case BinaryOperatorKind.Multiply:
                BigInteger[] corners =
                    [a.Lowest * b.Lowest, a.Lowest * b.Highest, a.Highest * b.Lowest, a.Highest * b.Highest];
                return new(corners.Min(), corners.Max());
            case BinaryOperatorKind.Divide when a.Lowest >= 0 && b.Lowest >= 0:
                return new(0, a.Highest / BigInteger.Max(b.Lowest, 1));
            case BinaryOperatorKind.Remainder when a.Lowest >= 0 && b.Lowest >= 0:
                return new(0, BigInteger.Min(a.Highest, BigInteger.Max(b.Highest - 1, 0)));
            case BinaryOperatorKind.And when b.Lowest >= 0:
                return new(0, b.Highest);
            case BinaryOperatorKind.And when a.Lowest >= 0:
                return new(0, a.Highest);
            case BinaryOperatorKind.RightShift when a.Lowest >= 0:
                return new(0, a.Highest);
            case BinaryOperatorKind.LeftShift when b.Lowest == b.Highest && b.Lowest >= 0 && b.Highest < 64:
                return new(a.Lowest << (int)b.Lowest, a.Highest << (int)b.Lowest);
            default:
                return null;
        }
    }

    private static Range Negate(Range range) => new(-range.Highest, -range.Lowest);
    private static Range Union(Range a, Range b) =>
        new(BigInteger.Min(a.Lowest, b.Lowest), BigInteger.Max(a.Highest, b.Highest));

    private static Range OfType(ITypeSymbol? type) => type?.SpecialType switch
    {
        SpecialType.System_SByte => new(sbyte.MinValue, sbyte.MaxValue),
        SpecialType.System_Byte => new(0, byte.MaxValue),
        SpecialType.System_Int16 => new(short.MinValue, short.MaxValue),
        SpecialType.System_UInt16 => new(0, ushort.MaxValue),
        SpecialType.System_UInt32 => new(0, uint.MaxValue),
        SpecialType.System_Int64 => new(long.MinValue, long.MaxValue),
        SpecialType.System_UInt64 => new(0, ulong.MaxValue),
        _ => new(int.MinValue, int.MaxValue),
    };
}
