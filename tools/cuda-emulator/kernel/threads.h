// PTX's instructions by which threads meet: barriers, shuffles, atomics, asynchronous copies, matrices. The places of
// matrices in registers are those of the PTX ISA, "Warp Level Matrix Instructions".
#pragma once
#include "instructions.h"

// Other threads run only inside these calls, so a fence has nothing to do but let them.
static inline void ptx_bar(unsigned) { emulated_state.calls->blockBarrier(false); }
static inline void ptx_bar_warp(unsigned mask)
{
    emulated_state.calls->warpExchange(emulator::WarpOperation::Barrier, mask, nullptr, 0);
}
template <class T, class D> static inline void ptx_bar_red_popc(D& d, unsigned, bool predicate)
{
    put(d, (T)emulated_state.calls->blockBarrier(predicate));
}
static inline void ptx_membar() {}
static inline void ptx_membar_gl() { emulated_state.calls->poll(); }
static inline void ptx_fence_acq_rel() { emulated_state.calls->poll(); }
static inline void ptx_fence_sc() { emulated_state.calls->poll(); }
static inline void ptx_trap() { emulated_state.calls->fail("trap"); }
template <class T, class A> static inline void ptx_nanosleep(A) { emulated_state.calls->poll(); }

// Shuffles: c holds the bounds of the part of the warp, as PTX encodes them. A lane that reads outside gets its own.
template <class T, class D, class A>
static inline void emulated_shuffle(emulator::WarpOperation operation, unsigned mask, D& d, A x, int source, bool inside,
    bool* valid)
{
    T value = as<T>(x);
    const char* lanes = emulated_state.calls->warpExchange(operation, mask, &value, sizeof value);
    if (inside)
        __builtin_memcpy(&value, lanes + (source & 31) * sizeof value, sizeof value);
    put(d, value);
    if (valid != nullptr)
        *valid = inside;
}
#define SHUFFLE(name, operation, from, within) \
    template <class T, class D, class A, class B, class C, class M> \
    static inline void ptx_shfl_##name(D& d, A a, B by, C bounds, M mask) \
    { \
        int lane = (int)emulated_lane(), b = (int)as<u32>(by) & 31, c = (int)as<u32>(bounds); \
        int part = c >> 8 & 31, last = (lane & part) | (c & 31 & ~part), first = lane & part; \
        int source = (from); \
        emulated_shuffle<T>(emulator::WarpOperation::operation, as<u32>(mask), d, a, source, (within), nullptr); \
        (void)first; (void)last; \
    } \
    template <class T, class D, class A, class B, class C, class M> \
    static inline void ptx_shfl_##name(D& d, bool& valid, A a, B by, C bounds, M mask) \
    { \
        int lane = (int)emulated_lane(), b = (int)as<u32>(by) & 31, c = (int)as<u32>(bounds); \
        int part = c >> 8 & 31, last = (lane & part) | (c & 31 & ~part), first = lane & part; \
        int source = (from); \
        emulated_shuffle<T>(emulator::WarpOperation::operation, as<u32>(mask), d, a, source, (within), &valid); \
        (void)first; (void)last; \
    }
SHUFFLE(idx, Shuffle, first | (b & ~part), source <= last)
SHUFFLE(up, ShuffleUp, lane - b, source >= last)
SHUFFLE(down, ShuffleDown, lane + b, source <= last)
SHUFFLE(bfly, ShuffleXor, lane ^ b, source <= last)

// Atomics: one thread runs at a time. Afterwards the others may.
#define ATOMIC(name, update) \
    template <class T, class D, class A> static inline void ptx_atom_##name(D& d, unsigned long address, A argument) \
    { \
        volatile T* target = (volatile T*)address; \
        T value = as<T>(argument), old = *target; \
        *target = (T)(update); \
        put(d, old); \
        emulated_state.calls->poll(); \
    } \
    template <class T, class A> static inline void ptx_red_##name(unsigned long address, A argument) \
    { \
        T ignored; \
        ptx_atom_##name<T>(ignored, address, argument); \
    }
ATOMIC(add, old + value)
ATOMIC(min, value < old ? value : old)
ATOMIC(max, old < value ? value : old)
ATOMIC(and, old & value)
ATOMIC(or, old | value)
ATOMIC(xor, old ^ value)
ATOMIC(exch, value)
template <class T, class D, class A, class B>
static inline void ptx_atom_cas(D& d, unsigned long address, A compare, B given)
{
    volatile T* target = (volatile T*)address;
    T old = *target;
    if (old == as<T>(compare))
        *target = as<T>(given);
    put(d, old);
    emulated_state.calls->poll();
}

// An instruction that the architecture lacks, which is an error only where it is used.
template <int architecture> static inline void emulated_need()
{
    static_assert(EMULATED_ARCHITECTURE >= architecture, "the instruction needs a later architecture");
}

template <int needed = 80> static inline void emulated_copy(unsigned long to, unsigned long from, unsigned bytes, unsigned read)
{
    emulated_need<needed>();
    if ((to | from) % bytes != 0)
        emulated_state.calls->fail("copies asynchronously to or from an address that is not a multiple of the size");
    if (read > bytes)
        emulated_state.calls->fail("copies asynchronously more than it has room for");
    emulated_state.calls->copyLater((char*)emulated_shared(to, bytes), (const void*)from, bytes, read);
}
template <class... R> static inline void ptx_cp_async_cg(unsigned long to, unsigned long from, unsigned bytes, R... read)
{
    if (bytes != 16)
        emulated_state.calls->fail("cp.async.cg copies 16 bytes");
    emulated_copy(to, from, bytes, (bytes, ..., (unsigned)read));
}
template <class... R> static inline void ptx_cp_async_ca(unsigned long to, unsigned long from, unsigned bytes, R... read)
{
    if (bytes != 4 && bytes != 8 && bytes != 16)
        emulated_state.calls->fail("cp.async.ca copies 4, 8 or 16 bytes");
    emulated_copy(to, from, bytes, (bytes, ..., (unsigned)read));
}
template <int needed = 80> static inline void ptx_cp_async_commit_group() 
{
    emulated_need<needed>();
    emulated_state.calls->commitCopies();
}
template <int needed = 80> static inline void ptx_cp_async_wait_group(int newest) 
{
    emulated_need<needed>();
    emulated_state.calls->waitForCopies(newest);
}
template <int needed = 80> static inline void ptx_cp_async_wait_all()
{
    emulated_need<needed>();
    emulated_state.calls->commitCopies();
    emulated_state.calls->waitForCopies(0);
}

// tf32: the nearest number of 10 mantissa bits, ties away from zero. bf16: the upper half, ties to even.
template <class To, class From, class D, class A> static inline void ptx_cvt_rna(D& d, A x)
{
    static_assert(EMULATED_ARCHITECTURE >= 80 && __is_same(To, tf32) && __is_same(From, float));
    u32 bits = as<u32>(x);
    put(d, (bits & 0x7fffffff) > 0x7f800000 ? 0x7fffffffu : (bits + 0x1000) & 0xffffe000);
}
static inline u32 emulated_bf16(u32 bits)
{
    return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
template <class To, class From, class D, class A, class B> static inline void ptx_cvt_rn(D& d, A high, B low)
{
    static_assert(EMULATED_ARCHITECTURE >= 80 && __is_same(To, bf16x2) && __is_same(From, float));
    put(d, emulated_bf16(as<u32>(high)) << 16 | emulated_bf16(as<u32>(low)));
}

// The registers of all lanes of a matrix instruction.
struct EmulatedFragments
{
    u32 a[4], b[2];
};

// c + a b at a row and column, summed in double precision.
template <class A, class B> static inline float emulated_dot(int depth, A a, B b, int row, int column, float c)
{
    double sum = c;
    for (int k = 0; k < depth; k++)
        sum += (double)a(row, k) * b(k, column);
    return (float)sum;
}

template <class D, class C, class A, class B>
static inline void emulated_multiply_add(
    int depth, A a, B b, D& d0, D& d1, D& d2, D& d3, C c0, C c1, C c2, C c3)
{
    int group = (int)emulated_lane() / 4, pair = (int)emulated_lane() % 4 * 2;
    put(d0, emulated_dot(depth, a, b, group, pair, as<f32>(c0)));
    put(d1, emulated_dot(depth, a, b, group, pair + 1, as<f32>(c1)));
    put(d2, emulated_dot(depth, a, b, group + 8, pair, as<f32>(c2)));
    put(d3, emulated_dot(depth, a, b, group + 8, pair + 1, as<f32>(c3)));
}

#define MATRIX(name, depth, first, second, number) \
    template <class TD, class TA, class TB, class TC, class D, class A, class C> \
    static inline void ptx_mma_##name##_row_col(D& d0, D& d1, D& d2, D& d3, A a0, A a1, A a2, A a3, A b0, A b1, \
        C c0, C c1, C c2, C c3) \
    { \
        static_assert(EMULATED_ARCHITECTURE >= 80 && sizeof(TD) > 0); \
        EmulatedFragments mine = {{as<u32>(a0), as<u32>(a1), as<u32>(a2), as<u32>(a3)}, {as<u32>(b0), as<u32>(b1)}}; \
        const EmulatedFragments* lanes = (const EmulatedFragments*)emulated_state.calls->warpExchange( \
            emulator::WarpOperation::Matrix, 0xffffffffu, &mine, sizeof mine); \
        auto a = [=](int row, int k) { u32 bits = lanes[row % 8 * 4 + k % (depth / 2) / (depth / 8)].first; return number; }; \
        auto b = [=](int k, int column) { u32 bits = lanes[column * 4 + k % (depth / 2) / (depth / 8)].second; return number; }; \
        emulated_multiply_add(depth, a, b, d0, d1, d2, d3, c0, c1, c2, c3); \
    }
MATRIX(m16n8k8, 8, a[row / 8 + k / 4 * 2], b[k / 4], emulated_f32(bits & 0xffffe000))
MATRIX(m16n8k16, 16, a[row / 8 + k / 8 * 2], b[k / 8], emulated_f32(k % 2 == 0 ? bits << 16 : bits & 0xffff0000))
