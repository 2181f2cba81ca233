using System.Reflection;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace GpuLstm.Kernels.Language;

/// <summary>How a word of ours becomes instructions of PTX whose results stay in registers: ILGPU calls a handler where
/// a kernel calls the word. (Its CudaAsm sends results through local memory.)</summary>
internal static class Intrinsics
{
    /// <summary>The method <paramref name="word"/> of a class becomes what its method <paramref name="handler"/>
    /// writes.</summary>
    public static void RegisterPtx(
        this IntrinsicImplementationManager manager, Type words, string word, string handler) =>
        manager.RegisterMethod(words.GetMethod(word, BindingFlags.Public | BindingFlags.Static)!,
            new PTXIntrinsic(words, handler, IntrinsicImplementationMode.GenerateCode));

    /// <summary>An argument of a call that is one register or a constant.</summary>
    public static PTXCodeGenerator.PrimitiveRegister Argument(this PTXCodeGenerator code, Value call, int index) =>
        code.LoadPrimitive(call[index].Resolve());

    /// <summary>The registers of an argument that is a struct of floats.</summary>
    public static PTXCodeGenerator.PrimitiveRegister[] Fields(this PTXCodeGenerator code, Value call, int index) =>
        Fields(code.Load(call[index].Resolve()));

    /// <summary>Registers for a call's result, a struct of floats.</summary>
    public static PTXCodeGenerator.PrimitiveRegister[] Results(this PTXCodeGenerator code, Value call) =>
        Fields(code.Allocate(call));

    private static PTXCodeGenerator.PrimitiveRegister[] Fields(PTXCodeGenerator.Register register) =>
        [.. ((PTXCodeGenerator.CompoundRegister)register).Children.Cast<PTXCodeGenerator.PrimitiveRegister>()];

    /// <summary>An instruction with registers or constants alone.</summary>
    public static void Emit(
        this PTXCodeGenerator code, string instruction,
        params ReadOnlySpan<PTXCodeGenerator.PrimitiveRegister> operands)
    {
        using PTXCodeGenerator.CommandEmitter command = code.BeginCommand(instruction);
        foreach (PTXCodeGenerator.PrimitiveRegister operand in operands)
            command.AppendArgument(operand);
    }
}
