"""The arguments of elementwise and reduction kernels: arrays, broadcast and with few dimensions."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from zarr_devbuf.simulator._core.interop import from_device_like
from zarr_devbuf.simulator._core.scalars import scalar_dtype
from zarr_devbuf.simulator._core.storage import DeviceArray, check_device
from zarr_devbuf.simulator._kernels.arguments import Argument, carray_argument
from zarr_devbuf.simulator._kernels.parameters import c_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr_devbuf.simulator._kernels.parameters import Parameter

__all__ = ["Operand", "Scalar", "broadcast", "make_outputs", "merge_axes", "preprocess"]

_INT32_BYTES = 1 << 31


@final
@dataclass(frozen=True, slots=True)
class Operand:
    """An array, with the shape and the strides (in bytes) with which a kernel sees it."""

    array: Any
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        dtype: np.dtype[Any] = self.array.dtype
        return dtype

    @property
    def c_contiguous(self) -> bool:
        """Whether the elements are contiguous, the last axis first."""
        expected = self.dtype.itemsize
        for length, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if length != 1 and stride != expected:
                return 0 in self.shape
            expected *= length
        return True

    def c_type(self) -> str:
        """Return the type of the kernel's parameter."""
        size = math.prod(self.shape) * self.dtype.itemsize
        contiguous, short = int(self.c_contiguous), int(size <= _INT32_BYTES)
        return f"CArray<{c_type(self.dtype)}, {len(self.shape)}, {contiguous}, {short}>"

    def argument(self, *, writes: bool) -> Argument:
        """Return the argument of the launch, which the kernel writes or only reads."""
        return carray_argument(self.array, self.shape, self.strides, writes=writes)


@final
@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, which gets the type of its parameter."""

    value: Any


def preprocess(values: Sequence[Any]) -> list[Operand | Scalar]:
    """Return arguments as operands; raise for those that are on another device, or are neither."""
    return [_preprocess(value) for value in values]


def _preprocess(value: Any) -> Operand | Scalar:
    array = from_device_like(value)
    if array is None:
        scalar_dtype(value)
        return Scalar(value)
    check_device(array)
    return Operand(array, array._raw.shape, array._raw.strides)


def broadcast(
    operands: Sequence[Operand | Scalar], parameters: Sequence[Parameter], *, has_size: bool
) -> tuple[list[Operand | Scalar], tuple[int, ...]]:
    """Broadcast the arrays that are not raw; return the operands, and the joint shape."""
    plain = [
        isinstance(one, Operand) and not parameter.raw
        for one, parameter in zip(operands, parameters, strict=False)
    ]
    if has_size:
        if any(plain):
            raise ValueError("Specified 'size' can be used only if all of the ndarray are 'raw'.")
        return list(operands), ()
    if not any(plain):
        raise ValueError("Loop size is undecided.")
    shapes = [
        one.shape for one, is_plain in zip(operands, plain, strict=True)
        if is_plain and isinstance(one, Operand)
    ]  # fmt: skip
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " ".join(
            str(one.shape) if is_plain and isinstance(one, Operand) else "()"
            for one, is_plain in zip(operands, plain, strict=True)
        )
        raise ValueError(f"operands could not be broadcast together with shapes {listed}") from None
    return [
        _stretch(one, shape) if is_plain and isinstance(one, Operand) else one
        for one, is_plain in zip(operands, plain, strict=True)
    ], shape


def _stretch(operand: Operand, shape: tuple[int, ...]) -> Operand:
    if operand.shape == shape:
        return operand
    missing = len(shape) - len(operand.shape)
    strides = [0] * missing + [
        stride if length == shape[missing + axis] else 0
        for axis, (length, stride) in enumerate(zip(operand.shape, operand.strides, strict=True))
    ]
    return replace(operand, shape=shape, strides=tuple(strides))


def make_outputs(
    given: list[Operand | Scalar],
    dtypes: Sequence[np.dtype[Any]],
    shape: tuple[int, ...],
    parameters: Sequence[Parameter],
    *,
    has_size: bool,
) -> list[Operand]:
    """Return the outputs: those that are given, or new arrays."""
    if not given:
        if not has_size and any(parameter.raw for parameter in parameters):
            raise ValueError("Output array size is Undecided")
        array_class: Any = DeviceArray._array_class
        made = [array_class(shape, dtype) for dtype in dtypes]
        return [Operand(array, array._raw.shape, array._raw.strides) for array in made]
    outputs = []
    for operand, parameter in zip(given, parameters, strict=True):
        if not isinstance(operand, Operand):
            raise TypeError("Output arguments type must be cupy.ndarray")
        if not parameter.raw and operand.shape != shape:
            raise ValueError("Out shape is mismatched")
        outputs.append(operand)
    return outputs


def merge_axes(
    operands: list[Operand | Scalar], parameters: Sequence[Parameter], shape: tuple[int, ...]
) -> tuple[list[Operand | Scalar], tuple[int, ...]]:
    """Join axes that all arrays traverse as one; return the operands, and the shape."""
    places = [
        number
        for number, operand in enumerate(operands)
        if isinstance(operand, Operand) and not parameters[number].raw
    ]
    arrays: list[Any] = [operands[number] for number in places]
    if len(shape) <= 1 or not arrays:
        return operands, shape
    result = list(operands)
    strided = [array for array in arrays if not array.c_contiguous]
    if not strided:
        shape = (math.prod(shape),)
        for number, array in zip(places, arrays, strict=True):
            result[number] = replace(array, shape=shape, strides=(array.dtype.itemsize,))
        return result, shape
    if len(shape) == 2 and len(operands) > 1:
        return operands, shape
    groups = _groups(shape, [array.strides for array in strided])
    if len(groups) == len(shape):
        return operands, shape
    merged = tuple(math.prod(shape[axis] for axis in group) for group in groups)
    for number, array in zip(places, arrays, strict=True):
        strides = tuple(array.strides[group[-1]] for group in groups)
        result[number] = replace(array, shape=merged, strides=strides)
    return result, merged


def _groups(shape: tuple[int, ...], all_strides: list[tuple[int, ...]]) -> list[list[int]]:
    """Return the axes longer than 1, those together that can be one."""
    groups: list[list[int]] = []
    for axis, length in enumerate(shape):
        if length == 1:
            continue
        if groups and all(
            strides[groups[-1][-1]] == strides[axis] * length for strides in all_strides
        ):
            groups[-1].append(axis)
        else:
            groups.append([axis])
    return groups
