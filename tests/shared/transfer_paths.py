"""What crosses between host and device, on CuPy and wherever CuPy is simulated."""

from __future__ import annotations

import ctypes
import importlib
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.transfers import TransferLog

__all__ = ["HOST", "PATHS", "SCRATCH", "movements"]

type Movement = tuple[str, int, bool]

HOST = np.arange(1000, dtype="f8")
SCRATCH = np.empty(1000)


def movements(log: TransferLog) -> list[Movement]:
    return [(transfer.direction, transfer.nbytes, transfer.explicit) for transfer in log]


def cupyx_of(xp: Any) -> Any:
    """Return the ``cupyx`` that goes with a namespace."""
    real = xp.__name__ == "cupy"
    return importlib.import_module("cupyx" if real else "zarr_devbuf.simulator.cupyx")


def set_item(array: Any, key: Any, value: Any) -> None:
    array[key] = value


def host_pointer() -> int:
    return int(HOST.ctypes.data)


# Every way that CuPy has of crossing between host and device, with what it is to be recorded as:
# for a namespace and an array of 1000 floats, allocated while a session was open.
PATHS: dict[str, tuple[Callable[[Any, Any], Any], list[Movement]]] = {
    "asarray": (lambda xp, a: xp.asarray(HOST), [("h2d", 8000, True)]),
    "array": (lambda xp, a: xp.array(HOST), [("h2d", 8000, True)]),
    "array with another dtype": (lambda xp, a: xp.array(HOST, "f4"), [("h2d", 4000, True)]),
    "asanyarray": (lambda xp, a: xp.asanyarray(HOST), [("h2d", 8000, True)]),
    "array of a list": (lambda xp, a: xp.array([1, 2, 3]), [("h2d", 24, True)]),
    "array of host arrays": (lambda xp, a: xp.array([HOST, HOST]), [("h2d", 16000, True)]),
    "array of device arrays": (lambda xp, a: xp.array([a, a]), []),
    "frombuffer": (lambda xp, a: xp.frombuffer(b"abc", "u1"), [("h2d", 3, True)]),
    "big-endian": (lambda xp, a: xp.asarray(HOST.astype(">f8")), [("h2d", 8000, True)]),
    "blocking": (lambda xp, a: xp.asarray(HOST, blocking=True), [("h2d", 8000, True)]),
    "a scalar is an argument of a kernel": (lambda xp, a: xp.asarray(np.float64(1)), []),
    "a 0-d array too": (lambda xp, a: xp.asarray(np.array(1.0)), []),
    "no bytes up": (lambda xp, a: xp.asarray(np.empty(0)), []),
    "no bytes down": (lambda xp, a: a[:0].get(), []),
    "get": (lambda xp, a: a.get(), [("d2h", 8000, True)]),
    "get of a view": (lambda xp, a: a[10:20].get(), [("d2h", 80, True)]),
    "get of a view of a view": (lambda xp, a: a[10:][5:][:1].get(), [("d2h", 8, True)]),
    "get of a strided view": (lambda xp, a: a[::2].get(), [("d2h", 4000, True)]),
    "get of a reshaped view": (lambda xp, a: a.reshape(10, 100).get(), [("d2h", 8000, True)]),
    "get of a transpose": (
        lambda xp, a: a.reshape(10, 100).T.get(order="A"),
        [("d2h", 8000, True)],
    ),
    "get of another dtype": (lambda xp, a: a.view("u1")[3:7].get(), [("d2h", 4, True)]),
    "get into an array": (lambda xp, a: a.get(out=SCRATCH), [("d2h", 8000, True)]),
    "get on a stream": (
        lambda xp, a: a.get(stream=xp.cuda.Stream(non_blocking=True)),
        [("d2h", 8000, True)],
    ),
    "get without waiting": (lambda xp, a: a.get(blocking=False), [("d2h", 8000, True)]),
    "asnumpy": (lambda xp, a: xp.asnumpy(a), [("d2h", 8000, True)]),
    "item": (lambda xp, a: a[3].item(), [("d2h", 8, True)]),
    "tolist": (lambda xp, a: a[:2].tolist(), [("d2h", 16, True)]),
    "tobytes": (lambda xp, a: a[:2].tobytes(), [("d2h", 16, True)]),
    "from_dlpack": (lambda xp, a: np.from_dlpack(a, device="cpu"), [("d2h", 8000, True)]),
    "pickle": (
        lambda xp, a: pickle.loads(pickle.dumps(a)),
        [("d2h", 8000, True), ("h2d", 8000, True)],
    ),
    "set": (lambda xp, a: a.set(HOST), [("h2d", 8000, True)]),
    "set of a view": (lambda xp, a: a[:10].set(HOST[10:20]), [("h2d", 80, True)]),
    "set on a stream": (lambda xp, a: a.set(HOST, stream=xp.cuda.Stream()), [("h2d", 8000, True)]),
    "pinned up": (
        lambda xp, a: xp.asarray(cupyx_of(xp).zeros_pinned(100, "u1")),
        [("h2d", 100, True)],
    ),
    "pinned down": (
        lambda xp, a: a.get(out=cupyx_of(xp).empty_pinned(1000)),
        [("d2h", 8000, True)],
    ),
    "pointer up": (lambda xp, a: a.data.copy_from_host(host_pointer(), 80), [("h2d", 80, True)]),
    "pointer up, on a stream": (
        lambda xp, a: a.data.copy_from_host_async(host_pointer(), 80, xp.cuda.Stream.null),
        [("h2d", 80, True)],
    ),
    "pointer up, of whatever kind": (
        lambda xp, a: a.data.copy_from(ctypes.c_void_p(host_pointer()), 80),
        [("h2d", 80, True)],
    ),
    "pointer up, of whatever kind, on a stream": (
        lambda xp, a: a.data.copy_from_async(host_pointer(), 80),
        [("h2d", 80, True)],
    ),
    "pointer down": (
        lambda xp, a: a.data.copy_to_host(int(SCRATCH.ctypes.data), 80),
        [("d2h", 80, True)],
    ),
    "pointer down, on a stream": (
        lambda xp, a: a.data.copy_to_host_async(int(SCRATCH.ctypes.data), 80, xp.cuda.Stream.null),
        [("d2h", 80, True)],
    ),
    "pointer arithmetic": (
        lambda xp, a: (8 + (a.data + 16) - 8).copy_to_host(int(SCRATCH.ctypes.data), 80),
        [("d2h", 80, True)],
    ),
    "device to device": (lambda xp, a: xp.empty(10).data.copy_from(a.data, 80), []),
    "copy": (lambda xp, a: a.copy(), []),
    "arithmetic": (lambda xp, a: a * 2 + np.float64(1), []),
    "bool": (lambda xp, a: bool(a[1]), [("d2h", 8, False)]),
    "float": (lambda xp, a: float(a[1]), [("d2h", 8, False)]),
    "int": (lambda xp, a: int(a[1]), [("d2h", 8, False)]),
    "complex": (lambda xp, a: complex(a[1]), [("d2h", 8, False)]),
    "if": (lambda xp, a: 1 if a[1] else 2, [("d2h", 8, False)]),
    "not": (lambda xp, a: not a[1], [("d2h", 8, False)]),
    "repr": (lambda xp, a: repr(a), [("d2h", 8000, False)]),
    "str": (lambda xp, a: str(a), [("d2h", 8000, False)]),
    "format": (lambda xp, a: f"{a[:1]}", [("d2h", 8, False)]),
    "index list": (lambda xp, a: a[[0, 2]], [("h2d", 16, False)]),
    "index array": (lambda xp, a: a[np.array([0, 2])], [("h2d", 16, False)]),
    "two index lists": (
        lambda xp, a: a.reshape(10, 100)[[0, 2], [1, 3]],
        [("h2d", 16, False), ("h2d", 16, False)],
    ),
    "host mask": (
        lambda xp, a: a[HOST > 5],
        [("h2d", 1000, False), ("d2h", 4, False)],
    ),
    "device mask": (lambda xp, a: a[a > 5], [("d2h", 4, False)]),
    "assignment of a host array": (
        lambda xp, a: set_item(a, xp.arange(2), np.array([1.0, 2.0])),
        [("h2d", 16, False)],
    ),
    "assignment of a device array": (lambda xp, a: set_item(a, slice(10), a[10:20]), []),
    "assignment of a scalar": (lambda xp, a: set_item(a, slice(10), 3), []),
    "take": (lambda xp, a: a.take([0, 2]), [("h2d", 16, False)]),
    "cupy.take": (lambda xp, a: xp.take(a, [0, 2]), [("h2d", 16, False)]),
    "nonzero": (lambda xp, a: xp.nonzero(a), [("d2h", 4, False)]),
    "concatenate two": (lambda xp, a: xp.concatenate([a, a]), []),
    "concatenate many: a table of pointers": (
        lambda xp, a: xp.concatenate([a] * 20),
        [("h2d", 160, False)],
    ),
    "reduction": (lambda xp, a: a.sum(), []),
}
