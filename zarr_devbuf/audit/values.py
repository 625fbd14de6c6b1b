"""Judge the values that come back: fairly where a codec is lossy, strictly where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["loss", "reference_fault", "value_fault"]

# A codec that loses more of a smooth signal than this, on average, as a share of its range, is not
# lossy but wrong. Lossy codecs with their default settings stay under 1 %; a codec that returns
# unrelated values is beyond 30 %.
_MOST_LOSS = 0.25

# Two implementations of one lossy codec, host and device, may round differently.
_LEEWAY = 2.0


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
        same = bool(np.all(sent == got))
        return (0.0, 0.0) if same else (np.inf, np.inf)
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
    return f"expected the values that were written, {how}, {_mismatch(sent, got)}"


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
    if loss(reference, got)[1] == 0:
        return None
    allowed = _LEEWAY * loss(sent, reference)[1]
    if 0 < loss(sent, got)[1] <= allowed:
        return None
    return f"expected the values that plain host memory gives, {_mismatch(reference, got)}"


def _mismatch(expected: npt.NDArray[Any], got: npt.NDArray[Any]) -> str:
    if expected.shape != got.shape:
        return f"of shape {expected.shape}, got shape {got.shape}"
    differ = np.asarray(expected != got)
    first = tuple(int(i) for i in np.argwhere(differ)[0])
    return (
        f"got others: {int(differ.sum())} of {differ.size} differ, "
        f"at {first} {got[first]!s} instead of {expected[first]!s}"
    )
