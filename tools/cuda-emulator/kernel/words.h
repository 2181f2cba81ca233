// What translated PTX stands on: the running thread's state, memory, and what values are. A kernel runs as one thread.
#pragma once
#include "abi.h"

// Blocks take turns, so shared memory is static; where several blocks live at once, the emulator swaps this section.
// `used`: the compiler must not take for zero what it sees nobody write.
#define EMULATED_SHARED static __attribute__((section("emulated_shared"), used))

extern "C"
{
emulator::State emulated_state;
extern char __start_emulated_shared[] __attribute__((weak, visibility("hidden")));
extern char __stop_emulated_shared[] __attribute__((weak, visibility("hidden")));
float exp2f(float); float log2f(float); float sinf(float); float cosf(float); float tanhf(float);
float sqrtf(float); double sqrt(double); float fmaf(float, float, float); double fma(double, double, double);
float fminf(float, float); float fmaxf(float, float); double fmin(double, double); double fmax(double, double);
float rintf(float); float floorf(float); float ceilf(float); float truncf(float); double rint(double);
double floor(double); double ceil(double); double trunc(double);
}

#define EMULATED_KERNEL(name, threads, ...) \
    static constexpr emulator::Parameter emulated_parameters_##name[] = {__VA_ARGS__ {0, 0}}; \
    static constexpr emulator::Kernel emulated_kernel_##name = {#name, name, emulated_parameters_##name, \
        sizeof emulated_parameters_##name / sizeof(emulator::Parameter) - 1, threads};

#define EMULATED_MODULE(...) \
    static const emulator::Kernel* const emulated_kernels[] = {__VA_ARGS__ nullptr}; \
    extern "C" const emulator::Module emulated_module = \
        {&emulated_state, emulated_kernels, __start_emulated_shared, __stop_emulated_shared};

// PTX's types.
using b8 = unsigned char; using b16 = unsigned short; using b32 = unsigned; using b64 = unsigned long;
using u8 = unsigned char; using u16 = unsigned short; using u32 = unsigned; using u64 = unsigned long;
using s8 = signed char; using s16 = short; using s32 = int; using s64 = long;
using f32 = float; using f64 = double; using pred = bool;
struct tf32 {}; struct bf16 {}; struct bf16x2 {};

static inline float emulated_f32(unsigned bits) { return __builtin_bit_cast(float, bits); }
static inline double emulated_f64(unsigned long bits) { return __builtin_bit_cast(double, bits); }

template <class T> inline constexpr bool Real = false;
template <> inline constexpr bool Real<float> = true;
template <> inline constexpr bool Real<double> = true;

// An operand as an instruction's type reads it: registers hold bits, literals are numbers, wider ones are cut off.
template <class T, class A> static inline T as(A value)
{
    if constexpr (Real<T> || Real<A>)
    {
        static_assert(sizeof(T) == sizeof(A), "an operand of another size");
        return __builtin_bit_cast(T, value);
    }
    else
        return (T)value;
}

// A result into a register.
template <class D, class T> static inline void put(D& register_, T value)
{
    if constexpr (Real<D> || Real<T>)
    {
        static_assert(sizeof(D) == sizeof(T), "a result of another size");
        register_ = __builtin_bit_cast(D, value);
    }
    else
        register_ = (D)value;
}

static inline unsigned emulated_thread()
{
    const emulator::Index &i = emulated_state.threadIdx, &n = emulated_state.blockDim;
    return (i.z * n.y + i.y) * n.x + i.x;
}
static inline unsigned emulated_lane() { return emulated_thread() & 31; }

// Addresses of all spaces are those of this process; shared ones are known to lie in the block's shared memory.
template <class A> static inline unsigned long emulated_address(A base) { return (unsigned long)base; }

static inline unsigned long emulated_shared(unsigned long address, unsigned long bytes)
{
    auto within = [=](const void* begin, const void* end) {
        return address >= (unsigned long)begin && address + bytes <= (unsigned long)end;
    };
    if (!within(__start_emulated_shared, __stop_emulated_shared)
        && !within(emulated_state.dynamicShared, (char*)emulated_state.dynamicShared + emulated_state.dynamicSharedBytes))
        emulated_state.calls->fail("uses an address outside shared memory");
    return address;
}

// Several values at once lie at a multiple of their size.
template <class T, int count> struct alignas(sizeof(T) * count) EmulatedVector { T values[count]; };

template <class V> static inline V* emulated_aligned(unsigned long address)
{
    if (address % sizeof(V) != 0)
        emulated_state.calls->misaligned();
    return (V*)address;
}

template <class T, class... D> static inline void emulated_load_at(unsigned long address, D&... registers)
{
    EmulatedVector<T, sizeof...(D)> read = *emulated_aligned<EmulatedVector<T, sizeof...(D)>>(address);
    const T* value = read.values;
    (put(registers, *value++), ...);
}
template <class T, class... A> static inline void emulated_st(unsigned long address, A... values)
{
    *emulated_aligned<EmulatedVector<T, sizeof...(A)>>(address) = {{as<T>(values)...}};
}
template <class T, class... A> static inline void emulated_st_shared(unsigned long address, A... values)
{
    emulated_st<T>(emulated_shared(address, sizeof(T) * sizeof...(A)), values...);
}
// Afterwards the others may go on, and before a look: a thread that polls must not keep them waiting.
template <class T, class... A> static inline void emulated_st_polling(unsigned long address, A... values)
{
    emulated_st<T>(address, values...);
    emulated_state.calls->poll();
}
template <class T, class... A> static inline void emulated_st_shared_polling(unsigned long address, A... values)
{
    emulated_st_polling<T>(emulated_shared(address, sizeof(T) * sizeof...(A)), values...);
}
// The address comes last in PTX's order: ld d, [a], with d one register or several.
#define EMULATED_LOAD(name, before, where) \
    template <class T, class A, class B> static inline void name(A& a, B address) \
    { before; emulated_load_at<T>(where((unsigned long)address, sizeof(T)), a); } \
    template <class T, class A, class B, class C> static inline void name(A& a, B& b, C address) \
    { before; emulated_load_at<T>(where((unsigned long)address, 2 * sizeof(T)), a, b); } \
    template <class T, class A, class B, class C, class D, class E> \
    static inline void name(A& a, B& b, C& c, D& d, E address) \
    { before; emulated_load_at<T>(where((unsigned long)address, 4 * sizeof(T)), a, b, c, d); }
static inline unsigned long emulated_anywhere(unsigned long address, unsigned long) { return address; }
EMULATED_LOAD(emulated_ld, , emulated_anywhere)
EMULATED_LOAD(emulated_ld_shared, , emulated_shared)
EMULATED_LOAD(emulated_ld_polling, emulated_state.calls->poll(), emulated_anywhere)
EMULATED_LOAD(emulated_ld_shared_polling, emulated_state.calls->poll(), emulated_shared)
