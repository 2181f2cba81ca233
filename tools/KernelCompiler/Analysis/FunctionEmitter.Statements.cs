using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

internal sealed partial class FunctionEmitter
{
    private void Statements(IEnumerable<IOperation> statements)
    {
        foreach (IOperation statement in statements)
            Statement(statement);
    }

    private void Statement(IOperation statement)
    {
        switch (statement)
        {
            case IBlockOperation block:
                writer.Open();
                Statements(block.Operations);
                writer.Close();
                break;
            case IVariableDeclarationGroupOperation group:
                foreach (IVariableDeclarationOperation declaration in group.Declarations)
                    foreach (IVariableDeclaratorOperation declarator in declaration.Declarators)
                        Declare(declarator, declarator.Initializer ?? declaration.Initializer);
                break;
            case IExpressionStatementOperation expression:
                ExpressionStatement(expression.Operation);
                break;
            case IConditionalOperation choice:
                If(choice);
                break;
            case IForLoopOperation loop:
                For(loop);
                break;
            case IWhileLoopOperation loop:
                While(loop);
                break;
            case ISwitchOperation choice:
                Switch(choice);
                break;
            case IReturnOperation { Kind: OperationKind.Return } result:
                Return(result);
                break;
            case IBranchOperation { BranchKind: BranchKind.Break }:
                writer.Line("break;");
                break;
            case IBranchOperation { BranchKind: BranchKind.Continue }:
                writer.Line("continue;");
                break;
            case IEmptyOperation or IInvalidOperation: // the C# compiler reports what is invalid
                break;
            default:
                RefuseStatement(statement);
                break;
        }
    }

    private void RefuseStatement(IOperation statement)
    {
        (string what, string remedy) = statement.Syntax switch
        {
            ForEachStatementSyntax => ("foreach", "use a for loop over the index"),
            GotoStatementSyntax => ("goto", "use break, continue or a flag"),
            ThrowStatementSyntax => ("throw", "a device has no exceptions: write an error code to a view"),
            TryStatementSyntax => ("try", "a device has no exceptions: test before instead"),
            LocalFunctionStatementSyntax => ("a local function", "make it a static method"),
            UsingStatementSyntax => ("using", "a kernel owns nothing to dispose of"),
            LockStatementSyntax => ("lock", "use Atomic or Group.Barrier()"),
            FixedStatementSyntax => ("fixed", "use ArrayView<T>"),
            YieldStatementSyntax => ("yield", "write the values to a view"),
            LabeledStatementSyntax => ("a label", "use break, continue or a flag"),
            _ => ("this statement", "see the language page for those that exist"),
        };
        Report(statement, Diagnostics.Statement, what, remedy);
    }

    private void Declare(IVariableDeclaratorOperation declarator, IVariableInitializerOperation? initializer)
    {
        ILocalSymbol local = declarator.Symbol;
        if (KnownTypes.IsView(local.Type))
            DeclareView(declarator, initializer?.Value);
        else if (local.IsRef)
            Report(declarator, Diagnostics.Expression, "a ref local", "use a SubView, or index the view each time");
        else if (local.IsConst)
        {
            CText value = Literals.Of(local.Type, local.ConstantValue, initializer?.Value.Syntax);
            writer.Line(local.Type.SpecialType == SpecialType.System_Int32
                ? $"enum {{ {Name(local)} = {value} }};"
                : $"const {TypeName(local.Type, declarator)} {Name(local)} = {value};");
        }
        else
        {
            int problems = translation.Diagnostics.Count;
            string type = TypeName(local.Type, declarator);
            bool isKnown = translation.Diagnostics.Count == problems; // else the initialiser is no news
            writer.Line(initializer is null || !isKnown
                ? $"{type} {Name(local)};" : $"{type} {Name(local)} = {Root(initializer.Value)};");
        }
    }

    private void ExpressionStatement(IOperation operation)
    {
        switch (operation)
        {
            case ISimpleAssignmentOperation assignment when KnownTypes.IsView(assignment.Target.Type):
                AssignView(assignment);
                break;
            case ISimpleAssignmentOperation assignment:
                Assign(assignment);
                break;
            case ICompoundAssignmentOperation compound:
                CompoundAssign(compound);
                break;
            case IIncrementOrDecrementOperation step:
                Step(step, cannotOverflow: false);
                break;
            case IDeconstructionAssignmentOperation deconstruction:
                Deconstruct(deconstruction);
                break;
            case IInvocationOperation call:
                writer.Line($"{Root(call)};");
                break;
            default:
                Root(operation);
                break;
        }
    }

    private void Assign(ISimpleAssignmentOperation assignment)
    {
        if (assignment.IsRef)
            Report(assignment, Diagnostics.Expression, "a ref assignment", "assign the value");
        if (assignment.Target is IDiscardOperation)
            writer.Line($"(void){Root(assignment.Value).AtLeast(Precedence.Unary)};");
        else
        {
            // C evaluates the two sides in any order: a side effect on the right needs a left without an address.
            bool isLocal = assignment.Target is ILocalReferenceOperation;
            writer.Line($"{Target(assignment.Target)} = "
                + $"{(isLocal ? Root(assignment.Value) : Expression(assignment.Value))};");
        }
    }

    private int deconstructions;

    /// <summary>Tuple elements go into variables of their own.</summary>
    private void Deconstruct(IDeconstructionAssignmentOperation deconstruction)
    {
        IOperation target =
            deconstruction.Target is IDeclarationExpressionOperation { Expression: ITupleOperation inner }
            ? inner : deconstruction.Target;
        if (target is not ITupleOperation tuple
            || deconstruction.Value.Type is not INamedTypeSymbol { IsTupleType: true } type)
        {
            Report(deconstruction, Diagnostics.Expression, "this deconstruction", "name the fields one by one");
            return;
        }
        string parts = Derived("parts", (++deconstructions).ToString());
        writer.Line($"{TypeName(type, deconstruction)} {parts} = {Root(deconstruction.Value)};");
        for (int i = 0; i < tuple.Elements.Length; i++)
        {
            IOperation element = tuple.Elements[i];
            string declaration = element switch
            {
                IDeclarationExpressionOperation => TypeName(element.Type!, element) + " ",
                ILocalReferenceOperation { IsDeclaration: true } => TypeName(element.Type!, element) + " ",
                _ => "",
            };
            if (element is IDeclarationExpressionOperation { Expression: { } variable })
                element = variable;
            if (element is not IDiscardOperation)
                writer.Line($"{declaration}{Target(element)} = {parts}.Item{i + 1};");
        }
    }

    private string TypeName(ITypeSymbol type, IOperation place) =>
        translation.Declarations.TypeName(type, place.Syntax is VariableDeclaratorSyntax
            { Parent: VariableDeclarationSyntax declaration } ? declaration.Type : place.Syntax);
}
