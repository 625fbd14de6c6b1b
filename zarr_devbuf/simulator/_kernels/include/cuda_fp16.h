// `half` and `half2`. They compute as 32-bit floats do, and round each result: that is exact, since
// a 32-bit float has more than twice the digits. Not all compilers have a type of their own for it.
#pragma once
#include "zdb/prelude.h"

struct __half_raw { unsigned short x; };

namespace zdb {
inline float half_to_float(unsigned short h) {
    unsigned sign = unsigned(h & 0x8000) << 16, rest = h & 0x7fff;
    if (rest >= 0x7c00) return bits<float>(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    if (rest >= 0x400) return bits<float>(sign | ((rest << 13) + (112u << 23)));
    return bits<float>(sign | bits<unsigned>(float(rest) * 5.9604644775390625e-8f));
}
// To the nearest, and to the even one of two.
inline unsigned short round_to_half(uint64_t magnitude, int exponent, unsigned short sign) {
    // The value is magnitude * 2**(exponent - 52), with 2**52 <= magnitude < 2**53.
    if (exponent > 15) return sign | 0x7c00;
    int drop = exponent >= -14 ? 42 : 42 + (-14 - exponent);
    if (drop > 54) return sign;
    uint64_t kept = magnitude >> drop, rest = magnitude & ((uint64_t(1) << drop) - 1);
    uint64_t middle = uint64_t(1) << (drop - 1);
    if (rest > middle || (rest == middle && (kept & 1))) kept++;
    unsigned base = exponent >= -14 ? unsigned(exponent + 14) << 10 : 0;
    return sign | (unsigned short)(base + kept);
}
inline unsigned short to_half(double v) {
    uint64_t word = bits<uint64_t>(v);
    unsigned short sign = (unsigned short)(word >> 48 & 0x8000);
    int exponent = int(word >> 52 & 0x7ff);
    uint64_t fraction = word & ((uint64_t(1) << 52) - 1);
    if (exponent == 0x7ff) return sign | 0x7c00 | (fraction ? 0x200 | (unsigned short)(fraction >> 42) : 0);
    if (!exponent) return sign;
    return round_to_half(fraction | uint64_t(1) << 52, exponent - 1023, sign);
}
}  // namespace zdb

struct __half {
    unsigned short __x;
    __half() = default;
    template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>> __half(T v) : __x(zdb::to_half(double(v))) {}
    __half(const __half_raw& v) : __x(v.x) {}
    operator float() const { return zdb::half_to_float(__x); }
    operator __half_raw() const { return {__x}; }
};
typedef __half half;
struct alignas(4) __half2 { half x, y; };
typedef __half2 half2;
inline half2 make_half2(half x, half y) { return {x, y}; }

#define ZDB_HALF(op) \
    inline half operator op(const half& a, const half& b) { return half(float(a) op float(b)); } \
    inline half& operator op##=(half& a, const half& b) { return a = a op b; } \
    inline half2 operator op(const half2& a, const half2& b) { return {a.x op b.x, a.y op b.y}; } \
    inline half2& operator op##=(half2& a, const half2& b) { return a = a op b; }
ZDB_HALF(+) ZDB_HALF(-) ZDB_HALF(*) ZDB_HALF(/)
#undef ZDB_HALF
#define ZDB_HALF(op) \
    inline bool operator op(const half& a, const half& b) { return float(a) op float(b); }
ZDB_HALF(<) ZDB_HALF(<=) ZDB_HALF(>) ZDB_HALF(>=) ZDB_HALF(==) ZDB_HALF(!=)
#undef ZDB_HALF
inline half operator-(const half& a) { return half(__half_raw{(unsigned short)(a.__x ^ 0x8000)}); }
inline half2 operator-(const half2& a) { return {-a.x, -a.y}; }

inline half __float2half(float v) { return half(v); }
inline half __float2half_rn(float v) { return half(v); }
inline half __double2half(double v) { return half(v); }
inline half __int2half_rn(int v) { return half(v); }
inline half __uint2half_rn(unsigned v) { return half(v); }
inline half __short2half_rn(short v) { return half(v); }
inline float __half2float(half v) { return float(v); }
inline int __half2int_rn(half v) { return __float2int_rn(float(v)); }
inline int __half2int_rz(half v) { return __float2int_rz(float(v)); }
inline unsigned short __half_as_ushort(half v) { return v.__x; }
inline half __ushort_as_half(unsigned short v) { return half(__half_raw{v}); }
inline short __half_as_short(half v) { return short(v.__x); }
inline half __short_as_half(short v) { return half(__half_raw{(unsigned short)v}); }
inline half2 __float2half2_rn(float v) { return {half(v), half(v)}; }
inline half2 __floats2half2_rn(float x, float y) { return {half(x), half(y)}; }
inline half2 __half2half2(half v) { return {v, v}; }
inline half2 __halves2half2(half x, half y) { return {x, y}; }
inline float2 __half22float2(half2 v) { return {float(v.x), float(v.y)}; }
inline half2 __float22half2_rn(float2 v) { return {half(v.x), half(v.y)}; }
inline float __low2float(half2 v) { return float(v.x); }
inline float __high2float(half2 v) { return float(v.y); }
inline half __low2half(half2 v) { return v.x; }
inline half __high2half(half2 v) { return v.y; }
inline bool __hisnan(half v) { return (v.__x & 0x7fff) > 0x7c00; }
inline int __hisinf(half v) { return __builtin_isinf_sign(float(v)); }
inline half __hadd(half a, half b) { return a + b; }
inline half __hsub(half a, half b) { return a - b; }
inline half __hmul(half a, half b) { return a * b; }
inline half __hdiv(half a, half b) { return a / b; }
inline half __hneg(half a) { return -a; }
inline half __habs(half a) { return __ushort_as_half(a.__x & 0x7fff); }
inline half __hfma(half a, half b, half c) { return half(fma(double(float(a)), double(float(b)), double(float(c)))); }
inline half2 __hadd2(half2 a, half2 b) { return a + b; }
inline half2 __hsub2(half2 a, half2 b) { return a - b; }
inline half2 __hmul2(half2 a, half2 b) { return a * b; }
inline half2 __hfma2(half2 a, half2 b, half2 c) { return {__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)}; }
inline bool __heq(half a, half b) { return a == b; }
inline bool __hne(half a, half b) { return a != b; }
inline bool __hlt(half a, half b) { return a < b; }
inline bool __hle(half a, half b) { return a <= b; }
inline bool __hgt(half a, half b) { return a > b; }
inline bool __hge(half a, half b) { return a >= b; }
inline half __hmax(half a, half b) { return half(fmaxf(a, b)); }
inline half __hmin(half a, half b) { return half(fminf(a, b)); }
#define ZDB_HALF(name, function) inline half name(half v) { return half(function(float(v))); }
ZDB_HALF(hsqrt, sqrtf) ZDB_HALF(hrsqrt, rsqrtf) ZDB_HALF(hexp, expf) ZDB_HALF(hexp2, exp2f)
ZDB_HALF(hlog, logf) ZDB_HALF(hlog2, log2f) ZDB_HALF(hlog10, log10f) ZDB_HALF(hsin, sinf)
ZDB_HALF(hcos, cosf) ZDB_HALF(hfloor, floorf) ZDB_HALF(hceil, ceilf) ZDB_HALF(htrunc, truncf)
ZDB_HALF(hrint, rintf) ZDB_HALF(hrcp, __frcp_rn)
#undef ZDB_HALF
ZDB_ATOMIC(atomicAdd, half, old + value)
ZDB_ATOMIC(atomicAdd, half2, old + value)
