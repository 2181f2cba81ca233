using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.IR.Values;

namespace GpuLstm.Kernels.Language;

/// <summary>The meeting of a group's items. ILGPU's <see cref="Group.Barrier"/> orders accesses to global memory alone
/// where it becomes OpenCL C, and every use of it here is about shared memory.</summary>
public static class Sync
{
    /// <summary>Waits for all items of the group and shows each what the others wrote, in shared and global
    /// memory.</summary>
    [IntrinsicImplementation]
    public static void Barrier() => Group.Barrier();

    /// <summary>Tells ILGPU what <see cref="Barrier"/> becomes on each kind of device.</summary>
    internal static void Register(IntrinsicImplementationManager manager)
    {
        var barrier = typeof(Sync).GetMethod(nameof(Barrier))!;
        manager.RegisterMethod(
            barrier, new CLIntrinsic(typeof(Sync), nameof(OpenCl), IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(
            barrier, new PTXIntrinsic(typeof(Sync), nameof(Ptx), IntrinsicImplementationMode.GenerateCode));
    }

#pragma warning disable IDE0060 // ILGPU gives what a handler may need
    private static void OpenCl(CLBackend backend, CLCodeGenerator code, Value value)
    {
        using CLCodeGenerator.StatementEmitter statement =
            code.BeginStatement("work_group_barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)");
    }

    private static void Ptx(PTXBackend backend, PTXCodeGenerator code, Value value)
    {
        using PTXCodeGenerator.CommandEmitter command = code.BeginCommand("bar.sync");
        command.AppendConstant(0);
    }
#pragma warning restore IDE0060
}
