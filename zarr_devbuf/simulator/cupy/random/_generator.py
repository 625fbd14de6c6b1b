"""``RandomState``, and the one that each device has.

The numbers are those of NumPy's generator, not CuPy's. Dtypes, shapes, errors and transfers are
CuPy's.
"""

# ruff: noqa: SLF001 - the state of arrays is private to this package.

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import hashlib
import math
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.construction import array as make_copy
from zarr_devbuf.simulator._core.construction import make_array, normalize_shape
from zarr_devbuf.simulator._core.current_device import current_id
from zarr_devbuf.simulator._core.device import Device
from zarr_devbuf.simulator._core.dtypes import resolve, resolve_supported
from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.host_copy import download
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._core.ufunc_table import UFUNCS
from zarr_devbuf.simulator._functions.manipulation import broadcast
from zarr_devbuf.simulator.cupy._util import experimental
from zarr_devbuf.simulator.cupy.testing._helper import cupy_module

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "RandomState",
    "compute",
    "get_random_state",
    "reject_keywords",
    "reset_states",
    "seed",
    "set_random_state",
]

_DEFAULT_METHOD = 100
_METHODS = frozenset({100, 101, 121, 141, 142, 161, 200, 201, 202, 203, 204})
_UINT64_MAX = 0xFFFFFFFFFFFFFFFF
_UINT32_MAX = 0xFFFFFFFF


def _upload(value: Any, dtype: Any = None) -> Any:
    """Return a parameter as a device array, as ``cupy.asarray`` does."""
    return make_array(value, dtype, copy=None, explicit=False)


def _check_and_get_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the dtype of a function for which CuPy has numbers in two dtypes only."""
    kind = resolve(dtype)
    if kind.char not in "fd":
        raise TypeError("cupy.random only supports float32 and float64")
    return kind


def _lengths(size: Any) -> tuple[int, ...]:
    return () if size is None else normalize_shape(size)


def _reject(condition: Any, message: str) -> None:
    """Raise ``ValueError`` if a condition is true anywhere; CuPy downloads the answer."""
    if condition.any():
        raise ValueError(message)


def compute(
    name: str, draw: Callable[..., Any], parameters: tuple[Any, ...], shape: tuple[int, ...]
) -> Any:
    """Call a method of NumPy with device arrays as parameters.

    Parameters
    ----------
    name
        The full name of CuPy's function, for the error for parameters that NumPy rejects and CuPy
        does not: its numbers are undefined then.
    draw
        NumPy's method.
    parameters
        Device arrays that are broadcast to `shape`.
    shape
        The shape of the result.
    """
    plain = [kernel_operand(one) for one in parameters]
    joint = broadcast(*parameters, wrap(np.empty(shape, "?"))).shape
    if joint != shape:
        raise ValueError("Out shape is mismatched")
    try:
        return np.asarray(draw(*plain, size=shape))
    except ValueError:
        raise not_implemented(f"{name} with parameters out of range") from None


def _hypergeometric(state: Any) -> Callable[..., Any]:
    def draw(ngood: Any, nbad: Any, nsample: Any, size: Any) -> Any:
        good, bad = ngood.astype(np.int64), nbad.astype(np.int64)
        # CuPy draws no more than there are.
        sample = np.minimum(nsample.astype(np.int64), good + bad)
        return state.hypergeometric(good, bad, sample, size=size)

    return draw


class RandomState:
    """A generator of random numbers on the device, with the methods of NumPy's class.

    Parameters
    ----------
    seed
        As for `seed`.
    method
        One of cuRAND's generators; all give the same numbers here.
    """

    __module__ = "cupy.random._generator"

    def __init__(self, seed: Any = None, method: Any = None) -> None:
        self.method = _DEFAULT_METHOD if method is None else method
        if self.method not in _METHODS:
            raise not_implemented(f"cupy.random.RandomState with the method {method}")
        self.seed(seed)

    def seed(self, seed: Any = None) -> None:
        """Restart with a seed: an integer, an array, or ``None`` for a seed of the system."""
        if seed is None:
            number = int.from_bytes(os.urandom(8), "little")
        elif isinstance(seed, np.ndarray):
            digest = hashlib.md5(seed, usedforsecurity=False).hexdigest()
            number = int(digest[:16], 16)
        else:
            given = np.asarray(seed)
            if given.dtype.kind not in "biu":
                raise TypeError("Seed must be an integer.")
            number = int(given)
            if not 0 <= number <= _UINT64_MAX:
                raise ValueError("Seed must be an integer between 0 and 2**64 - 1")
        self._numpy = np.random.RandomState(np.random.PCG64(np.random.SeedSequence(number)))

    def _draw(
        self, name: str, parameters: tuple[Any, ...], size: Any, dtype: Any, draw: Any = None
    ) -> Any:
        """Draw from a distribution of NumPy, in any dtype that the device supports."""
        shape = broadcast(*parameters).shape if size is None else normalize_shape(size)
        kind = resolve_supported(dtype)
        method = getattr(self._numpy, name) if draw is None else draw
        drawn = compute(f"cupy.random.{name}", method, parameters, shape)
        with np.errstate(all="ignore"):
            return wrap(drawn.astype(kind))

    # --- uniform and normal numbers ---------------------------------------------------------------

    def random_sample(self, size: Any = None, dtype: Any = float) -> Any:
        """Return uniform numbers from [0, 1)."""
        shape, kind = _lengths(size), _check_and_get_dtype(dtype)
        drawn = np.asarray(self._numpy.random_sample(shape)).astype(kind)
        # Rounding to a narrower dtype may give 1.
        drawn[drawn == 1] = 0
        return wrap(drawn)

    def _open_sample(self, size: Any, dtype: Any) -> Any:
        """Return uniform numbers from (0, 1]."""
        drawn = 1 - kernel_operand(self.random_sample(size, dtype))
        return wrap(np.asarray(drawn))

    def rand(self, *size: Any, dtype: Any = float, **unknown: Any) -> Any:
        """Return uniform numbers from [0, 1)."""
        reject_keywords("rand", unknown)
        return self.random_sample(size=size, dtype=dtype)

    def randn(self, *size: Any, dtype: Any = float, **unknown: Any) -> Any:
        """Return numbers from the standard normal distribution."""
        reject_keywords("randn", unknown)
        return self.normal(size=size, dtype=dtype)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None, dtype: Any = float) -> Any:
        """Return uniform numbers from [low, high)."""
        bounds = [one if np.isscalar(one) else _upload(one, dtype) for one in (low, high)]
        shape = broadcast(*bounds).shape if size is None else size
        numbers = self.random_sample(shape, dtype)
        kind = numbers._raw.dtype
        low, high = (_upload(one).astype(kind, copy=False) for one in bounds)
        UFUNCS["multiply"](numbers, high - low, out=numbers)
        return UFUNCS["add"](numbers, low, out=numbers)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a normal distribution."""
        kind = _check_and_get_dtype(dtype)
        shape = broadcast(loc, scale).shape if size is None else normalize_shape(size)
        numbers = wrap(np.asarray(self._numpy.standard_normal(shape)).astype(kind))
        if not isinstance(scale, DeviceArray):
            # Scalars are arguments of the call of cuRAND.
            scale = float(scale)
            loc = loc if isinstance(loc, DeviceArray) else float(loc)
        UFUNCS["multiply"](numbers, scale, out=numbers)
        return UFUNCS["add"](numbers, loc, out=numbers)

    def standard_normal(self, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from the standard normal distribution."""
        return self.normal(size=size, dtype=dtype)

    def lognormal(
        self, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None, dtype: Any = float
    ) -> Any:
        """Return numbers whose logarithms are normally distributed."""
        if size is None and not any(isinstance(one, DeviceArray) for one in (mean, sigma)):
            size = ()
        numbers = self.normal(mean, sigma, size, dtype)
        return UFUNCS["exp"](numbers, out=numbers)

    def multivariate_normal(
        self,
        mean: Any,
        cov: Any,
        size: Any = None,
        check_valid: str = "ignore",
        tol: float = 1e-08,
        method: str = "cholesky",
        dtype: Any = float,
    ) -> Any:
        """Return vectors from a multivariate normal distribution."""
        experimental("cupy.random.RandomState.multivariate_normal")
        mean, cov = _upload(mean, dtype), _upload(cov, dtype)
        if mean.ndim != 1:
            raise ValueError("mean must be 1 dimensional")
        if cov.ndim != 2 or cov.shape[0] != cov.shape[1]:
            raise ValueError("cov must be 2 dimensional and square")
        if mean.shape[0] != cov.shape[0]:
            raise ValueError("mean and cov must have same length")
        if method not in {"eigh", "svd", "cholesky"}:
            raise ValueError("method must be one of {'eigh', 'svd', 'cholesky'}")
        if check_valid not in {"ignore", "warn", "raise"}:
            raise ValueError("check_valid must equal 'warn', 'raise', or 'ignore'")
        factor = _decompose(kernel_operand(cov), method, check_valid, tol)
        shape = (*_lengths(size), mean.shape[0])
        numbers = kernel_operand(self.standard_normal(shape, dtype))
        return wrap(np.asarray(numbers @ factor.T + kernel_operand(mean), resolve(dtype)))

    # --- distributions that CuPy computes in two dtypes -------------------------------------------

    def standard_exponential(self, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from the standard exponential distribution."""
        numbers = self._open_sample(size, dtype)
        UFUNCS["log"](numbers, out=numbers)
        return UFUNCS["negative"](numbers)

    def exponential(self, scale: Any = 1.0, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from an exponential distribution."""
        scale = _upload(scale, dtype)
        _reject(scale < 0, "scale < 0")
        numbers = self.standard_exponential(scale.shape if size is None else size, dtype)
        numbers *= scale
        return numbers

    def standard_cauchy(self, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from the standard Cauchy distribution."""
        return UFUNCS["tan"](math.pi * (self.uniform(size=size, dtype=dtype) - 0.5))

    def _transform(self, name: str, parameters: tuple[Any, ...], size: Any, dtype: Any) -> Any:
        """Draw from a distribution of NumPy, in the dtypes for which CuPy has uniform numbers."""
        return self._draw(name, parameters, size, _check_and_get_dtype(dtype))

    def laplace(
        self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = float
    ) -> Any:
        """Return numbers from a Laplace distribution."""
        parameters = _upload(loc, dtype), _upload(scale, dtype)
        return self._transform("laplace", parameters, size, dtype)

    def gumbel(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a Gumbel distribution."""
        parameters = _upload(loc, dtype), _upload(scale, dtype)
        return self._transform("gumbel", parameters, size, dtype)

    def pareto(self, a: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a Pareto distribution."""
        return self._transform("pareto", (_upload(a),), size, dtype)

    def power(self, a: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a power distribution."""
        a = _upload(a)
        _reject(a < 0, "a < 0")
        return self._transform("power", (a,), size, dtype)

    def rayleigh(self, scale: Any = 1.0, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a Rayleigh distribution."""
        scale = _upload(scale)
        _reject(scale < 0, "scale < 0")
        return self._transform("rayleigh", (scale,), size, dtype)

    def triangular(
        self, left: Any, mode: Any, right: Any, size: Any = None, dtype: Any = float
    ) -> Any:
        """Return numbers from a triangular distribution."""
        left, mode, right = _upload(left), _upload(mode), _upload(right)
        _reject(left > mode, "left > mode")
        _reject(mode > right, "mode > right")
        _reject(left == right, "left == right")
        return self._transform("triangular", (left, mode, right), size, dtype)

    def wald(self, mean: Any, scale: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a Wald distribution."""
        return self._transform("wald", (_upload(mean, dtype), _upload(scale, dtype)), size, dtype)

    def weibull(self, a: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a Weibull distribution."""
        a = _upload(a)
        _reject(a < 0, "a < 0")
        return self._transform("weibull", (a,), size, dtype)

    # --- distributions that CuPy computes in any dtype --------------------------------------------

    def beta(self, a: Any, b: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a beta distribution."""
        return self._draw("beta", (_upload(a), _upload(b)), size, dtype)

    def binomial(self, n: Any, p: Any, size: Any = None, dtype: Any = int) -> Any:
        """Return numbers from a binomial distribution."""
        parameters = _upload(n).astype(np.int64, copy=False), _upload(p)
        return self._draw("binomial", parameters, size, dtype)

    def chisquare(self, df: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a chi-square distribution."""
        return self._draw("chisquare", (_upload(df),), size, dtype)

    def dirichlet(self, alpha: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return vectors from a Dirichlet distribution."""
        alpha = _upload(alpha)
        if size is None:
            size = alpha.shape
        elif isinstance(size, int | np.integer):
            size = (size, *alpha.shape)
        else:
            size += alpha.shape
        numbers = self._draw("standard_gamma", (alpha,), size, dtype)
        numbers /= numbers.sum(axis=-1, keepdims=True)
        return numbers

    def f(self, dfnum: Any, dfden: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from an F distribution."""
        return self._draw("f", (_upload(dfnum), _upload(dfden)), size, dtype)

    def gamma(self, shape: Any, scale: Any = 1.0, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a gamma distribution."""
        shape, scale = _upload(shape), _upload(scale)
        lengths = broadcast(shape, scale).shape if size is None else size
        numbers = self._draw("standard_gamma", (shape,), lengths, dtype)
        numbers *= scale
        return numbers

    def geometric(self, p: Any, size: Any = None, dtype: Any = "l") -> Any:
        """Return numbers from a geometric distribution."""
        return self._draw("geometric", (_upload(p),), size, dtype)

    def hypergeometric(
        self, ngood: Any, nbad: Any, nsample: Any, size: Any = None, dtype: Any = "l"
    ) -> Any:
        """Return numbers from a hypergeometric distribution."""
        for name, value, least in (("ngood", ngood, 0), ("nbad", nbad, 0), ("nsample", nsample, 1)):
            if isinstance(value, int | float) and value < least:
                raise ValueError(f"{name} < {least}")
        parameters = _upload(ngood), _upload(nbad), _upload(nsample)
        return self._draw(
            "hypergeometric", parameters, size, dtype, draw=_hypergeometric(self._numpy)
        )

    def logistic(
        self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, dtype: Any = float
    ) -> Any:
        """Return numbers from a logistic distribution."""
        if resolve_supported(dtype).kind not in "fc":
            raise not_implemented(f"cupy.random.logistic in {resolve(dtype)}")
        return self._draw("logistic", (_upload(loc), _upload(scale)), size, dtype)

    def logseries(self, p: Any, size: Any = None, dtype: Any = "l") -> Any:
        """Return numbers from a logarithmic distribution."""
        p = _upload(p)
        _reject(p <= 0, "p <= 0.0")
        _reject(p >= 1, "p >= 1.0")
        return self._draw("logseries", (p,), size, dtype)

    def negative_binomial(self, n: Any, p: Any, size: Any = None, dtype: Any = int) -> Any:
        """Return numbers from a negative binomial distribution."""
        n, p = _upload(n), _upload(p)
        _reject(n <= 0, "n <= 0")
        _reject(p < 0, "p < 0")
        _reject(p > 1, "p > 1")
        return self.poisson(self.gamma(n, (1 - p) / p, size), dtype=dtype)

    def noncentral_chisquare(self, df: Any, nonc: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a noncentral chi-square distribution."""
        df, nonc = _upload(df), _upload(nonc)
        _reject(df <= 0, "df <= 0")
        _reject(nonc < 0, "nonc < 0")
        return self._draw("noncentral_chisquare", (df, nonc), size, dtype)

    def noncentral_f(
        self, dfnum: Any, dfden: Any, nonc: Any, size: Any = None, dtype: Any = float
    ) -> Any:
        """Return numbers from a noncentral F distribution."""
        dfnum, dfden, nonc = _upload(dfnum), _upload(dfden), _upload(nonc)
        _reject(dfnum <= 0, "dfnum <= 0")
        _reject(dfden <= 0, "dfden <= 0")
        _reject(nonc < 0, "nonc < 0")
        return self._draw("noncentral_f", (dfnum, dfden, nonc), size, dtype)

    def poisson(self, lam: Any = 1.0, size: Any = None, dtype: Any = "l") -> Any:
        """Return numbers from a Poisson distribution."""
        return self._draw("poisson", (_upload(lam),), size, dtype)

    def standard_gamma(self, shape: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a gamma distribution of scale 1."""
        return self._draw("standard_gamma", (_upload(shape),), size, dtype)

    def standard_t(self, df: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from Student's distribution."""
        return self._draw("standard_t", (_upload(df),), size, dtype)

    def vonmises(self, mu: Any, kappa: Any, size: Any = None, dtype: Any = float) -> Any:
        """Return numbers from a von Mises distribution."""
        return self._draw("vonmises", (_upload(mu), _upload(kappa)), size, dtype)

    def zipf(self, a: Any, size: Any = None, dtype: Any = int) -> Any:
        """Return numbers from a Zipf distribution."""
        a = _upload(a)
        _reject(a <= 1.0, "'a' must be a valid float > 1.0")
        return self._draw("zipf", (a,), size, dtype)

    # --- integers, samples and permutations -------------------------------------------------------

    def tomaxint(self, size: Any = None) -> Any:
        """Return integers from 0 to the largest ``int``."""
        drawn = self._numpy.randint(0, np.iinfo(int).max, _lengths(size), dtype=int)
        return wrap(np.asarray(drawn))

    def _interval(self, mx: Any, size: Any) -> Any:
        """Return unsigned integers from 0 to `mx`, both included."""
        shape = (size,) if isinstance(size, int) else _lengths(size)
        scalar: Any = mx
        if np.isscalar(mx):
            if scalar < 0:
                raise ValueError(f"mx must be non-negative (actual: {scalar})")
            if scalar > _UINT64_MAX:
                raise ValueError(f"mx must be within uint64 range (actual: {scalar})")
            kind: Any = np.uint32 if scalar <= _UINT32_MAX else np.uint64
            drawn = self._numpy.randint(0, int(scalar) + 1, shape, dtype=kind)
            return wrap(np.asarray(drawn))
        given = kernel_operand(mx)
        if given.dtype.kind not in "iu" or given.dtype.itemsize < 4:
            raise ValueError(f"dtype must be integer, got: {given.dtype}")
        kind = np.uint32 if given.dtype.itemsize == 4 else np.uint64
        limits = [int(one) + 1 for one in given.astype(kind)]
        return wrap(np.array([self._numpy.randint(0, one, dtype=kind) for one in limits], kind))

    def randint(self, low: Any, high: Any = None, size: Any = None, dtype: Any = int) -> Any:
        """Return integers from [low, high), or from [0, low)."""
        if not np.isscalar(low):
            return self._integers_between(_upload(low), high, size, dtype)
        first = 0 if high is None else int(low)  # type: ignore[arg-type]
        last = int(low if high is None else high) - 1  # type: ignore[arg-type]
        if first > last:
            raise ValueError("low >= high")
        limits = np.iinfo(dtype)
        if first < limits.min:
            raise ValueError(f"low is out of bounds for {np.dtype(dtype).name}")
        if last > limits.max:
            raise ValueError(f"high is out of bounds for {np.dtype(dtype).name}")
        drawn = self._interval(last - first, size).astype(dtype, copy=False)
        return UFUNCS["add"](drawn, first, out=drawn)

    def _integers_between(self, low: Any, high: Any, size: Any, dtype: Any) -> Any:
        first, last = (low * 0, low - 1) if high is None else (low, _upload(high) - 1)
        shape = broadcast(first, last).shape if size is None else normalize_shape(size)
        drawn = self._interval((last - first).flatten(), math.prod(shape)).astype(dtype)
        drawn = drawn.reshape(shape)
        return UFUNCS["add"](drawn, first.astype(dtype, copy=False), out=drawn)

    def choice(self, a: Any, size: Any = None, replace: Any = True, p: Any = None) -> Any:  # noqa: C901, PLR0912 - CuPy's checks, in its order
        """Return elements of a one-dimensional array, or of ``range(a)``."""
        if a is None:
            raise ValueError("a must be 1-dimensional or an integer")
        if isinstance(a, DeviceArray) and a.ndim == 0:
            raise NotImplementedError
        count: Any = a
        if isinstance(a, int):
            if a < 0:
                raise ValueError("a must be greater than or equal to 0")
        else:
            a = make_array(a, copy=None, explicit=False)
            if a.ndim != 1:
                raise ValueError("a must be 1-dimensional or an integer")
            count = len(a)
        if p is not None:
            p = _probabilities(p, count)
        if size is None:
            raise NotImplementedError("choice() without specifying size is not supported yet")
        shape = normalize_shape(size)
        number = math.prod(shape)
        if count == 0 and number > 0:
            raise ValueError("a cannot be empty unless no samples are taken")
        if not replace:
            return self._distinct(a, count, number, shape, p)
        if p is None:
            index = self.randint(0, max(count, 1), size=shape).astype(np.int64, copy=False)
        else:
            steps = p.cumsum()
            steps /= steps[-1]
            index = steps.searchsorted(self.random_sample(shape), side="right")
        if isinstance(a, int):
            return index
        return make_copy(a[index], dtype=a.dtype) if index.ndim == 0 else a[index]

    def _distinct(self, a: Any, count: int, number: int, shape: tuple[int, ...], p: Any) -> Any:
        if p is not None:
            raise NotImplementedError
        if count < number:
            raise ValueError("Cannot take a larger sample than population when 'replace=False'")
        if isinstance(a, int):
            # Memory for the sample alone is needed.
            numpys = np.random.Generator(self._numpy._bit_generator)
            return wrap(numpys.choice(a, number, replace=False).astype(np.int64).reshape(shape))
        mixed = a.copy()
        self.shuffle(mixed)
        return mixed[:number].reshape(shape)

    def shuffle(self, a: Any) -> None:
        """Permute a device array in place, along its first axis."""
        if not isinstance(a, DeviceArray):
            raise TypeError("The array must be cupy.ndarray")
        if not a.ndim:
            raise TypeError("An array whose ndim is 0 is not supported")
        array: Any = a
        array[:] = array[self._permutation(len(a))]

    def permutation(self, a: Any) -> Any:
        """Return a permuted copy of a device array, or of ``range(a)``."""
        return self._permutation(a) if isinstance(a, int) else a[self._permutation(len(a))]

    def _permutation(self, count: int) -> Any:
        return wrap(np.asarray(self._numpy.permutation(count), np.int64))


def reject_keywords(name: str, unknown: dict[str, Any]) -> None:
    """Raise ``TypeError`` for unknown keywords."""
    if unknown:
        raise TypeError(f"{name}() got unexpected keyword arguments {', '.join(unknown)}")


def _probabilities(p: Any, count: int) -> Any:
    p = make_copy(p)
    if p.ndim != 1:
        raise ValueError("p must be 1-dimensional")
    if len(p) != count:
        raise ValueError("a and p must have same size")
    if not (p >= 0).all():
        raise ValueError("probabilities are not non-negative")
    if not np.allclose(download(p.sum(), explicit=False), 1):
        raise ValueError("probabilities do not sum to 1")
    return p


def _decompose(cov: Any, method: str, check_valid: str, tol: float) -> Any:
    """Return a matrix whose product with its transpose is the covariance."""
    if method == "cholesky":
        try:
            return np.linalg.cholesky(cov)
        except np.linalg.LinAlgError:
            if check_valid == "raise":
                raise np.linalg.LinAlgError(
                    "Matrix is not positive definite; if matrix is positive-semidefinite, set"
                    "'check_valid' to 'warn'"
                ) from None
            raise not_implemented(
                "cupy.random.multivariate_normal with a matrix that is not positive definite"
            ) from None
    if method == "eigh":
        values, vectors = np.linalg.eigh(cov)
    else:
        vectors, values, _ = np.linalg.svd(cov)
    if check_valid == "warn" and (np.linalg.eigvalsh(cov) < -tol).any():
        warnings.warn(
            "covariance is not positive-semidefinite, output may be invalid.",
            RuntimeWarning,
            stacklevel=4,
        )
    return vectors * np.sqrt(np.abs(values))


_random_states: dict[int, Any] = {}


def _module() -> Any:
    """Return CuPy's private module, in which a program can replace the states."""
    return cupy_module().random._generator


def reset_states() -> None:
    """Forget the states, so that each device starts with a new seed."""
    _module()._random_states = {}


def get_random_state() -> Any:
    """Return the state of this thread's device; ``CUPY_SEED`` is its first seed."""
    states = _module()._random_states
    state = states.get(Device().id)
    if state is None:
        first = os.environ.get("CUPY_SEED")
        state = RandomState(None if first is None else np.uint64(int(first)))
        state = states.setdefault(Device().id, state)
    return state


def set_random_state(rs: Any) -> None:
    """Set the state of this thread's device."""
    if not isinstance(rs, RandomState):
        raise TypeError(f"Random state must be an instance of RandomState. Actual: {type(rs)}")
    _module()._random_states[current_id()] = rs


def seed(seed: Any = None) -> None:
    """Seed the state of this thread's device."""
    get_random_state().seed(seed)
