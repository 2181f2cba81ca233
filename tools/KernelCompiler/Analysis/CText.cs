namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>How tightly C binds, loosest first.</summary>
internal enum Precedence
{
    Assignment,
    Conditional,
    LogicalOr,
    LogicalAnd,
    BitOr,
    BitXor,
    BitAnd,
    Equality,
    Relational,
    Shift,
    Additive,
    Multiplicative,
    Unary,
    Primary,
}

/// <summary>An expression in C, with the parentheses it may still need.</summary>
internal readonly record struct CText(string Text, Precedence Precedence)
{
    public static CText Atom(string text) => new(text, Precedence.Primary);

    public static CText Cast(string type, CText operand) =>
        new($"({type}){operand.AtLeast(Precedence.Unary)}", Precedence.Unary);

    public static CText Unary(string sign, CText operand)
    {
        string text = operand.AtLeast(Precedence.Unary);
        return new(text.StartsWith(sign, StringComparison.Ordinal) ? $"{sign}({text})" : sign + text, Precedence.Unary);
    }

    /// <summary>A left-associative operation. Operands of bit and logic operators get parentheses that C does not need,
    /// because its readers do.</summary>
    public static CText Binary(string sign, Precedence precedence, CText left, CText right)
    {
        bool confusing = precedence is <= Precedence.BitAnd or Precedence.Shift;
        string Operand(CText operand, bool isLeft)
        {
            bool sameChain = isLeft && operand.Precedence == precedence && precedence != Precedence.Shift;
            Precedence needed = sameChain || (!confusing && isLeft) ? precedence
                : confusing && operand.Precedence > Precedence.LogicalAnd
                && precedence <= Precedence.LogicalAnd ? precedence + 1
                : confusing ? Precedence.Unary : precedence + 1;
            return operand.AtLeast(needed);
        }
        return new($"{Operand(left, isLeft: true)} {sign} {Operand(right, isLeft: false)}", precedence);
    }

    /// <summary>The text, in parentheses if it binds looser than <paramref name="needed"/>.</summary>
    public string AtLeast(Precedence needed) => Precedence < needed ? $"({Text})" : Text;

    public override string ToString() => Text;
}
