// CUDA's vector types, with CUDA's sizes and alignments.
#pragma once

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
    constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    constexpr operator uint3() const { return {x, y, z}; }
};

#define ZDB_VECTORS(T, N, A2, A4) \
    struct N##1 { T x; }; \
    struct alignas(A2) N##2 { T x, y; }; \
    struct alignas(A4) N##4 { T x, y, z, w; }; \
    inline N##1 make_##N##1(T x) { return {x}; } \
    inline N##2 make_##N##2(T x, T y) { return {x, y}; } \
    inline N##4 make_##N##4(T x, T y, T z, T w) { return {x, y, z, w}; }
#define ZDB_VECTOR3(T, N) \
    struct N##3 { T x, y, z; }; \
    inline N##3 make_##N##3(T x, T y, T z) { return {x, y, z}; }
ZDB_VECTORS(signed char, char, 2, 4) ZDB_VECTOR3(signed char, char)
ZDB_VECTORS(unsigned char, uchar, 2, 4) ZDB_VECTOR3(unsigned char, uchar)
ZDB_VECTORS(short, short, 4, 8) ZDB_VECTOR3(short, short)
ZDB_VECTORS(unsigned short, ushort, 4, 8) ZDB_VECTOR3(unsigned short, ushort)
ZDB_VECTORS(int, int, 8, 16) ZDB_VECTOR3(int, int)
ZDB_VECTORS(unsigned, uint, 8, 16)
inline uint3 make_uint3(unsigned x, unsigned y, unsigned z) { return {x, y, z}; }
ZDB_VECTORS(long, long, 16, 16) ZDB_VECTOR3(long, long)
ZDB_VECTORS(unsigned long, ulong, 16, 16) ZDB_VECTOR3(unsigned long, ulong)
ZDB_VECTORS(long long, longlong, 16, 16) ZDB_VECTOR3(long long, longlong)
ZDB_VECTORS(unsigned long long, ulonglong, 16, 16) ZDB_VECTOR3(unsigned long long, ulonglong)
ZDB_VECTORS(float, float, 8, 16) ZDB_VECTOR3(float, float)
ZDB_VECTORS(double, double, 16, 16) ZDB_VECTOR3(double, double)
#undef ZDB_VECTORS
#undef ZDB_VECTOR3
