using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace GpuLstm.Kernels.Language;

/// <summary>Products of small matrices by a whole warp (PTX's mma.sync, from sm_80 on). The lanes hold the matrices in
/// pieces, with g = lane / 4 and t = lane % 4, as the PTX ISA draws them in "Matrix Fragments for mma.m16n8k8" and "for
/// mma.m16n8k16". Sums are float32; elsewhere the lanes exchange their pieces and sum in float64.</summary>
public static class TensorCore
{
    /// <summary>Two bfloat16, rounded to nearest even, in the bits of a float: <paramref name="low"/> in the lower
    /// half.</summary>
    [IntrinsicImplementation]
    public static float PackBf16(float low, float high) =>
        BitConverter.UInt32BitsToSingle(Bf16(high) << 16 | Bf16(low));

    /// <summary>c + a b for a [16, 8], b [8, 8], c [16, 8].</summary>
    /// <param name="a">(g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4); what is beyond 10 bits of mantissa is
    /// dropped.</param>
    /// <param name="b">(t, g), (t + 4, g), likewise.</param>
    /// <param name="c">(g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).</param>
    [IntrinsicImplementation]
    public static Float4 MultiplyAddTf32(Float4 a, Float2 b, Float4 c)
    {
        int lane = Warp.LaneIdx, row = lane / 4 * 4, column = lane % 4 * 8; // first lanes of the rows and columns
        (double x, double y, double z, double w) = (c.X, c.Y, c.Z, c.W);
        for (int part = 0; part < 4; part++)
        {
            Float4 rows = Warp.Shuffle(a, row + part);
            Float2 left = Warp.Shuffle(b, column + part), right = Warp.Shuffle(b, column + 4 + part);
            x += (double)Cut(rows.X) * Cut(left.X) + (double)Cut(rows.Z) * Cut(left.Y);
            y += (double)Cut(rows.X) * Cut(right.X) + (double)Cut(rows.Z) * Cut(right.Y);
            z += (double)Cut(rows.Y) * Cut(left.X) + (double)Cut(rows.W) * Cut(left.Y);
            w += (double)Cut(rows.Y) * Cut(right.X) + (double)Cut(rows.W) * Cut(right.Y);
        }
        return new((float)x, (float)y, (float)z, (float)w);
    }

    /// <summary>c + a b for a [16, 16], b [16, 8], c [16, 8]; a and b in pairs of neighbours along k.</summary>
    /// <param name="a">(g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8), from <see cref="PackBf16"/>.</param>
    /// <param name="b">(2t, g), (2t + 8, g), from <see cref="PackBf16"/>.</param>
    /// <param name="c">As in <see cref="MultiplyAddTf32"/>.</param>
    [IntrinsicImplementation]
    public static Float4 MultiplyAddBf16(Float4 a, Float2 b, Float4 c)
    {
        int lane = Warp.LaneIdx, row = lane / 4 * 4, column = lane % 4 * 8;
        (double x, double y, double z, double w) = (c.X, c.Y, c.Z, c.W);
        for (int part = 0; part < 4; part++)
        {
            Float4 rows = Warp.Shuffle(a, row + part);
            Float2 left = Warp.Shuffle(b, column + part), right = Warp.Shuffle(b, column + 4 + part);
            x += Pairs(rows.X, left.X) + Pairs(rows.Z, left.Y);
            y += Pairs(rows.X, right.X) + Pairs(rows.Z, right.Y);
            z += Pairs(rows.Y, left.X) + Pairs(rows.W, left.Y);
            w += Pairs(rows.Y, right.X) + Pairs(rows.W, right.Y);
        }
        return new((float)x, (float)y, (float)z, (float)w);
    }

    private static float Cut(float x) =>
        BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(x) & 0xFFFFE000);

    /// <summary>The products of two pairs of bfloat16.</summary>
    private static double Pairs(float a, float b)
    {
        uint left = BitConverter.SingleToUInt32Bits(a), right = BitConverter.SingleToUInt32Bits(b);
        return (double)BitConverter.UInt32BitsToSingle(left << 16) * BitConverter.UInt32BitsToSingle(right << 16)
            + (double)BitConverter.UInt32BitsToSingle(left & 0xFFFF0000)
                * BitConverter.UInt32BitsToSingle(right & 0xFFFF0000);
    }

    private static uint Bf16(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? 0x7FFF : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    }

    internal static void Register(IntrinsicImplementationManager manager)
    {
        manager.RegisterPtx(typeof(TensorCore), nameof(PackBf16), nameof(PtxPackBf16));
        manager.RegisterPtx(typeof(TensorCore), nameof(MultiplyAddTf32), nameof(PtxMultiplyAddTf32));
        manager.RegisterPtx(typeof(TensorCore), nameof(MultiplyAddBf16), nameof(PtxMultiplyAddBf16));
    }

#pragma warning disable IDE0060 // ILGPU gives what a handler may need
    private static void PtxPackBf16(PTXBackend backend, PTXCodeGenerator code, Value call)
    {
        PTXCodeGenerator.HardwareRegister pair = code.AllocateRegister(BasicValueType.Int32, PTXRegisterKind.Int32);
        code.Emit("cvt.rn.bf16x2.f32", pair, code.Argument(call, 1), code.Argument(call, 0));
        code.Emit("mov.b32", code.AllocateHardware(call), pair);
        code.FreeRegister(pair);
    }

    private static void PtxMultiplyAddTf32(PTXBackend backend, PTXCodeGenerator code, Value call) =>
        Multiply(code, call, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32");

    private static void PtxMultiplyAddBf16(PTXBackend backend, PTXCodeGenerator code, Value call) =>
        Multiply(code, call, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");
#pragma warning restore IDE0060

    private static void Multiply(PTXCodeGenerator code, Value call, string instruction)
    {
        PTXCodeGenerator.PrimitiveRegister[] a = Bits(code, code.Fields(call, 0)), b = Bits(code, code.Fields(call, 1)),
            c = code.Fields(call, 2), d = code.Results(call);
        using (PTXCodeGenerator.CommandEmitter command = code.BeginCommand(instruction))
            foreach (PTXCodeGenerator.PrimitiveRegister[] piece in new[] { d, a, b, c })
                command.AppendVectorArgument(piece);
        foreach (PTXCodeGenerator.PrimitiveRegister bits in a.Concat(b))
            code.FreeRegister((PTXCodeGenerator.HardwareRegister)bits);
    }

    /// <summary>The factors' registers, which hold bits and not numbers; the assembler makes nothing of the
    /// moves.</summary>
    private static PTXCodeGenerator.PrimitiveRegister[] Bits(
        PTXCodeGenerator code, PTXCodeGenerator.PrimitiveRegister[] floats) =>
        [
            .. floats.Select(value =>
            {
                PTXCodeGenerator.HardwareRegister bits =
                    code.AllocateRegister(BasicValueType.Int32, PTXRegisterKind.Int32);
                code.Emit("mov.b32", bits, value);
                return (PTXCodeGenerator.PrimitiveRegister)bits;
            }),
        ];
}
