// CUDA's complex numbers for C.
#pragma once
#include "zdb/prelude.h"

typedef float2 cuFloatComplex;
typedef double2 cuDoubleComplex;
typedef cuFloatComplex cuComplex;
#define ZDB_COMPLEX(C, T, f, make) \
    inline C make(T re, T im) { return {re, im}; } \
    inline T cuCreal##f(C z) { return z.x; } \
    inline T cuCimag##f(C z) { return z.y; } \
    inline C cuConj##f(C z) { return {z.x, -z.y}; } \
    inline C cuCadd##f(C a, C b) { return {a.x + b.x, a.y + b.y}; } \
    inline C cuCsub##f(C a, C b) { return {a.x - b.x, a.y - b.y}; } \
    inline C cuCmul##f(C a, C b) { return {a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x}; } \
    inline C cuCfma##f(C a, C b, C c) { return cuCadd##f(cuCmul##f(a, b), c); } \
    inline C cuCdiv##f(C a, C b) { \
        T s = T(fabs(double(b.x)) + fabs(double(b.y))), u = T(1) / s; \
        T ar = a.x * u, ai = a.y * u, br = b.x * u, bi = b.y * u, n = T(1) / (br * br + bi * bi); \
        return {(ar * br + ai * bi) * n, (ai * br - ar * bi) * n}; \
    } \
    inline T cuCabs##f(C z) { return T(hypot(double(z.x), double(z.y))); }
ZDB_COMPLEX(cuFloatComplex, float, f, make_cuFloatComplex)
ZDB_COMPLEX(cuDoubleComplex, double, , make_cuDoubleComplex)
// CuPy's `translate_cucomplex` lets these names take both.
ZDB_COMPLEX(cuFloatComplex, float, , zdb_make_complex)
#undef ZDB_COMPLEX
inline cuComplex make_cuComplex(float re, float im) { return {re, im}; }
inline cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex z) { return {float(z.x), float(z.y)}; }
inline cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex z) { return {z.x, z.y}; }
