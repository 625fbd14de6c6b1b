"""Programs with ``RawKernel``: indices, types, functions, templates, integers, mathematics."""

# ruff: noqa: E501 - the lines of kernels
from __future__ import annotations

from typing import Any

import numpy as np

from tests.simulator.kernels.program import kernel, program

_AT = "int i = blockIdx.x * blockDim.x + threadIdx.x;"


@program
def saxpy(cupy: Any) -> Any:
    f = kernel(
        cupy, _AT + "if (i < n) y[i] += a * x[i];", "float a, const float* x, float* y, int n"
    )
    x, y = cupy.arange(1000, dtype="f4"), cupy.ones(1000, "f4")
    f((8,), (128,), (np.float32(2), x, y, 1000))
    return [(y, np.arange(1000, dtype="f4") * 2 + 1)]


@program
def two_dimensional_grid(cupy: Any) -> Any:
    f = kernel(
        cupy,
        "int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;"
        "if (x < w && y < h) out[x * h + y] = in[y * w + x];",
        "const int* in, int* out, int w, int h",
    )
    a = np.arange(7 * 13, dtype="i4").reshape(7, 13)
    out = cupy.empty((13, 7), "i4")
    f((4, 2), (4, 4), (cupy.asarray(a), out, 13, 7))
    return [(out, a.T.copy())]


@program
def three_dimensional_blocks(cupy: Any) -> Any:
    f = kernel(
        cupy,
        "int t = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);"
        "int b = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);"
        "out[b * blockDim.x * blockDim.y * blockDim.z + t] = b * 1000 + t;",
        "int* out",
    )
    out = cupy.empty(12 * 24, "i4")
    f((2, 3, 2), (4, 3, 2), (out,))
    return [(out, np.add.outer(np.arange(12) * 1000, np.arange(24)).astype("i4").ravel())]


@program
def grid_stride_loop(cupy: Any) -> Any:
    f = kernel(
        cupy,
        "for (long long i = blockIdx.x * blockDim.x + threadIdx.x; i < n;"
        " i += (long long)gridDim.x * blockDim.x) x[i] = i * i;",
        "long long* x, long long n",
    )
    x = cupy.empty(1000, "i8")
    f((3,), (32,), (x, 1000))
    return [(x, np.arange(1000) ** 2)]


@program(missing="alignments of vectors")
def vector_types(cupy: Any) -> Any:
    f = kernel(
        cupy,
        _AT + "float4 v = in[i]; float2 w = make_float2(v.x + v.y, v.z * v.w); out[i] = w;"
        "sizes[0] = sizeof(float3) + 100 * alignof(float4); sizes[1] = sizeof(uchar4) + alignof(double2);",
        "const float4* in, float2* out, int* sizes",
    )
    a = np.arange(32, dtype="f4").reshape(8, 4)
    out, sizes = cupy.empty((8, 2), "f4"), cupy.zeros(2, "i4")
    f((1,), (8,), (cupy.asarray(a), out, sizes))
    return [
        (out, np.stack([a[:, 0] + a[:, 1], a[:, 2] * a[:, 3]], 1)),
        (sizes, np.array([1612, 20], "i4")),
    ]


@program
def int_vectors(cupy: Any) -> Any:
    f = kernel(
        cupy,
        _AT + "int4 v = in[i]; longlong2 w = make_longlong2(v.x - v.w, (long long)v.y << v.z);"
        "out[i] = w; uchar4 u = make_uchar4(1, 2, 3, 255); b[i] = u.w + u.x;",
        "const int4* in, longlong2* out, int* b",
    )
    a = np.arange(16, dtype="i4").reshape(4, 4)
    out, b = cupy.empty((4, 2), "i8"), cupy.empty(4, "i4")
    f((1,), (4,), (cupy.asarray(a), out, b))
    wide = a.astype("i8")
    return [
        (out, np.stack([wide[:, 0] - wide[:, 3], wide[:, 1] << wide[:, 2]], 1)),
        (b, np.full(4, 256, "i4")),
    ]


@program
def scalar_arguments(cupy: Any) -> Any:
    f = kernel(
        cupy,
        "d[0] = a; d[1] = b; d[2] = c; d[3] = e; d[4] = g; d[5] = h; d[6] = k; d[7] = m;",
        "double* d, bool a, signed char b, unsigned short c, int e, long long g, float h, double k,"
        " unsigned long long m",
    )
    d = cupy.empty(8)
    args = (
        True,
        np.int8(-3),
        np.uint16(65535),
        np.int32(-7),
        -(2**40),
        np.float32(0.5),
        0.25,
        2**63,
    )
    f((1,), (1,), (d, *args))
    return [(d, np.array([1, -3, 65535, -7, -(2.0**40), 0.5, 0.25, 2.0**63]))]


@program
def values_of_numpy_arrays(cupy: Any) -> Any:
    f = kernel(
        cupy,
        "out[0] = p.x * p.n; out[1] = q;",
        "double* out, P p, float q",
        before="struct P { double x; int n; };",
    )
    p = np.array((2.5, 4), np.dtype([("x", "f8"), ("n", "i4")], align=True))
    out = cupy.empty(2)
    f((1,), (1,), (out, p, np.array([3], "f4")))
    return [(out, np.array([10.0, 3.0]))]


@program
def null_and_pointers(cupy: Any) -> Any:
    f = kernel(cupy, "x[0] = y == nullptr ? 7 : 8; z[0] = 5;", "int* x, int* y, int* z")
    x = cupy.zeros(4, "i4")
    f((1,), (1,), (x, None, x.data + 8))
    return [(x, np.array([7, 0, 5, 0], "i4"))]


@program
def views_are_ignored(cupy: Any) -> Any:
    f = kernel(cupy, "x[threadIdx.x] = threadIdx.x;", "int* x")
    x = cupy.full((2, 6), -1, "i4")
    f((1,), (4,), (x[:, 1:].T,))
    return [(x.ravel(), np.array([-1, 0, 1, 2, 3, -1, -1, -1, -1, -1, -1, -1], "i4"))]


@program
def table_of_pointers(cupy: Any) -> Any:
    f = kernel(cupy, "for (int i = 0; i < 3; i++) p[i][threadIdx.x] += i + 1;", "int** p")
    arrays = [cupy.zeros(4, "i4") for _ in range(3)]
    f((1,), (4,), (cupy.array([a.data.ptr for a in arrays], "u8"),))
    return [(a, np.full(4, i + 1, "i4")) for i, a in enumerate(arrays)]


@program
def addresses_as_integers(cupy: Any) -> Any:
    f = kernel(cupy, "((int*)p)[threadIdx.x] = 3;", "unsigned long long p")
    x = cupy.zeros(4, "i4")
    f((1,), (4,), (x.data.ptr,))
    return [(x, np.full(4, 3, "i4"))]


@program
def device_functions(cupy: Any) -> Any:
    before = """
    struct Point { int x, y; __device__ int dot(const Point& o) const { return x * o.x + y * o.y; } };
    __device__ __forceinline__ int square(int x) { return x * x; }
    __host__ __device__ int twice(int x) { return 2 * x; }
    static __device__ int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
    """
    f = kernel(
        cupy,
        "Point p{int(threadIdx.x), 2}; x[threadIdx.x] = square(p.dot(p)) + twice(1) + fib(threadIdx.x);",
        "int* x",
        before,
    )
    x = cupy.zeros(6, "i4")
    f((1,), (6,), (x,))
    t = np.arange(6)
    return [(x, ((t * t + 4) ** 2 + 2 + np.array([0, 1, 1, 2, 3, 5])).astype("i4"))]


@program
def templates(cupy: Any) -> Any:
    code = """
    template <typename T, int N> __device__ T power(T x) { T r = 1; for (int i = 0; i < N; i++) r *= x; return r; }
    template <typename T> __global__ void cube(T* x) { x[threadIdx.x] = power<T, 3>(x[threadIdx.x]); }
    template <typename T, typename U> __global__ void cast(const T* x, U* y) { y[threadIdx.x] = U(x[threadIdx.x]); }
    """
    names = ("cube<int>", "cube<double>", "cast<double, signed char>")
    module = cupy.RawModule(code=code, options=("--std=c++17",), name_expressions=names)
    a, b, c = cupy.arange(4, dtype="i4"), cupy.arange(4.0), cupy.zeros(4, "i1")
    module.get_function("cube<int>")((1,), (4,), (a,))
    module.get_function("cube<double>")((1,), (4,), (b,))
    module.get_function("cast<double, signed char>")((1,), (4,), (b, c))
    cubes = np.array([0, 1, 8, 27])
    return [(a, cubes.astype("i4")), (b, cubes.astype("f8")), (c, cubes.astype("i1"))]


@program(missing="kernels in namespaces")
def overloads_and_namespaces(cupy: Any) -> Any:
    code = """
    namespace a { namespace b {
    __device__ int value() { return 3; }
    extern "C" __global__ void first(int* x) { *x = value(); }
    __global__ void second(int* x) { *x = value() + 1; }
    } }
    extern "C" { __global__ void third(int* x) { *x = a::b::value() + 2; } }
    """
    module = cupy.RawModule(code=code, name_expressions=["a::b::second"])
    x = cupy.zeros(3, "i4")
    for n, name in enumerate(("first", "a::b::second", "third")):
        module.get_function(name)((1,), (1,), (x[n:],))
    return [(x, np.array([3, 4, 5], "i4"))]


@program(missing="kernels that are left out")
def conditional_kernels(cupy: Any) -> Any:
    code = """
    #if WIDE
    extern "C" __global__ void wide(double* x, \\
                                    int n) { x[0] = n; }
    #else
    extern "C" __global__ void narrow(float* x) { x[0] = 4; }
    #endif
    """
    a, b = cupy.zeros(1), cupy.zeros(1, "f4")
    cupy.RawKernel(code, "wide", options=("-DWIDE=1",))((1,), (1,), (a, np.int32(3)))
    cupy.RawKernel(code, "narrow", options=("-DWIDE=0",))((1,), (1,), (b,))
    return [(a, np.array([3.0])), (b, np.array([4], "f4"))]


@program(missing="kernels that macros make")
def kernels_by_macros(cupy: Any) -> Any:
    code = """
    #define KERNEL(T) extern "C" __global__ void add_##T(T* x) { x[threadIdx.x] += 1; }
    KERNEL(int)
    KERNEL(double)
    """
    a, b = cupy.zeros(2, "i4"), cupy.zeros(2)
    cupy.RawKernel(code, "add_int")((1,), (2,), (a,))
    cupy.RawKernel(code, "add_double")((1,), (2,), (b,))
    return [(a, np.ones(2, "i4")), (b, np.ones(2))]


@program
def options_define_macros(cupy: Any) -> Any:
    f = kernel(
        cupy,
        "x[0] = FIRST; x[1] = SECOND;",
        "int* x",
        options=("-DFIRST=3", "--define-macro=SECOND=4"),
    )
    x = cupy.zeros(2, "i4")
    f((1,), (1,), (x,))
    return [(x, np.array([3, 4], "i4"))]


@program(missing="macros with short names")
def options_with_short_names(cupy: Any) -> Any:
    f = kernel(cupy, "x[0] = A; x[1] = T; twice(x);", "int* x", before="__device__ __noinline__ void twice(int* x) { x[0] *= 2; }",
               options=("-DA=3", "-D", "T=4", "-DB", "-UB"))  # fmt: skip
    x = cupy.zeros(2, "i4")
    f((1,), (1,), (x,))
    return [(x, np.array([6, 4], "i4"))]


@program
def global_variables(cupy: Any) -> Any:
    code = """
    __constant__ float weights[4];
    __device__ int counter = 5;
    __device__ double table[2][3] = {{1, 2, 3}, {4, 5, 6}};
    extern "C" __global__ void f(float* y) { y[threadIdx.x] *= weights[threadIdx.x]; atomicAdd(&counter, 1); }
    """
    module = cupy.RawModule(code=code)
    weights = cupy.ndarray((4,), "f4", module.get_global("weights"))
    weights[...] = cupy.array([2, 3, 4, 5], "f4")
    y = cupy.ones(4, "f4")
    module.get_function("f")((1,), (4,), (y,))
    return [
        (y, np.array([2, 3, 4, 5], "f4")),
        (cupy.ndarray((1,), "i4", module.get_global("counter")).copy(), np.array([9], "i4")),
        (cupy.ElementwiseKernel("T x", "T y", "y = x * 2", "of_a_variable")(weights),
         np.array([4, 6, 8, 10], "f4")),
        (cupy.ndarray((2, 3), "f8", module.get_global("table")).copy(),
         np.arange(1.0, 7).reshape(2, 3)),
    ]  # fmt: skip


@program
def bit_operations(cupy: Any) -> Any:
    body = (
        _AT + "unsigned v = x[i]; int* o = out + 6 * i; o[0] = __popc(v); o[1] = __clz(v);"
        "o[2] = __ffs(v); o[3] = __brev(v); o[4] = __byte_perm(v, ~v, 0x5140); o[5] = __popcll(~(unsigned long long)v);"
    )
    f = kernel(cupy, body, "const unsigned* x, int* out")
    values = [0, 1, 0x80000000, 0xDEADBEEF, 12345]
    x, out = cupy.array(values, "u4"), cupy.empty((5, 6), "i4")
    f((1,), (5,), (x, out))

    def permuted(v: int) -> int:
        both = (~v & 0xFFFFFFFF) << 32 | v
        return sum((both >> 8 * (0x5140 >> 4 * i & 7) & 255) << 8 * i for i in range(4))

    rows = [
        [v.bit_count(), 32 - v.bit_length(), (v & -v).bit_length(), int(f"{v:032b}"[::-1], 2),
         permuted(v), 64 - v.bit_count()]
        for v in values
    ]  # fmt: skip
    return [(out, np.array(rows, "i8").astype("u4").view("i4"))]


@program(missing="some functions")
def wide_multiplication(cupy: Any) -> Any:
    body = (
        "out[0] = __mulhi(-2000000000, 3); out[1] = __umulhi(4000000000u, 4000000000u);"
        "out[2] = __mul64hi(-(1ll << 62), 12); out[3] = __umul64hi(~0ull, 7); out[4] = __mul24(-5, 7);"
        "out[5] = __sad(3, -4, 10u); out[6] = __funnelshift_l(0x80000001u, 1, 4); out[7] = __funnelshift_r(1, 5, 1);"
    )
    f = kernel(cupy, body, "long long* out")
    out = cupy.empty(8, "i8")
    f((1,), (1,), (out,))
    expected = [-2000000000 * 3 >> 32, 4000000000**2 >> 32, -(2**62) * 12 >> 64, (2**64 - 1) * 7 >> 64,
                -35, 17, 24, 0x80000000]  # fmt: skip
    return [(out, np.array(expected, "i8"))]


@program
def reinterpretation(cupy: Any) -> Any:
    body = (
        _AT + "bits[i] = __float_as_int(x[i]); back[i] = __int_as_float(bits[i] ^ 0x80000000);"
        "d[i] = __longlong_as_double(__double_as_longlong(x[i]) + 1); d[i] = __hiloint2double(__double2hiint(d[i]), 0);"
    )
    f = kernel(cupy, body, "const float* x, int* bits, float* back, double* d")
    a = np.array([0, 1, -2.5, np.inf], "f4")
    bits, back, d = cupy.empty(4, "i4"), cupy.empty(4, "f4"), cupy.empty(4)
    f((1,), (4,), (cupy.asarray(a), bits, back, d))
    high = ((a.astype("f8").view("i8") + 1) >> 32 << 32).view("f8")
    return [(bits, a.view("i4")), (back, -a), (d, high)]


@program(missing="some functions")
def conversions(cupy: Any) -> Any:
    body = (
        _AT + "int* o = out + 5 * i; o[0] = __float2int_rn(x[i]); o[1] = __float2int_rz(x[i]);"
        "o[2] = __float2int_ru(x[i]); o[3] = __float2int_rd(x[i]); o[4] = __double2int_rn((double)x[i]);"
    )
    f = kernel(cupy, body, "const float* x, int* out")
    a = np.array([0.5, 1.5, -1.5, 2.4, -7.9, 3e9, -3e9], "f4")
    out = cupy.empty((7, 5), "i4")
    f((1,), (7,), (cupy.asarray(a), out))
    wide = a.astype("f8")
    columns = [np.rint(wide), np.trunc(wide), np.ceil(wide), np.floor(wide), np.rint(wide)]
    return [(out, np.clip(np.stack(columns, 1), -(2**31), 2**31 - 1).astype("i4"))]


@program
def integer_division_by_zero(cupy: Any) -> Any:
    body = (
        _AT + "out[4 * i] = a[i] / b[i]; out[4 * i + 1] = (unsigned)a[i] / (unsigned)b[i];"
        "out[4 * i + 2] = (long long)a[i] / b[i] == 1; out[4 * i + 3] = a[i] / (b[i] | 1);"
    )
    f = kernel(cupy, body, "const int* a, const int* b, int* out")
    out = cupy.empty((2, 4), "i4")
    f((1,), (2,), (cupy.array([7, -(2**31)], "i4"), cupy.array([0, -1], "i4"), out))
    return [(out[0], np.array([-1, -1, 0, 7], "i4")), (out[1, 0], np.array(-(2**31), "i4"))]


@program(tolerance=1e-6)
def float_functions(cupy: Any) -> Any:
    names = [
        "sqrtf",
        "expf",
        "logf",
        "sinf",
        "cosf",
        "tanhf",
        "cbrtf",
        "exp2f",
        "log1pf",
        "erff",
        "rsqrtf",
    ]
    body = _AT + "".join(f"out[{n} * 8 + i] = {name}(x[i]);" for n, name in enumerate(names))
    f = kernel(cupy, body, "const float* x, float* out")
    a = np.linspace(0.25, 4, 8, dtype="f4")
    out = cupy.empty((len(names), 8), "f4")
    f((1,), (8,), (cupy.asarray(a), out))
    import math

    erf = np.array([math.erf(v) for v in a.astype("f8")])
    w = a.astype("f8")
    rows = [np.sqrt(w), np.exp(w), np.log(w), np.sin(w), np.cos(w), np.tanh(w), np.cbrt(w),
            np.exp2(w), np.log1p(w), erf, 1 / np.sqrt(w)]  # fmt: skip
    return [(out, np.array(rows).astype("f4"))]


@program(tolerance=1e-14)
def double_functions(cupy: Any) -> Any:
    names = [
        "sqrt",
        "exp",
        "log10",
        "atan",
        "sinh",
        "rsqrt",
        "rcbrt",
        "floor",
        "round",
        "trunc",
        "lgamma",
    ]
    body = _AT + "".join(f"out[{n} * 8 + i] = {name}(x[i]);" for n, name in enumerate(names))
    f = kernel(cupy, body, "const double* x, double* out")
    a = np.linspace(2.3, 9.1, 8)
    out = cupy.empty((len(names), 8))
    f((1,), (8,), (cupy.asarray(a), out))
    import math

    rows = [np.sqrt(a), np.exp(a), np.log10(a), np.arctan(a), np.sinh(a), 1 / np.sqrt(a),
            1 / np.cbrt(a), np.floor(a), np.floor(a + 0.5), np.trunc(a),
            np.array([math.lgamma(v) for v in a])]  # fmt: skip
    return [(out, np.array(rows))]


@program
def rounded_arithmetic(cupy: Any) -> Any:
    body = (
        _AT + "float* o = out + 6 * i; float a = x[i], b = x[(i + 1) % 4]; o[0] = __fadd_rn(a, b);"
        "o[1] = __fmul_rn(a, b); o[2] = __fmaf_rn(a, b, 1.f); o[3] = __fdiv_rn(a, b); o[4] = __fsqrt_rn(a); o[5] = __saturatef(a);"
    )
    f = kernel(cupy, body, "const float* x, float* out")
    a = np.array([1.1, 2.2, 0.3, 0.7], "f4")
    b = np.roll(a, -1)
    out = cupy.empty((4, 6), "f4")
    f((1,), (4,), (cupy.asarray(a), out))
    fused = (a.astype("f8") * b.astype("f8") + 1).astype("f4")
    return [(out, np.stack([a + b, a * b, fused, a / b, np.sqrt(a), np.clip(a, 0, 1)], 1))]


@program
def minimum_and_maximum(cupy: Any) -> Any:
    body = (
        "out[0] = min(3, 4); out[1] = max(3u, 4u); out[2] = min(2.5f, 1.5f); out[3] = max(2.5, 7.0);"
        "out[4] = fmin(NAN, 3.0); out[5] = max(-1ll, 5ll); out[6] = abs(-4); out[7] = fabsf(-0.5f);"
    )
    f = kernel(cupy, body, "double* out")
    out = cupy.empty(8)
    f((1,), (1,), (out,))
    return [(out, np.array([3, 4, 1.5, 7, 3, 5, 4, 0.5]))]


@program
def local_arrays_and_loops(cupy: Any) -> Any:
    body = (
        _AT + "int local[16]; for (int k = 0; k < 16; k++) local[k] = x[i] * k; int s = 0;\n"
        "#pragma unroll 4\nfor (int k = 15; k >= 0; k--) { if (k % 3 == 0) continue; s += local[(k * 7) & 15]; } out[i] = s;"
    )
    f = kernel(cupy, body, "const int* x, int* out")
    out = cupy.empty(5, "i4")
    f((1,), (5,), (cupy.arange(5, dtype="i4"), out))
    total = sum((k * 7) & 15 for k in range(16) if k % 3)
    return [(out, (np.arange(5) * total).astype("i4"))]


@program
def copies_in_device_code(cupy: Any) -> Any:
    body = "if (!threadIdx.x) { memset(y, 1, 8); memcpy(y + 2, x, 16); } "
    f = kernel(cupy, body, "const int* x, int* y")
    y = cupy.zeros(8, "i4")
    f((1,), (2,), (cupy.arange(5, 9, dtype="i4"), y))
    return [(y, np.array([0x01010101, 0x01010101, 5, 6, 7, 8, 0, 0], "i4"))]


@program
def bit_unshuffle(cupy: Any) -> Any:
    """The transposition of bits that a codec for Blosc's bitshuffle does."""
    body = """
    unsigned e = blockIdx.x * blockDim.x + threadIdx.x;
    if (e >= n) return;
    unsigned planes = n >> 3;
    for (unsigned b = 0; b < 2; ++b) {
        unsigned v = 0;
        for (unsigned k = 0; k < 8; ++k) v |= ((in[(b * 8 + k) * planes + (e >> 3)] >> (e & 7)) & 1u) << k;
        out[e * 2 + b] = (unsigned char)v;
    }
    """
    f = kernel(
        cupy,
        body,
        "const unsigned char* __restrict__ in, unsigned char* __restrict__ out, unsigned n",
    )
    values = (np.arange(64, dtype="u2") * 1021).astype("u2")
    bits = np.unpackbits(values.view("u1").reshape(64, 2), axis=1, bitorder="little")
    shuffled = np.packbits(bits.T.copy(), axis=1, bitorder="little")
    out = cupy.empty(64, "u2")
    f((1,), (64,), (cupy.asarray(shuffled), out, np.uint32(64)))
    return [(out, values)]


@program
def delta_decoding(cupy: Any) -> Any:
    """A running sum, as the filter `delta` needs it."""
    body = "if (threadIdx.x || blockIdx.x) return; long long s = 0; for (int i = 0; i < n; i++) x[i] = s += x[i];"
    f = kernel(cupy, body, "long long* x, int n")
    x = cupy.ones(100, "i8")
    f((1,), (32,), (x, 100))
    return [(x, np.arange(1, 101))]


@program
def complex_numbers(cupy: Any) -> Any:
    f = kernel(
        cupy,
        _AT + "complex<float> z = x[i]; y[i] = z * z + complex<float>(1, 2) * 2.0f - conj(z);"
        "n[i] = norm(z) + real(z) + imag(z);",
        "const complex<float>* x, complex<float>* y, float* n",
        before="#include <cupy/complex.cuh>",
    )
    a = np.array([1 + 2j, -3 + 0.5j, 0, 2], "F")
    y, n = cupy.empty(4, "F"), cupy.empty(4, "f4")
    f((1,), (4,), (cupy.asarray(a), y, n))
    return [
        (y, (a * a + np.complex64(2 + 4j) - a.conj()).astype("F")),
        (n, (a.real**2 + a.imag**2 + a.real + a.imag).astype("f4")),
    ]


@program(missing="cuComplex.h")
def complex_numbers_of_c(cupy: Any) -> Any:
    f = kernel(
        cupy,
        _AT
        + "cuFloatComplex z = x[i]; y[i] = cuCaddf(cuCmulf(z, cuConjf(z)), make_cuComplex(1, 2));"
        "d[i] = cuCreal(cuComplexFloatToDouble(z)) + cuCimagf(z);",
        "const cuFloatComplex* x, cuFloatComplex* y, double* d",
        before="#include <cuComplex.h>",
    )
    a = np.array([1 + 2j, -3 + 0.5j], "F")
    y, d = cupy.empty(2, "F"), cupy.empty(2)
    f((1,), (2,), (cupy.asarray(a), y, d))
    return [
        (y, (a * a.conj() + np.complex64(1 + 2j)).astype("F")),
        (d, (a.real + a.imag).astype("f8")),
    ]


@program
def half_precision(cupy: Any) -> Any:
    f = kernel(
        cupy,
        _AT + "half a = x[i]; y[i] = __float2half(__half2float(a) * 2.0f + 1.0f);"
        "b[i] = __half_as_ushort(__hadd(a, a));",
        "const half* x, half* y, unsigned short* b",
        before="#include <cuda_fp16.h>",
    )
    a = np.array([0.5, 1, -3.25, 100], "f2")
    y, b = cupy.empty(4, "f2"), cupy.empty(4, "u2")
    f((1,), (4,), (cupy.asarray(a), y, b))
    return [(y, (a.astype("f4") * 2 + 1).astype("f2")), (b, (a + a).view("u2"))]


_ATTRIBUTES = [
    "binary_version",
    "cache_mode_ca",
    "const_size_bytes",
    "local_size_bytes",
    "max_dynamic_shared_size_bytes",
    "max_threads_per_block",
    "num_regs",
    "preferred_shared_memory_carveout",
    "ptx_version",
    "shared_size_bytes",
]


@program
def kernel_attributes(cupy: Any) -> Any:
    f = kernel(cupy, "", "int* x")
    names = sorted(f.attributes)
    f.max_dynamic_shared_size_bytes = 65536
    return [
        (f.max_threads_per_block, 1024),
        (f.max_dynamic_shared_size_bytes, 65536),
        (f.preferred_shared_memory_carveout, -1),
        (names, _ATTRIBUTES),
    ]  # fmt: skip


@program
def streams(cupy: Any) -> Any:
    f = kernel(cupy, "x[threadIdx.x] += 1;", "int* x")
    x = cupy.zeros(4, "i4")
    stream = cupy.cuda.Stream()
    with stream:
        f((1,), (4,), (x,))
    stream.synchronize()
    f.kernel((1,), (4,), (x,), stream=stream)
    stream.synchronize()
    f.kernel.linear_launch(4, (x,))
    return [(x, np.full(4, 3, "i4"))]
