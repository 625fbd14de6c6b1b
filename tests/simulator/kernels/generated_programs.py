"""Programs with ``ElementwiseKernel``, ``ReductionKernel``, ``fuse`` and ``vectorize``."""

# ruff: noqa: E501 - the lines of kernels
from __future__ import annotations

from typing import Any

import numpy as np

from tests.simulator.kernels.program import program


@program
def elementwise_generic(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x, T y", "T z", "z = x * y + (T)1", "generic")
    a, b = np.arange(6).reshape(2, 3), np.arange(3)
    pairs: list[Any] = []
    for dtype in ("i1", "u2", "i4", "i8", "f4", "f8", "F", "D"):
        x, y = a.astype(dtype), b.astype(dtype)
        pairs.append((f(cupy.asarray(x), cupy.asarray(y)), (x * y + 1).astype(dtype)))
    return pairs


@program
def elementwise_half(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x, T y", "T z", "z = x * y + x", "halves")
    x, y = np.array([1.5, 2.25, 100], "f2"), np.array([0.1, 3, 7], "f2")
    wide = x.astype("f4") * y.astype("f4") + x.astype("f4")
    return [(f(cupy.asarray(x), cupy.asarray(y)), wide.astype("f2"))]


@program
def elementwise_bool(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x, bool flip", "bool y", "y = (x > 2) != flip", "booleans")
    x = np.arange(5.0)
    return [(f(cupy.asarray(x), True), ~(x > 2)), (f(cupy.asarray(x), np.bool_(False)), x > 2)]


@program
def elementwise_scalars(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x, T y, int64 k", "T z", "z = (x + y) * k", "scalars")
    x = np.arange(4, dtype="f4")
    return [
        (f(cupy.asarray(x), 2, 3), (x + 2) * 3),
        (f(cupy.asarray(x), np.float64(0.5), np.int8(-1)), -(x + np.float32(0.5))),
    ]


@program
def elementwise_several_outputs(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel(
        "T x, T y", "T q, T r, float64 d", "q = x / y; r = x % y; d = (double)x / y", "both"
    )
    x = np.arange(10, dtype="i4")
    q, r, d = f(cupy.asarray(x), np.int32(3))
    return [(q, x // 3), (r, x % 3), (d, x / 3)]


@program
def elementwise_broadcast(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x, T y, T z", "T w", "w = x + 10 * y + 100 * z", "broadcast")
    a, b, c = np.arange(3).reshape(3, 1, 1), np.arange(4).reshape(4, 1), np.arange(5)
    return [(f(*map(cupy.asarray, (a, b, c))), a + 10 * b + 100 * c)]


@program
def elementwise_strides(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x, T y", "T z", "z = x - y", "strided")
    a = np.arange(24.0).reshape(2, 3, 4)
    x = cupy.asarray(a)
    return [
        (f(x.transpose(2, 0, 1), x[:, :, ::-1].transpose(2, 0, 1)),
         a.transpose(2, 0, 1) - a[:, :, ::-1].transpose(2, 0, 1)),
        (f(x[::-1, ::2, 1:], x[:, ::-2, :3]), a[::-1, ::2, 1:] - a[:, ::-2, :3]),
        (f(x[0, 0, 0], x[1, 2, 3]), np.array(-23.0)),
    ]  # fmt: skip


@program
def elementwise_outputs_given(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x", "U y", "y = x * 2", "given")
    x, y = cupy.arange(6, dtype="i4").reshape(2, 3), cupy.zeros((2, 6))
    result = f(x, y[:, ::2])
    return [(result, np.arange(0.0, 12, 2).reshape(2, 3)), (y[:, 1::2], np.zeros((2, 3)))]


@program
def elementwise_in_place(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T a", "T x", "x += a", "accumulate", no_return=True)
    x = cupy.ones(5, "f4")
    return [(f(np.float32(2), x), None), (x, np.full(5, 3, "f4"))]


@program
def elementwise_return_tuple(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x", "T y", "y = -x", "one", return_tuple=True)
    result = f(cupy.arange(3))
    return [(type(result).__name__, "tuple"), (len(result), 1), (result[0], -np.arange(3))]


@program
def elementwise_raw(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel(
        "raw T x, int32 n",
        "T y",
        "y = i == 0 || i == n - 1 ? x[i] : (x[i - 1] + x[i] + x[i + 1]) / 3",
        "smooth",
    )
    a = np.arange(10.0) ** 2
    y = cupy.empty(10)
    f(cupy.asarray(a), 10, y)
    expected = a.copy()
    expected[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3
    return [(y, expected)]


@program
def elementwise_size(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel(
        "raw T x, raw int64 index", "raw T y", "y[i] = x[index[i]] + _ind.size()", "gather"
    )
    a, index = np.arange(10.0), np.array([7, 3, 3, 0])
    return [(f(cupy.asarray(a), cupy.asarray(index), size=4), a[index] + 4)]


@program
def elementwise_raw_strides(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel(
        "raw T x", "raw T y",
        "ptrdiff_t at[2] = {i % x.shape()[0], i / x.shape()[0]}; y[i] = x[at] + x.size() + x.strides()[1] / (ptrdiff_t)sizeof(T) + x.shape()[1];",
        "columns",
    )  # fmt: skip
    a = np.arange(12).reshape(3, 4)
    x = cupy.asarray(a)
    y = cupy.empty(12, "i8")
    f(x, y, size=12)
    z = cupy.empty(6, "i8")
    f(x[:, ::2], z, size=6)
    return [(y, a.T.ravel() + 12 + 1 + 4), (z, a[:, ::2].T.ravel() + 6 + 2 + 2)]


@program
def elementwise_indexer(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel(
        "T x",
        "T y",
        "y = x * 100 + _ind.get()[0] * 10 + _ind.get()[1]",
        "indices",
        reduce_dims=False,
    )
    a = np.arange(6).reshape(2, 3)
    rows, columns = np.indices((2, 3))
    return [(f(cupy.asarray(a)), a * 100 + rows * 10 + columns)]


@program
def elementwise_preamble(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel(
        "T x", "T y", "y = count + shifted(x) + EXTRA; count += 0", "pieces",
        preamble="template <class T> __device__ T shifted(T x) { return x << 1; }",
        loop_prep="int count = 1", after_loop="if (count == 2) return;", options=("-DEXTRA=5",),
    )  # fmt: skip
    return [(f(cupy.arange(5)), np.arange(5) * 2 + 6)]


@program
def elementwise_bitround(cupy: Any) -> Any:
    """Rounding of mantissas to the nearest even number, as codecs do it."""
    f = cupy.ElementwiseKernel(
        "T bits, uint64 shift, T half, T low_mask, T step", "T out",
        """
        T low = bits & low_mask, last = (bits >> shift) & (T)1;
        bool up = low > half || (low == half && last != (T)0);
        out = (bits & ~low_mask) + (up ? step : (T)0);
        """,
        "bitround",
    )  # fmt: skip
    a = np.linspace(-3, 3, 50, dtype="f4")
    bits, shift = a.view("i4"), 13
    half, mask, step = np.int32(1 << shift - 1), np.int32((1 << shift) - 1), np.int32(1 << shift)
    out = cupy.empty(50, "i4")
    f(cupy.asarray(bits), np.uint64(shift), half, mask, step, out)
    low, last = bits & mask, bits >> shift & 1
    up = (low > half) | ((low == half) & (last != 0))
    return [(out, ((bits & ~mask) + np.where(up, step, 0)).astype("i4"))]


@program
def elementwise_atomics(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel(
        "T x, int32 k",
        "raw T sums, raw T most",
        "atomicAdd(&sums[k], x); atomicMax(&most[k], x)",
        "scatter",
    )
    x, k = np.arange(20.0), (np.arange(20) % 3).astype("i4")
    sums, most = cupy.zeros(3), cupy.zeros(3)
    f(cupy.asarray(x), cupy.asarray(k), sums, most)
    return [
        (sums, np.bincount(k, x)),
        (most, np.array([x[k == n].max() for n in range(3)])),
    ]


@program(tolerance=1e-6)
def elementwise_complex(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel(
        "T x", "T y, float32 m", "y = exp(x) / (x + T(1, 1)); m = abs(x)", "complexes"
    )
    x = np.array([1 + 2j, -0.5j, 3], "F")
    y, m = f(cupy.asarray(x))
    wide = x.astype("D")
    return [(y, (np.exp(wide) / (wide + 1 + 1j)).astype("F")), (m, np.abs(wide).astype("f4"))]


@program
def elementwise_empty(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x", "T y", "y = x", "nothing")
    return [(f(cupy.empty((0, 3), "i4")), np.empty((0, 3), "i4"))]


@program
def elementwise_block_size(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x", "T y", "y = x + blockDim.x", "blocks")
    return [(f(cupy.zeros(100, "i4"), block_size=32), np.full(100, 32, "i4"))]


@program
def reduction_sum_of_squares(cupy: Any) -> Any:
    f = cupy.ReductionKernel("T x", "T y", "x * x", "a + b", "y = a", "0", "squares")
    a = np.arange(60).reshape(3, 4, 5)
    x = cupy.asarray(a)
    pairs: list[Any] = [(f(x), np.asarray((a * a).sum()))]
    for axis in (0, 1, 2, (0, 2), (1, 2), -1):
        pairs.append((f(x, axis=axis), (a * a).sum(axis)))
        pairs.append((f(x, axis=axis, keepdims=True), (a * a).sum(axis, keepdims=True)))
    return pairs


@program(tolerance=1e-6)
def reduction_norm(cupy: Any) -> Any:
    f = cupy.ReductionKernel("T x", "T y", "x * x", "a + b", "y = sqrt(a)", "0", "norm")
    a = np.linspace(-1, 1, 3000, dtype="f4").reshape(60, 50)
    x = cupy.asarray(a)
    wide = a.astype("f8")
    return [
        (f(x, axis=1), np.sqrt((wide**2).sum(1)).astype("f4")),
        (f(x.T, axis=0), np.sqrt((wide**2).sum(1)).astype("f4")),
        (f(x[::2, ::-1]), np.sqrt((wide[::2] ** 2).sum()).astype("f4")),
    ]


@program
def reduction_two_inputs(cupy: Any) -> Any:
    f = cupy.ReductionKernel(
        "T x, T y, int32 k", "int64 z", "(long long)(x * y) * k", "a + b", "z = a", "0", "dot"
    )
    a, b = np.arange(12, dtype="i4").reshape(3, 4), np.arange(4, dtype="i4")
    x, y = cupy.asarray(a), cupy.asarray(b)
    return [(f(x, y, 2, axis=1), (a * b * 2).sum(1)), (f(x, y, 3), np.asarray((a * b * 3).sum()))]


@program
def reduction_maximum(cupy: Any) -> Any:
    f = cupy.ReductionKernel(
        "T x", "T y", "x", "a > b ? a : b", "y = a", "-1000000", "most", reduce_type="T"
    )
    a = (np.arange(77) * 31 % 97).reshape(7, 11) - 200
    x = cupy.asarray(a)
    return [(f(x), np.asarray(a.max())), (f(x, axis=0), a.max(0)), (f(x.T, axis=0), a.max(1))]


@program
def reduction_positions(cupy: Any) -> Any:
    """The position of the maximum, with a structure of its own as type."""
    f = cupy.ReductionKernel(
        "T x", "int64 y", "Best(x, _J)", "a.v > b.v || (a.v == b.v && a.n < b.n) ? a : b", "y = a.n",
        "", "position", reduce_type="Best",
        preamble="struct Best { double v; int n; __device__ Best() : v(-1e300), n(1 << 30) {}"
        "__device__ Best(double v, int n) : v(v), n(n) {} };",
    )  # fmt: skip
    a = (np.arange(40) * 7 % 23).astype("f8").reshape(8, 5)
    x = cupy.asarray(a)
    return [(f(x, axis=1), a.argmax(1)), (f(x, axis=0), a.argmax(0))]


@program
def reduction_out(cupy: Any) -> Any:
    f = cupy.ReductionKernel("T x", "U y", "x", "a + b", "y = a", "0", "into", reduce_type="U")
    x, y = cupy.arange(12, dtype="i4").reshape(3, 4), cupy.zeros(3)
    f(x, axis=1, out=y)
    z = cupy.zeros(4, "f4")
    f(x, z, axis=0)
    a = np.arange(12).reshape(3, 4)
    return [(y, a.sum(1).astype("f8")), (z, a.sum(0).astype("f4"))]


@program
def reduction_all(cupy: Any) -> Any:
    f = cupy.ReductionKernel(
        "T x, T limit", "bool y", "x < limit", "a && b", "y = a", "true", "every"
    )
    x = cupy.arange(1000)
    return [(f(x, 1000), np.asarray(True)), (f(x, 999), np.asarray(False))]


@program
def reduction_raw(cupy: Any) -> Any:
    f = cupy.ReductionKernel(
        "T x, raw T w", "T y", "x * w[_j % 4]", "a + b", "y = a", "0", "weighted"
    )
    x, w = np.arange(12.0), np.array([1.0, 2, 3, 4])
    return [(f(cupy.asarray(x), cupy.asarray(w)), np.asarray((x * np.tile(w, 3)).sum()))]


@program
def fused(cupy: Any) -> Any:
    def difference(x: Any, y: Any) -> Any:
        return (x - y) * (x - y)

    def root(x: Any) -> Any:
        return cupy.sqrt(x * 4)

    plain, named = cupy.fuse(difference), cupy.fuse(kernel_name="named")(root)
    x, y = np.arange(6.0), np.arange(6.0)[::-1].copy()
    return [
        (plain(cupy.asarray(x), cupy.asarray(y)), (x - y) ** 2),
        (plain(3, 1), 4),
        (named(cupy.asarray(x**2)), 2 * x),
        (plain.__name__, "difference"),
    ]


@program(missing="std::tuple")
def vectorized(cupy: Any) -> Any:
    def clip(x: Any, low: Any) -> Any:
        if x < low:
            return low
        return x

    f = cupy.vectorize(clip)
    x = np.arange(6).reshape(2, 3)
    return [(f(cupy.asarray(x), np.int64(2)), np.maximum(x, 2))]
