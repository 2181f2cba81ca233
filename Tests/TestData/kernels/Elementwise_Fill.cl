// Elementwise_Fill
// Kernel words in OpenCL C 1.2. a * b + c stays two roundings, as in C#; Fused_MultiplyAdd is one.
#pragma OPENCL FP_CONTRACT OFF
#ifdef KERNEL_USES_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

typedef char schar;
typedef long int64;
typedef ulong uint64;
typedef struct { int X, Y; } Index2D;
typedef struct { int X, Y, Z; } Index3D;

#define GLOBAL __global
#define SHARED __local
#define PRIVATE __private
#define SHARED_ARRAY __local __attribute__((aligned(16))) // so that it can be read in quads
#define CONSTANT __constant
#define RESTRICT restrict
#define FUNCTION static inline
#ifdef GROUP_X
#define KERNEL __kernel __attribute__((reqd_work_group_size(GROUP_X, GROUP_Y, GROUP_Z)))
#define Group_DimX GROUP_X
#define Group_DimY GROUP_Y
#define Group_DimZ GROUP_Z
#else
#define KERNEL __kernel
#define Group_DimX ((int)get_local_size(0))
#define Group_DimY ((int)get_local_size(1))
#define Group_DimZ ((int)get_local_size(2))
#endif
#define DYNAMIC_SHARED_PARAMETER __local uchar* dynamic_shared,
#define DYNAMIC_SHARED_DECLARATION

#define Group_IdxX ((int)get_local_id(0))
#define Group_IdxY ((int)get_local_id(1))
#define Group_IdxZ ((int)get_local_id(2))
#define Grid_IdxX ((int)get_group_id(0))
#define Grid_IdxY ((int)get_group_id(1))
#define Grid_IdxZ ((int)get_group_id(2))
#define Grid_DimX ((int)get_num_groups(0))
#define Grid_DimY ((int)get_num_groups(1))
#define Grid_DimZ ((int)get_num_groups(2))
#define Group_Barrier() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define MemoryFence_GroupLevel() mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define MemoryFence_DeviceLevel() mem_fence(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)

// OpenCL C 1.2 has no warps: code under Warp_IsSupported is compiled, and then dropped.
#define Warp_IsSupported 0
#define Warp_WarpSize 1
#define Warp_LaneIdx 0
#define Warp_WarpIdx 0
#define Warp_Shuffle(value, lane) (value)
#define Warp_ShuffleUp(value, delta) (value)
#define Warp_ShuffleDown(value, delta) (value)
#define Warp_ShuffleXor(value, mask) (value)
#define Warp_Barrier()

#define Atomic_Add atomic_add
#define Atomic_Min atomic_min
#define Atomic_Max atomic_max
#define Atomic_And atomic_and
#define Atomic_Or atomic_or
#define Atomic_Xor atomic_xor
#define Atomic_Exchange atomic_xchg
#define Atomic_CompareExchange atomic_cmpxchg
#define DEFINE_FLOAT_ADD(name, space) \
    FUNCTION float name(volatile space float* target, float value) \
    { \
        uint seen, now = as_uint(*target); \
        do \
        { \
            seen = now; \
            now = atomic_cmpxchg((volatile space uint*)target, seen, as_uint(as_float(seen) + value)); \
        } while (now != seen); \
        return as_float(seen); \
    }
DEFINE_FLOAT_ADD(Atomic_Add_float_GLOBAL, __global)
DEFINE_FLOAT_ADD(Atomic_Add_float_SHARED, __local)

#define MathF_Abs fabs
#define MathF_Sqrt sqrt
#define MathF_Rsqrt rsqrt
#define MathF_Exp exp
#define MathF_Exp2 exp2
#define MathF_Log log
#define MathF_Log2 log2
#define MathF_Log10 log10
#define MathF_Pow pow
#define MathF_Sin sin
#define MathF_Cos cos
#define MathF_Tan tan
#define MathF_Floor floor
#define MathF_Ceiling ceil
#define MathF_Round rint
#define MathF_Truncate trunc
#define MathF_Remainder fmod
#define MathF_CopySign copysign
#define Math_Abs fabs
#define Math_Sqrt sqrt
#define Math_Exp exp
#define Math_Log log
#define Math_Floor floor
#define Math_Remainder fmod
#define Fused_MultiplyAdd fma
#define Fused_MultiplyAdd4(a, b, c) fma(a, (float4)(b), c)
#define Float_IsNaN(x) (isnan(x) != 0)
#define Float_IsInfinity(x) (isinf(x) != 0)
#define Float_IsFinite(x) (isfinite(x) != 0)
#define Int_Abs(x) ((int)abs(x))
#define Int_Min min
#define Int_Max max
#define Int_PopCount(x) ((int)popcount(x))
#define Int_LeadingZeroCount(x) ((int)clz(x))
#define Int_MulHigh mul_hi
#define Bits_FloatToInt as_int
#define Bits_FloatToUInt as_uint
#define Bits_ToFloat as_float
#define Float_Infinity INFINITY
#define Float_NaN NAN

// OpenCL allows tanh five units in the last place: enough to miss 1, and with it a saturated gate's zero gradient.
FUNCTION float MathF_Tanh(float x) { return fabs(x) > 9.1f ? copysign(1.0f, x) : tanh(x); }

#define make_float2(x, y) ((float2)(x, y))
#define make_float4(x, y, z, w) ((float4)(x, y, z, w))

FUNCTION int int_from_float(float x) { return isnan(x) ? 0 : convert_int_sat_rtz(x); }
FUNCTION uint uint_from_float(float x) { return isnan(x) ? 0u : convert_uint_sat_rtz(x); }
FUNCTION int64 int64_from_float(float x) { return isnan(x) ? (int64)0 : convert_long_sat_rtz(x); }
FUNCTION uint64 uint64_from_float(float x) { return isnan(x) ? (uint64)0 : convert_ulong_sat_rtz(x); }
#ifdef KERNEL_USES_DOUBLE
FUNCTION int int_from_double(double x) { return isnan(x) ? 0 : convert_int_sat_rtz(x); }
FUNCTION uint uint_from_double(double x) { return isnan(x) ? 0u : convert_uint_sat_rtz(x); }
FUNCTION int64 int64_from_double(double x) { return isnan(x) ? (int64)0 : convert_long_sat_rtz(x); }
FUNCTION uint64 uint64_from_double(double x) { return isnan(x) ? (uint64)0 : convert_ulong_sat_rtz(x); }
#endif

FUNCTION int Group_BarrierPopCount(__local int* scratch, bool predicate)
{
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    *scratch = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (predicate)
        atomic_inc(scratch);
    barrier(CLK_LOCAL_MEM_FENCE);
    return *scratch;
}

// As MathF.Min and MathF.Max: NaN if either is NaN, and -0 is below +0.
FUNCTION float MathF_Max(float a, float b)
{
    return a > b || Float_IsNaN(a) || (a == b && Bits_FloatToInt(a) >= 0) ? a : b;
}

FUNCTION float MathF_Min(float a, float b)
{
    return a < b || Float_IsNaN(a) || (a == b && Bits_FloatToInt(a) < 0) ? a : b;
}

// The value of item `source` (linear index) for the whole group.
#define DEFINE_BROADCAST(name, type, to_bits, from_bits) \
    FUNCTION type name(SHARED int* scratch, type value, int source) \
    { \
        Group_Barrier(); \
        if (Group_LinearIndex == source) \
            *scratch = to_bits(value); \
        Group_Barrier(); \
        return from_bits(*scratch); \
    }
#define Group_LinearIndex ((Group_IdxZ * Group_DimY + Group_IdxY) * Group_DimX + Group_IdxX)
#define Grid_LinearIndex ((Grid_IdxZ * Grid_DimY + Grid_IdxY) * Grid_DimX + Grid_IdxX)
#define Grid_GlobalLinearIndex (Grid_LinearIndex * (Group_DimX * Group_DimY * Group_DimZ) + Group_LinearIndex)
#define Grid_GlobalIndexX (Grid_IdxX * Group_DimX + Group_IdxX)
#define Grid_GlobalIndexY (Grid_IdxY * Group_DimY + Group_IdxY)
#define Grid_GlobalIndexZ (Grid_IdxZ * Group_DimZ + Group_IdxZ)
DEFINE_BROADCAST(Group_Broadcast_int, int, (int), (int))
DEFINE_BROADCAST(Group_Broadcast_uint, uint, (int), (uint))
DEFINE_BROADCAST(Group_Broadcast_float, float, Bits_FloatToInt, Bits_ToFloat)

FUNCTION Index2D make_Index2D(int x, int y)
{
    Index2D index = { x, y };
    return index;
}

FUNCTION Index3D make_Index3D(int x, int y, int z)
{
    Index3D index = { x, y, z };
    return index;
}

FUNCTION float MathF_Clamp(float x, float low, float high) { return MathF_Min(MathF_Max(x, low), high); }
FUNCTION float MathF_Rcp(float x) { return 1.0f / x; }
FUNCTION int Int_Clamp(int x, int low, int high) { return Int_Min(Int_Max(x, low), high); }
FUNCTION int Int_DivRoundUp(int a, int b) { return (int)((uint)a + (uint)b - 1u) / b; }
FUNCTION int Int_DivRoundDown(int a, int b) { return a / b; }
#define Group_IsFirstThread (Group_LinearIndex == 0)
#define MemoryFence_SystemLevel MemoryFence_DeviceLevel
#define Group_BarrierAnd(scratch, predicate) (Group_BarrierPopCount(scratch, !(predicate)) == 0)
#define Group_BarrierOr(scratch, predicate) (Group_BarrierPopCount(scratch, predicate) != 0)

KERNEL void Elementwise_Fill(
    GLOBAL float* x_base, int64 x_offset, int64 x_length,
    float value,
    int extent_x)
{
    GLOBAL float* x = x_base + x_offset;
    if (Grid_GlobalIndexX >= extent_x)
        return;
    int i = Grid_GlobalIndexX;
    x[i] = value;
}
