"""Every operation of the two buffer classes, for any pair of such classes."""

from __future__ import annotations

import operator
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import zarr.buffer.cpu
import zarr.testing.buffer

import zarr_devbuf

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BUFFER", "NDBUFFER", "SIDES", "SIZES", "Side", "candidates"]


class Side(NamedTuple):
    """A pair of buffer classes."""

    buffer: Any
    ndbuffer: Any


OURS = "zarr_devbuf"
SIDES = {
    OURS: Side(zarr_devbuf.TestBuffer, zarr_devbuf.NDBufferUsingTestNDArrayLike),
    "zarr.buffer.cpu": Side(zarr.buffer.cpu.Buffer, zarr.buffer.cpu.NDBuffer),
    "zarr.testing.buffer": Side(
        zarr.testing.buffer.TestBuffer,
        zarr.testing.buffer.NDBufferUsingTestNDArrayLike,
    ),
}
SIZES = {"1 KiB": 1 << 10, "1 MiB": 1 << 20}

type Operation = Callable[[Side, int], Callable[[], object]]

# Created once and shared by all candidates, because the address of memory affects its speed.


@cache
def _bytes(nbytes: int, copy: int = 0) -> np.ndarray[Any, Any]:
    del copy
    return np.random.default_rng(0).integers(0, 256, nbytes, dtype="B")


def _buffer(side: Side, nbytes: int) -> Any:
    return side.buffer(_bytes(nbytes))


def _binary(side: Side, nbytes: int, *, last: int) -> Callable[[], object]:
    other = _bytes(nbytes, 1 + last)
    other[-1] = _bytes(nbytes)[-1] ^ last
    return partial(operator.eq, _buffer(side, nbytes), side.buffer(other))


BUFFER: dict[str, Operation] = {
    "constructor": lambda s, n: partial(s.buffer, _bytes(n)),
    "create_zero_length": lambda s, _: s.buffer.create_zero_length,
    "from_buffer": lambda s, n: partial(s.buffer.from_buffer, _buffer(s, n)),
    "from_buffer, host's": lambda s, n: partial(
        s.buffer.from_buffer, zarr.buffer.cpu.Buffer(_bytes(n))
    ),
    "from_bytes": lambda s, n: partial(s.buffer.from_bytes, bytes(n)),
    "from_array_like": lambda s, n: partial(s.buffer.from_array_like, _bytes(n)),
    "slice": lambda s, n: partial(operator.getitem, _buffer(s, n), slice(16, n - 16)),
    "setitem": lambda s, n: partial(
        # An array, because zarr's own buffers do not accept a buffer here.
        operator.setitem,
        _buffer(s, n),
        slice(0, n // 2),
        _bytes(n // 2, 3),
    ),
    "combine": lambda s, n: partial(_buffer(s, n // 2).combine, [_buffer(s, n // 4)] * 2),
    "+": lambda s, n: partial(operator.add, _buffer(s, n // 2), _buffer(s, n // 2)),
    "len": lambda s, n: partial(len, _buffer(s, n)),
    "==, equal": partial(_binary, last=0),
    "==, differs": partial(_binary, last=1),
    "to_bytes": lambda s, n: _buffer(s, n).to_bytes,
    "as_numpy_array": lambda s, n: _buffer(s, n).as_numpy_array,
    "as_array_like": lambda s, n: _buffer(s, n).as_array_like,
}


def _shape(nbytes: int) -> tuple[int, int]:
    return 16, nbytes // 8 // 16


_basic = (slice(1, 15), slice(1, -1))
_fancy = ([0, 3, 5, 9],)


@cache
def _array(nbytes: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).random(_shape(nbytes))


@cache
def _filled(nbytes: int, value: float, first: float) -> np.ndarray[Any, Any]:
    array = np.full(_shape(nbytes), value)
    array[0, 0] = first
    return array


@cache
def _part(nbytes: int, *, fancy: bool) -> np.ndarray[Any, Any]:
    return _array(nbytes)[_fancy if fancy else _basic].copy()


def _nd(side: Side, nbytes: int) -> Any:
    return side.ndbuffer.from_numpy_array(_array(nbytes))


def _create(fill_value: Any, side: Side, nbytes: int) -> Callable[[], object]:
    return partial(side.ndbuffer.create, shape=_shape(nbytes), dtype="f8", fill_value=fill_value)


def _get(key: Any, side: Side, nbytes: int) -> Callable[[], object]:
    return partial(operator.getitem, _nd(side, nbytes), key)


def _set(key: Any, value: Any, side: Side, nbytes: int) -> Callable[[], object]:
    if value is None:
        value = side.ndbuffer.from_numpy_array(_part(nbytes, fancy=key is _fancy))
    return partial(operator.setitem, _nd(side, nbytes), key, value)


def _all_equal(value: float, first: float, side: Side, nbytes: int) -> Callable[[], object]:
    array = _filled(nbytes, value, first)
    return partial(side.ndbuffer.from_numpy_array(array).all_equal, value)


NDBUFFER: dict[str, Operation] = {
    "constructor": lambda s, n: partial(s.ndbuffer, _array(n)),
    "create(fill_value=None)": partial(_create, None),
    "create(fill_value=0)": partial(_create, 0),
    "create(fill_value=0.0)": partial(_create, 0.0),
    "create(fill_value=7)": partial(_create, 7),
    "empty": lambda s, n: partial(s.ndbuffer.empty, _shape(n), "f8"),
    "from_numpy_array": lambda s, n: partial(s.ndbuffer.from_numpy_array, _array(n)),
    "from_ndarray_like": lambda s, n: partial(s.ndbuffer.from_ndarray_like, _array(n)),
    "getitem, slices": partial(_get, _basic),
    "getitem, int": partial(_get, (3,)),
    "getitem, fancy": partial(_get, _fancy),
    "setitem, scalar": partial(_set, _basic, 2.5),
    "setitem, ndbuffer": partial(_set, _basic, None),
    "setitem, fancy": partial(_set, _fancy, None),
    "reshape": lambda s, n: partial(_nd(s, n).reshape, -1),
    "squeeze": lambda s, n: partial(_nd(s, n).squeeze, ()),
    "astype": lambda s, n: partial(_nd(s, n).astype, "f4"),
    "transpose": lambda s, n: partial(_nd(s, n).transpose, (1, 0)),
    "fill": lambda s, n: partial(_nd(s, n).fill, 3.0),
    "copy": lambda s, n: _nd(s, n).copy,
    "all_equal, equal": partial(_all_equal, 1.5, 1.5),
    "all_equal, zeros": partial(_all_equal, 0.0, 0.0),
    "all_equal, first differs": partial(_all_equal, 1.5, 2.5),
    "all_equal, NaN": partial(_all_equal, np.nan, np.nan),
    "as_scalar": lambda s, _: s.ndbuffer.create(shape=(), dtype="f8", fill_value=2.0).as_scalar,
    "as_numpy_array": lambda s, n: _nd(s, n).as_numpy_array,
    "as_ndarray_like": lambda s, n: _nd(s, n).as_ndarray_like,
    "len": lambda s, n: partial(len, _nd(s, n)),
}


def candidates(operation: Operation, nbytes: int) -> dict[str, Callable[[], object]]:
    """Return the operation for each pair of classes."""
    return {name: operation(side, nbytes) for name, side in SIDES.items()}
