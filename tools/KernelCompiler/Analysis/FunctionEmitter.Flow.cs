using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

internal sealed partial class FunctionEmitter
{
    private void If(IConditionalOperation choice)
    {
        writer.Line($"if ({Root(choice.Condition)})");
        Body(choice.WhenTrue);
        if (choice.WhenFalse is not { } other)
            return;
        if (other is IConditionalOperation chained)
        {
            CWriter outer = writer;
            writer = new CWriter(outer.Indentation);
            If(chained);
            string text = writer.ToString().TrimStart(' ');
            writer = outer;
            writer.Line("else " + text.TrimEnd('\n'));
        }
        else
        {
            writer.Line("else");
            Body(other);
        }
    }

    private void For(IForLoopOperation loop)
    {
        ranges.EnterLoop(loop);
        if (IsUnrolled(loop))
            writer.Line("#pragma unroll");
        string before = string.Join(", ", Inline(loop.Before));
        string condition = loop.Condition is null ? "" : Root(loop.Condition).Text;
        isLoopStep = true;
        string bottom = string.Join(", ", Inline(loop.AtLoopBottom));
        isLoopStep = false;
        writer.Line($"for ({before}; {condition}; {bottom})");
        Body(loop.Body);
    }

    /// <summary>Statements as the comma-separated parts of a loop's head.</summary>
    private List<string> Inline(IEnumerable<IOperation> statements)
    {
        CWriter outer = writer;
        List<string> parts = [];
        string type = "";
        foreach (IOperation statement in statements)
        {
            writer = new CWriter();
            Statement(statement);
            foreach (string line in writer.ToString().Split(['\n'], StringSplitOptions.RemoveEmptyEntries))
            {
                string part = line.TrimEnd(';');
                string start = statement is IVariableDeclarationGroupOperation ? part.Split(' ')[0] + " " : "";
                parts.Add(parts.Count > 0 && start == type ? part.Substring(start.Length) : part);
                type = start;
            }
        }
        writer = outer;
        return parts;
    }

    private void While(IWhileLoopOperation loop)
    {
        if (loop.ConditionIsTop)
        {
            writer.Line($"while ({Root(loop.Condition!)})");
            Body(loop.Body);
        }
        else
        {
            writer.Line("do");
            Body(loop.Body);
            writer.Line($"while ({Root(loop.Condition!)});");
        }
    }

    private void Switch(ISwitchOperation choice)
    {
        writer.Line($"switch ({Root(choice.Value)})");
        writer.Open();
        foreach (ISwitchCaseOperation section in choice.Cases)
        {
            foreach (ICaseClauseOperation clause in section.Clauses)
                if (clause is ISingleValueCaseClauseOperation { Value.ConstantValue: { HasValue: true,
                    Value: { } value } } single)
                    writer.Line($"case {Literals.Of(single.Value.Type!, value)}:");
                else if (clause is IDefaultCaseClauseOperation)
                    writer.Line("default:");
                else
                    Report(clause, Diagnostics.Statement, "this case", "use constants, or if and else");
            writer.Open();
            Statements(section.Body);
            writer.Close();
        }
        writer.Close();
    }

    private void Return(IReturnOperation result)
    {
        if (result.ReturnedValue is not { } value)
            writer.Line("return;");
        else if (method.ReturnsVoid)
            ExpressionStatement(value); // an expression-bodied void method
        else
            writer.Line($"return {Root(value)};");
    }

    /// <summary>A statement under a head: braces only around several lines, as in this project's C#.</summary>
    private void Body(IOperation body)
    {
        CWriter outer = writer;
        writer = new CWriter(outer.Indentation + 1);
        Statements(body is IBlockOperation block ? block.Operations : [body]);
        CWriter inner = writer;
        writer = outer;
        bool bare = inner.Lines == 1;
        if (!bare)
            writer.Line("{");
        writer.Append(inner);
        if (!bare)
            writer.Line("}");
    }
}
