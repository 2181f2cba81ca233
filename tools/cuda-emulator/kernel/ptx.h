// The PTX instructions that are emulated, each a function named after it; see nvrtc/assembly.cpp. The numbers' formats and
// the places of matrices in registers are those of the PTX manual.
#pragma once
#include "words.h"

#define ptx_register_laneid emulated_lane()

// An instruction that the architecture lacks is an error in code that is used; the assembler never sees the other.
#define EMULATE_NEED(architecture) \
    __attribute__((error("the instruction needs sm_" #architecture))) void emulated_lacks_##architecture(); \
    EMULATED void emulated_need_##architecture() \
    { \
        if constexpr (__CUDA_ARCH__ < architecture * 10) \
            emulated_lacks_##architecture(); \
    }
EMULATE_NEED(75)
EMULATE_NEED(80)

template <class A, class B> EMULATED void ptx_mov_u32(A& d, B a) { d = (A)a; }
template <class A, class B, class C> EMULATED void ptx_add_u32(A& d, B a, C b) { d = (A)((unsigned)a + (unsigned)b); }
template <class A, class B> EMULATED void ptx_cvt_u32_u64(A& d, B a) { d = (A)a; }

// Addresses in shared memory: where the dynamic part starts is 0, the static part follows far behind.
constexpr unsigned long emulated_static_shared = 1ul << 24;

EMULATED unsigned long emulated_shared_address(const void* generic)
{
    const char *pointer = (const char*)generic, *dynamic = (const char*)emulated_state.dynamicShared;
    if (pointer >= dynamic && pointer < dynamic + emulated_state.dynamicSharedBytes)
        return (unsigned long)(pointer - dynamic);
    if (pointer < __start_emulated_shared || pointer >= __stop_emulated_shared)
        emulated_state.calls->fail("takes the shared address of what is not in shared memory");
    return emulated_static_shared + (unsigned long)(pointer - __start_emulated_shared);
}

EMULATED char* emulated_shared(unsigned long address, unsigned bytes)
{
    bool isStatic = address >= emulated_static_shared;
    unsigned long offset = isStatic ? address - emulated_static_shared : address;
    unsigned long size = isStatic ? (unsigned long)(__stop_emulated_shared - __start_emulated_shared)
        : emulated_state.dynamicSharedBytes;
    if (offset + bytes > size)
        emulated_state.calls->fail("uses an address outside shared memory");
    return (isStatic ? __start_emulated_shared : (char*)emulated_state.dynamicShared) + offset;
}

template <class A> EMULATED void ptx_cvta_to_shared_u64(A& d, const void* generic)
{
    d = (A)emulated_shared_address(generic);
}

EMULATED float emulated_flush(float x)
{
    return __builtin_fabsf(x) < __FLT_MIN__ ? __builtin_copysignf(0, x) : x;
}
EMULATED void ptx_ex2_approx_ftz_f32(float& d, float a) { d = emulated_flush(exp2f(emulated_flush(a))); }
EMULATED void ptx_rcp_approx_ftz_f32(float& d, float a) { d = emulated_flush(1 / emulated_flush(a)); }

// No better than the instruction: 11 bits are left.
EMULATED void ptx_tanh_approx_f32(float& d, float a)
{
    emulated_need_75();
    unsigned bits = __float_as_uint(tanhf(a));
    d = isnan(a) ? a : __uint_as_float((bits + 0x800) & ~0xfffu);
}

EMULATED void emulated_copy(unsigned long to, const void* from, unsigned bytes, unsigned read)
{
    emulated_need_80();
    if ((to | (unsigned long)from) % bytes != 0)
        emulated_state.calls->fail("copies asynchronously to or from an address that is not a multiple of the size");
    if (read > bytes)
        emulated_state.calls->fail("copies asynchronously more than it has room for");
    emulated_state.calls->copyLater(emulated_shared(to, bytes), from, bytes, read);
}
EMULATED void ptx_cp_async_cg_shared_global(unsigned long to, const void* from, unsigned bytes, unsigned read = 16)
{
    if (bytes != 16)
        emulated_state.calls->fail("cp.async.cg copies 16 bytes");
    emulated_copy(to, from, bytes, read);
}
EMULATED void ptx_cp_async_ca_shared_global(unsigned long to, const void* from, unsigned bytes, unsigned read)
{
    if (bytes != 4 && bytes != 8 && bytes != 16)
        emulated_state.calls->fail("cp.async.ca copies 4, 8 or 16 bytes");
    emulated_copy(to, from, bytes, read);
}
EMULATED void ptx_cp_async_ca_shared_global(unsigned long to, const void* from, unsigned bytes)
{
    ptx_cp_async_ca_shared_global(to, from, bytes, bytes);
}
EMULATED void ptx_cp_async_commit_group() 
{
    emulated_need_80();
    emulated_state.calls->commitCopies();
}
EMULATED void ptx_cp_async_wait_group(int newest)
{
    emulated_need_80();
    emulated_state.calls->waitForCopies(newest);
}
EMULATED void ptx_cp_async_wait_all()
{
    emulated_need_80();
    emulated_state.calls->commitCopies();
    emulated_state.calls->waitForCopies(0);
}

// Nearest number of 10 mantissa bits, ties away from zero.
EMULATED void ptx_cvt_rna_tf32_f32(unsigned& d, float a)
{
    emulated_need_80();
    d = isnan(a) ? 0x7fffffff : (__float_as_uint(a) + 0x1000) & 0xffffe000;
}

EMULATED unsigned emulated_bf16(float x)
{
    emulated_need_80();
    unsigned bits = __float_as_uint(x);
    return isnan(x) ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
EMULATED void ptx_cvt_rn_bf16x2_f32(unsigned& d, float high, float low)
{
    d = emulated_bf16(high) << 16 | emulated_bf16(low);
}

// The registers of all lanes of a matrix instruction.
struct EmulatedFragments
{
    unsigned a[4], b[2];
};

EMULATED const EmulatedFragments* emulated_exchange(
    unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1)
{
    emulated_need_80();
    EmulatedFragments mine = {{a0, a1, a2, a3}, {b0, b1}};
    return (const EmulatedFragments*)emulated_state.calls->warpExchange(
        emulator::WarpOperation::Matrix, 0xffffffffu, &mine, sizeof mine);
}

// c + a b at a row and column, for elements that are found by the given functions of (row, k) and (k, column).
template <class A, class B> EMULATED float emulated_dot(int depth, A a, B b, int row, int column, float c)
{
    double sum = c;
    for (int k = 0; k < depth; k++)
        sum += (double)a(row, k) * b(k, column);
    return (float)sum;
}

template <class A, class B>
EMULATED void emulated_multiply_add(
    int depth, A a, B b, float& d0, float& d1, float& d2, float& d3, float c0, float c1, float c2, float c3)
{
    int group = (int)emulated_lane() / 4, pair = (int)emulated_lane() % 4 * 2;
    d0 = emulated_dot(depth, a, b, group, pair, c0);
    d1 = emulated_dot(depth, a, b, group, pair + 1, c1);
    d2 = emulated_dot(depth, a, b, group + 8, pair, c2);
    d3 = emulated_dot(depth, a, b, group + 8, pair + 1, c3);
}

EMULATED void ptx_mma_sync_aligned_m16n8k8_row_col_f32_tf32_tf32_f32(float& d0, float& d1, float& d2, float& d3,
    unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1, float c0, float c1, float c2, float c3)
{
    const EmulatedFragments* lanes = emulated_exchange(a0, a1, a2, a3, b0, b1);
    auto number = [](unsigned bits) { return __uint_as_float(bits & 0xffffe000); };
    auto a = [=](int row, int k) { return number(lanes[row % 8 * 4 + k % 4].a[row / 8 + k / 4 * 2]); };
    auto b = [=](int k, int column) { return number(lanes[column * 4 + k % 4].b[k / 4]); };
    emulated_multiply_add(8, a, b, d0, d1, d2, d3, c0, c1, c2, c3);
}

EMULATED void ptx_mma_sync_aligned_m16n8k16_row_col_f32_bf16_bf16_f32(float& d0, float& d1, float& d2, float& d3,
    unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1, float c0, float c1, float c2, float c3)
{
    const EmulatedFragments* lanes = emulated_exchange(a0, a1, a2, a3, b0, b1);
    auto number = [](unsigned bits, int k) { return __uint_as_float(k % 2 == 0 ? bits << 16 : bits & 0xffff0000); };
    auto a = [=](int row, int k) { return number(lanes[row % 8 * 4 + k % 8 / 2].a[row / 8 + k / 8 * 2], k); };
    auto b = [=](int k, int column) { return number(lanes[column * 4 + k % 8 / 2].b[k / 8], k); };
    emulated_multiply_add(16, a, b, d0, d1, d2, d3, c0, c1, c2, c3);
}
