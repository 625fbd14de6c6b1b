"""Programs in which the threads of a block work together: shared memory, warps, atomics."""

# ruff: noqa: E501 - the lines of kernels
from __future__ import annotations

from typing import Any

import numpy as np

from tests.simulator.kernels.program import kernel, program


@program
def block_sum(cupy: Any) -> Any:
    body = """
    __shared__ float s[128];
    int t = threadIdx.x, i = blockIdx.x * blockDim.x + t;
    s[t] = i < n ? x[i] : 0;
    __syncthreads();
    for (int k = blockDim.x / 2; k > 0; k /= 2) {
        if (t < k) s[t] += s[t + k];
        __syncthreads();
    }
    if (!t) atomicAdd(out, s[0]);
    """
    f = kernel(cupy, body, "const float* x, float* out, int n")
    out = cupy.zeros(1, "f4")
    f((8,), (128,), (cupy.arange(1000, dtype="f4"), out, 1000))
    return [(out, np.array([499500], "f4"))]


@program
def dynamic_shared_memory(cupy: Any) -> Any:
    body = """
    extern __shared__ int s[];
    int* second = s + blockDim.x;
    s[threadIdx.x] = x[threadIdx.x];
    second[threadIdx.x] = 2 * x[threadIdx.x];
    __syncthreads();
    int other = blockDim.x - 1 - threadIdx.x;
    x[threadIdx.x] = s[other] + second[other];
    """
    f = kernel(cupy, body, "int* x")
    x = cupy.arange(64, dtype="i4")
    f((1,), (64,), (x,), shared_mem=2 * 64 * 4)
    return [(x, (np.arange(64)[::-1] * 3).astype("i4"))]


@program
def aligned_dynamic_shared_memory(cupy: Any) -> Any:
    before = "extern __shared__ __align__(16) unsigned char memory[];"
    body = """
    double* d = reinterpret_cast<double*>(memory);
    d[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    x[threadIdx.x] = d[(threadIdx.x + 1) % blockDim.x];
    """
    f = kernel(cupy, body, "double* x", before)
    x = cupy.arange(10.0)
    f((1,), (10,), (x,), shared_mem=80)
    return [(x, np.roll(np.arange(10.0), -1))]


@program
def transpose_by_tiles(cupy: Any) -> Any:
    body = """
    __shared__ float tile[8][9];
    int x = blockIdx.x * 8 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
    if (x < w && y < h) tile[threadIdx.y][threadIdx.x] = in[y * w + x];
    __syncthreads();
    x = blockIdx.y * 8 + threadIdx.x, y = blockIdx.x * 8 + threadIdx.y;
    if (x < h && y < w) out[y * h + x] = tile[threadIdx.x][threadIdx.y];
    """
    f = kernel(cupy, body, "const float* in, float* out, int w, int h")
    a = np.arange(20 * 13, dtype="f4").reshape(13, 20)
    out = cupy.empty((20, 13), "f4")
    f((3, 2), (8, 8), (cupy.asarray(a), out, 20, 13))
    return [(out, a.T.copy())]


@program
def votes_of_a_block(cupy: Any) -> Any:
    body = """
    int p = x[threadIdx.x];
    int a = __syncthreads_count(p > 2), b = __syncthreads_and(p >= 0), c = __syncthreads_or(p > 98);
    if (!threadIdx.x) { out[0] = a; out[1] = b != 0; out[2] = c != 0; }
    """
    f = kernel(cupy, body, "const int* x, int* out")
    out = cupy.zeros(3, "i4")
    f((1,), (50,), (cupy.arange(50, dtype="i4"), out))
    return [(out, np.array([47, 1, 0], "i4"))]


@program
def threads_that_return_early(cupy: Any) -> Any:
    body = """
    __shared__ int s;
    if (threadIdx.x >= 20) return;
    if (!threadIdx.x) s = 11;
    __syncthreads();
    x[threadIdx.x] = s;
    """
    f = kernel(cupy, body, "int* x")
    x = cupy.zeros(32, "i4")
    f((1,), (32,), (x,))
    return [(x, np.where(np.arange(32) < 20, 11, 0).astype("i4"))]


@program
def block_scan(cupy: Any) -> Any:
    body = """
    __shared__ int s[2][64];
    int t = threadIdx.x, from = 0;
    s[0][t] = x[t];
    for (int k = 1; k < 64; k *= 2, from = !from) {
        __syncthreads();
        s[!from][t] = s[from][t] + (t >= k ? s[from][t - k] : 0);
    }
    __syncthreads();
    x[t] = s[from][t];
    """
    f = kernel(cupy, body, "int* x")
    x = cupy.arange(64, dtype="i4")
    f((1,), (64,), (x,))
    return [(x, np.cumsum(np.arange(64)).astype("i4"))]


@program
def warp_reduction(cupy: Any) -> Any:
    body = """
    double v = x[threadIdx.x];
    for (int k = 16; k > 0; k /= 2) v += __shfl_down_sync(0xffffffff, v, k);
    if (threadIdx.x % 32 == 0) out[threadIdx.x / 32] = v;
    """
    f = kernel(cupy, body, "const double* x, double* out")
    out = cupy.zeros(3)
    f((1,), (96,), (cupy.arange(96.0), out))
    return [(out, np.arange(96.0).reshape(3, 32).sum(1))]


@program
def warp_shuffles(cupy: Any) -> Any:
    body = """
    int t = threadIdx.x; int* o = out + 6 * t;
    o[0] = __shfl_sync(~0u, t, 5); o[1] = __shfl_up_sync(~0u, t, 3); o[2] = __shfl_xor_sync(~0u, t, 9);
    o[3] = __shfl_down_sync(~0u, t, 2, 8); o[4] = __shfl_sync(~0u, t, 3, 4); o[5] = __shfl_sync(~0u, t * 10LL, t / 2);
    """
    f = kernel(cupy, body, "int* out")
    out = cupy.empty((32, 6), "i4")
    f((1,), (32,), (out,))
    t = np.arange(32)
    columns = [np.full(32, 5), np.where(t < 3, t, t - 3), t ^ 9, np.where(t % 8 + 2 >= 8, t, t + 2),
               t // 4 * 4 + 3, t // 2 * 10]  # fmt: skip
    return [(out, np.stack(columns, 1).astype("i4"))]


@program
def ballots(cupy: Any) -> Any:
    body = """
    int t = threadIdx.x;
    unsigned b = __ballot_sync(~0u, t % 3 == 0);
    out[t] = b; out[32 + t] = __any_sync(~0u, t == 31); out[64 + t] = __all_sync(~0u, t < 31);
    out[96 + t] = __popc(b & ((1u << t) - 1));
    """
    f = kernel(cupy, body, "unsigned* out")
    out = cupy.empty((4, 32), "u4")
    f((1,), (32,), (out,))
    t = np.arange(32)
    bits = sum(1 << int(k) for k in t if k % 3 == 0)
    ranks = [(bits & ((1 << int(k)) - 1)).bit_count() for k in t]
    rows = [np.full(32, bits), np.ones(32), np.zeros(32), ranks]
    return [(out, np.array(rows).astype("u4"))]


@program(missing="lanes that go on together")
def active_lanes(cupy: Any) -> Any:
    body = """
    int t = threadIdx.x;
    out[t] = __activemask();
    if (t % 4 == 1) {
        unsigned mask = __activemask();
        out[32 + t] = __shfl_sync(mask, t, __ffs(mask) - 1) + __popc(mask);
    }
    """
    f = kernel(cupy, body, "unsigned* out")
    out = cupy.zeros((2, 32), "u4")
    f((1,), (32,), (out,))
    rows = [np.full(32, 0xFFFFFFFF), np.where(np.arange(32) % 4 == 1, 9, 0)]
    return [(out, np.array(rows).astype("u4"))]


@program(missing="cooperative groups")
def cooperative_groups(cupy: Any) -> Any:
    before = "#include <cooperative_groups.h>\n#include <cooperative_groups/reduce.h>\nnamespace cg = cooperative_groups;"
    body = """
    __shared__ int s[64];
    cg::thread_block block = cg::this_thread_block();
    auto tile = cg::tiled_partition<8>(block);
    int r = block.thread_rank();
    s[r] = x[r];
    block.sync();
    int v = s[63 - r];
    out[r] = cg::reduce(tile, v, cg::plus<int>()) + tile.shfl_down(v, 1) * 1000 + tile.thread_rank() * 1000000;
    cg::sync(tile);
    if (tile.any(v == 63) && tile.all(v > 50) && tile.ballot(v % 2) == 0x55) out[r] += 10000000;
    """
    f = kernel(cupy, body, "const int* x, int* out", before)
    out = cupy.empty(64, "i4")
    f((1,), (64,), (cupy.arange(64, dtype="i4"), out))
    v = np.arange(64)[::-1].reshape(8, 8)
    down = np.concatenate([v[:, 1:], v[:, -1:]], 1)
    expected = v.sum(1, keepdims=True) + down * 1000 + np.arange(8) * 1000000
    expected[0] += 10000000
    return [(out, expected.ravel().astype("i4"))]


@program
def matches(cupy: Any) -> Any:
    f = kernel(
        cupy,
        "out[threadIdx.x] = __match_any_sync(~0u, x[threadIdx.x]);",
        "const int* x, unsigned* out",
    )
    a = np.arange(32, dtype="i4") % 5
    out = cupy.empty(32, "u4")
    f((1,), (32,), (cupy.asarray(a), out))
    return [(out, np.array([sum(1 << k for k in range(32) if a[k] == v) for v in a], "u4"))]


@program
def parts_of_a_warp(cupy: Any) -> Any:
    body = """
    int t = threadIdx.x;
    if (t < 16) out[t] = __shfl_sync(0xffff, t, 3);
    else { out[t] = __ballot_sync(0xffff0000, t & 1); __syncwarp(0xffff0000); }
    """
    f = kernel(cupy, body, "unsigned* out")
    out = cupy.empty(32, "u4")
    f((1,), (32,), (out,))
    return [(out, np.array([3] * 16 + [0xAAAA0000] * 16, "u4"))]


@program
def warp_neighbours_in_memory(cupy: Any) -> Any:
    body = """
    __shared__ int s[32];
    s[threadIdx.x] = x[threadIdx.x];
    __syncwarp();
    int v = s[31 - threadIdx.x];
    __syncwarp();
    s[threadIdx.x] = v * 2;
    __syncwarp();
    x[threadIdx.x] = s[threadIdx.x ^ 1];
    """
    f = kernel(cupy, body, "int* x")
    x = cupy.arange(32, dtype="i4")
    f((1,), (32,), (x,))
    t = np.arange(32)
    return [(x, ((31 - (t ^ 1)) * 2).astype("i4"))]


@program
def histogram(cupy: Any) -> Any:
    body = """
    __shared__ unsigned bins[16];
    if (threadIdx.x < 16) bins[threadIdx.x] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) atomicAdd(&bins[x[i] & 15], 1u);
    __syncthreads();
    if (threadIdx.x < 16) atomicAdd(&out[threadIdx.x], bins[threadIdx.x]);
    """
    f = kernel(cupy, body, "const unsigned char* x, unsigned* out, int n")
    a = (np.arange(3000) * 7 % 256).astype("u1")
    out = cupy.zeros(16, "u4")
    f((4,), (64,), (cupy.asarray(a), out, 3000))
    return [(out, np.bincount(a & 15, minlength=16).astype("u4"))]


@program
def integer_atomics(cupy: Any) -> Any:
    body = """
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    atomicAdd(x, i); atomicSub(x + 1, 1); atomicMin(x + 2, -i); atomicMax(x + 3, i); atomicAnd(x + 4, ~(1 << (i % 8)));
    atomicOr(x + 5, 1 << (i % 20)); atomicXor(x + 6, i);
    """
    f = kernel(cupy, body, "int* x")
    x = cupy.array([0, 0, 0, 0, -1, 0, 0], "i4")
    f((4,), (32,), (x,))
    i = np.arange(128)
    expected = [i.sum(), -128, -127, 127, -256, (1 << 20) - 1, np.bitwise_xor.reduce(i)]
    return [(x, np.array(expected, "i4"))]


@program
def wide_atomics(cupy: Any) -> Any:
    body = """
    atomicAdd(x, 1ull << 33); atomicMax(x + 1, (unsigned long long)threadIdx.x << 40);
    atomicMin((long long*)x + 2, -(long long)threadIdx.x); atomicExch(x + 3, 77ull); atomicCAS(x + 4, 5ull, 6ull);
    atomicAdd(d, 0.5); atomicAdd(g, 0.25f); atomicInc(c, 9u); atomicDec(c + 1, 4u);
    """
    f = kernel(cupy, body, "unsigned long long* x, double* d, float* g, unsigned* c")
    x, d = cupy.array([0, 0, 0, 1, 5], "u8"), cupy.zeros(1)
    g, c = cupy.zeros(1, "f4"), cupy.zeros(2, "u4")
    f((1,), (64,), (x, d, g, c))
    words = [64 << 33, 63 << 40, 2**64 - 63, 77, 6]
    return [
        (x, np.array(words, "u8")),
        (d, np.array([32.0])),
        (g, np.array([16], "f4")),
        (c, np.array([64 % 10, 1], "u4")),
    ]


@program
def locks(cupy: Any) -> Any:
    body = """
    bool done = false;
    while (!done) {
        if (atomicCAS(lock, 0, 1) == 0) { *x = *x * 3 % 1000003 + 1; __threadfence(); atomicExch(lock, 0); done = true; }
    }
    """
    f = kernel(cupy, body, "int* lock, volatile int* x")
    lock, x = cupy.zeros(1, "i4"), cupy.zeros(1, "i4")
    f((2,), (32,), (lock, x))
    value = 0
    for _ in range(64):
        value = value * 3 % 1000003 + 1
    return [(x, np.array([value], "i4"))]


@program
def compare_and_swap_loop(cupy: Any) -> Any:
    before = """
    __device__ double multiply(double* address, double v) {
        unsigned long long* p = (unsigned long long*)address;
        unsigned long long old = *p, assumed;
        do { assumed = old; old = atomicCAS(p, assumed, __double_as_longlong(v * __longlong_as_double(assumed))); }
        while (assumed != old);
        return __longlong_as_double(old);
    }
    """
    f = kernel(cupy, "multiply(x, 2.0);", "double* x", before)
    x = cupy.ones(1)
    f((2,), (16,), (x,))
    return [(x, np.array([2.0**32]))]


@program
def stream_compaction(cupy: Any) -> Any:
    body = """
    __shared__ int total;
    if (!threadIdx.x) total = 0;
    __syncthreads();
    int t = threadIdx.x; bool keep = x[t] % 3 == 1;
    unsigned ballot = __ballot_sync(~0u, keep);
    int base = 0;
    for (int w = 0; w < 4; w++) {
        if (t / 32 == w) {
            base = total;
            __syncwarp();
            if (t % 32 == 0) total += __popc(ballot);
        }
        __syncthreads();
    }
    if (keep) out[base + __popc(ballot & ((1u << t % 32) - 1))] = x[t];
    if (!t) *n = total;
    """
    f = kernel(cupy, body, "const int* x, int* out, int* n")
    a = np.arange(128, dtype="i4")
    out, n = cupy.zeros(128, "i4"), cupy.zeros(1, "i4")
    f((1,), (128,), (cupy.asarray(a), out, n))
    kept = a[a % 3 == 1]
    expected = np.zeros(128, "i4")
    expected[: kept.size] = kept
    return [(out, expected), (n, np.array([kept.size], "i4"))]


@program
def matrix_product(cupy: Any) -> Any:
    body = """
    __shared__ float a[8][8], b[8][8];
    int row = blockIdx.y * 8 + threadIdx.y, column = blockIdx.x * 8 + threadIdx.x;
    float sum = 0;
    for (int k = 0; k < n; k += 8) {
        a[threadIdx.y][threadIdx.x] = x[row * n + k + threadIdx.x];
        b[threadIdx.y][threadIdx.x] = y[(k + threadIdx.y) * n + column];
        __syncthreads();
        for (int j = 0; j < 8; j++) sum += a[threadIdx.y][j] * b[j][threadIdx.x];
        __syncthreads();
    }
    z[row * n + column] = sum;
    """
    f = kernel(cupy, body, "const float* x, const float* y, float* z, int n")
    a = (np.arange(256) % 7).astype("f4").reshape(16, 16)
    z = cupy.empty((16, 16), "f4")
    f((2, 2), (8, 8), (cupy.asarray(a), cupy.asarray(a.T.copy()), z, 16))
    return [(z, a @ a.T)]


@program
def bitonic_sort(cupy: Any) -> Any:
    body = """
    __shared__ int s[64];
    int t = threadIdx.x;
    s[t] = x[t];
    for (int k = 2; k <= 64; k *= 2)
        for (int j = k / 2; j > 0; j /= 2) {
            __syncthreads();
            int o = t ^ j;
            if (o > t && (s[t] > s[o]) == ((t & k) == 0)) { int v = s[t]; s[t] = s[o]; s[o] = v; }
        }
    __syncthreads();
    x[t] = s[t];
    """
    f = kernel(cupy, body, "int* x")
    a = (np.arange(64) * 37 % 101).astype("i4")
    x = cupy.asarray(a)
    f((1,), (64,), (x,))
    return [(x, np.sort(a))]
