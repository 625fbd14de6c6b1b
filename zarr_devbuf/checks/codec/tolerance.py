"""Judge the values that come back: fairly where a codec is lossy, strictly where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Fault", "loss", "reference_fault", "same", "value_fault"]

# A codec that loses more of a smooth signal than this, on average, as a share of its range, is not
# lossy but wrong. Lossy codecs with their default settings stay under 1 %; a codec that returns
# unrelated values is beyond 30 %.
_MOST_LOSS = 0.25

# Two implementations of one lossy codec, host and device, may round differently.
_LEEWAY = 2.0


class Fault(NamedTuple):
    """What was expected of values that came back, and what came, in words."""

    expected: str
    actual: str


def same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Tell whether all values are the same: NaN is NaN, and -0.0 is not 0.0."""
    if one.shape != other.shape or one.dtype.names != other.dtype.names:
        return False
    if one.dtype.kind not in "fc" or other.dtype.kind not in "fc":
        return bool(np.all(one == other))
    if not np.array_equal(one, other, equal_nan=True):
        return False
    return all(
        bool(np.all((np.signbit(a) == np.signbit(b)) | (a != 0)))
        for a, b in ((one.real, other.real), (one.imag, other.imag))
    )


def loss(sent: npt.NDArray[Any], got: npt.NDArray[Any]) -> tuple[float, float]:
    """
    Measure how far `got` is from `sent`.

    Returns
    -------
    mean, largest : float
        Absolute differences as a share of the range of `sent`; 0 where every value is equal,
        infinite where the values have no distance (text, booleans) or are not finite.
    """
    if sent.shape != got.shape or sent.dtype.names != got.dtype.names:
        return np.inf, np.inf
    if sent.dtype.kind not in "iufc" or got.dtype.kind not in "iufc":
        equal = bool(np.all(sent == got))
        return (0.0, 0.0) if equal else (np.inf, np.inf)
    if np.array_equal(sent, got, equal_nan=True):
        return 0.0, 0.0
    with np.errstate(all="ignore"):
        difference = np.abs(got.astype(np.complex128) - sent.astype(np.complex128))
        extent = float(np.ptp(np.abs(sent.astype(np.complex128)))) or 1.0
        if not np.all(np.isfinite(difference)):
            return np.inf, np.inf
        return float(difference.mean()) / extent, float(difference.max()) / extent


def reference_fault(
    sent: npt.NDArray[Any], got: npt.NDArray[Any], *, lossless: bool
) -> Fault | None:
    """
    Say what is wrong with values that came back on plain host memory, if anything.

    Parameters
    ----------
    sent, got : numpy.ndarray
        What was written and what was read.
    lossless : bool
        Whether every bit has to come back: a codec from bytes to bytes cannot know which of them
        may be dropped.
    """
    mean, largest = loss(sent, got)
    if largest == 0 or (not lossless and mean <= _MOST_LOSS):
        return None
    how = "exactly" if lossless else "at least roughly"
    return _fault(f"the values that were written, {how}", sent, got)


def value_fault(
    sent: npt.NDArray[Any], reference: npt.NDArray[Any], got: npt.NDArray[Any]
) -> Fault | None:
    """
    Say what is wrong with values that came back on a backend, if anything.

    They have to be those that came back on plain host memory. Where that result is lossy itself, it
    is enough that they are about as close to what was written.

    Parameters
    ----------
    sent, reference, got : numpy.ndarray
        What was written, what plain host memory gave back, and what the backend gave back.
    """
    if same(sent, reference):
        fits = same(reference, got)
    else:
        allowed = _LEEWAY * loss(sent, reference)[1]
        fits = loss(reference, got)[1] == 0 or loss(sent, got)[1] <= allowed
    if fits:
        return None
    return _fault("the values that plain host memory gives", reference, got)


def _fault(demanded: str, expected: npt.NDArray[Any], got: npt.NDArray[Any]) -> Fault:
    if expected.shape != got.shape:
        return Fault(f"{demanded}, of shape {expected.shape}", f"shape {got.shape}")
    if expected.dtype.names != got.dtype.names:
        return Fault(f"{demanded}, of dtype {expected.dtype}", f"dtype {got.dtype}")
    differ = np.asarray(expected != got)
    if expected.dtype.kind in "fc" and got.dtype.kind in "fc":
        differ |= np.signbit(expected.real) != np.signbit(got.real)
        differ &= ~(np.isnan(expected) & np.isnan(got))
    if not differ.any():
        return Fault(f"{demanded}, of dtype {expected.dtype}", f"dtype {got.dtype}")
    first = tuple(int(i) for i in np.argwhere(differ)[0])
    return Fault(
        demanded,
        f"others: {int(differ.sum())} of {differ.size} differ, "
        f"at {first} {got[first]!s} instead of {expected[first]!s}",
    )
