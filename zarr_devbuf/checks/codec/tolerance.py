"""Compare decoded values: with a tolerance if the codec is lossy, exactly if it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Difference", "device_difference", "host_difference", "loss", "same"]

# A codec that loses more of a smooth signal than this, on average, as a share of its range, is not
# lossy but wrong. Lossy codecs with their default settings stay under 1 %; a codec that returns
# unrelated values is beyond 30 %.
_MOST_LOSS = 0.25

# Two implementations of one lossy codec, host and device, may round differently.
_LEEWAY = 2.0


class Difference(NamedTuple):
    """The two sides of a comparison that failed, in words."""

    expected: str
    actual: str


def same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    """
    Tell whether two arrays have the same shape and values, in any byte order.

    NaN equals NaN, and -0.0 does not equal 0.0.
    """
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
    Measure how far decoded values are from those that were encoded.

    Returns
    -------
    mean, largest : float
        Absolute differences as a share of the range of `sent`; 0 if every value is equal, infinite
        if the values have no distance (text, booleans) or are not finite.
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


def host_difference(
    sent: npt.NDArray[Any], got: npt.NDArray[Any], *, lossless: bool
) -> Difference | None:
    """
    Compare what was decoded in NumPy buffers with what was encoded; None if it is acceptable.

    Every bit has to be equal if `lossless`, as for a codec from bytes to bytes: it cannot know
    which bits may be dropped.
    """
    mean, largest = loss(sent, got)
    if largest == 0 or (not lossless and mean <= _MOST_LOSS):
        return None
    how = "exactly" if lossless else "at least roughly"
    return _difference(f"the values that were written, {how}", sent, got)


def device_difference(
    sent: npt.NDArray[Any], on_host: npt.NDArray[Any], got: npt.NDArray[Any]
) -> Difference | None:
    """
    Compare what was decoded on a backend with the host result; None if it is acceptable.

    They have to be equal. If the host result is lossy, it is enough that the values are about as
    close to `sent`, what was encoded, as those of `on_host`.
    """
    if same(sent, on_host):
        fits = same(on_host, got)
    else:
        allowed = _LEEWAY * loss(sent, on_host)[1]
        fits = loss(on_host, got)[1] == 0 or loss(sent, got)[1] <= allowed
    if fits:
        return None
    return _difference("the values that NumPy buffers give", on_host, got)


def _difference(what: str, expected: npt.NDArray[Any], got: npt.NDArray[Any]) -> Difference:
    if expected.shape != got.shape:
        return Difference(f"{what}, of shape {expected.shape}", f"shape {got.shape}")
    if expected.dtype.names != got.dtype.names:
        return Difference(f"{what}, of dtype {expected.dtype}", f"dtype {got.dtype}")
    differ = np.asarray(expected != got)
    if expected.dtype.kind in "fc" and got.dtype.kind in "fc":
        differ |= np.signbit(expected.real) != np.signbit(got.real)
        differ &= ~(np.isnan(expected) & np.isnan(got))
    if not differ.any():
        return Difference(f"{what}, of dtype {expected.dtype}", f"dtype {got.dtype}")
    first = tuple(int(i) for i in np.argwhere(differ)[0])
    return Difference(
        what,
        f"others: {int(differ.sum())} of {differ.size} differ, "
        f"at {first} {got[first]!s} instead of {expected[first]!s}",
    )
