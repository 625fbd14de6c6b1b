// Complex numbers with the names that CuPy gives them: complex<T>, thrust::complex<T>.
#pragma once
#include "../zdb/prelude.h"

namespace thrust {
template <class T> struct alignas(2 * sizeof(T)) complex {
    typedef T value_type;
    T m_data[2];

    complex() : m_data{T(), T()} {}
    complex(const T& re) : m_data{re, T()} {}
    complex(const T& re, const T& im) : m_data{re, im} {}
    complex(const complex&) = default;
    template <class U> complex(const complex<U>& z) : m_data{T(z.real()), T(z.imag())} {}
    complex& operator=(const complex&) = default;
    complex& operator=(const T& re) { return *this = complex(re); }
    template <class U> complex& operator=(const complex<U>& z) { return *this = complex(z); }
    T real() const { return m_data[0]; }
    T imag() const { return m_data[1]; }
    void real(T re) { m_data[0] = re; }
    void imag(T im) { m_data[1] = im; }
    complex& operator+=(const complex z) { return *this = *this + z; }
    complex& operator-=(const complex z) { return *this = *this - z; }
    complex& operator*=(const complex z) { return *this = *this * z; }
    complex& operator/=(const complex z) { return *this = *this / z; }

    // Friends, so that a number on one side is converted.
    friend complex operator+(const complex& a, const complex& b) { return {a.real() + b.real(), a.imag() + b.imag()}; }
    friend complex operator-(const complex& a, const complex& b) { return {a.real() - b.real(), a.imag() - b.imag()}; }
    friend complex operator*(const complex& a, const complex& b) {
        return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
    }
    friend complex operator*(const complex& a, const T& b) { return {a.real() * b, a.imag() * b}; }
    friend complex operator*(const T& a, const complex& b) { return {a * b.real(), a * b.imag()}; }
    friend complex operator/(const complex& a, const T& b) { return {a.real() / b, a.imag() / b}; }
    friend complex operator/(const complex& a, const complex& b) {
        // Scaled, so that no intermediate result overflows.
        T s = T(fabs(double(b.real())) + fabs(double(b.imag()))), unit = T(1) / s;
        T ar = a.real() * unit, ai = a.imag() * unit, br = b.real() * unit, bi = b.imag() * unit;
        T n = br * br + bi * bi, inverse = T(1) / n;
        return {(ar * br + ai * bi) * inverse, (ai * br - ar * bi) * inverse};
    }
    friend complex operator+(const complex& a) { return a; }
    friend complex operator-(const complex& a) { return {-a.real(), -a.imag()}; }
    friend bool operator==(const complex& a, const complex& b) { return a.real() == b.real() && a.imag() == b.imag(); }
    friend bool operator!=(const complex& a, const complex& b) { return !(a == b); }
};

template <class T> T real(const complex<T>& z) { return z.real(); }
template <class T> T imag(const complex<T>& z) { return z.imag(); }
template <class T> complex<T> conj(const complex<T>& z) { return {z.real(), -z.imag()}; }
template <class T> T abs(const complex<T>& z) { return T(hypot(double(z.real()), double(z.imag()))); }
template <class T> T norm(const complex<T>& z) { return z.real() * z.real() + z.imag() * z.imag(); }
template <class T> T arg(const complex<T>& z) { return T(atan2(double(z.imag()), double(z.real()))); }
template <class T> complex<T> polar(const T& m, const T& theta = 0) { return {T(m * cos(theta)), T(m * sin(theta))}; }

// The functions are those of the compiler's own complex numbers.
#define ZDB_COMPLEX_OF(name, function, T) \
    inline complex<T> name(const complex<T>& z) { \
        _Complex T v; \
        __real__ v = z.real(); \
        __imag__ v = z.imag(); \
        v = __builtin_c##function(v); \
        return {__real__ v, __imag__ v}; \
    }
#define ZDB_COMPLEX(name) ZDB_COMPLEX_OF(name, name, double) ZDB_COMPLEX_OF(name, name##f, float)
ZDB_COMPLEX(exp) ZDB_COMPLEX(log) ZDB_COMPLEX(sqrt) ZDB_COMPLEX(sin) ZDB_COMPLEX(cos) ZDB_COMPLEX(tan)
ZDB_COMPLEX(sinh) ZDB_COMPLEX(cosh) ZDB_COMPLEX(tanh) ZDB_COMPLEX(asin) ZDB_COMPLEX(acos)
ZDB_COMPLEX(atan) ZDB_COMPLEX(asinh) ZDB_COMPLEX(acosh) ZDB_COMPLEX(atanh) ZDB_COMPLEX(proj)
#undef ZDB_COMPLEX
#undef ZDB_COMPLEX_OF
template <class T> complex<T> log10(const complex<T>& z) { return log(z) / T(2.302585092994045684017991454684); }
template <class T> complex<T> pow(const complex<T>& x, const complex<T>& y) { return exp(log(x) * y); }
template <class T> complex<T> pow(const complex<T>& x, const T& y) { return exp(log(x) * y); }
template <class T> complex<T> pow(const T& x, const complex<T>& y) { return exp(complex<T>(T(log(x))) * y); }
}  // namespace thrust

using thrust::complex;
using thrust::conj; using thrust::real; using thrust::imag; using thrust::arg;
using thrust::exp; using thrust::log; using thrust::log10;
using thrust::sin; using thrust::cos; using thrust::tan; using thrust::sinh; using thrust::cosh;
using thrust::tanh; using thrust::asinh; using thrust::acosh; using thrust::atanh;
using thrust::asin; using thrust::acos; using thrust::atan;
template <class T> bool isnan(const complex<T>& z) { return isnan(z.real()) || isnan(z.imag()); }
template <class T> bool isinf(const complex<T>& z) { return isinf(z.real()) || isinf(z.imag()); }
template <class T> bool isfinite(const complex<T>& z) { return isfinite(z.real()) && isfinite(z.imag()); }
