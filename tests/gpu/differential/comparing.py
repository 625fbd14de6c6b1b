"""Compare the results of a program on the simulator and on CuPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tests.gpu.differential.running import Program, RunResult, Value

__all__ = ["difference", "is_not_implemented"]

_MESSAGES = (
    "Unsupported type <class 'numpy.ndarray'>",
    "Implicit conversion to a NumPy array is not allowed",
    "non-scalar numpy.ndarray cannot be used for fill",
    "Unsupported dtype",
    "with big-endian byte-order",
    "Unable to avoid copy while creating an array as requested.",
    "can only convert an array of size 1",
    "truth value of an array",
    "arrays used as indices must be of integer or boolean",
    "Only cupy arrays can be concatenated",
)
"""Messages on which code and tests match: these must be equal, not only the exception types."""


def is_not_implemented(simulated: RunResult, real: RunResult) -> bool:
    """Return whether the simulator raised that it does not implement an operation of CuPy."""
    return (
        simulated.error is NotImplementedError
        and "not implemented by the simulated GPU" in simulated.message
        and real.error is not NotImplementedError
    )


def difference(program: Program, simulated: RunResult, real: RunResult) -> str | None:
    """Return a description of the difference, or ``None``."""
    if _error_name(simulated) != _error_name(real):
        return f"simulated: {_ending(simulated)}\ncupy:      {_ending(real)}"
    for text in _MESSAGES:
        if (text in real.message) != (text in simulated.message):
            return f"message: {simulated.message!r}, cupy's is {real.message!r}"
    if simulated.result is not None and real.result is not None:
        found = _differs(simulated.result, real.result, program)
        if found:
            return f"result: {found}"
    for number, (ours, theirs) in enumerate(zip(simulated.operands, real.operands, strict=True)):
        found = _differs(ours, theirs, program)
        if found:
            return f"operand {number} afterwards: {found}"
    if real.error is None and simulated.transfers != real.transfers:
        return (
            "transfers (h2d count, bytes, d2h count, bytes): "
            f"{simulated.transfers}, cupy's are {real.transfers}"
        )
    return None


def _error_name(result: RunResult) -> str | None:
    return None if result.error is None else result.error.__name__


def _ending(result: RunResult) -> str:
    if result.error is not None:
        return f"{result.error.__name__}: {result.message}"
    return f"{result.result}"


def _differs(ours: Value, theirs: Value, program: Program) -> str | None:
    for name in ("kind", "dtype", "shape", "layout", "shares"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine != other:
            return f"{name} is {mine}, cupy's is {other}"
    if len(ours.parts) != len(theirs.parts):
        return f"{len(ours.parts)} parts, cupy has {len(theirs.parts)}"
    for index, (part, other_part) in enumerate(zip(ours.parts, theirs.parts, strict=True)):
        found = _differs(part, other_part, program)
        if found:
            return f"part {index}: {found}"
    if not _same(ours.content, theirs.content, program):
        return f"values are {ours.content!r}, cupy's are {theirs.content!r}"
    return None


def _same(ours: Any, theirs: Any, program: Program) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    if ours.dtype.names != theirs.dtype.names:
        # The content of one could not be copied from the device.
        return False
    if ours.dtype.names is not None:
        return all(_same(ours[name], theirs[name], program) for name in ours.dtype.names)
    if ours.dtype.kind not in "fc":
        return bool(np.array_equal(ours, theirs))
    if ours.dtype.kind == "c" and ours.shape == theirs.shape:
        # Infinities in complex arithmetic may differ between libraries.
        both = ~np.isfinite(ours) & ~np.isfinite(theirs)
        ours, theirs = np.where(both, 0, ours), np.where(both, 0, theirs)
    tolerance = program.half if ours.dtype.char == "e" else program.tolerance
    if not tolerance:
        return bool(np.array_equal(ours, theirs, equal_nan=True))
    return bool(
        np.allclose(ours, theirs, rtol=max(tolerance, _step(ours)), atol=tolerance, equal_nan=True)
    )


def _step(array: Any) -> float:
    """Return a tolerance of a few units in the last place, for different rounding."""
    return float(np.finfo(array.dtype).eps) * 16
