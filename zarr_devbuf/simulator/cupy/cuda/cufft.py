"""``cupy.cuda.cufft``: plans of Fourier transforms, which NumPy computes."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: N802, PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import threading
from typing import Any, Self

import numpy as np

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.memory import alloc
from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import kernel_operand

__all__ = [
    "CUFFT_C2C",
    "CUFFT_C2R",
    "CUFFT_D2Z",
    "CUFFT_FORWARD",
    "CUFFT_INVERSE",
    "CUFFT_R2C",
    "CUFFT_Z2D",
    "CUFFT_Z2Z",
    "CuFFTError",
    "Plan1d",
    "PlanNd",
    "getVersion",
    "get_current_plan",
]

CUFFT_FORWARD, CUFFT_INVERSE = -1, 1
CUFFT_R2C, CUFFT_C2R, CUFFT_C2C = 0x2A, 0x2C, 0x29
CUFFT_D2Z, CUFFT_Z2D, CUFFT_Z2Z = 0x6A, 0x6C, 0x69

_DTYPES: dict[int, tuple[str, str]] = {
    CUFFT_C2C: ("c8", "c8"),
    CUFFT_R2C: ("f4", "c8"),
    CUFFT_C2R: ("c8", "f4"),
    CUFFT_Z2Z: ("c16", "c16"),
    CUFFT_D2Z: ("f8", "c16"),
    CUFFT_Z2D: ("c16", "f8"),
}
_RESULTS = {
    0: "CUFFT_SUCCESS",
    1: "CUFFT_INVALID_PLAN",
    2: "CUFFT_ALLOC_FAILED",
    3: "CUFFT_INVALID_TYPE",
    4: "CUFFT_INVALID_VALUE",
    5: "CUFFT_INTERNAL_ERROR",
    6: "CUFFT_EXEC_FAILED",
    7: "CUFFT_SETUP_FAILED",
    8: "CUFFT_INVALID_SIZE",
    9: "CUFFT_UNALIGNED_DATA",
    10: "CUFFT_INCOMPLETE_PARAMETER_LIST",
    11: "CUFFT_INVALID_DEVICE",
    12: "CUFFT_PARSE_ERROR",
    13: "CUFFT_NO_WORKSPACE",
    14: "CUFFT_NOT_IMPLEMENTED",
    15: "CUFFT_LICENSE_ERROR",
    16: "CUFFT_NOT_SUPPORTED",
}
_state = threading.local()


class CuFFTError(RuntimeError):
    """An error of cuFFT; ``result`` is its number."""

    def __init__(self, result: int) -> None:
        self.result = result
        super().__init__(_RESULTS[result])

    def __reduce__(self) -> tuple[type[CuFFTError], tuple[int]]:
        return type(self), (self.result,)


def getVersion() -> int:
    """Return the version of cuFFT that the simulator reports."""
    return 11400


def get_current_plan() -> Any:
    """Return the plan whose block this thread is in, or None."""
    return getattr(_state, "plan", None)


class _Plan:
    """What both kinds of plans have; a plan is also a context manager."""

    __module__ = "cupy.cuda.cufft"

    fft_type: int

    def __enter__(self) -> Self:
        _state.plan = self
        return self

    def __exit__(self, *exception: object) -> None:
        _state.plan = None

    def _dtypes(self) -> tuple[np.dtype[Any], np.dtype[Any]]:
        if self.fft_type not in _DTYPES:
            raise ValueError
        first, second = _DTYPES[self.fft_type]
        return np.dtype(first), np.dtype(second)

    def _transform(self, values: Any, shape: tuple[int, ...], direction: int) -> Any:
        """Transform the last axes without normalization, as cuFFT does."""
        axes = tuple(range(-len(shape), 0))
        into, out_of = self._dtypes()
        if into.kind == "f":
            return np.fft.rfftn(values, axes=axes)
        if out_of.kind == "f":
            return np.fft.irfftn(values, shape, axes, norm="forward")
        if direction == CUFFT_FORWARD:
            return np.fft.fftn(values, axes=axes)
        return np.fft.ifftn(values, axes=axes, norm="forward")


def _linear(array: Any, dtype: np.dtype[Any]) -> Any:
    """Return the memory of a contiguous array as one axis."""
    raw = kernel_operand(array)
    flags = raw.flags
    if not flags.forc:
        raise not_implemented("a plan of cupy.cuda.cufft over memory with gaps")
    return raw.reshape(-1, order="C" if flags.c_contiguous else "F").view(dtype)


def _check_size(shape: tuple[int, ...]) -> None:
    if any(length < 1 for length in shape):
        raise CuFFTError(8)


class Plan1d(_Plan):
    """A plan of transforms along the last axis.

    Parameters
    ----------
    nx
        The number of points of a transform.
    fft_type
        Which dtypes it transforms.
    batch
        The number of transforms.
    devices
        Devices to share the work; only ``None`` is implemented.
    """

    __module__ = "cupy.cuda.cufft"

    def __init__(
        self, nx: int, fft_type: int, batch: int, *, devices: Any = None, out: Any = None
    ) -> None:
        if devices is not None or out is not None:
            raise not_implemented("cupy.cuda.cufft.Plan1d on several devices")
        if batch:
            _check_size((nx,))
        self.nx = nx
        self.fft_type = fft_type
        self.batch = batch
        self.gpus = None
        self.batch_share = None
        self.work_area = alloc(0) if batch else None

    def fft(self, a: Any, out: Any, direction: int) -> None:
        """Transform an array into another one, without normalization."""
        into, out_of = self._dtypes()
        half = self.nx // 2 + 1
        given = half if out_of.kind == "f" else self.nx
        made = half if into.kind == "f" else self.nx
        values = _linear(a, into)[: self.batch * given].reshape(self.batch, given)
        target = _linear(out, out_of)[: self.batch * made].reshape(self.batch, made)
        target[...] = self._transform(values, (self.nx,), direction)

    def _output_dtype_and_shape(self, a: Any) -> tuple[tuple[int, ...], Any]:
        into, out_of = self._dtypes()
        shape = list(a.shape)
        if into.kind == "f":
            shape[-1] = shape[-1] // 2 + 1
        elif out_of.kind == "f":
            shape[-1] = self.nx
        return tuple(shape), out_of.type

    def get_output_array(self, a: Any) -> Any:
        """Allocate an array for the transform of another one."""
        shape, dtype = self._output_dtype_and_shape(a)
        return get_namespace().empty(shape, dtype)

    def check_output_array(self, a: Any, out: Any) -> None:
        """Raise ``ValueError`` if an array does not fit the transform of another one."""
        shape, dtype = self._output_dtype_and_shape(a)
        if out.shape != shape:
            raise ValueError(f"out must have shape {shape}.")
        if out.dtype != dtype:
            raise ValueError(f"out dtype mismatch: found {out.dtype}, expected {dtype}")


class PlanNd(_Plan):
    """A plan of transforms over one to three axes.

    Parameters
    ----------
    shape
        The lengths of the transformed axes.
    inembed, istride, idist, onembed, ostride, odist
        The layout of the input and the output, in elements, as in cuFFT.
    fft_type
        Which dtypes it transforms.
    batch
        The number of transforms.
    order
        The memory order of the arrays.
    last_axis, last_size
        The axis of which a real transform keeps one half, and its length in the output.
    """

    __module__ = "cupy.cuda.cufft"

    def __init__(
        self,
        shape: Any,
        inembed: Any,
        istride: int,
        idist: int,
        onembed: Any,
        ostride: int,
        odist: int,
        fft_type: int,
        batch: int,
        order: str,
        last_axis: int,
        last_size: Any,
    ) -> None:
        if batch:
            _check_size(tuple(shape))
        self.shape = tuple(shape)
        self.fft_type = fft_type
        self.work_area = alloc(0)
        self.order = order
        self.last_axis = last_axis
        self.last_size = last_size
        self.gpus = None
        self._batch = batch
        self._input = inembed, istride, idist
        self._output = onembed, ostride, odist

    def fft(self, a: Any, out: Any, direction: int) -> None:
        """Transform an array into another one, without normalization."""
        into, out_of = self._dtypes()
        half = (*self.shape[:-1], self.shape[-1] // 2 + 1)
        given = half if out_of.kind == "f" else self.shape
        made = half if into.kind == "f" else self.shape
        values = self._strided(_linear(a, into), given, *self._input)
        target = self._strided(_linear(out, out_of), made, *self._output)
        target[...] = self._transform(values, self.shape, direction)

    def _strided(
        self, flat: Any, shape: tuple[int, ...], embed: Any, stride: int, distance: int
    ) -> Any:
        if embed is None:
            embed, stride = shape, 1
            distance = int(np.prod(shape))
        steps = [stride]
        for length in reversed(embed[1:]):
            steps.append(steps[-1] * length)
        strides = [step * flat.itemsize for step in (distance, *reversed(steps))]
        return np.lib.stride_tricks.as_strided(flat, (self._batch, *shape), strides)

    def _output_dtype_and_shape(self, a: Any) -> tuple[tuple[int, ...], Any]:
        into, out_of = self._dtypes()
        shape = list(a.shape)
        if into != out_of:
            shape[self.last_axis] = self.last_size
        return tuple(shape), out_of.type

    def get_output_array(self, a: Any, order: str = "C") -> Any:
        """Allocate an array for the transform of another one."""
        shape, dtype = self._output_dtype_and_shape(a)
        return get_namespace().empty(shape, dtype, order=order)

    def check_output_array(self, a: Any, out: Any) -> None:
        """Raise ``ValueError`` if an array does not fit the transform of another one."""
        if out is a:
            return
        into, out_of = self._dtypes()
        shape, _ = self._output_dtype_and_shape(a)
        if into == out_of:
            if out.shape != shape:
                raise ValueError("output shape mismatch")
            if out.dtype != a.dtype:
                raise ValueError("output dtype mismatch")
        else:
            if out.ndim != a.ndim:
                raise ValueError("output dimension mismatch")
            if out.shape != shape:
                # The spelling is CuPy's.
                raise ValueError("output shape is incorrecct")
            if out.dtype != out_of:
                raise ValueError("output dtype is unexpected")
        flags, wanted = out._raw.flags, a._raw.flags
        if (flags.c_contiguous, flags.f_contiguous) != (wanted.c_contiguous, wanted.f_contiguous):
            raise ValueError("output contiguity mismatch")
