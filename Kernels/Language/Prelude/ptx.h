
// Words that only CUDA has, as PTX. The C# in Kernels/Language says what each means.
FUNCTION uint Shared_Address(const void* generic)
{
    uint address;
    asm("{ .reg .u64 wide; cvta.to.shared.u64 wide, %1; cvt.u32.u64 %0, wide; }" : "=r"(address) : "l"(generic));
    return address;
}

FUNCTION void AsyncCopy_Copy16(float4* to, const float4* from)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" : : "r"(Shared_Address(to)), "l"(from) : "memory");
}

FUNCTION void AsyncCopy_CopyOrZero(float4* to, const float4* from, bool wanted)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
        : : "r"(Shared_Address(to)), "l"(from), "r"(wanted ? 16 : 0) : "memory");
}

FUNCTION void AsyncCopy_Copy4(float* to, const float* from)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" : : "r"(Shared_Address(to)), "l"(from) : "memory");
}

#define AsyncCopy_Commit() asm volatile("cp.async.commit_group;" : : : "memory")
#define AsyncCopy_Wait(newest) asm volatile("cp.async.wait_group %0;" : : "n"(newest) : "memory")

FUNCTION float FastMath_Exp2(float x)
{
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

FUNCTION float FastMath_Rcp(float x)
{
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

FUNCTION float FastMath_Tanh(float x)
{
    float y;
    asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

FUNCTION float TensorCore_RoundTf32(float x)
{
    uint bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return __uint_as_float(bits);
}

FUNCTION float TensorCore_PackBf16(float low, float high)
{
    uint bits;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(bits) : "f"(high), "f"(low));
    return __uint_as_float(bits);
}

#define DEFINE_MULTIPLY_ADD(name, instruction) \
    FUNCTION float4 name(float4 a, float2 b, float4 c) \
    { \
        float4 d; \
        asm(instruction " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %11, %12, %13};" \
            : "=f"(d.x), "=f"(d.y), "=f"(d.z), "=f"(d.w) \
            : "r"(__float_as_uint(a.x)), "r"(__float_as_uint(a.y)), "r"(__float_as_uint(a.z)), \
              "r"(__float_as_uint(a.w)), "r"(__float_as_uint(b.x)), "r"(__float_as_uint(b.y)), \
              "f"(c.x), "f"(c.y), "f"(c.z), "f"(c.w)); \
        return d; \
    }
DEFINE_MULTIPLY_ADD(TensorCore_MultiplyAddTf32, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32")
DEFINE_MULTIPLY_ADD(TensorCore_MultiplyAddBf16, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32")

// Each group adds a part, and all parts of a barrier add up to the highest bit: when that bit turns, all have arrived,
// and the lower bits are zero again, so that the state needs no reset from one launch to the next.
FUNCTION void Grid_BarrierAlongX(int* state)
{
    __syncthreads();
    if (Group_LinearIndex == 0)
    {
        uint part = Grid_IdxX == 0 ? 0x80000000u - (uint)(Grid_DimX - 1) : 1u;
        __threadfence();
        uint before = atomicAdd((uint*)state, part);
        while (((before ^ *(volatile uint*)state) & 0x80000000u) == 0)
        {
        }
        __threadfence();
    }
    __syncthreads();
}
