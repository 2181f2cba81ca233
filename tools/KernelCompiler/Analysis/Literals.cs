using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>Constants as both dialects read them.</summary>
internal static class Literals
{
    /// <param name="type">The constant's type.</param>
    /// <param name="value">Its value; null is zero.</param>
    /// <param name="syntax">Where it was written: a hexadecimal literal stays one.</param>
    public static CText Of(ITypeSymbol type, object? value, SyntaxNode? syntax = null)
    {
        if (type is INamedTypeSymbol { EnumUnderlyingType: { } underlying })
            type = underlying;
        return type.SpecialType switch
        {
            SpecialType.System_Boolean => CText.Atom(value is true ? "true" : "false"),
            SpecialType.System_Single => Floating(Convert.ToSingle(value ?? 0f, CultureInfo.InvariantCulture)),
            SpecialType.System_Double => Floating(Convert.ToDouble(value ?? 0d, CultureInfo.InvariantCulture)),
            SpecialType.System_UInt32 =>
                CText.Atom(Digits(Convert.ToUInt64(value ?? 0, CultureInfo.InvariantCulture), syntax) + "u"),
            SpecialType.System_UInt64 => CText.Cast("uint64",
                CText.Atom(Digits(Convert.ToUInt64(value ?? 0, CultureInfo.InvariantCulture), syntax) + "u")),
            SpecialType.System_Int64 => CText.Cast("int64",
                Signed(Convert.ToInt64(value ?? 0, CultureInfo.InvariantCulture), syntax)),
            _ => Signed(Convert.ToInt64(value ?? 0, CultureInfo.InvariantCulture), syntax),
        };
    }

    private static string Digits(ulong value, SyntaxNode? syntax) =>
        syntax is LiteralExpressionSyntax literal
        && literal.Token.Text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? "0x" + value.ToString("X", CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The lowest values have no literal of their own in C: they are one above, less one.</summary>
    private static CText Signed(long value, SyntaxNode? syntax) => value switch
    {
        long.MinValue => CText.Atom("(-9223372036854775807 - 1)"),
        int.MinValue => CText.Atom("(-2147483647 - 1)"),
        < 0 => new("-" + (-value).ToString(CultureInfo.InvariantCulture), Precedence.Unary),
        _ => CText.Atom(Digits((ulong)value, syntax)),
    };

    private static CText Floating(float value) => value switch
    {
        float.NaN => CText.Atom("Float_NaN"),
        float.PositiveInfinity => CText.Atom("Float_Infinity"),
        float.NegativeInfinity => new("-Float_Infinity", Precedence.Unary),
        _ => Decimal(value.ToString("R", CultureInfo.InvariantCulture), "f"),
    };

    private static CText Floating(double value) => double.IsNaN(value) || double.IsInfinity(value)
        ? CText.Cast("double", Floating((float)value))
        : Decimal(value.ToString("R", CultureInfo.InvariantCulture), "");

    private static CText Decimal(string digits, string suffix)
    {
        bool whole = digits.IndexOfAny(['.', 'E', 'e']) < 0;
        return new(digits + (whole ? ".0" : "") + suffix, digits[0] == '-' ? Precedence.Unary : Precedence.Primary);
    }
}
