// Arithmetic, conversions and mathematical functions of CUDA. Results are those of the host's
// library of mathematical functions; the fast variants have the precision of the others.
#pragma once

template <class A, class B, class = std::enable_if_t<std::is_arithmetic_v<A> && std::is_arithmetic_v<B>>>
inline std::common_type_t<A, B> min(A a, B b) {
    using T = std::common_type_t<A, B>;
    if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? fminf(T(a), T(b)) : fmin(T(a), T(b));
    else return T(b) < T(a) ? T(b) : T(a);
}
template <class A, class B, class = std::enable_if_t<std::is_arithmetic_v<A> && std::is_arithmetic_v<B>>>
inline std::common_type_t<A, B> max(A a, B b) {
    using T = std::common_type_t<A, B>;
    if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? fmaxf(T(a), T(b)) : fmax(T(a), T(b));
    else return T(a) < T(b) ? T(b) : T(a);
}
inline int umin(unsigned a, unsigned b) { return b < a ? b : a; }
inline int umax(unsigned a, unsigned b) { return a < b ? b : a; }
inline long long llmin(long long a, long long b) { return b < a ? b : a; }
inline long long llmax(long long a, long long b) { return a < b ? b : a; }

// Rounding to the nearest; the other directions are refused, since the host would need its mode.
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fdividef(float a, float b) { return a / b; }
inline float fdividef(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return sqrtf(a); }
inline float __frsqrt_rn(float a) { return float(1 / sqrt(double(a))); }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __frcp_rn(float a) { return 1 / a; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return sqrt(a); }
inline double __drcp_rn(double a) { return 1 / a; }
inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
inline float __expf(float a) { return expf(a); }
inline float __exp10f(float a) { return powf(10.f, a); }
inline float __logf(float a) { return logf(a); }
inline float __log2f(float a) { return log2f(a); }
inline float __log10f(float a) { return log10f(a); }
inline float __powf(float a, float b) { return powf(a, b); }
inline float __sinf(float a) { return sinf(a); }
inline float __cosf(float a) { return cosf(a); }
inline float __tanf(float a) { return tanf(a); }
#ifndef __APPLE__                           // its <math.h> has it
inline void __sincosf(float a, float* s, float* c) { *s = sinf(a), *c = cosf(a); }
#endif
inline float __saturatef(float a) { return fminf(fmaxf(a, 0.f), 1.f); }

// Conversions to integers give the nearest integer that there is, and 0 for NaN.
namespace zdb {
template <class T, class F> inline T to_integer(F v) {
    const T low = std::is_signed_v<T> ? T(T(1) << (sizeof(T) * 8 - 1)) : T(0), high = T(~low);
    if (v != v) return sizeof(T) == 8 ? T(1) << 63 : 0;
    if (v <= F(low)) return low;
    if (v >= F(high)) return high;
    return T(v);
}
}  // namespace zdb
#define ZDB_CONVERSIONS(from, F, f, to, T) \
    inline T __##from##2##to##_rn(F a) { return zdb::to_integer<T>(rint##f(a)); } \
    inline T __##from##2##to##_rz(F a) { return zdb::to_integer<T>(trunc##f(a)); } \
    inline T __##from##2##to##_ru(F a) { return zdb::to_integer<T>(ceil##f(a)); } \
    inline T __##from##2##to##_rd(F a) { return zdb::to_integer<T>(floor##f(a)); }
ZDB_CONVERSIONS(float, float, f, int, int) ZDB_CONVERSIONS(float, float, f, uint, unsigned)
ZDB_CONVERSIONS(float, float, f, ll, long long) ZDB_CONVERSIONS(float, float, f, ull, unsigned long long)
ZDB_CONVERSIONS(double, double, , int, int) ZDB_CONVERSIONS(double, double, , uint, unsigned)
ZDB_CONVERSIONS(double, double, , ll, long long) ZDB_CONVERSIONS(double, double, , ull, unsigned long long)
#undef ZDB_CONVERSIONS
inline float __int2float_rn(int a) { return float(a); }
inline float __uint2float_rn(unsigned a) { return float(a); }
inline float __ll2float_rn(long long a) { return float(a); }
inline float __ull2float_rn(unsigned long long a) { return float(a); }
inline double __int2double_rn(int a) { return a; }
inline double __uint2double_rn(unsigned a) { return a; }
inline double __ll2double_rn(long long a) { return double(a); }
inline double __ull2double_rn(unsigned long long a) { return double(a); }
inline float __double2float_rn(double a) { return float(a); }

inline double rsqrt(double a) { return 1 / sqrt(a); }
inline float rsqrt(float a) { return 1 / sqrtf(a); }
inline float rsqrtf(float a) { return 1 / sqrtf(a); }
inline double rcbrt(double a) { return 1 / cbrt(a); }
inline float rcbrtf(float a) { return 1 / cbrtf(a); }
inline double rhypot(double a, double b) { return 1 / hypot(a, b); }
inline float rhypotf(float a, float b) { return 1 / hypotf(a, b); }
inline double norm3d(double a, double b, double c) { return sqrt(a * a + b * b + c * c); }
inline float norm3df(float a, float b, float c) { return sqrtf(a * a + b * b + c * c); }
#if !defined(__GLIBC__) || __GLIBC__ < 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ < 41)
inline double sinpi(double a) { return sin(M_PI * fmod(a, 2)); }
inline double cospi(double a) { return cos(M_PI * fmod(a, 2)); }
inline float sinpif(float a) { return float(sinpi(a)); }
inline float cospif(float a) { return float(cospi(a)); }
#endif
inline void sincospi(double a, double* s, double* c) { *s = sin(M_PI * fmod(a, 2)), *c = cos(M_PI * fmod(a, 2)); }
#if !defined(_GNU_SOURCE)
inline void sincos(double a, double* s, double* c) { *s = sin(a), *c = cos(a); }
inline void sincosf(float a, float* s, float* c) { *s = sinf(a), *c = cosf(a); }
inline double exp10(double a) { return pow(10., a); }
inline float exp10f(float a) { return powf(10.f, a); }
#endif
inline double normcdf(double a) { return 0.5 * erfc(-a / M_SQRT2); }
inline float normcdff(float a) { return float(normcdf(a)); }
inline double erfinv(double y) {             // Newton's method on erf
    if (!(y > -1 && y < 1)) return y == 1 ? INFINITY : y == -1 ? -INFINITY : NAN;
    double a = log(1 - y * y), b = 2 / (M_PI * 0.147) + a / 2;
    double x = copysign(sqrt(sqrt(b * b - a / 0.147) - b), y);
    for (int i = 0; i < 4; i++) x -= (erf(x) - y) / (2 / sqrt(M_PI) * exp(-x * x));
    return x;
}
inline float erfinvf(float y) { return float(erfinv(double(y))); }
inline double erfcinv(double y) { return erfinv(1 - y); }
inline double normcdfinv(double y) { return M_SQRT2 * erfinv(2 * y - 1); }
inline double erfcx(double a) { return exp(a * a) * erfc(a); }
