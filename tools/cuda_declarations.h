// What a CUDA compiler brings along and the generated kernels use, so that clang can compile them to PTX without a
// CUDA toolkit: clang-19 -x cuda --cuda-gpu-arch=sm_90 -nocudainc -nocudalib --cuda-device-only -ffp-contract=off
// -include cuda_declarations.h -S kernel.cu. NVRTC needs none of this.
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ __inline__ __attribute__((always_inline))

typedef unsigned long size_t;
struct dim3 { unsigned x, y, z; };

#define DECLARED static __device__ __forceinline__

struct __attribute__((aligned(8))) float2 { float x, y; };
struct __attribute__((aligned(16))) float4 { float x, y, z, w; };
DECLARED float2 make_float2(float x, float y) { return {x, y}; }
DECLARED float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

// Special registers, read as variables.
#define DECLARE_REGISTER(name, register) \
    struct name##_t \
    { \
        struct { __device__ operator unsigned() const { return __nvvm_read_ptx_sreg_##register##_x(); } } x; \
        struct { __device__ operator unsigned() const { return __nvvm_read_ptx_sreg_##register##_y(); } } y; \
        struct { __device__ operator unsigned() const { return __nvvm_read_ptx_sreg_##register##_z(); } } z; \
    }; \
    extern const __device__ __attribute__((weak)) name##_t name;
DECLARE_REGISTER(threadIdx, tid)
DECLARE_REGISTER(blockIdx, ctaid)
DECLARE_REGISTER(blockDim, ntid)
DECLARE_REGISTER(gridDim, nctaid)

DECLARED int __syncthreads_count(int predicate) { return __nvvm_bar0_popc(predicate); }
DECLARED void __threadfence_block() { __nvvm_membar_cta(); }
DECLARED void __threadfence() { __nvvm_membar_gl(); }
DECLARED void __syncwarp() { __nvvm_bar_warp_sync(0xffffffffu); }

#define DECLARE_SHUFFLE(name, builtin, last) \
    DECLARED int name(unsigned mask, int value, int argument) \
    { \
        return builtin##_i32(mask, value, argument, last); \
    } \
    DECLARED float name(unsigned mask, float value, int argument) \
    { \
        return builtin##_f32(mask, value, argument, last); \
    }
DECLARE_SHUFFLE(__shfl_sync, __nvvm_shfl_sync_idx, 0x1f)
DECLARE_SHUFFLE(__shfl_up_sync, __nvvm_shfl_sync_up, 0)
DECLARE_SHUFFLE(__shfl_down_sync, __nvvm_shfl_sync_down, 0x1f)
DECLARE_SHUFFLE(__shfl_xor_sync, __nvvm_shfl_sync_bfly, 0x1f)

#define DECLARE_ATOMIC(name, call) \
    DECLARED int name(int* target, int value) { return call; } \
    DECLARED unsigned name(unsigned* target, unsigned value) { return call; }
#define RELAXED __ATOMIC_RELAXED
DECLARE_ATOMIC(atomicAdd, __atomic_fetch_add(target, value, RELAXED))
DECLARE_ATOMIC(atomicMin, __atomic_fetch_min(target, value, RELAXED))
DECLARE_ATOMIC(atomicMax, __atomic_fetch_max(target, value, RELAXED))
DECLARE_ATOMIC(atomicAnd, __atomic_fetch_and(target, value, RELAXED))
DECLARE_ATOMIC(atomicOr, __atomic_fetch_or(target, value, RELAXED))
DECLARE_ATOMIC(atomicXor, __atomic_fetch_xor(target, value, RELAXED))
DECLARE_ATOMIC(atomicExch, __atomic_exchange_n(target, value, RELAXED))
DECLARED float atomicAdd(float* target, float value) { return __nvvm_atom_add_gen_f(target, value); }
DECLARED float atomicExch(float* target, float value)
{
    int old = atomicExch((int*)target, __builtin_bit_cast(int, value));
    return __builtin_bit_cast(float, old);
}
DECLARED int atomicCAS(int* target, int compare, int value)
{
    __atomic_compare_exchange_n(target, &compare, value, false, RELAXED, RELAXED);
    return compare;
}
DECLARED unsigned atomicCAS(unsigned* target, unsigned compare, unsigned value)
{
    __atomic_compare_exchange_n(target, &compare, value, false, RELAXED, RELAXED);
    return compare;
}

#define DECLARE_FUNCTION(name) extern "C" __device__ float name##f(float); extern "C" __device__ double name(double);
DECLARE_FUNCTION(fabs)
DECLARE_FUNCTION(sqrt)
DECLARE_FUNCTION(rsqrt)
DECLARE_FUNCTION(exp)
DECLARE_FUNCTION(exp2)
DECLARE_FUNCTION(log)
DECLARE_FUNCTION(log2)
DECLARE_FUNCTION(log10)
DECLARE_FUNCTION(sin)
DECLARE_FUNCTION(cos)
DECLARE_FUNCTION(tan)
DECLARE_FUNCTION(tanh)
DECLARE_FUNCTION(floor)
DECLARE_FUNCTION(ceil)
DECLARE_FUNCTION(rint)
DECLARE_FUNCTION(trunc)
extern "C" __device__ float powf(float, float);
extern "C" __device__ float fmodf(float, float);
extern "C" __device__ double fmod(double, double);
extern "C" __device__ float copysignf(float, float);
DECLARED float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
DECLARED int abs(int x) { return x < 0 ? -x : x; }
#define MIN_MAX(T) \
    DECLARED T min(T a, T b) { return b < a ? b : a; } \
    DECLARED T max(T a, T b) { return a < b ? b : a; }
MIN_MAX(int) MIN_MAX(unsigned) MIN_MAX(long long) MIN_MAX(unsigned long long) // overloads, as NVRTC has them
MIN_MAX(long) MIN_MAX(unsigned long) MIN_MAX(float) MIN_MAX(double)
DECLARED int __popc(unsigned x) { return __builtin_popcount(x); }
DECLARED int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned)x); }
DECLARED unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
DECLARED int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
DECLARED unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
DECLARED float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
DECLARED float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
DECLARED int __float2int_rz(float x) { return __nvvm_f2i_rz(x); }
DECLARED unsigned __float2uint_rz(float x) { return __nvvm_f2ui_rz(x); }
DECLARED long long __float2ll_rz(float x) { return __nvvm_f2ll_rz(x); }
DECLARED unsigned long long __float2ull_rz(float x) { return __nvvm_f2ull_rz(x); }
DECLARED int __double2int_rz(double x) { return __nvvm_d2i_rz(x); }
DECLARED unsigned __double2uint_rz(double x) { return __nvvm_d2ui_rz(x); }
DECLARED long long __double2ll_rz(double x) { return __nvvm_d2ll_rz(x); }
DECLARED unsigned long long __double2ull_rz(double x) { return __nvvm_d2ull_rz(x); }
