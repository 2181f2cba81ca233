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
