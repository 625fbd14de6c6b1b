"""Programs that fail: the errors are those of CuPy."""

# ruff: noqa: E501 - the lines of kernels
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.simulator.kernels.program import kernel, program

if TYPE_CHECKING:
    from collections.abc import Callable


def failure(action: Callable[[], Any]) -> tuple[str, str]:
    """Return the class of an error, and the first part of its message."""
    try:
        action()
    except Exception as error:
        text = str(error)
        return type(error).__name__, ": ".join(text.split(": ")[:2])
    return "", ""


@program
def does_not_compile(cupy: Any) -> Any:
    f = cupy.RawKernel('extern "C" __global__ void f(int* x) { x[0] = undeclared; }', "f")
    try:
        f((1,), (1,), (cupy.zeros(1, "i4"),))
    except cupy.cuda.compiler.CompileException as error:
        return [("undeclared" in str(error), True), (error.source == f.code, True)]
    return [(False, True)]


@program
def unknown_option(cupy: Any) -> Any:
    f = kernel(cupy, "", "", options=("--no-such-option",))
    return [(failure(f.compile)[0] in ("CompileException", ""), True)]


@program
def unknown_function(cupy: Any) -> Any:
    f = cupy.RawKernel('extern "C" __global__ void f() {}', "g")
    expected = "CUDADriverError", "CUDA_ERROR_NOT_FOUND: named symbol not found"
    return [(failure(lambda: f((1,), (1,), ())), expected)]


@program
def no_c_linkage(cupy: Any) -> Any:
    f = cupy.RawKernel("__global__ void f() {}", "f")
    expected = "CUDADriverError", "CUDA_ERROR_NOT_FOUND: named symbol not found"
    return [(failure(lambda: f((1,), (1,), ())), expected)]


@program
def unknown_global_variable(cupy: Any) -> Any:
    module = cupy.RawModule(code='extern "C" __global__ void f() {}')
    expected = "CUDADriverError", "CUDA_ERROR_NOT_FOUND: named symbol not found"
    return [(failure(lambda: module.get_global("x")), expected)]


@program
def invalid_launches(cupy: Any) -> Any:
    f = kernel(cupy, "", "")
    expected = "CUDADriverError", "CUDA_ERROR_INVALID_VALUE: invalid argument"
    return [
        (failure(lambda: f((1,), (1025,), ())), expected),
        (failure(lambda: f((1,), (64, 32), ())), expected),
        (failure(lambda: f((1,), (1, 1, 65), ())), expected),
        (failure(lambda: f((1, 65536), (1,), ())), expected),
        (failure(lambda: f((1,), (1,), (), shared_mem=49153)), expected),
        (failure(lambda: f((0,), (0, 0), ())), ("", "")),
        (failure(lambda: f((1, 1, 1, 9), (1,), ())), ("", "")),
    ]


@program
def wrong_kinds_of_arguments(cupy: Any) -> Any:
    f = kernel(cupy, "", "int* x")
    text = "You are trying to pass a numpy.ndarray of shape (3,) as a kernel parameter. Only "
    name, message = failure(lambda: f((1,), (1,), (np.zeros(3),)))
    return [
        (name, "TypeError"),
        (message[: len(text)], text),
        (failure(lambda: f((1,), (1,), ("text",)))[0], "TypeError"),
        (failure(lambda: f((1,), (1,), (object(),)))[0], "TypeError"),
        (failure(lambda: f([1], (1,), (None,)))[0], "TypeError"),
        (failure(lambda: f((1.5,), (1,), (None,)))[0], "TypeError"),
        (failure(lambda: f((1,), (1,), (2**64,)))[0], "OverflowError"),
    ]


@program
def deadlocks(cupy: Any) -> Any:
    f = kernel(
        cupy,
        "if (threadIdx.x < 3) __syncwarp(7); if (threadIdx.x == 40) __shfl_sync(~0u, 1, 0); else __syncthreads();",
        "",
    )
    return [(failure(lambda: f((1,), (64,), ()))[0], "CUDADriverError")]


@program
def wrong_modules(cupy: Any) -> Any:
    both = "Exactly one of `code` and `path` keyword arguments must be given."
    return [
        (failure(cupy.RawModule), ("TypeError", both)),
        (failure(lambda: cupy.RawModule(code="", path="x")), ("TypeError", both)),
        (failure(lambda: cupy.RawModule(path="x", name_expressions=["f"])),
         ("ValueError", "need CUDA C++ code for the requested kernels")),
        (failure(lambda: cupy.RawKernel(1, "f"))[0], "TypeError"),
        (failure(lambda: cupy.RawKernel("", "f", ["-D"]))[0], "TypeError"),
    ]  # fmt: skip


@program
def elementwise_errors(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x, T y", "T z", "z = x + y", "add")
    raw = cupy.ElementwiseKernel("raw T x", "raw T y", "y[i] = x[i]", "copy")
    typed = cupy.ElementwiseKernel("float32 x", "float32 y", "y = x", "typed")
    a, b, c = cupy.arange(3), cupy.arange(3.0), cupy.arange(4)
    return [
        (failure(lambda: f(a)), ("TypeError", "Wrong number of arguments for 'add'. It must be either 2 or 3 (with outputs), but given 1.")),
        (failure(lambda: f(a, b)), ("TypeError", "Type is mismatched. y float64 int64 T")),
        (failure(lambda: f(a, c)), ("ValueError", "operands could not be broadcast together with shapes (3,) (4,)")),
        (failure(lambda: f(a, a, b)), ("TypeError", "Type is mismatched. x int64 float64 T")),
        (failure(lambda: f(a, a, a[:1])), ("ValueError", "Out shape is mismatched")),
        (failure(lambda: f(1, 2)), ("ValueError", "Loop size is undecided.")),
        (failure(lambda: f(a, a, size=3)), ("ValueError", "Specified 'size' can be used only if all of the ndarray are 'raw'.")),
        (failure(lambda: f(a, a, other=3)), ("TypeError", "Wrong arguments {'other': 3}")),
        (failure(lambda: f(a, a, block_size=0)), ("ValueError", "block_size must be greater than zero")),
        (failure(lambda: f(a, np.arange(3)))[0], "TypeError"),
        (failure(lambda: f(a, "x"))[0], "TypeError"),
        (failure(lambda: f(cupy.arange(3, dtype="i1"), 300))[0], "OverflowError"),
        (failure(lambda: raw(a)), ("ValueError", "Loop size is undecided.")),
        (failure(lambda: typed(b)), ("TypeError", "Type is mismatched. x float64 float32")),
        (failure(lambda: typed(1.0)), ("ValueError", "Loop size is undecided.")),
    ]  # fmt: skip


@program
def wrong_kernels(cupy: Any) -> Any:
    make = cupy.ElementwiseKernel
    return [
        (failure(lambda: make("T x", "T y", "", "a b")), ("ValueError", 'Invalid kernel name: "a b"')),
        (failure(lambda: make("T i", "T y", "")), ("ValueError", "Can not use 'i' as a parameter name")),
        (failure(lambda: make("T", "T y", "")), ("Exception", "Syntax error: T")),
        (failure(lambda: make("row T x", "T y", "")), ("Exception", 'Unknown keyword "row"')),
        (failure(lambda: make("nosuch x", "T y", ""))[0], "TypeError"),
    ]  # fmt: skip


@program
def elementwise_does_not_compile(cupy: Any) -> Any:
    f = cupy.ElementwiseKernel("T x", "T y", "y = z", "broken")
    return [(failure(lambda: f(cupy.arange(3)))[0], "CompileException")]


@program
def reduction_errors(cupy: Any) -> Any:
    f = cupy.ReductionKernel("T x", "T y", "x", "a + b", "y = a", None, "total")
    a = cupy.arange(6).reshape(2, 3)
    return [
        (failure(f), ("TypeError", "Wrong number of arguments for total")),
        (failure(lambda: f(a, axis=5))[0], "AxisError"),
        (failure(lambda: f(a, axis=(0, 0))), ("ValueError", "duplicate value in 'axis'")),
        (failure(lambda: f(cupy.empty((0,)))), ("ValueError", "zero-size array to reduction operation total which has no identity")),
        (failure(lambda: f(a, cupy.empty(2, "i8"), axis=0)), ("ValueError", "Out shape is mismatched")),
        (failure(lambda: f(3)), ("ValueError", "Loop size is undecided.")),
        (failure(lambda: f(a, 1, axis=0))[0], "TypeError"),
    ]  # fmt: skip


@program
def vectorize_errors(cupy: Any) -> Any:
    return [
        (failure(lambda: cupy.vectorize(abs, excluded={0}))[0], "NotImplementedError"),
        (failure(lambda: cupy.vectorize(abs, signature="()->()"))[0], "NotImplementedError"),
        (failure(lambda: cupy.vectorize(lambda x: x, otypes=["i4"])(cupy.arange(3)))[0], "NotImplementedError"),
        (failure(lambda: cupy.fuse(lambda x, y: x)(cupy.arange(3), [1]))[0], "TypeError"),
    ]  # fmt: skip
