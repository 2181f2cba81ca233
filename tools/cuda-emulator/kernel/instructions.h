// PTX's instructions, each a function named after it with its types as arguments (PTX ISA, "Instruction Set"). What is
// not here does not compile, and so is refused by name.
#pragma once
#include "words.h"

#define UNARY(name, value) \
    template <class T, class D, class A> static inline void ptx_##name(D& d, A x) \
    { T a = as<T>(x); put(d, (T)(value)); }
#define BINARY(name, value) \
    template <class T, class D, class A, class B> static inline void ptx_##name(D& d, A x, B y) \
    { T a = as<T>(x), b = as<T>(y); put(d, (T)(value)); }
#define TERNARY(name, value) \
    template <class T, class D, class A, class B, class C> static inline void ptx_##name(D& d, A x, B y, C z) \
    { T a = as<T>(x), b = as<T>(y), c = as<T>(z); put(d, (T)(value)); }

// Products of twice the bits.
template <class T> struct Wider;
template <> struct Wider<s16> { using type = s32; };
template <> struct Wider<u16> { using type = u32; };
template <> struct Wider<s32> { using type = s64; };
template <> struct Wider<u32> { using type = u64; };
template <> struct Wider<s64> { using type = __int128; };
template <> struct Wider<u64> { using type = unsigned __int128; };
template <class T> using Wide = typename Wider<T>::type;

template <class T> static inline T emulated_minimum(T a, T b)
{
    if constexpr (Real<T>)
        return (T)fmin(a, b);
    else
        return b < a ? b : a;
}
template <class T> static inline T emulated_maximum(T a, T b)
{
    if constexpr (Real<T>)
        return (T)fmax(a, b);
    else
        return a < b ? b : a;
}
template <class T> static inline T emulated_absolute(T a)
{
    if constexpr (Real<T>)
        return (T)__builtin_fabs(a);
    else
        return a < 0 ? -a : a;
}

UNARY(mov, a)
BINARY(add, a + b)
BINARY(sub, a - b)
BINARY(mul, a * b) // of reals
BINARY(mul_lo, a * b)
BINARY(mul_hi, (Wide<T>)a * b >> 8 * sizeof(T))
BINARY(div, a / b)
BINARY(div_full, a / b)
BINARY(div_approx, a / b)
BINARY(rem, a % b)
BINARY(min, emulated_minimum(a, b))
BINARY(max, emulated_maximum(a, b))
UNARY(abs, emulated_absolute(a))
UNARY(neg, -a)
TERNARY(mad_lo, a * b + c)
TERNARY(mad_hi, (T)((Wide<T>)a * b >> 8 * sizeof(T)) + c)
TERNARY(mad, a * b + c)
TERNARY(fma, sizeof(T) == 4 ? fmaf((float)a, (float)b, (float)c) : fma(a, b, c))
template <class T, class D, class A, class B> static inline void ptx_mul_wide(D& d, A x, B y)
{
    put(d, (Wide<T>)((Wide<T>)as<T>(x) * as<T>(y)));
}
template <class T, class D, class A, class B, class C> static inline void ptx_mad_wide(D& d, A x, B y, C z)
{
    put(d, (Wide<T>)((Wide<T>)as<T>(x) * as<T>(y) + as<Wide<T>>(z)));
}

BINARY(and, a & b)
BINARY(or, a | b)
BINARY(xor, a ^ b)
template <class T, class D, class A> static inline void ptx_not(D& d, A x)
{
    if constexpr (__is_same(T, bool))
        d = !x;
    else
        put(d, (T)~as<T>(x));
}
// Shifts by more than there are bits leave nothing, or the sign.
template <class T, class D, class A, class B> static inline void ptx_shl(D& d, A x, B y)
{
    unsigned by = as<u32>(y);
    put(d, (T)(by < 8 * sizeof(T) ? as<T>(x) << by : 0));
}
template <class T, class D, class A, class B> static inline void ptx_shr(D& d, A x, B y)
{
    T a = as<T>(x);
    unsigned by = as<u32>(y);
    put(d, (T)(by < 8 * sizeof(T) ? a >> by : a < 0 ? -1 : 0));
}
UNARY(popc, __builtin_popcountl(a))
UNARY(clz, a == 0 ? 8 * sizeof(T) : __builtin_clzl((unsigned long)a) - (64 - 8 * sizeof(T)))
UNARY(brev, sizeof(T) == 4 ? __builtin_bitreverse32((u32)a) : __builtin_bitreverse64((u64)a))
template <class T, class D, class A, class B, class C> static inline void ptx_bfe(D& d, A x, B y, C z)
{
    unsigned at = as<u32>(y) & 255, count = as<u32>(z) & 255;
    u64 bits = at < 64 ? (u64)as<T>(x) >> at : 0;
    if (count < 64)
        bits &= (1ul << count) - 1;
    if ((T)-1 < 0 && count > 0 && count < 64 && (bits >> (count - 1) & 1) != 0)
        bits |= ~0ul << count;
    put(d, (T)bits);
}
template <class T, class D, class A, class B, class C, class E> static inline void ptx_bfi(D& d, A x, B y, C z, E w)
{
    unsigned at = as<u32>(z) & 255, count = as<u32>(w) & 255;
    u64 mask = at < 64 ? (count < 64 ? (1ul << count) - 1 : ~0ul) << at : 0;
    put(d, (T)(((u64)as<T>(y) & ~mask) | ((u64)as<T>(x) << (at & 63) & mask)));
}

// Comparisons. Unordered ones hold where an operand is NaN.
#define COMPARISON(name, holds) \
    template <class T, class D, class A, class B> static inline void ptx_setp_##name(D& d, A x, B y) \
    { T a = as<T>(x), b = as<T>(y); d = (holds); }
COMPARISON(eq, a == b)
COMPARISON(ne, a != b && a == a && b == b)
COMPARISON(lt, a < b)
COMPARISON(le, a <= b)
COMPARISON(gt, a > b)
COMPARISON(ge, a >= b)
COMPARISON(lo, a < b)
COMPARISON(ls, a <= b)
COMPARISON(hi, a > b)
COMPARISON(hs, a >= b)
COMPARISON(equ, !(a < b) && !(a > b))
COMPARISON(neu, a != b)
COMPARISON(ltu, !(a >= b))
COMPARISON(leu, !(a > b))
COMPARISON(gtu, !(a <= b))
COMPARISON(geu, !(a < b))
COMPARISON(num, a == a && b == b)
COMPARISON(nan, a != a || b != b)
template <class T, class D, class A, class B> static inline void ptx_selp(D& d, A x, B y, bool first)
{
    put(d, first ? as<T>(x) : as<T>(y));
}
#define TEST(name, holds) \
    template <class T, class A> static inline void ptx_testp_##name(bool& d, A x) { T a = as<T>(x); d = (holds); }
TEST(finite, __builtin_isfinite(a))
TEST(infinite, __builtin_isinf(a))
TEST(number, a == a)
TEST(notanumber, a != a)
TEST(normal, __builtin_isnormal(a))
TEST(subnormal, a != 0 && __builtin_isfinite(a) && !__builtin_isnormal(a))

// Functions of reals; approximations may be better than a GPU's, never worse.
UNARY(rcp, 1 / a)
UNARY(rcp_approx, 1 / a)
UNARY(sqrt, sqrt(a))
UNARY(sqrt_approx, sqrt(a))
UNARY(rsqrt_approx, 1 / sqrt(a))
UNARY(sin_approx, sinf(a))
UNARY(cos_approx, cosf(a))
UNARY(lg2_approx, log2f(a))
UNARY(ex2_approx, exp2f(a))
static inline float emulated_flush(float x) { return __builtin_fabsf(x) < __FLT_MIN__ ? __builtin_copysignf(0, x) : x; }
UNARY(ex2_approx_ftz, emulated_flush(exp2f(emulated_flush(a))))
UNARY(rcp_approx_ftz, emulated_flush(1 / emulated_flush(a)))
// No better than the instruction: 11 bits are left.
UNARY(tanh_approx, a != a ? a : emulated_f32((__builtin_bit_cast(u32, tanhf(a)) + 0x800) & ~0xfffu))

// Conversions. To integers they saturate, and NaN becomes 0.
template <class To> static inline To emulated_truncate(double x)
{
    constexpr To lowest = (To)-1 < 0 ? (To)(1ul << (8 * sizeof(To) - 1)) : 0;
    constexpr To highest = (To)~lowest;
    return x != x ? 0 : x < (double)lowest ? lowest : x < (double)highest ? (To)x : highest;
}
template <class To, class From> static inline To emulated_convert(From x)
{
    if constexpr (Real<From> && !Real<To>)
        return emulated_truncate<To>(x);
    else
        return (To)x;
}
#define CONVERSION(name, value) \
    template <class To, class From, class D, class A> static inline void ptx_cvt##name(D& d, A x) \
    { From a = as<From>(x); put(d, emulated_convert<To>(value)); }
CONVERSION(, a)
CONVERSION(_rn, a)
CONVERSION(_rz, a)
CONVERSION(_rni, rint(a))
CONVERSION(_rzi, trunc(a))
CONVERSION(_rmi, floor(a))
CONVERSION(_rpi, ceil(a))

// An address is the same in every space.
#define ADDRESS(name) \
    template <class T, class D, class A> static inline void ptx_cvta##name(D& d, A x) { put(d, as<T>(x)); }
ADDRESS()
ADDRESS(_to)
ADDRESS(_local)
ADDRESS(_const)
ADDRESS(_param)
ADDRESS(_to_local)
