// min-arch: sm_50
// Elementwise_Fill
// Kernel words in CUDA C. Compile with --fmad=false: a * b + c stays two roundings, as in C#; Fused_MultiplyAdd is one.
typedef signed char schar;
typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef long long int64;
typedef unsigned long long uint64;
struct Index2D { int X, Y; };
struct Index3D { int X, Y, Z; };

#define GLOBAL
#define SHARED
#define SHARED_ARRAY alignas(16) __shared__ // so that it can be read in quads
#define PRIVATE
#define CONSTANT __constant__ const
#define RESTRICT __restrict__
#define FUNCTION static __device__ __forceinline__
#ifdef GROUP_X
#define KERNEL extern "C" __global__ __launch_bounds__(GROUP_X * GROUP_Y * GROUP_Z)
#define Group_DimX GROUP_X
#define Group_DimY GROUP_Y
#define Group_DimZ GROUP_Z
#else
#define KERNEL extern "C" __global__
#define Group_DimX ((int)blockDim.x)
#define Group_DimY ((int)blockDim.y)
#define Group_DimZ ((int)blockDim.z)
#endif
#define DYNAMIC_SHARED_PARAMETER
#define DYNAMIC_SHARED_DECLARATION extern __shared__ float4 dynamic_shared[];

#define Group_IdxX ((int)threadIdx.x)
#define Group_IdxY ((int)threadIdx.y)
#define Group_IdxZ ((int)threadIdx.z)
#define Grid_IdxX ((int)blockIdx.x)
#define Grid_IdxY ((int)blockIdx.y)
#define Grid_IdxZ ((int)blockIdx.z)
#define Grid_DimX ((int)gridDim.x)
#define Grid_DimY ((int)gridDim.y)
#define Grid_DimZ ((int)gridDim.z)
#define Group_Barrier() __syncthreads()
#define Group_BarrierPopCount(scratch, predicate) __syncthreads_count(predicate)
#define MemoryFence_GroupLevel() __threadfence_block()
#define MemoryFence_DeviceLevel() __threadfence()

#define Warp_IsSupported 1
#define Warp_WarpSize 32
#define Warp_LaneIdx (((Group_IdxZ * Group_DimY + Group_IdxY) * Group_DimX + Group_IdxX) & 31)
#define Warp_WarpIdx (((Group_IdxZ * Group_DimY + Group_IdxY) * Group_DimX + Group_IdxX) >> 5)
#define Warp_Shuffle(value, lane) __shfl_sync(0xffffffffu, value, lane)
#define Warp_ShuffleUp(value, delta) __shfl_up_sync(0xffffffffu, value, delta)
#define Warp_ShuffleDown(value, delta) __shfl_down_sync(0xffffffffu, value, delta)
#define Warp_ShuffleXor(value, mask) __shfl_xor_sync(0xffffffffu, value, mask)
#define Warp_Barrier() __syncwarp()

#define Atomic_Add atomicAdd
#define Atomic_Add_float_GLOBAL atomicAdd
#define Atomic_Add_float_SHARED atomicAdd
#define Atomic_Min atomicMin
#define Atomic_Max atomicMax
#define Atomic_And atomicAnd
#define Atomic_Or atomicOr
#define Atomic_Xor atomicXor
#define Atomic_Exchange atomicExch
#define Atomic_CompareExchange atomicCAS

#define MathF_Abs fabsf
#define MathF_Sqrt sqrtf
#define MathF_Rsqrt rsqrtf
#define MathF_Exp expf
#define MathF_Exp2 exp2f
#define MathF_Log logf
#define MathF_Log2 log2f
#define MathF_Log10 log10f
#define MathF_Pow powf
#define MathF_Sin sinf
#define MathF_Cos cosf
#define MathF_Tan tanf
#define MathF_Tanh tanhf
#define MathF_Floor floorf
#define MathF_Ceiling ceilf
#define MathF_Round rintf
#define MathF_Truncate truncf
#define MathF_Remainder fmodf
#define MathF_CopySign copysignf
#define Math_Abs fabs
#define Math_Sqrt sqrt
#define Math_Exp exp
#define Math_Log log
#define Math_Floor floor
#define Math_Remainder fmod
#define Fused_MultiplyAdd fmaf
#define Float_IsNaN(x) isnan(x)
#define Float_IsInfinity(x) isinf(x)
#define Float_IsFinite(x) isfinite(x)
#define Int_Abs abs
#define Int_Min min
#define Int_Max max
#define Int_PopCount(x) __popc(x)
#define Int_LeadingZeroCount(x) __clz((int)(x))
#define Int_MulHigh __umulhi
#define Bits_FloatToInt __float_as_int
#define Bits_FloatToUInt __float_as_uint
#define Bits_ToFloat bits_to_float
#define Float_Infinity __int_as_float(0x7f800000)
#define Float_NaN __int_as_float(0x7fffffff)

FUNCTION float bits_to_float(int bits) { return __int_as_float(bits); }
FUNCTION float bits_to_float(uint bits) { return __uint_as_float(bits); }

FUNCTION int int_from_float(float x) { return isnan(x) ? 0 : __float2int_rz(x); }
FUNCTION uint uint_from_float(float x) { return isnan(x) ? 0u : __float2uint_rz(x); }
FUNCTION int64 int64_from_float(float x) { return isnan(x) ? 0 : __float2ll_rz(x); }
FUNCTION uint64 uint64_from_float(float x) { return isnan(x) ? 0 : __float2ull_rz(x); }
FUNCTION int int_from_double(double x) { return isnan(x) ? 0 : __double2int_rz(x); }
FUNCTION uint uint_from_double(double x) { return isnan(x) ? 0u : __double2uint_rz(x); }
FUNCTION int64 int64_from_double(double x) { return isnan(x) ? 0 : __double2ll_rz(x); }
FUNCTION uint64 uint64_from_double(double x) { return isnan(x) ? 0 : __double2ull_rz(x); }

FUNCTION float2 operator+(float2 a, float2 b) { return make_float2(a.x + b.x, a.y + b.y); }
FUNCTION float2 operator-(float2 a, float2 b) { return make_float2(a.x - b.x, a.y - b.y); }
FUNCTION float2 operator*(float2 a, float2 b) { return make_float2(a.x * b.x, a.y * b.y); }
FUNCTION float2 operator*(float2 a, float b) { return make_float2(a.x * b, a.y * b); }
FUNCTION float4 operator+(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }
FUNCTION float4 operator-(float4 a, float4 b) { return make_float4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w); }
FUNCTION float4 operator*(float4 a, float4 b) { return make_float4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w); }
FUNCTION float4 operator*(float4 a, float b) { return make_float4(a.x * b, a.y * b, a.z * b, a.w * b); }

FUNCTION float4 Fused_MultiplyAdd4(float4 a, float b, float4 c)
{
    return make_float4(Fused_MultiplyAdd(a.x, b, c.x), Fused_MultiplyAdd(a.y, b, c.y), Fused_MultiplyAdd(a.z, b, c.z),
        Fused_MultiplyAdd(a.w, b, c.w));
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
