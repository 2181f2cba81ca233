using GpuLstm.KernelCompiler.Tables;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace GpuLstm.KernelCompiler.Analysis;

/// <summary>Views as pointers with an address space, and what is assigned through them.</summary>
internal sealed partial class FunctionEmitter
{
    private CText Element(IPropertyReferenceOperation element) =>
        CText.Atom($"{View(element.Instance!).Pointer.AtLeast(Precedence.Primary)}["
            + $"{Index(element.Arguments[0].Value)}]");

    /// <summary>An index: an overflow in it is outside any view in C# too, so it is written plainly.</summary>
    private CText Index(IOperation index) => index switch
    {
        IConversionOperation { IsImplicit: true } conversion => Index(conversion.Operand),
        IBinaryOperation { OperatorMethod: null, IsChecked: false } binary when Wraps(binary) =>
            Plain(binary.OperatorKind, Index(binary.LeftOperand), Index(binary.RightOperand)),
        _ => Expression(index),
    };

    private CText Length(IPropertyReferenceOperation reference, ViewText view)
    {
        CText length = view.Length ?? CText.Atom("0");
        return reference.Property.Name switch
        {
            "IntLength" => CText.Cast("int", length),
            "Length" => length,
            "LengthInBytes" => Plain(BinaryOperatorKind.Multiply, length, SizeOfElement(reference.Instance!)),
            _ => Refuse(reference, $"'{reference.Property.Name}' of a view", "pass the value as a parameter"),
        };
    }

    private static CText SizeOfElement(IOperation view) =>
        CText.Atom(FileDeclarations.SizeOf(KnownTypes.Element(view.Type!)).ToString());

    private ViewText View(IOperation view)
    {
        switch (view)
        {
            case IParameterReferenceOperation parameter when views.TryGetValue(parameter.Parameter, out ViewText known):
                return known;
            case ILocalReferenceOperation local when views.TryGetValue(local.Local, out ViewText known):
                return known;
            case IConversionOperation { OperatorMethod: null } conversion:
                return View(conversion.Operand);
            case IConditionalOperation { WhenFalse: { } other } choice:
                return ChooseView(choice, View(choice.WhenTrue), View(other));
            case IInvocationOperation { TargetMethod.Name: "SubView", Instance: { } instance } call:
                return SubView(call, View(instance));
            case IInvocationOperation { TargetMethod.Name: "Cast", Instance: { } instance } call:
                return CastView(call, View(instance));
            case IInvocationOperation call when IsAllocation(call):
                Report(call, Diagnostics.Allocation,
                    $"{call.TargetMethod.ContainingType.Name}.{call.TargetMethod.Name}",
                    "initialise a variable of its own: ArrayView<T> tile = ...");
                return ViewText.Broken;
            default:
                if (view is not IInvalidOperation)
                    Report(view, Diagnostics.ViewUse, "A view comes from a parameter, SubView, Cast or Allocate",
                        "declare the variable where it gets its value");
                return ViewText.Broken;
        }
    }

    private ViewText SubView(IInvocationOperation call, ViewText view)
    {
        CText start = Index(call.Arguments[0].Value);
        CText? length = call.Arguments.Length > 1 ? Index(call.Arguments[1].Value)
            : view.Length is { } whole ? Plain(BinaryOperatorKind.Subtract, whole, start) : null;
        CText pointer = start.Text == "0" ? view.Pointer : Plain(BinaryOperatorKind.Add, view.Pointer, start);
        return view with { Pointer = pointer, Length = length };
    }

    private ViewText CastView(IInvocationOperation call, ViewText view)
    {
        ITypeSymbol to = KnownTypes.Element(call.Type!);
        int size = FileDeclarations.SizeOf(KnownTypes.Element(call.Instance!.Type!)),
            newSize = FileDeclarations.SizeOf(to);
        ViewText cast = view with { Element = TypeName(to, call) };
        CText? length = view.Length is not { } old || size == newSize ? view.Length
            : newSize > 0 && size % newSize == 0
                ? Plain(BinaryOperatorKind.Multiply, old, CText.Atom($"{size / newSize}"))
            : newSize % size == 0 ? Plain(BinaryOperatorKind.Divide, old, CText.Atom($"{newSize / size}"))
            : Plain(BinaryOperatorKind.Divide, Plain(BinaryOperatorKind.Multiply, old, CText.Atom($"{size}")),
                CText.Atom($"{newSize}"));
        return cast with { Pointer = CText.Cast(cast.PointerType, view.Pointer), Length = length };
    }

    private ViewText ChooseView(IConditionalOperation choice, ViewText whenTrue, ViewText whenFalse)
    {
        CheckSpace(choice, choice.Syntax.ToString(), whenFalse.Space, whenTrue.Space);
        CText condition = Expression(choice.Condition);
        return whenTrue with
        {
            Pointer = Choose(condition, whenTrue.Pointer, whenFalse.Pointer),
            Length = whenTrue.Length is { } one && whenFalse.Length is { } other ? Choose(condition, one, other) : null,
            IsConst = whenTrue.IsConst || whenFalse.IsConst,
        };
    }

    private void CheckSpace(IOperation place, string name, Space here, Space elsewhere)
    {
        if (here != elsewhere)
            Report(place, Diagnostics.AddressSpace, name, here.Word() + " memory", elsewhere.Word() + " memory");
    }

    private void DeclareView(IVariableDeclaratorOperation declarator, IOperation? value)
    {
        ILocalSymbol local = declarator.Symbol;
        string name = Name(local);
        bool needsLength = facts.NeedsLength.Contains(local);
        if (value is null)
        {
            Report(declarator, Diagnostics.ViewUse,
                $"The view '{local.Name}' has no value yet, so its memory is unknown",
                "declare it where it gets its value");
            views[local] = ViewText.Broken;
            return;
        }
        if (value is IInvocationOperation call && IsAllocation(call))
        {
            DeclareArray(local, call);
            return;
        }
        ViewText view = View(value);
        views[local] = view with
        {
            Pointer = CText.Atom(name),
            Length = needsLength ? CText.Atom(Derived(name, "length")) : null,
            IsConst = !facts.Written.Contains(local),
        };
        writer.Line($"{views[local].PointerType} {name} = {view.Pointer};");
        if (needsLength)
            writer.Line($"int64 {views[local].Length} = {view.Length};");
    }

    private void AssignView(ISimpleAssignmentOperation assignment)
    {
        if (assignment.Target is not ILocalReferenceOperation { Local: { } local }
            || !views.TryGetValue(local, out ViewText target))
        {
            Report(assignment, Diagnostics.ViewUse, "A view cannot be stored there", "use a local variable");
            return;
        }
        if (assignment.Value is IInvocationOperation call && IsAllocation(call))
        {
            View(call); // reports
            return;
        }
        ViewText value = View(assignment.Value);
        CheckSpace(assignment.Value, local.Name, value.Space, target.Space);
        writer.Line($"{target.Pointer} = {value.Pointer};");
        if (target.Length is not null)
            writer.Line($"{target.Length} = {value.Length};");
    }

    private static bool IsAllocation(IInvocationOperation call) => KnownTypes.IsWord(call.TargetMethod)
        && call.TargetMethod.ContainingType.Name is "SharedMemory" or "LocalMemory";

    private void DeclareArray(ILocalSymbol local, IInvocationOperation call)
    {
        string name = Name(local);
        ITypeSymbol type = KnownTypes.Element(local.Type);
        string element = TypeName(type, call);
        bool isShared = call.TargetMethod.ContainingType.Name == "SharedMemory";
        string word = $"SharedMemory.{call.TargetMethod.Name}";
        if (isShared)
            CheckPlace(call, word, MethodTraits.Grouped);
        if (isShared && !isKernel)
            Report(call, Diagnostics.Allocation, word, "stand in the kernel itself; pass the view to this helper");
        if (facts.Assigned.Contains(local))
            Report(call, Diagnostics.Allocation, word,
                $"initialise a variable that is not assigned again; '{local.Name}' is");
        if (call.TargetMethod.Name == "GetDynamic")
        {
            translation.UsesDynamicShared = true;
            views[local] = new ViewText(CText.Atom(name), CText.Atom(Derived(name, "length")), Space.Shared, element,
                false);
            writer.Line($"{views[local].PointerType} {name} = ({views[local].PointerType})dynamic_shared;");
            if (facts.NeedsLength.Contains(local))
                writer.Line($"int64 {views[local].Length} = dynamic_shared_bytes / {FileDeclarations.SizeOf(type)};");
            return;
        }
        CText length = Constant(call.Arguments[0].Value, Diagnostics.ArrayLength);
        Space space = isShared ? Space.Shared : Space.Private;
        views[local] = new ViewText(CText.Atom(name), length, space, element, false);
        // OpenCL C wants a group's arrays at the kernel's outermost level.
        (isShared ? sharedArrays : writer).Line(
            $"{(isShared ? "SHARED_ARRAY" : "PRIVATE")} {element} {name}[{length}];");
    }

    /// <summary>A number as C's constant expression: constants, specialised values and locals that only name
    /// such.</summary>
    private CText Constant(IOperation number, DiagnosticDescriptor otherwise)
    {
        CText Part(IOperation part) => Constant(part, otherwise);
        switch (number)
        {
            case { ConstantValue.HasValue: true } when number is not IFieldReferenceOperation and not IBinaryOperation:
            case IFieldReferenceOperation { Field.HasConstantValue: true }:
            case IParameterReferenceOperation { Parameter.Type: { } type } when KnownTypes.IsSpecialized(type)
                && isKernel:
                return Expression(number);
            case IConversionOperation conversion:
                return Part(conversion.Operand);
            case IPropertyReferenceOperation { Instance: { } instance } when KnownTypes.IsSpecialized(instance.Type):
                return Part(instance);
            case IBinaryOperation binary when Wraps(binary) || binary.OperatorKind
                is BinaryOperatorKind.Divide or BinaryOperatorKind.Remainder:
                return Plain(binary.OperatorKind, Part(binary.LeftOperand), Part(binary.RightOperand));
            case IConditionalOperation { WhenFalse: { } other } choice:
                return Choose(Part(choice.Condition), Part(choice.WhenTrue), Part(other));
            case IBinaryOperation binary when Sign(binary.OperatorKind).Length > 0:
                return Plain(binary.OperatorKind, Part(binary.LeftOperand), Part(binary.RightOperand));
            case ILocalReferenceOperation local when facts.Initializers.TryGetValue(local.Local, out IOperation value)
                && !facts.Assigned.Contains(local.Local):
                return Part(value);
            default:
                Report(number, otherwise);
                return CText.Atom("1");
        }
    }

    /// <summary>What stands left of an assignment.</summary>
    private CText Target(IOperation target)
    {
        if (target is IParameterReferenceOperation { Parameter: { } parameter }
            && KnownTypes.IsSpecialized(parameter.Type))
            return Refuse(target, "an assignment to a specialised value", "copy it to a local");
        return Expression(target);
    }
}
