using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>Operators and conversions with C#'s meaning. Where an int or long could overflow, which C leaves undefined,
/// the operation is done on the unsigned type, which wraps as C# does.</summary>
internal sealed partial class FunctionEmitter
{
    private bool isLoopStep; // a for loop's own counter is taken not to overflow

    private static string Sign(BinaryOperatorKind kind) => kind switch
    {
        BinaryOperatorKind.Add => "+",
        BinaryOperatorKind.Subtract => "-",
        BinaryOperatorKind.Multiply => "*",
        BinaryOperatorKind.Divide => "/",
        BinaryOperatorKind.Remainder => "%",
        BinaryOperatorKind.LeftShift => "<<",
        BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift => ">>",
        BinaryOperatorKind.And => "&",
        BinaryOperatorKind.Or => "|",
        BinaryOperatorKind.ExclusiveOr => "^",
        BinaryOperatorKind.ConditionalAnd => "&&",
        BinaryOperatorKind.ConditionalOr => "||",
        BinaryOperatorKind.Equals => "==",
        BinaryOperatorKind.NotEquals => "!=",
        BinaryOperatorKind.LessThan => "<",
        BinaryOperatorKind.LessThanOrEqual => "<=",
        BinaryOperatorKind.GreaterThan => ">",
        BinaryOperatorKind.GreaterThanOrEqual => ">=",
        _ => "",
    };

    private static Precedence BindingOf(string sign) => sign switch
    {
        "*" or "/" or "%" => Precedence.Multiplicative,
        "+" or "-" => Precedence.Additive,
        "<<" or ">>" => Precedence.Shift,
        "<" or "<=" or ">" or ">=" => Precedence.Relational,
        "==" or "!=" => Precedence.Equality,
        "&" => Precedence.BitAnd,
        "^" => Precedence.BitXor,
        "|" => Precedence.BitOr,
        "&&" => Precedence.LogicalAnd,
        _ => Precedence.LogicalOr,
    };

    private static CText Plain(BinaryOperatorKind kind, CText left, CText right) =>
        CText.Binary(Sign(kind), BindingOf(Sign(kind)), left, right);

    private CText Binary(IBinaryOperation binary)
    {
        ITypeSymbol? type = binary.LeftOperand.Type;
        if (binary.OperatorMethod is { } custom && !KnownTypes.IsVector(custom.ContainingType))
            return Refuse(binary, $"the operator of '{custom.ContainingType.Name}'", "call a static method");
        if (binary.IsChecked)
            return Refuse(binary, "checked arithmetic", "a device has no exceptions: test the operands before");
        if (Sign(binary.OperatorKind).Length == 0)
            return RefuseExpression(binary);
        if (binary.OperatorKind == BinaryOperatorKind.Remainder && KnownTypes.IsFloating(type))
            return CText.Atom($"{(type!.SpecialType == SpecialType.System_Double ? "Math" : "MathF")}_Remainder("
                + $"{Expression(binary.LeftOperand)}, {Expression(binary.RightOperand)})");
        if (IsShift(binary.OperatorKind))
            return Shift(binary, binary.OperatorKind, Expression(binary.LeftOperand), binary.RightOperand);
        if (Wraps(binary) && ranges.MayOverflow(binary))
            return CText.Cast(Signed(binary.Type!), Unsigned(binary));
        return Plain(binary.OperatorKind, Operand(binary.LeftOperand, binary.RightOperand),
            Operand(binary.RightOperand, binary.LeftOperand));
    }

    /// <summary>An operand; C converts it to the other's wider type by itself.</summary>
    private CText Operand(IOperation operation, IOperation other)
    {
        bool alike = operation is IConversionOperation { IsImplicit: true }
            && other is not IConversionOperation { IsImplicit: true };
        if (!alike || operation is not IConversionOperation conversion || !KnownTypes.IsInteger(Source(conversion))
            || !(KnownTypes.IsFloating(conversion.Type) || IsLong(conversion.Type!)))
            return Expression(operation);
        if (!conversion.ConstantValue.HasValue || NamesConstant(conversion.Operand))
            return Expression(conversion.Operand);
        return KnownTypes.IsFloating(conversion.Type) ? Expression(operation) : Expression(conversion.Operand);
    }

    private static bool NamesConstant(IOperation operation) =>
        operation is IFieldReferenceOperation or ILocalReferenceOperation;

    private static bool IsShift(BinaryOperatorKind kind) => kind is BinaryOperatorKind.LeftShift
        or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift;

    private static bool Wraps(IBinaryOperation binary) => KnownTypes.IsSignedWord(binary.Type)
        && Wraps(binary.OperatorKind);

    private static bool Wraps(BinaryOperatorKind kind) =>
        kind is BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply;

    private static bool IsLong(ITypeSymbol type) =>
        type.SpecialType is SpecialType.System_Int64 or SpecialType.System_UInt64;
    private static string Signed(ITypeSymbol type) => IsLong(type) ? "int64" : "int";
    private static string UnsignedName(ITypeSymbol type) => IsLong(type) ? "uint64" : "uint";

    /// <summary>A signed value modulo 2^32 or 2^64.</summary>
    private CText Unsigned(IOperation operation)
    {
        ITypeSymbol type = operation.Type!;
        if (operation is IBinaryOperation binary && Wraps(binary) && ranges.MayOverflow(binary))
            return Plain(binary.OperatorKind, Unsigned(binary.LeftOperand), Unsigned(binary.RightOperand));
        if (operation is ILiteralOperation { ConstantValue.Value: >= 0 and int small } && !IsLong(type))
            return CText.Atom($"{small}u");
        bool extends = operation is IConversionOperation { IsImplicit: true } widening // C extends the sign as well
            && KnownTypes.IsInteger(Source(widening)) && !widening.ConstantValue.HasValue;
        return CText.Cast(UnsignedName(type),
            Expression(extends ? ((IConversionOperation)operation).Operand : operation));
    }

    /// <summary>C# takes a shift's count modulo the width; C leaves a larger one undefined.</summary>
    private CText Shift(IOperation operation, BinaryOperatorKind kind, CText left, IOperation count)
    {
        ITypeSymbol type = operation.Type!;
        int mask = IsLong(type) ? 63 : 31;
        CText masked = count.ConstantValue is { HasValue: true, Value: int constant }
            ? CText.Atom((constant & mask).ToString())
            : CText.Binary("&", Precedence.BitAnd, Expression(count), CText.Atom(mask.ToString()));
        bool isSigned = KnownTypes.IsSignedWord(type);
        bool onUnsigned = isSigned && (kind == BinaryOperatorKind.UnsignedRightShift
            || (kind == BinaryOperatorKind.LeftShift && ranges.MayOverflow(operation)));
        return onUnsigned
            ? CText.Cast(Signed(type), Plain(kind, CText.Cast(UnsignedName(type), left), masked))
            : Plain(kind, left, masked);
    }

    private CText Unary(IUnaryOperation unary)
    {
        if (unary.OperatorMethod is not null || unary.IsChecked)
            return RefuseExpression(unary);
        CText operand = Expression(unary.Operand);
        return unary.OperatorKind switch
        {
            UnaryOperatorKind.Plus => operand,
            UnaryOperatorKind.Minus when KnownTypes.IsSignedWord(unary.Type) && ranges.MayOverflow(unary) =>
                CText.Cast(Signed(unary.Type!),
                    Plain(BinaryOperatorKind.Subtract, CText.Atom("0u"), Unsigned(unary.Operand))),
            UnaryOperatorKind.Minus => CText.Unary("-", operand),
            UnaryOperatorKind.Not => CText.Unary("!", operand),
            UnaryOperatorKind.BitwiseNegation => CText.Unary("~", operand),
            _ => RefuseExpression(unary),
        };
    }

    private CText Conversion(IConversionOperation conversion)
    {
        (ITypeSymbol? from, ITypeSymbol? to) = (Source(conversion), conversion.Type);
        if (from is null || to is null || SymbolEqualityComparer.Default.Equals(from, to)
            || conversion.Conversion.IsIdentity
            || to.Name == "Index1D")
            return Expression(conversion.Operand);
        if (conversion.IsChecked)
            return Refuse(conversion, "a checked conversion", "a device has no exceptions: test the value before");
        bool isNumeric = (KnownTypes.IsInteger(Underlying(from)) || KnownTypes.IsFloating(from))
            && (KnownTypes.IsInteger(Underlying(to)) || KnownTypes.IsFloating(to));
        if (!isNumeric)
            return RefuseExpression(conversion);
        CText operand = Expression(conversion.Operand);
        string type = TypeName(to, conversion);
        if (KnownTypes.IsFloating(from) && KnownTypes.IsInteger(to))
        {
            if (type is not ("int" or "uint" or "int64" or "uint64"))
                Report(conversion, Diagnostics.NarrowConversion, from.Name, to.Name);
            return CText.Atom($"{type}_from_{TypeName(from, conversion)}({operand})");
        }
        bool promoted = conversion.IsImplicit && to.SpecialType == SpecialType.System_Int32
            && !KnownTypes.IsFloating(from);
        return promoted ? operand : CText.Cast(type, operand);
    }

    /// <summary>What a conversion starts from; an index and a specialised value are ints already.</summary>
    private static ITypeSymbol? Source(IConversionOperation conversion) => conversion.OperatorMethod is not { } custom
        ? conversion.Operand.Type
        : KnownTypes.IsSpecialized(custom.ContainingType) || custom.ContainingType.Name == "Index1D"
            ? custom.ReturnType.Name == "Index1D" ? custom.Parameters[0].Type : custom.ReturnType : null;

    private static ITypeSymbol Underlying(ITypeSymbol type) =>
        type is INamedTypeSymbol { EnumUnderlyingType: { } underlying } ? underlying : type;

    /// <summary>Whether C's own conversion on initialisation, assignment and return is C#'s.</summary>
    private static bool CConvertsAlike(IConversionOperation conversion) =>
        KnownTypes.IsInteger(Source(conversion))
        && (KnownTypes.IsInteger(conversion.Type) || KnownTypes.IsFloating(conversion.Type))
        && !conversion.ConstantValue.HasValue;

    private void CompoundAssign(ICompoundAssignmentOperation compound)
    {
        BinaryOperatorKind kind = compound.OperatorKind;
        ITypeSymbol type = compound.Target.Type!;
        if (compound.OperatorMethod is { } custom && !KnownTypes.IsVector(custom.ContainingType))
            Report(compound, Diagnostics.Expression, $"the operator of '{custom.ContainingType.Name}'",
                "call a static method");
        if (compound.IsChecked)
            Report(compound, Diagnostics.Expression, "checked arithmetic", "test the operands before");
        CText target = Target(compound.Target);
        bool isFloatRemainder = kind == BinaryOperatorKind.Remainder && KnownTypes.IsFloating(type);
        bool wraps = KnownTypes.IsSignedWord(type) && Wraps(kind);
        bool narrow = KnownTypes.IsInteger(type) && !KnownTypes.IsSignedWord(type)
            && type.SpecialType is not (SpecialType.System_UInt32 or SpecialType.System_UInt64);
        if (isLoopStep && wraps)
            writer.Line($"{target} {Sign(kind)}= {Expression(compound.Value)};");
        else if (isFloatRemainder)
            writer.Line($"{target} = {(type.SpecialType == SpecialType.System_Double ? "Math" : "MathF")}_Remainder("
                + $"{target}, {Expression(compound.Value)});");
        else if (IsShift(kind) && !narrow)
            writer.Line($"{target} = {Shift(compound, kind, target, compound.Value)};");
        else if (wraps)
        {
            CText sum = Plain(kind, CText.Cast(UnsignedName(type), target), Unsigned(compound.Value));
            writer.Line($"{target} = {CText.Cast(Signed(type), sum)};");
        }
        else if (narrow)
            writer.Line(
                $"{target} = {CText.Cast(TypeName(type, compound), Plain(kind, target, Expression(compound.Value)))};");
        else if (KnownTypes.IsVector(type))
            writer.Line($"{target} = {Plain(kind, target, Expression(compound.Value))};");
        else
            writer.Line($"{target} {Sign(kind)}= {Expression(compound.Value)};");
    }

    private void Step(IIncrementOrDecrementOperation step, bool cannotOverflow)
    {
        CText target = Target(step.Target);
        ITypeSymbol type = step.Target.Type!;
        string sign = step.Kind == OperationKind.Increment ? "+" : "-";
        if (KnownTypes.IsSignedWord(type) && !isLoopStep && !cannotOverflow)
            writer.Line(
                $"{target} = ({Signed(type)})(({UnsignedName(type)}){target.AtLeast(Precedence.Unary)} {sign} 1u);");
        else
            writer.Line($"{target.AtLeast(Precedence.Primary)}{sign}{sign};");
    }
}
