"""Compare decoded values: with a tolerance if the codec is lossy, exactly if it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks.codec.sample_values import is_number_of_package
from zarr_devbuf.checks.errors import violated

if TYPE_CHECKING:
    import numpy.typing as npt

    type Values = npt.NDArray[Any]

# A codec that loses more of a smooth signal than this, on average, as a share of its range, is not
# lossy but wrong. Lossy codecs with their default settings stay under 1 %; a codec that returns
# unrelated values is beyond 30 %.
_MOST_LOSS = 0.25

# Two implementations of one lossy codec, host and device, may round differently.
_LEEWAY = 2.0

_LEAST = float(np.finfo(np.float64).tiny)


def same(one: Values, other: Values) -> bool:
    """
    Tell whether two arrays have the same shape and values, in any byte order.

    NaN equals NaN, NaT equals NaT, and -0.0 does not equal 0.0.
    """
    if one.shape != other.shape or one.dtype.names != other.dtype.names:
        return False
    if one.dtype.kind in "Mm" and one.dtype.newbyteorder("=") == other.dtype.newbyteorder("="):
        return bool(np.all((one == other) | (np.isnat(one) & np.isnat(other))))
    if one.dtype.kind not in "fc" or other.dtype.kind not in "fc":
        return bool(np.all(one == other))
    if not np.array_equal(one, other, equal_nan=True):
        return False
    return all(
        bool(np.all((np.signbit(a) == np.signbit(b)) | (a != 0)))
        for a, b in ((one.real, other.real), (one.imag, other.imag))
    )


def equal_numbers(one: Values, other: Values) -> bool:
    """Tell whether two arrays of numbers are equal; NaN equals NaN, and -0.0 equals 0.0."""
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")


def is_preserved(sent: Values, got: Values, *, lossless: bool) -> bool:
    """
    Tell whether values that were decoded in NumPy buffers are acceptable for what was encoded.

    Every bit has to be equal if `lossless`, as for a codec from bytes to bytes: it cannot know
    which bits may be dropped.
    """
    mean, largest = _loss(sent, got)
    return largest == 0 or (not lossless and mean <= _MOST_LOSS)


def assert_host_values(
    got: Values, sent: Values, on_host: Values, case: str, *, advice: str
) -> None:
    """
    Assert that values that were decoded on a backend are those that NumPy buffers give.

    If `on_host` is lossy, it is enough that `got` is about as close to `sent`.
    """
    if same(sent, on_host):
        equal = same(on_host, got)
    else:
        allowed = _LEEWAY * _loss(sent, on_host)[1]
        equal = _loss(on_host, got)[1] == 0 or _loss(sent, got)[1] <= allowed
    if not equal:
        raise violated(
            expected="the values that NumPy buffers give",
            actual=describe_difference(on_host, got),
            advice=advice,
            case=case,
        )


def _loss(sent: Values, got: Values) -> tuple[float, float]:
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
    if is_number_of_package(sent.dtype) and sent.dtype == got.dtype:
        return _loss(sent.astype("f8"), got.astype("f8"))
    if sent.dtype.kind not in "iufc" or got.dtype.kind not in "iufc":
        return (0.0, 0.0) if same(sent, got) else (np.inf, np.inf)
    if np.array_equal(sent, got, equal_nan=True):
        return 0.0, 0.0
    with np.errstate(all="ignore"):
        difference = np.array(np.abs(got.astype(np.complex128) - sent.astype(np.complex128)))
        difference[(sent == got) | (np.isnan(sent) & np.isnan(got))] = 0
        if not np.all(np.isfinite(difference)):
            return np.inf, np.inf
        finite = np.abs(sent[np.isfinite(sent)].astype(np.complex128))
        extent = (float(np.ptp(finite) or finite.max()) if finite.size else 0.0) or 1.0
        # They differ, even if by less than a 64-bit float can tell.
        largest = max(float(difference.max()) / extent, _LEAST)
        return float(difference.mean()) / extent, largest


def describe_difference(expected: Values, got: Values) -> str:
    """Describe values that are not the expected ones."""
    if expected.shape != got.shape:
        return f"shape {got.shape} instead of {expected.shape}"
    other_dtype = f"dtype {got.dtype} instead of {expected.dtype}"
    if expected.dtype.names != got.dtype.names:
        return other_dtype
    differ = np.asarray(expected != got)
    if expected.dtype.kind in "Mm" and got.dtype.kind in "Mm":
        differ &= ~(np.isnat(expected) & np.isnat(got))
    if expected.dtype.kind in "fc" and got.dtype.kind in "fc":
        differ |= np.signbit(expected.real) != np.signbit(got.real)
        differ &= ~(np.isnan(expected) & np.isnan(got))
    if not differ.any():
        return other_dtype
    first = tuple(int(i) for i in np.argwhere(differ)[0])
    return (
        f"others: {int(differ.sum())} of {differ.size} differ, "
        f"at {first} {got[first]!s} instead of {expected[first]!s}"
    )
