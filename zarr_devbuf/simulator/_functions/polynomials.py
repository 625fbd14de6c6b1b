"""Polynomials: ``cupy.poly1d``, and functions on their coefficients."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.
# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import functools
import numbers
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.protocols import get_namespace
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._functions.naming import named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FUNCTIONS", "poly1d"]


class poly1d:  # noqa: N801 - the name is CuPy's
    """A polynomial of one variable, with its coefficients on the device, highest power first.

    Parameters
    ----------
    c_or_r
        Coefficients, another polynomial of NumPy or CuPy, or roots.
    r
        Whether they are roots.
    variable
        The name of the variable in the text of the polynomial.
    """

    __module__ = "cupy"
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, c_or_r: Any, r: Any = False, variable: Any = None) -> None:
        xp = get_namespace()
        if isinstance(c_or_r, (np.poly1d, poly1d)):
            self._coeffs = xp.asarray(c_or_r.coeffs)
            self._variable = c_or_r.variable if variable is None else variable
            self._trimmed = True
            return
        coeffs = xp.atleast_1d(_poly(c_or_r) if r else c_or_r)
        if coeffs.ndim > 1:
            raise ValueError("Polynomial must be 1d only.")
        self._coeffs = coeffs
        self._trimmed = False
        self._variable = "x" if variable is None else variable

    @property
    def coeffs(self) -> Any:
        """The coefficients, without leading zeros."""
        if not self._trimmed:
            self._coeffs = _trimmed(self._coeffs)
            self._trimmed = True
        return self._coeffs

    @coeffs.setter
    def coeffs(self, value: Any) -> None:
        if value is not self._coeffs:
            raise AttributeError("Cannot set attribute")

    @property
    def c(self) -> Any:
        """The coefficients, without leading zeros."""
        return self.coeffs

    coef = coefficients = c

    @property
    def variable(self) -> Any:
        """The name of the variable."""
        return self._variable

    @property
    def order(self) -> int:
        """The highest power."""
        return int(self.coeffs.size) - 1

    o = order

    @property
    def roots(self) -> Any:
        """The roots."""
        return _roots(self._coeffs)

    r = roots

    def __cupy_get_ndarray__(self) -> Any:
        return self.coeffs

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to "
            "construct a NumPy array explicitly."
        )

    def __repr__(self) -> str:
        return repr(self.get())

    def __str__(self) -> str:
        return str(self.get())

    def __len__(self) -> int:
        return self.order

    def __call__(self, val: Any) -> Any:
        return _polyval(self.coeffs, val)

    def __neg__(self) -> poly1d:
        return poly1d(-self.coeffs)

    def __pos__(self) -> poly1d:
        return self

    def __mul__(self, other: Any) -> Any:
        if get_namespace().isscalar(other):
            return poly1d(self.coeffs * other)
        return _polymul(self, other)

    def __rmul__(self, other: Any) -> Any:
        if isinstance(other, np.generic):
            raise TypeError("Numpy scalar and poly1d multiplication is not supported currently.")
        if get_namespace().isscalar(other):
            other = self._coeffs.dtype.type(other)
        return _polymul(other, self)

    def __add__(self, other: Any) -> Any:
        return _polyadd(self, other)

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, np.generic):
            raise TypeError("Numpy scalar and poly1d addition is not supported")
        return _polyadd(other, self)

    def __sub__(self, other: Any) -> Any:
        return _polysub(self, other)

    def __rsub__(self, other: Any) -> Any:
        if isinstance(other, np.generic):
            raise TypeError("Numpy scalar and poly1d subtraction is not supported")
        return _polysub(other, self)

    def __pow__(self, val: Any) -> poly1d:
        if not get_namespace().isscalar(val) or int(val) != val or val < 0:
            raise ValueError("Power to non-negative integers only.")
        if not isinstance(val, numbers.Integral):
            raise TypeError("float object cannot be interpreted as an integer")
        base = self.coeffs
        if base.dtype.kind == "c":
            dtype: Any = np.complex128
        elif base.dtype.kind == "f" or base.dtype == np.uint64:
            dtype = np.float64
        else:
            dtype = np.promote_types(base.dtype, int)
        return poly1d(_power(base.astype(dtype, copy=False), int(val)))

    def __truediv__(self, other: Any) -> poly1d:
        if get_namespace().isscalar(other):
            return poly1d(self.coeffs / other)
        raise NotImplementedError

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, poly1d):
            raise NotImplementedError
        if self.coeffs.shape != other.coeffs.shape:
            return False
        return (self.coeffs == other.coeffs).all().get()[()]

    def __ne__(self, other: object) -> Any:
        return not self.__eq__(other)

    def __getitem__(self, val: Any) -> Any:
        return self._coeffs[-val - 1] if 0 <= val < self._coeffs.size else 0

    def __setitem__(self, key: Any, val: Any) -> None:
        if key < 0:
            raise ValueError("Negative powers are not supported.")
        missing = key - (self._coeffs.size - 1)
        if missing > 0:
            self._coeffs = get_namespace().pad(self._coeffs, (missing, 0))
        self._coeffs[-key - 1] = val

    def __iter__(self) -> Iterator[Any]:
        return iter(self.coeffs)

    def integ(self, m: int = 1, k: Any = 0) -> Any:
        """Raise ``NotImplementedError``, as in CuPy."""
        raise NotImplementedError

    def deriv(self, m: int = 1) -> Any:
        """Raise ``NotImplementedError``, as in CuPy."""
        raise NotImplementedError

    def get(self, stream: Any = None) -> np.poly1d:
        """Return the polynomial on the host; an explicit transfer."""
        return np.poly1d(self.coeffs.get(stream=stream), variable=self.variable)

    def set(self, polyin: Any, stream: Any = None) -> None:
        """Copy a polynomial of NumPy into this one; an explicit transfer."""
        if not isinstance(polyin, np.poly1d):
            raise TypeError("Only numpy.poly1d can be set to cupy.poly1d")
        self._variable = polyin.variable
        self.coeffs.set(polyin.coeffs, stream)


def _trimmed(coeffs: Any) -> Any:
    xp = get_namespace()
    trimmed = xp.trim_zeros(coeffs, trim="f")
    return trimmed if trimmed.size else xp.array([0.0], trimmed.dtype)


def _coefficients(value: Any) -> Any:
    xp = get_namespace()
    if isinstance(value, poly1d):
        return value._coeffs
    if xp.isscalar(value):
        return xp.atleast_1d(value)
    if not isinstance(value, DeviceArray):
        raise TypeError("Unsupported type")
    value = xp.atleast_1d(value)
    if value.ndim != 1:
        raise ValueError("Multidimensional inputs are not supported")
    return value


def _on_polynomials(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function on coefficients take polynomials, too, and return one then."""

    @functools.wraps(function)
    def on_both(a1: Any, a2: Any) -> Any:
        result = function(_coefficients(a1), _coefficients(a2))
        return poly1d(result) if isinstance(a1, poly1d) or isinstance(a2, poly1d) else result

    return on_both


def _padded(shorter: Any, longer: Any) -> Any:
    xp = get_namespace()
    out = xp.pad(shorter, (longer.size - shorter.size, 0))
    return out.astype(np.result_type(longer.dtype, shorter.dtype), copy=False)


@_on_polynomials
def _polyadd(a1: Any, a2: Any) -> Any:
    if a1.size < a2.size:
        a1, a2 = a2, a1
    out = _padded(a2, a1)
    out += a1
    return out


@_on_polynomials
def _polysub(a1: Any, a2: Any) -> Any:
    if a1.size <= a2.size:
        out = _padded(a1, a2)
        out -= a2
    else:
        out = _padded(a2, a1)
        out -= 2 * out - a1
    return out


@_on_polynomials
def _polymul(a1: Any, a2: Any) -> Any:
    return get_namespace().convolve(_trimmed(a1), _trimmed(a2))


def _power(coeffs: Any, exponent: int) -> Any:
    xp = get_namespace()
    if exponent == 0:
        return 1
    if exponent == 1:
        return coeffs
    half = _power(xp.convolve(coeffs, coeffs), exponent // 2)
    return xp.convolve(coeffs, half) if exponent % 2 else half


def _poly(seq_of_zeros: Any) -> Any:
    xp = get_namespace()
    roots = seq_of_zeros
    if roots.ndim == 2 and roots.shape[0] == roots.shape[1] and roots.shape[0]:
        if not xp.array_equal(roots, roots.conj().T):
            raise _not_hermitian()
        roots = xp.linalg.eigvalsh(roots)
    elif roots.ndim == 1:
        roots = roots.astype(np.mintypecode(roots.dtype.char), copy=False)
    else:
        raise ValueError("Input must be 1d or non-empty square 2d array.")
    if not roots.size:
        return 1.0
    host = kernel_operand(roots)
    product = np.ones(1, host.dtype)
    with np.errstate(all="ignore"):
        for root in host:
            product = np.convolve(product, np.array([1, -root], host.dtype))
    return wrap(product)


def _not_hermitian() -> NotImplementedError:
    return NotImplementedError(
        "Only complex Hermitian and real symmetric 2d arrays are supported currently"
    )


def _roots(p: Any) -> Any:
    xp = get_namespace()
    if isinstance(p, poly1d):
        p = p.coeffs
    if p.dtype.kind == "b":
        raise NotImplementedError("boolean inputs are not supported")
    if p.ndim == 0:
        raise TypeError("0-dimensional input is not allowed")
    if p.size < 2:
        return xp.array([])
    (p,) = xp.polynomial.polyutils.as_series([p[::-1]])
    if p.size < 2:
        return xp.array([])
    if p.size == 2:
        found = (-p[0] / p[1])[None]
        return found.real.astype(np.float64) if p[0] == 0 else found
    matrix = xp.polynomial.polynomial.polycompanion(p)
    if not xp.array_equal(matrix, matrix.conj().T):
        raise _not_hermitian()
    return xp.linalg.eigvalsh(matrix).astype(p.dtype)


def _polyval(p: Any, x: Any) -> Any:
    xp = get_namespace()
    if isinstance(p, poly1d):
        p = p.coeffs
    if not isinstance(p, DeviceArray) or p.ndim == 0:
        raise TypeError("p must be 1d ndarray or poly1d object")
    if p.ndim > 1:
        raise ValueError("p must be 1d array")
    if isinstance(x, poly1d):
        return _composed(p, x)
    if not isinstance(x, DeviceArray):
        x = xp.asarray(x)
    dtype = np.result_type(p.dtype, x.dtype)
    p = p.astype(dtype, copy=False)
    if not p.size:
        return xp.zeros(x.shape, dtype)
    if dtype == np.bool_:
        return p.any() * x + p[-1]
    powers = xp.asarray(x, dtype=dtype)[..., None] ** xp.arange(p.size, dtype=dtype)
    return (p[::-1] * powers).sum(axis=-1, dtype=dtype)


def _composed(p: Any, x: poly1d) -> poly1d:
    xp = get_namespace()
    dtype = np.result_type(x.coeffs.dtype, 1)
    result = poly1d(xp.array([0], dtype=dtype))
    power = poly1d(xp.array([1], dtype=dtype))
    for coefficient in p[::-1]:
        result = result + power * coefficient
        power = power * x
    return result


def _widened(x: Any) -> Any:
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64, copy=False)


def _check_fit(x: Any, y: Any, deg: int) -> None:
    if deg < 0:
        raise ValueError("expected deg >= 0")
    if x.ndim != 1:
        raise TypeError("expected 1D vector for x")
    if not x.size:
        raise TypeError("expected non-empty vector for x")
    if y.ndim < 1 or y.ndim > 2:
        raise TypeError("expected 1D or 2D array for y")
    if x.size != y.shape[0]:
        raise TypeError("expected x and y to have same length")


def _weigh(left: Any, right: Any, weights: Any) -> None:
    weights = _widened(weights)
    if weights.ndim != 1:
        raise TypeError("expected a 1-d array for weights")
    if weights.size != left.shape[0]:
        raise TypeError("expected w and y to have the same length")
    left *= weights[:, None]
    # As in CuPy, this changes the argument `y` itself if it has this dtype.
    right *= weights[:, None] if right.ndim == 2 else weights


def _covariance(left: Any, scale: Any, residuals: Any, ndim: int, cov: Any) -> Any:
    xp = get_namespace()
    base = xp.linalg.inv(xp.dot(left.T, left))
    base /= xp.outer(scale, scale)
    points, order = left.shape
    if cov == "unscaled":
        factor: Any = 1
    elif points > order:
        factor = residuals / (points - order)
    else:
        raise ValueError(
            "the number of data points must exceed order to scale the covariance matrix"
        )
    return (base if ndim == 1 else base[..., None]) * factor


def _polyfit(
    x: Any,
    y: Any,
    deg: Any,
    rcond: Any = None,
    full: Any = False,
    w: Any = None,
    cov: Any = False,
) -> Any:
    xp = get_namespace()
    if x.dtype.char == "e" and y.dtype.kind == "b":
        raise NotImplementedError("float16 x and bool y are not currently supported")
    if y.dtype == np.float16:
        raise TypeError("float16 y are not supported")
    x, y, deg = _widened(x), _widened(y), int(deg)
    _check_fit(x, y, deg)
    left = xp.polynomial.polynomial.polyvander(x, deg)[:, ::-1]
    if w is not None:
        _weigh(left, y, w)
    if rcond is None:
        rcond = x.size * np.finfo(x.dtype).eps
    scale = xp.sqrt(xp.square(left).sum(axis=0))
    left /= scale
    found, residuals, rank, values = xp.linalg.lstsq(left, y, rcond)
    found /= scale.reshape(-1, 1) if y.ndim > 1 else scale
    if full:
        residuals = xp.absolute(residuals) if residuals.dtype.kind == "c" else residuals
        return found, residuals, rank, values, rcond
    if rank != deg + 1:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=4)
    return (found, _covariance(left, scale, residuals, y.ndim, cov)) if cov else found


FUNCTIONS: dict[str, Any] = named(
    {
        "poly": _poly,
        "polyadd": _polyadd,
        "polyfit": _polyfit,
        "polymul": _polymul,
        "polysub": _polysub,
        "polyval": _polyval,
        "roots": _roots,
    }
)
"""The functions by name."""
