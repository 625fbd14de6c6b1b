"""Run a program with a namespace, and describe the result."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.gpu.differential.data import STRUCT, data, foreign
from zarr_devbuf import transfers

type Counters = Callable[[], tuple[int, ...]]

__all__ = ["Program", "RunResult", "Value", "run"]


_PREAMBLE = """\
import cupy as xp  # or: import zarr_devbuf.simulator.cupy as xp
import numpy as np
from tests.gpu.differential.data import STRUCT, data, foreign
"""


@dataclass(frozen=True)
class Program:
    """Some lines of Python with ``xp`` (the namespace) and ``np``; the last one sets ``r``.

    ``str(program)`` is executable code.
    """

    subject: str
    operation: str
    operands: tuple[tuple[str, str], ...]
    action: str
    tolerance: float = 0.0
    half: float = 0.0

    def __str__(self) -> str:
        lines = [f"{name} = {expression}" for name, expression in self.operands]
        return "\n".join([_PREAMBLE, *lines, self.action])


@dataclass(frozen=True)
class Value:
    """The properties of an object that are compared."""

    kind: str
    dtype: str = ""
    shape: tuple[int, ...] = ()
    layout: tuple[Any, ...] = ()
    shares: tuple[Any, ...] = ()
    content: Any = None
    parts: tuple[Any, ...] = ()


@dataclass(frozen=True)
class RunResult:
    """The result or error of a program, its operands afterwards, and its transfers."""

    error: type[BaseException] | None
    message: str
    result: Value | None
    operands: tuple[Value, ...]
    transfers: tuple[int, ...]


def _layout(array: Any) -> tuple[Any, ...]:
    """Describe the memory layout; strides of axes of length 1 are ignored."""
    strides = tuple(
        stride if length > 1 and array.size else 0
        for length, stride in zip(array.shape, array.strides, strict=True)
    )
    flags = array.flags
    return strides, bool(flags.c_contiguous), bool(flags.f_contiguous)


def _content(array: Any) -> Any:
    if array.dtype.hasobject:
        # Reading arbitrary bytes as references to Python objects may crash.
        return None
    try:
        return array.get(order="A")
    except ValueError as error:
        # A view that the device cannot copy, because it does not support the dtype.
        return np.asarray(str(error)[:18])


def _within(pointer: int, memory: Any) -> bool:
    return bool(memory.ptr <= pointer < memory.ptr + memory.size)


def _describe(value: Any, xp: Any, known: dict[str, Any]) -> Value:
    if isinstance(value, xp.ndarray):
        shares = tuple(
            (name, value.data.ptr - other.data.ptr)
            for name, other in known.items()
            if isinstance(other, xp.ndarray)
            and value.size
            and other.size
            and _within(value.data.ptr, other.data.mem)
        )
        return Value(
            f"device {type(value).__name__}",
            value.dtype.str if value.dtype.names is None else str(value.dtype),
            value.shape,
            _layout(value),
            shares,
            _content(value),
        )
    if isinstance(value, np.ndarray):
        return Value("host", value.dtype.str, value.shape, _layout(value), (), value)
    if isinstance(value, np.generic):
        return Value(f"numpy {type(value).__name__}", value.dtype.str, content=np.asarray(value))
    if isinstance(value, (bool, int, float, complex)):
        return Value(f"python {type(value).__name__}", content=np.asarray(value))
    if isinstance(value, (tuple, list)):
        return Value(
            type(value).__name__, parts=tuple(_describe(part, xp, known) for part in value)
        )
    if isinstance(value, (str, bytes, np.dtype)) or value is None:
        return Value(f"{type(value).__name__} {value!r}")
    return Value(type(value).__name__)


def run(program: Program, xp: Any, counters: Counters | None = None) -> RunResult:
    """Run a program with a namespace.

    Parameters
    ----------
    program
        The program.
    xp
        CuPy, or the simulator's ``cupy``.
    counters
        Returns h2d count, h2d bytes, d2h count and d2h bytes so far; by default, those of the
        transfer log.
    """
    scope: dict[str, Any] = {"xp": xp, "np": np}
    scope |= {"data": data, "STRUCT": STRUCT, "foreign": foreign}
    error: BaseException | None = None
    with warnings.catch_warnings(), transfers.record_transfers() as log:
        warnings.simplefilter("ignore")
        count = counters or functools.partial(_counts_and_bytes, log)
        # Inside the session, because on the GPU only arrays allocated in it are recorded.
        for name, expression in program.operands:
            scope[name] = eval(expression, scope)
        known = {name: scope[name] for name, _ in program.operands}
        before = count()
        try:
            exec(program.action, scope)
        except Exception as caught:
            error = caught
        after = count()
        result = None if error else _describe(scope.get("r"), xp, known)
        operands = tuple(_describe(value, xp, {}) for value in known.values())
    moved = tuple(late - early for early, late in zip(before, after, strict=True))
    return RunResult(
        type(error) if error else None, str(error) if error else "", result, operands, moved
    )


def _counts_and_bytes(log: transfers.TransferLog) -> tuple[int, ...]:
    up, down = log.host_to_device, log.device_to_host
    return up.count, up.nbytes, down.count, down.nbytes
