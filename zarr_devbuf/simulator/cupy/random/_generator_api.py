"""``Generator``: the newer interface to random numbers."""

# ruff: noqa: SLF001 - the state of arrays is private to this package.

from __future__ import annotations

from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.construction import make_array, normalize_shape
from zarr_devbuf.simulator._core.dtypes import resolve, resolve_supported
from zarr_devbuf.simulator._core.reshaping import broadcast_to
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, kernel_target, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._functions.manipulation import broadcast
from zarr_devbuf.simulator.cupy.random._generator import compute

__all__ = ["Generator"]

_UINT32_MAX = 0xFFFFFFFF
_UINT64_MAX = 0xFFFFFFFFFFFFFFFF


def _parameter(value: Any, name: str, dtype: Any = np.float64, numbers: Any = (float, int)) -> Any:
    """Return a parameter as a device array of a dtype; host arrays are refused."""
    if isinstance(value, DeviceArray):
        return value.astype(dtype, copy=False)
    if type(value) not in numbers:
        raise TypeError(f"{name} is required to be a cupy.ndarray or a scalar")
    return make_array(value, dtype, copy=None, explicit=False)


def _filled(value: Any, name: str, dtype: Any = np.float64) -> Any:
    """Return a parameter as `_parameter` does, but fill a scalar in on the device."""
    if type(value) in (float, int):
        return wrap(np.full((), value, dtype))
    return _parameter(value, name, dtype)


def _lengths(size: Any, *parameters: Any) -> tuple[int, ...]:
    if size is None:
        return broadcast(*parameters).shape
    return normalize_shape(size)


class Generator:
    """A generator of random numbers on the device.

    The numbers are those of NumPy's generators, not CuPy's.

    Parameters
    ----------
    bit_generator
        A source of random bits, such as ``cupy.random.XORWOW(seed)``.
    """

    __module__ = "cupy.random._generator_api"

    def __init__(self, bit_generator: Any) -> None:
        self.bit_generator = bit_generator

    @property
    def _numpy(self) -> Any:
        self.bit_generator._check_device()
        return self.bit_generator._numpy

    def _draw(
        self, name: str, parameters: tuple[Any, ...], size: Any, dtype: Any = np.int64
    ) -> Any:
        shape = _lengths(size, *parameters)
        plain = tuple(broadcast_to(one, shape) for one in parameters)
        method = getattr(self._numpy, name)
        drawn = compute(f"cupy.random.Generator.{name}", method, plain, shape)
        return wrap(drawn.astype(dtype))

    def _check_out(self, dtype: Any, size: Any, out: Any, *, only_c: bool = False) -> None:
        kind = np.dtype(dtype)
        if out.dtype.char != kind.char:
            raise TypeError(
                f"Supplied output array has the wrong type. Expected {kind.name}, got "
                f"{out.dtype.name}"
            )
        if not out.flags.c_contiguous and (only_c or not out.flags.f_contiguous):
            raise ValueError("Supplied output array is not contiguous, writable or aligned.")
        if size is None:
            return
        try:
            lengths = tuple(size)
        except TypeError:
            lengths = (size,)
        if lengths != out.shape:
            raise ValueError("size must match out.shape when used together")

    def _uniform(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """Return uniform numbers, in single precision unless double is requested."""
        kind = np.float64 if resolve(dtype).char == "d" else np.float32
        return wrap(np.asarray(self._numpy.random(shape, kind)))

    def random(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        """Return uniform numbers from [0, 1)."""
        if out is not None:
            self._check_out(dtype, size, out)
        drawn = self._uniform(() if size is None else normalize_shape(size), dtype)
        return _into(out, drawn).astype(dtype, copy=False)

    def uniform(
        self, low: Any = 0.0, high: Any = 1.0, size: Any = None, dtype: Any = np.float64
    ) -> Any:
        """Return uniform numbers from [low, high)."""
        low, high = (make_array(one, copy=None, explicit=False) for one in (low, high))
        shape = _lengths(size, low, high)
        low, high = broadcast_to(low, shape), broadcast_to(high, shape)
        drawn = low + (high - low) * self._uniform(shape, dtype)
        return drawn.astype(dtype, copy=False)

    def integers(
        self,
        low: Any,
        high: Any = None,
        size: Any = None,
        dtype: Any = np.int64,
        endpoint: bool = False,
    ) -> Any:
        """Return integers from [low, high), or from [0, low); `endpoint` includes the bound."""
        first = 0 if high is None else int(low)
        last = int(low if high is None else high) - (not endpoint)
        if first > last:
            raise ValueError("low >= high")
        limits = np.iinfo(dtype)
        if first < limits.min:
            raise ValueError(f"low is out of bounds for {np.dtype(dtype).name}")
        if last > limits.max:
            raise ValueError(f"high is out of bounds for {np.dtype(dtype).name}")
        span = last - first
        if span > _UINT64_MAX:
            raise ValueError(f"high - low must be within uint64 range (actual: {span})")
        kind = np.uint32 if span <= _UINT32_MAX else np.uint64
        shape = () if size is None else normalize_shape(size)
        drawn = self._numpy.integers(0, span, shape, kind, endpoint=True)
        return UFUNCS["add"](first, wrap(np.asarray(drawn)), dtype=dtype)

    def beta(self, a: Any, b: Any, size: Any = None, dtype: Any = np.float64) -> Any:
        """Return numbers from a beta distribution."""
        return self._draw("beta", (_parameter(a, "a"), _parameter(b, "b")), size, dtype)

    def binomial(self, n: Any, p: Any, size: Any = None) -> Any:
        """Return numbers from a binomial distribution."""
        parameters = _parameter(n, "n", np.int64), _parameter(p, "p", numbers=(float,))
        return self._draw("binomial", parameters, size)

    def chisquare(self, df: Any, size: Any = None) -> Any:
        """Return numbers from a chi-square distribution."""
        return self._draw("chisquare", (_parameter(df, "df"),), size, np.float64)

    def dirichlet(self, alpha: Any, size: Any = None) -> Any:
        """Return vectors from a Dirichlet distribution."""
        alpha = _parameter(alpha, "alpha")
        shape = alpha.shape
        if size is not None:
            shape = (*(size if isinstance(size, tuple) else (size,)), *shape)
        drawn = self.standard_gamma(alpha, shape)
        drawn /= drawn.sum(axis=-1, keepdims=True)
        return drawn

    def exponential(self, scale: Any = 1.0, size: Any = None) -> Any:
        """Return numbers from an exponential distribution."""
        return self.standard_exponential(size) * scale

    def f(self, dfnum: Any, dfden: Any, size: Any = None) -> Any:
        """Return numbers from an F distribution."""
        dfnum, dfden = _parameter(dfnum, "dfnum"), _parameter(dfden, "dfden")
        shape = _lengths(size, dfnum, dfden)
        top = self.chisquare(dfnum, shape) * dfden
        return top / (self.chisquare(dfden, shape) * dfnum)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
        """Return numbers from a gamma distribution."""
        drawn = self.standard_gamma(shape, _lengths(size, shape, scale))
        drawn *= scale
        return drawn

    def geometric(self, p: Any, size: Any = None) -> Any:
        """Return numbers from a geometric distribution."""
        return self._draw("geometric", (_filled(p, "p"),), size)

    def hypergeometric(self, ngood: Any, nbad: Any, nsample: Any, size: Any = None) -> Any:
        """Return numbers from a hypergeometric distribution."""
        given = {"ngood": ngood, "nbad": nbad, "nsample": nsample}
        for name, value in given.items():
            if type(value) in (float, int) and value < 0:
                raise ValueError(f"{name} < 0")
        good, bad, sample = (_filled(value, name, np.int64) for name, value in given.items())
        # CuPy draws no more than there are.
        sample = UFUNCS["minimum"](sample, good + bad)
        return self._draw("hypergeometric", (good, bad, sample), size)

    def logseries(self, p: Any, size: Any = None) -> Any:
        """Return numbers from a logarithmic distribution."""
        return self._draw("logseries", (_parameter(p, "p"),), size)

    def poisson(self, lam: Any = 1.0, size: Any = None) -> Any:
        """Return numbers from a Poisson distribution."""
        return self._draw("poisson", (_filled(lam, "lam"),), size)

    def power(self, a: Any, size: Any = None) -> Any:
        """Return numbers from a power distribution."""
        return self._draw("power", (_parameter(a, "a"),), size, np.float64)

    def standard_exponential(
        self, size: Any = None, dtype: Any = np.float64, method: str = "inv", out: Any = None
    ) -> Any:
        """Return numbers from the standard exponential distribution."""
        if method == "zig":
            raise NotImplementedError("Ziggurat method is not supported")
        if out is not None:
            self._check_out(dtype, size, out)
        shape = () if size is None else normalize_shape(size)
        drawn = wrap(np.asarray(self._numpy.standard_exponential(shape)))
        return _into(out, drawn).astype(dtype, copy=False)

    def standard_gamma(
        self, shape: Any, size: Any = None, dtype: Any = np.float64, out: Any = None
    ) -> Any:
        """Return numbers from a gamma distribution of scale 1."""
        if shape is None:
            raise TypeError("shape must be real number, not NoneType")
        if not isinstance(shape, DeviceArray) and type(shape) not in (float, int):
            raise ValueError("shape is required to be a cupy.ndarray or a scalar")
        shape = _filled(shape, "shape")
        if out is not None:
            self._check_out(dtype, size, out, only_c=True)
            size = out.shape if size is None else size
        kind = resolve(dtype)
        if kind.char not in "fd":
            raise TypeError(f"Unsupported dtype {kind.name} for standard_gamma")
        drawn = self._draw("standard_gamma", (shape,), size, np.float64)
        return _into(out, drawn).astype(kind, copy=False)

    def standard_normal(self, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
        """Return numbers from the standard normal distribution."""
        if out is not None:
            self._check_out(dtype, size, out)
            shape, kind = out.shape, out.dtype
        else:
            shape = () if size is None else normalize_shape(size)
            kind = resolve_supported(dtype)
        if kind.char not in "fd":
            raise TypeError(f"Unsupported dtype {kind.name} for standard_normal")
        drawn = wrap(np.asarray(self._numpy.standard_normal(shape, kind)))
        return _into(out, drawn)


def _into(out: Any, drawn: Any) -> Any:
    """Copy numbers into an output array, if there is one."""
    if out is None:
        return drawn
    np.copyto(kernel_target(out), kernel_operand(drawn), casting="unsafe")
    return out
