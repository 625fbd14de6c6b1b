"""Judge the values that come back: fairly where a codec is lossy, strictly where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["loss", "reference_fault", "same", "value_fault"]

# A codec that loses more of a smooth signal than this, on average, as a share of its range, is not
# lossy but wrong. Lossy codecs with their default settings stay under 1 %; a codec that returns
# unrelated values is beyond 30 %.
_MOST_LOSS = 0.25

# Two implementations of one lossy codec, host and device, may round differently.
_LEEWAY = 2.0


def same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """Tell whether all values are the same: NaN is NaN, and -0.0 is not 0.0."""
    if one.shape != other.shape:
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
    if sent.shape != got.shape:
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


def reference_fault(sent: npt.NDArray[Any], got: npt.NDArray[Any], *, lossless: bool) -> str | None:
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
    return f"expected the values that were written, {how}, {mismatch(sent, got)}"


def value_fault(
    sent: npt.NDArray[Any], reference: npt.NDArray[Any], got: npt.NDArray[Any]
) -> str | None:
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
    return f"expected the values that plain host memory gives, {mismatch(reference, got)}"


def mismatch(expected: npt.NDArray[Any], got: npt.NDArray[Any]) -> str:
    """Put in words how one array differs from the other."""
    if expected.shape != got.shape:
        return f"of shape {expected.shape}, got shape {got.shape}"
    differ = np.asarray(expected != got)
    if expected.dtype.kind in "fc" and got.dtype.kind in "fc":
        differ |= np.signbit(expected.real) != np.signbit(got.real)
        differ &= ~(np.isnan(expected) & np.isnan(got))
    if not differ.any():
        return f"of dtype {expected.dtype}, got {got.dtype}"
    first = tuple(int(i) for i in np.argwhere(differ)[0])
    return (
        f"got others: {int(differ.sum())} of {differ.size} differ, "
        f"at {first} {got[first]!s} instead of {expected[first]!s}"
    )
