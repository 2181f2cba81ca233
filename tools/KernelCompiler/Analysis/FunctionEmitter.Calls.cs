using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

internal sealed partial class FunctionEmitter
{
    private CText Call(IInvocationOperation call)
    {
        IMethodSymbol target = call.TargetMethod;
        if (KnownTypes.IsWord(target) && target.ContainingType.Name == "Loop")
            return Unroll(call);
        if (KnownMethods.Find(target) is { } known)
            return CallKnown(call, known);
        if (IsAllocation(call) || KnownTypes.IsView(call.Type))
        {
            Report(call, Diagnostics.ViewUse, $"'{target.Name}' yields a view", "put it into a variable of its own");
            return Nothing;
        }
        return CallHelper(call);
    }

    private CText CallKnown(IInvocationOperation call, KnownMethod known)
    {
        string word = $"{call.TargetMethod.ContainingType.Name}.{call.TargetMethod.Name}";
        CheckPlace(call, word, known.Traits);
        if (known.CudaArch > 0 && translation.CudaArch < known.CudaArch)
            Report(call, Diagnostics.CudaWord, word, known.CudaArch.ToString());
        translation.IsCooperative |= known.Traits.HasFlag(MethodTraits.Cooperative);
        if (known.Traits.HasFlag(MethodTraits.Impure))
            CheckRoot(call, word);
        string name = known.Name;
        List<string> arguments = [];
        if (known.Traits.HasFlag(MethodTraits.Scratch))
        {
            if (!isKernel)
                Report(call, Diagnostics.Allocation, word,
                    "stand in the kernel itself; pass its result to this helper");
            translation.UsesScratch = true;
            arguments.Add("group_scratch");
        }
        foreach (IArgumentOperation argument in
            call.Arguments.Where(argument => argument.ArgumentKind == ArgumentKind.Explicit))
            arguments.Add(known.Traits.HasFlag(MethodTraits.Constant)
                ? Constant(argument.Value, Diagnostics.Constant).Text
                : argument.Parameter?.RefKind is RefKind.Ref or RefKind.In ? Reference(argument.Value).Pointer.Text
                : Expression(argument.Value).Text);

        if (name == "Group_Broadcast")
        {
            if (call.Type!.SpecialType is not (
                SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Single))
                return Refuse(call, $"Group.Broadcast of '{call.Type.Name}'", "broadcast an int, uint or float");
            name += $"_{TypeName(call.Type, call)}";
        }
        if (name == "Atomic_Add" && call.Type!.SpecialType == SpecialType.System_Single)
            name += $"_float_{Reference(call.Arguments[0].Value).Space.Qualifier()}";
        if (call.TargetMethod.ContainingType.Name == "Atomic"
            && Reference(call.Arguments[0].Value).Space == Space.Private)
            Report(call.Arguments[0], Diagnostics.Expression, "an atomic on the item's own memory",
                "use plain arithmetic");
        return CText.Atom($"{name}({string.Join(", ", arguments)})");
    }

    private CText CallHelper(IInvocationOperation call)
    {
        IMethodSymbol target = call.TargetMethod;
        string word = target.ContainingType is null ? target.Name : $"{target.ContainingType.Name}.{target.Name}";
        string? problem = target.MethodKind == MethodKind.LocalFunction ? "make it a static method"
            : !target.IsStatic ? "only static methods run on a device; pass what it needs as parameters"
            : target.IsGenericMethod || target.ContainingType!.IsGenericType ? "write it for the types it is needed for"
            : translation.Body(target) is null
            ? "it has no counterpart on devices; see the language page, or write it as a "
                + "static method of this project"
            : KnownTypes.IsView(target.ReturnType) || target.ReturnsByRef || target.ReturnsByRefReadonly
                ? "a helper cannot return a view or a reference; let the caller make the SubView"
            : SymbolEqualityComparer.Default.Equals(target, translation.Kernel) ? "a kernel cannot start itself" : null;
        if (problem is not null)
        {
            Report(call, Diagnostics.UnknownMethod, word, problem);
            return Nothing;
        }
        FunctionFacts helper = translation.Facts(target);
        if (helper.IsImpure)
            CheckRoot(call, target.Name);

        List<string> arguments = [];
        List<Space> spaces = [];
        foreach (IArgumentOperation argument in call.Arguments.OrderBy(argument => argument.Parameter!.Ordinal))
        {
            IParameterSymbol parameter = argument.Parameter!;
            if (KnownTypes.IsView(parameter.Type) || IsReference(parameter))
            {
                ViewText view = KnownTypes.IsView(parameter.Type) ? View(argument.Value) : Reference(argument.Value);
                spaces.Add(view.Space);
                arguments.Add(view.Pointer.Text);
                if (helper.NeedsLength.Contains(parameter))
                    arguments.Add((view.Length ?? Nothing).Text);
            }
            else
                arguments.Add((argument.Value is IConversionOperation { IsImplicit: true } conversion
                    && CConvertsAlike(conversion) ? Expression(conversion.Operand) : Expression(argument.Value)).Text);
        }
        return CText.Atom($"{translation.Function(target, spaces)}({string.Join(", ", arguments)})");
    }

    /// <summary>The address of what a ref argument names.</summary>
    private ViewText Reference(IOperation value)
    {
        IOperation place = value;
        while (place is IFieldReferenceOperation { Instance: { } instance })
            place = instance;
        if (place is IParameterReferenceOperation { Parameter: { } parameter } && IsReference(parameter)
            && place == value)
            return views[parameter]; // a reference handed on
        Space? space = place switch
        {
            IPropertyReferenceOperation { Instance: { } view } when KnownTypes.IsView(view.Type) => View(view).Space,
            IParameterReferenceOperation { Parameter: { } passed } when IsReference(passed) => views[passed].Space,
            ILocalReferenceOperation or IParameterReferenceOperation => Space.Private,
            _ => null,
        };
        if (space is null)
            Refuse(value, "this reference", "use an element of a view or a local that is already declared");
        return new ViewText(CText.Unary("&", Expression(value)), null, space ?? Space.Private,
            TypeName(value.Type!, value), false);
    }

    /// <summary>The bound itself; the loop's head carries the pragma.</summary>
    private CText Unroll(IInvocationOperation call)
    {
        bool inCondition = call.Parent is IBinaryOperation { Parent: IForLoopOperation loop } condition
            && loop.Condition == condition;
        if (!inCondition)
            Report(call, Diagnostics.UnrollPlace);
        return Expression(call.Arguments[0].Value);
    }

    private static bool IsUnrolled(IForLoopOperation loop) =>
        loop.Condition is IBinaryOperation { RightOperand: IInvocationOperation { TargetMethod: var target } }
        && target.Name == "Unroll" && KnownTypes.IsWord(target);

    private void CheckRoot(IOperation operation, string word)
    {
        if (operation != root)
            Report(operation, Diagnostics.SideEffect, $"'{word}'", "put its result into a variable first");
    }

    /// <summary>Whether a word may be used in this kernel and at this place.</summary>
    private void CheckPlace(IOperation operation, string word, MethodTraits traits)
    {
        if (traits.HasFlag(MethodTraits.Grouped) && translation.IndexDimensions > 0)
            Report(operation, Diagnostics.GroupInIndexed, word);
        if (traits.HasFlag(MethodTraits.Warp) && translation.CudaArch == 0 && !IsUnderWarpTest(operation))
            Report(operation, Diagnostics.Warp, word);
    }

    private static bool IsUnderWarpTest(IOperation operation)
    {
        for (IOperation inner = operation; inner.Parent is { } outer; inner = outer)
            if (outer is IConditionalOperation choice && choice.WhenTrue == inner && Tests(choice.Condition))
                return true;
        return false;

        static bool Tests(IOperation condition) => condition switch
        {
            IPropertyReferenceOperation { Property: { Name: "IsSupported" } property } => KnownTypes.IsWord(property),
            IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd } both =>
                Tests(both.LeftOperand) || Tests(both.RightOperand),
            _ => false,
        };
    }
}
