using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>A tree position that reads best as one token.</summary>
internal static class Places
{
    public static Location Of(SyntaxNode node) => node switch
    {
        InvocationExpressionSyntax
        {
            Expression: MemberAccessExpressionSyntax access,
        } => access.Name.Identifier.GetLocation(),
        InvocationExpressionSyntax call => call.Expression.GetLocation(),
        MemberAccessExpressionSyntax access => access.Name.Identifier.GetLocation(),
        LocalFunctionStatementSyntax function => function.Identifier.GetLocation(),
        AssignmentExpressionSyntax assignment =>
            assignment.OperatorToken.GetLocation(),
        LambdaExpressionSyntax lambda => lambda.ArrowToken.GetLocation(),
        BinaryExpressionSyntax binary => binary.OperatorToken.GetLocation(),
        BaseObjectCreationExpressionSyntax creation =>
            creation.NewKeyword.GetLocation(),
        StatementSyntax statement => statement.GetFirstToken().GetLocation(),
        ThrowExpressionSyntax thrown => thrown.ThrowKeyword.GetLocation(),
        _ => node.GetLocation(),
    };
}
