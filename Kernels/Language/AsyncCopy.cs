using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Types;

namespace GpuLstm.Kernels.Language;

/// <summary>Copies from global to shared memory that run beside the item's work (PTX's cp.async, from sm_80 on). An
/// item waits for its own copies; a <see cref="Sync.Barrier"/> then shows them to the group. Elsewhere they are
/// done at once.</summary>
public static class AsyncCopy
{
    private const int Bytes = 16;

    /// <summary>Starts a copy of 16 bytes, or of zeros where <paramref name="wanted"/> is 0: then nothing is read. Both
    /// sides lie at multiples of 16.</summary>
    /// <param name="to">Shared.</param>
    /// <param name="from">Global.</param>
    /// <param name="wanted">1 or 0.</param>
    public static void CopyOrZero(ref Float4 to, ref Float4 from, int wanted) => Copy(ref to, ref from, Bytes * wanted);

    /// <summary>Starts a copy whose first bytes are read and whose others become zero.</summary>
    /// <param name="to">Shared.</param>
    /// <param name="from">Global.</param>
    /// <param name="read">16 or 0.</param>
    [IntrinsicImplementation]
    public static void Copy(ref Float4 to, ref Float4 from, int read) => to = read != 0 ? from : default;

    /// <summary>Closes the batch of copies started since the last commit.</summary>
    [IntrinsicImplementation]
    public static void Commit() { }

    /// <summary>Waits until all batches but the one committed last have arrived.</summary>
    [IntrinsicImplementation]
    public static void WaitForAllButOne() { }

    /// <summary>Waits until all batches have arrived.</summary>
    [IntrinsicImplementation]
    public static void WaitForAll() { }

    internal static void Register(IntrinsicImplementationManager manager)
    {
        manager.RegisterPtx(typeof(AsyncCopy), nameof(Copy), nameof(PtxCopy));
        manager.RegisterPtx(typeof(AsyncCopy), nameof(Commit), nameof(PtxCommit));
        manager.RegisterPtx(typeof(AsyncCopy), nameof(WaitForAllButOne), nameof(PtxWaitForAllButOne));
        manager.RegisterPtx(typeof(AsyncCopy), nameof(WaitForAll), nameof(PtxWaitForAll));
    }

#pragma warning disable IDE0060 // ILGPU gives what a handler may need
    private static void PtxCopy(PTXBackend backend, PTXCodeGenerator code, Value call)
    {
        PTXCodeGenerator.HardwareRegister to = Address(code, call[0].Resolve(), MemoryAddressSpace.Shared, "shared"),
            from = Address(code, call[1].Resolve(), MemoryAddressSpace.Global, "global");
        using (PTXCodeGenerator.CommandEmitter command = code.BeginCommand("cp.async.cg.shared.global"))
        {
            command.AppendArgumentValue(to);
            command.AppendArgumentValue(from);
            command.AppendConstant(Bytes);
            command.AppendArgument(code.Argument(call, 2));
        }
        code.FreeRegister(to);
        code.FreeRegister(from);
    }

    /// <summary>An address in a space. ILGPU often knows the space; then the register holds an address in it already,
    /// which must not be converted again.</summary>
    private static PTXCodeGenerator.HardwareRegister Address(
        PTXCodeGenerator code, Value pointer, MemoryAddressSpace space, string name)
    {
        PTXCodeGenerator.HardwareRegister address =
            code.AllocateRegister(BasicValueType.Int64, PTXRegisterKind.Int64);
        bool isKnown = ((AddressSpaceType)pointer.Type).AddressSpace == space;
        code.Emit(isKnown ? "mov.u64" : $"cvta.to.{name}.u64", address, code.LoadPrimitive(pointer));
        return address;
    }

    private static void PtxCommit(PTXBackend backend, PTXCodeGenerator code, Value call) =>
        code.Emit("cp.async.commit_group");

    private static void PtxWaitForAllButOne(PTXBackend backend, PTXCodeGenerator code, Value call)
    {
        using PTXCodeGenerator.CommandEmitter command = code.BeginCommand("cp.async.wait_group");
        command.AppendConstant(1);
    }

    private static void PtxWaitForAll(PTXBackend backend, PTXCodeGenerator code, Value call)
    {
        using PTXCodeGenerator.CommandEmitter command = code.BeginCommand("cp.async.wait_group");
        command.AppendConstant(0);
    }
#pragma warning restore IDE0060
}
