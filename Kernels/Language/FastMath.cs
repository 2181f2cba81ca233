using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace GpuLstm.Kernels.Language;

/// <summary>CUDA's own instructions for 2^x and 1 / x: relative errors below 2^-22 and 2^-23 (PTX ISA, "ex2" and
/// "rcp").</summary>
public static class FastMath
{
    /// <summary>2^x.</summary>
    [IntrinsicImplementation]
    public static float Exp2(float x) => MathF.Pow(2, x);

    /// <summary>1 / x.</summary>
    [IntrinsicImplementation]
    public static float Rcp(float x) => 1 / x;

    internal static void Register(IntrinsicImplementationManager manager)
    {
        manager.RegisterPtx(typeof(FastMath), nameof(Exp2), nameof(PtxExp2));
        manager.RegisterPtx(typeof(FastMath), nameof(Rcp), nameof(PtxRcp));
    }

#pragma warning disable IDE0060 // ILGPU gives what a handler may need
    private static void PtxExp2(PTXBackend backend, PTXCodeGenerator code, Value call) =>
        code.Emit("ex2.approx.ftz.f32", code.AllocateHardware(call), code.Argument(call, 0));

    private static void PtxRcp(PTXBackend backend, PTXCodeGenerator code, Value call) =>
        code.Emit("rcp.approx.ftz.f32", code.AllocateHardware(call), code.Argument(call, 0));
#pragma warning restore IDE0060
}
