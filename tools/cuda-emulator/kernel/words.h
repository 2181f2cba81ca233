// CUDA C's words for host C++: a kernel's text, compiled behind this header, runs as one thread of the emulator.
#pragma once
#include "abi.h"

#define __host__
#define __device__
#define __global__
#define __launch_bounds__(...)
#define __forceinline__ inline
#define __constant__ static
// Blocks take turns, so shared memory is static; where several blocks live at once, the emulator swaps this section.
// `used`: the compiler must not take for zero what it sees nobody write.
#define __shared__ static __attribute__((section("emulated_shared"), used))
#define EMULATED_DYNAMIC_SHARED(type, name) type* const name = (type*)emulated_state.dynamicShared;

extern "C"
{
emulator::State emulated_state;
extern char __start_emulated_shared[] __attribute__((weak, visibility("hidden")));
extern char __stop_emulated_shared[] __attribute__((weak, visibility("hidden")));
}

#define threadIdx emulated_state.threadIdx
#define blockIdx emulated_state.blockIdx
#define blockDim emulated_state.blockDim
#define gridDim emulated_state.gridDim
#define EMULATED static inline

typedef unsigned long size_t;

struct __attribute__((aligned(8))) float2 { float x, y; };
struct __attribute__((aligned(16))) float4 { float x, y, z, w; };
struct __attribute__((aligned(8))) int2 { int x, y; };
struct __attribute__((aligned(16))) int4 { int x, y, z, w; };
struct __attribute__((aligned(8))) uint2 { unsigned x, y; };
struct __attribute__((aligned(16))) uint4 { unsigned x, y, z, w; };
EMULATED float2 make_float2(float x, float y) { return {x, y}; }
EMULATED float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

// Barriers, votes and fences. Other threads run only inside these calls, so a fence has nothing to do.
EMULATED void __syncthreads() { emulated_state.calls->blockBarrier(false); }
EMULATED int __syncthreads_count(int predicate) { return emulated_state.calls->blockBarrier(predicate != 0); }
EMULATED int __syncthreads_or(int predicate) { return __syncthreads_count(predicate) != 0; }
EMULATED int __syncthreads_and(int predicate) { return __syncthreads_count(predicate == 0) == 0; }
EMULATED void __threadfence_block() {}
EMULATED void __threadfence() { emulated_state.calls->poll(); }
EMULATED void __threadfence_system() { emulated_state.calls->poll(); }
EMULATED void __nanosleep(unsigned) { emulated_state.calls->poll(); }
EMULATED void __trap() { emulated_state.calls->fail("__trap"); }
EMULATED void __syncwarp(unsigned mask = 0xffffffffu)
{
    emulated_state.calls->warpExchange(emulator::WarpOperation::Barrier, mask, nullptr, 0);
}

EMULATED unsigned emulated_lane()
{
    return ((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x) & 31;
}

// Shuffles. A lane that reads outside its part of the warp gets its own value back, as PTX says.
template <class T>
EMULATED T emulated_shuffle(emulator::WarpOperation operation, unsigned mask, T value, int source, bool inside)
{
    const char* lanes = emulated_state.calls->warpExchange(operation, mask, &value, sizeof value);
    if (inside)
        __builtin_memcpy(&value, lanes + (source & 31) * sizeof value, sizeof value);
    return value;
}
template <class T>
EMULATED T __shfl_sync(unsigned mask, T value, int lane, int width = 32)
{
    int first = (int)emulated_lane() & ~(width - 1), source = first + (lane & (width - 1));
    return emulated_shuffle(emulator::WarpOperation::Shuffle, mask, value, source, true);
}
template <class T>
EMULATED T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32)
{
    int lane = (int)emulated_lane(), source = lane - (int)delta;
    return emulated_shuffle(emulator::WarpOperation::ShuffleUp, mask, value, source, source >= (lane & ~(width - 1)));
}
template <class T>
EMULATED T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32)
{
    int lane = (int)emulated_lane(), source = lane + (int)delta;
    return emulated_shuffle(emulator::WarpOperation::ShuffleDown, mask, value, source, source <= (lane | (width - 1)));
}
template <class T>
EMULATED T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32)
{
    int lane = (int)emulated_lane(), source = lane ^ lanes;
    return emulated_shuffle(emulator::WarpOperation::ShuffleXor, mask, value, source, source <= (lane | (width - 1)));
}

// Atomics: one thread runs at a time. Afterwards the others may: a thread that polls must not keep them waiting.
#define EMULATE_ATOMIC(name, update) \
    template <class T> EMULATED T name(T* target, decltype(T() + T()) argument) \
    { \
        T value = (T)argument, old = *target; \
        *(volatile T*)target = (update); \
        emulated_state.calls->poll(); \
        return old; \
    }
EMULATE_ATOMIC(atomicAdd, (T)(old + value))
EMULATE_ATOMIC(atomicSub, (T)(old - value))
EMULATE_ATOMIC(atomicMin, value < old ? value : old)
EMULATE_ATOMIC(atomicMax, old < value ? value : old)
EMULATE_ATOMIC(atomicAnd, (T)(old & value))
EMULATE_ATOMIC(atomicOr, (T)(old | value))
EMULATE_ATOMIC(atomicXor, (T)(old ^ value))
EMULATE_ATOMIC(atomicExch, value)
template <class T> EMULATED T atomicCAS(T* target, decltype(T() + T()) compare, decltype(T() + T()) value)
{
    T old = *target;
    if (old == (T)compare)
        *(volatile T*)target = (T)value;
    emulated_state.calls->poll();
    return old;
}

// A volatile access is how one polls: nvrtc/translate.cpp writes this type for a cast to a pointer to volatile.
template <class T> struct EmulatedVolatile
{
    volatile T* pointer;

    template <class P> explicit EmulatedVolatile(P* p) : pointer((volatile T*)p) {}
    volatile T& operator[](long long i) const { emulated_state.calls->poll(); return pointer[i]; }
    volatile T& operator*() const { return (*this)[0]; }
};

template <class T> EMULATED T __ldg(const T* source) { return *source; }
template <class T> EMULATED T __ldcg(const T* source) { return *(const volatile T*)source; }

#define EMULATE_FUNCTION(name) extern "C" float name##f(float); extern "C" double name(double);
EMULATE_FUNCTION(fabs)
EMULATE_FUNCTION(sqrt)
EMULATE_FUNCTION(exp)
EMULATE_FUNCTION(exp2)
EMULATE_FUNCTION(log)
EMULATE_FUNCTION(log2)
EMULATE_FUNCTION(log10)
EMULATE_FUNCTION(sin)
EMULATE_FUNCTION(cos)
EMULATE_FUNCTION(tan)
EMULATE_FUNCTION(tanh)
EMULATE_FUNCTION(floor)
EMULATE_FUNCTION(ceil)
EMULATE_FUNCTION(rint)
EMULATE_FUNCTION(trunc)
extern "C" float powf(float, float);
extern "C" float fmodf(float, float);
extern "C" double fmod(double, double);
extern "C" float copysignf(float, float);
extern "C" float fmaf(float, float, float);
EMULATED float rsqrtf(float x) { return 1 / sqrtf(x); }
EMULATED float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
EMULATED float __fadd_rn(float a, float b) { return a + b; }
EMULATED float __fmul_rn(float a, float b) { return a * b; }
EMULATED float __fdividef(float a, float b) { return a / b; }
EMULATED float __expf(float x) { return expf(x); }
EMULATED float __logf(float x) { return logf(x); }

#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
EMULATED int abs(int x) { return x < 0 ? -x : x; }
#define EMULATE_ORDER(type) \
    EMULATED type min(type a, type b) { return b < a ? b : a; } \
    EMULATED type max(type a, type b) { return a < b ? b : a; }
EMULATE_ORDER(int)
EMULATE_ORDER(unsigned)
EMULATE_ORDER(long long)
EMULATE_ORDER(unsigned long long)
EMULATED int __popc(unsigned x) { return __builtin_popcount(x); }
EMULATED int __clz(int x) { return x == 0 ? 32 : __builtin_clz((unsigned)x); }
EMULATED unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
EMULATED int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
EMULATED unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
EMULATED float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
EMULATED float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }

// Conversions saturate; what NaN becomes is not for a kernel to use, so it is the largest number.
template <class To> EMULATED To emulated_truncate(double x, To lowest, To highest)
{
    return x < (double)lowest ? lowest : x < (double)highest ? (To)x : highest;
}
#define EMULATE_CONVERSION(from, to, type, lowest, highest) \
    EMULATED type __##from##2##to##_rz(from x) { return emulated_truncate<type>(x, lowest, highest); }
#define EMULATE_CONVERSIONS(from) \
    EMULATE_CONVERSION(from, int, int, -__INT_MAX__ - 1, __INT_MAX__) \
    EMULATE_CONVERSION(from, uint, unsigned, 0, ~0u) \
    EMULATE_CONVERSION(from, ll, long long, -__LONG_LONG_MAX__ - 1, __LONG_LONG_MAX__) \
    EMULATE_CONVERSION(from, ull, unsigned long long, 0, ~0ull)
EMULATE_CONVERSIONS(float)
EMULATE_CONVERSIONS(double)
