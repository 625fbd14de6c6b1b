// CuPy's 16-bit float: it computes as a 32-bit one, and rounds when it is stored.
#pragma once
#include "carray.cuh"
#include "../cuda_fp16.h"

class float16 {
    half data_;

public:
    float16() = default;
    float16(float v) : data_(v) {}
    template <class T, class = std::enable_if_t<std::is_arithmetic_v<T> && !std::is_same_v<T, float>>, class = void>
    explicit float16(T v) : data_(v) {}
    explicit float16(const half& v) : data_(v) {}
    explicit float16(const __half_raw& v) : data_(v) {}
    float16& operator=(const float16&) = default;
    template <class T> float16& operator=(const T& v) { return *this = static_cast<float16>(v); }
    operator float() const { return float(data_); }

    unsigned short to_bits() const { return __half_as_ushort(data_); }
    static float16 from_bits(unsigned short v) { return float16(__ushort_as_half(v)); }
    int iszero() const { return (to_bits() & 0x7fff) == 0; }
    int isnan() const { return (to_bits() & 0x7fff) > 0x7c00; }
    int isinf() const { return (to_bits() & 0x7fff) == 0x7c00; }
    int isfinite() const { return (to_bits() & 0x7c00) != 0x7c00; }
    int signbit() const { return to_bits() >> 15; }
    template <class T> float16& operator+=(const T& v) { return *this = *this + v; }
    template <class T> float16& operator-=(const T& v) { return *this = *this - v; }
    template <class T> float16& operator*=(const T& v) { return *this = *this * v; }
    template <class T> float16& operator/=(const T& v) { return *this = *this / v; }
};

inline float16 min(float16 x, float16 y) { return float16(fminf(x, y)); }
inline float16 max(float16 x, float16 y) { return float16(fmaxf(x, y)); }
inline float16 fmin(float16 x, float16 y) { return float16(fminf(x, y)); }
inline float16 fmax(float16 x, float16 y) { return float16(fmaxf(x, y)); }
inline float16 copysign(float16 x, float16 y) {
    return float16::from_bits((x.to_bits() & 0x7fff) | (y.to_bits() & 0x8000));
}
inline int iszero(float16 x) { return x.iszero(); }
inline int isnan(float16 x) { return x.isnan(); }
inline int isinf(float16 x) { return x.isinf(); }
inline int isfinite(float16 x) { return x.isfinite(); }
inline int signbit(float16 x) { return x.signbit(); }
