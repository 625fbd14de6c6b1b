"""Decorators that run a test with NumPy and with the device, or with many dtypes."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import functools
import importlib
import inspect
import os
import random
import traceback
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator.cupy.testing import _array, _parameterized
from zarr_devbuf.simulator.cupy.testing._helper import cupy_module
from zarr_devbuf.simulator.cupy.testing._pytest_impl import skip_exceptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ERRORS = (
    AttributeError,
    Exception,
    IndexError,
    TypeError,
    ValueError,
    NotImplementedError,
    DeprecationWarning,
    np.exceptions.AxisError,
    np.linalg.LinAlgError,
)

_complex_dtypes = (np.complex64, np.complex128)
_regular_float_dtypes = (np.float64, np.float32)
_float_dtypes = (*_regular_float_dtypes, np.float16)
_signed_dtypes = tuple(np.dtype(char).type for char in "bhilq")
_unsigned_dtypes = tuple(np.dtype(char).type for char in "BHILQ")
_int_dtypes = _signed_dtypes + _unsigned_dtypes
_int_bool_dtypes = (*_int_dtypes, np.bool_)

_sampling = int(os.environ.get("CUPY_TEST_RANDOM_SUBSAMPLE", "0")) != 0
_sampler = random.Random(os.environ.get("_CUPY_TEST_SUBSAMPLE_SEED"))  # noqa: S311 - of tests


def _sample(values: Any) -> Any:
    return _sampler.sample(values, 1 + len(values) // 15) if _sampling else values


# --- the two runs of a test ------------------------------------------------------------------


def _wraps_partial(wrapped: Any, *names: str) -> Any:
    """Return a decorator of a function that has all parameters of another but some."""

    def decorate(impl: Any) -> Any:
        impl = functools.wraps(wrapped)(impl)
        given = functools.partial(wrapped, **dict.fromkeys(names))
        impl.__signature__ = inspect.signature(given)
        return impl

    return decorate


def _wraps_partial_xp(
    wrapped: Any, name: str, sp_name: str | None = None, scipy_name: str | None = None
) -> Any:
    return _wraps_partial(wrapped, *(one for one in (name, sp_name, scipy_name) if one is not None))


class _Names:
    """The parameters of a test that are modules."""

    def __init__(self, name: str, sp_name: str | None, scipy_name: str | None) -> None:
        for one in (name, sp_name or "", scipy_name or ""):
            if not isinstance(one, str):
                raise AssertionError(f"expected the name of a parameter, got {one!r}")  # noqa: TRY004 - CuPy's
        self.xp, self.sparse, self.scipy = name, sp_name, scipy_name

    def host(self) -> dict[str, Any]:
        return self._modules(np, "scipy")

    def device(self) -> dict[str, Any]:
        return self._modules(cupy_module(), "cupyx.scipy")

    def _modules(self, xp: Any, scipy: str) -> dict[str, Any]:
        modules = {self.xp: xp}
        if self.sparse:
            modules[self.sparse] = importlib.import_module(f"{scipy}.sparse")
        if self.scipy:
            modules[self.scipy] = importlib.import_module(scipy)
        return modules


def _call(impl: Any, args: Any, kw: dict[str, Any]) -> tuple[Any, BaseException | None]:
    errors: tuple[type[BaseException], ...] = (Exception, *skip_exceptions())
    try:
        return impl(*args, **kw), None
    except errors as error:
        tb = error.__traceback__
        if tb is None or tb.tb_next is None:
            # The call itself is wrong.
            raise
        return None, error


def _call_both(impl: Any, args: Any, kw: dict[str, Any], names: _Names) -> tuple[Any, Any]:
    # Both modules are imported first: a failed import is not a result.
    device, host = names.device(), names.host()
    return _call(impl, args, kw | device), _call(impl, args, kw | host)


def _text(error: BaseException | None) -> str:
    return "" if error is None else "".join(traceback.format_exception(error))


def _check_errors(device: Any, host: Any, accept_error: Any = False) -> None:
    """Raise unless both runs raised errors of the same kind, which are accepted."""
    skips = skip_exceptions()
    if isinstance(device, skips) and isinstance(host, skips):
        if type(device) is not type(host):
            raise AssertionError("Both numpy and cupy were skipped but with different exceptions.")
        if device.args != host.args:
            raise AssertionError("Both numpy and cupy were skipped but with different causes.")
        raise host
    accepted = Exception if accept_error is True else accept_error or ()
    tb = device.__traceback__ if device is not None else getattr(host, "__traceback__", None)
    both = f"cupy\n{_text(device)}\nnumpy\n{_text(host)}"
    if device is None and host is None:
        raise AssertionError("Both cupy and numpy are expected to raise errors, but not")
    if device is None:
        raise AssertionError(f"Only numpy raises error\n\n{_text(host)}").with_traceback(tb)
    if host is None:
        raise AssertionError(f"Only cupy raises error\n\n{_text(device)}").with_traceback(tb)
    if any(isinstance(device, kind) != isinstance(host, kind) for kind in _ERRORS):
        raise AssertionError(f"Different types of errors occurred\n\n{both}").with_traceback(tb)
    if not (isinstance(device, accepted) and isinstance(host, accepted)):
        raise AssertionError(f"Both cupy and numpy raise exceptions\n\n{both}").with_traceback(tb)


# --- comparison of the results ---------------------------------------------------------------


def _compared(device: Any, host: Any, sparse: bool, check_format: bool) -> tuple[Any, Any]:
    """Return the arrays of two results, which must be of the same kind."""
    xp = cupy_module()
    if sparse and importlib.import_module("cupyx.scipy.sparse").issparse(device):
        if not importlib.import_module("scipy.sparse").issparse(host):
            raise AssertionError(f"expected a sparse matrix of SciPy, got {type(host)}")
        if check_format and device.format != host.format:
            raise AssertionError(f"Formats differ: cupy {device.format}, numpy {host.format}")
        return device.toarray(), host.toarray()
    if isinstance(device, xp.ndarray) and isinstance(host, np.ndarray | np.generic):
        return device, host
    if isinstance(device, xp.poly1d) and isinstance(host, np.poly1d):
        if device.variable != host.variable:
            raise AssertionError(f"Variables differ: {device.variable} and {host.variable}")
        return device.coeffs, host.coeffs
    if isinstance(device, np.generic) and isinstance(host, np.generic):
        return device, host
    if np.isscalar(device) and np.isscalar(host):
        return xp.array(device), np.array(host)
    raise AssertionError(
        "numpy and cupy returns different type of return value:\n"
        f"cupy: {type(device)}\nnumpy: {type(host)}"
    )


def _check_dtypes(pairs: Any) -> None:
    for device, host in pairs:
        if device.dtype != host.dtype:
            raise AssertionError(
                "ndarrays of different dtypes are returned.\n"
                f"cupy: {device.dtype}\nnumpy: {host.dtype}"
            )


def _check_shapes(pairs: Any) -> None:
    for device, host in pairs:
        if device.shape != host.shape:
            raise AssertionError(f"Shapes differ: cupy {device.shape}, numpy {host.shape}")


def _check_contiguity(pairs: Any) -> None:
    arrays = [(device, host) for device, host in pairs if isinstance(host, np.ndarray)]
    for flag in ("c_contiguous", "f_contiguous"):
        if any(getattr(b.flags, flag) and not getattr(a.flags, flag) for a, b in arrays):
            raise AssertionError(
                f"The state of {flag} flag is false. (cupy_result:False numpy_result:True)"
            )


def _is_dtype(value: Any) -> bool:
    if isinstance(value, type):
        return issubclass(value, np.number)
    return isinstance(value, np.dtype | str)


def _contains_signed_and_unsigned(kw: dict[str, Any]) -> bool:
    dtypes = [value for value in kw.values() if _is_dtype(value)]
    unsigned = any(dtype in dtypes for dtype in _unsigned_dtypes)
    return unsigned and any(dtype in dtypes for dtype in _float_dtypes + _signed_dtypes)


def _positive(impl: Any, args: Any, kw: dict[str, Any], names: _Names) -> list[Any]:
    """Return where results are not negative, if the dtypes were signed."""
    signed = {
        key: np.dtype(np.dtype(value).char.lower()).type
        for key, value in kw.items()
        if _is_dtype(value) and value in _unsigned_dtypes
    }
    result, error = _call(impl, args, kw | signed | names.device())
    if error is not None:
        raise AssertionError(f"the test fails with signed dtypes\n\n{_text(error)}")
    return [cupy_module().asnumpy(one) >= 0 for one in _as_sequence(result)]


def _masks(impl: Any, args: Any, kw: dict[str, Any], names: _Names, device: Any) -> list[Any]:
    """Return which elements of each result are compared; None: all.

    A conversion of negative numbers to unsigned integers gives anything.
    """
    if not _contains_signed_and_unsigned(kw):
        return [None] * len(device)
    is_unsigned = [one.dtype in _unsigned_dtypes for one in device]
    if not any(is_unsigned):
        return [None] * len(device)
    found = _positive(impl, args, kw, names)
    return [mask if one else None for one, mask in zip(is_unsigned, found, strict=True)]


def _as_sequence(result: Any) -> Any:
    return result if isinstance(result, tuple | list) else (result,)


def _compare(
    pairs: Any, check: Callable[[Any, Any], None], masks: Iterable[Any], type_check: bool
) -> None:
    if type_check:
        _check_dtypes(pairs)
    _check_shapes(pairs)
    for (device, host), mask in zip(pairs, masks, strict=True):
        if mask is None:
            check(device, host)
        elif device.shape != ():
            check(device[mask].get(), host[mask])
        elif mask.any():
            check(device, host)


def _make_decorator(
    check: Callable[[Any, Any], None],
    name: str,
    type_check: bool,
    contiguous_check: bool,
    accept_error: Any,
    sp_name: str | None = None,
    scipy_name: str | None = None,
    check_sparse_format: bool = True,
) -> Any:
    names = _Names(name, sp_name, scipy_name)

    def decorate(impl: Any) -> Any:
        @_wraps_partial_xp(impl, name, sp_name, scipy_name)  # type: ignore[untyped-decorator]
        def test(*args: Any, **kw: Any) -> None:
            (device, device_error), (host, host_error) = _call_both(impl, args, kw, names)
            _check_results((device, device_error), (host, host_error))
            if device_error is not None or host_error is not None:
                _check_errors(device_error, host_error, accept_error)
                return
            device, host = _as_sequence(device), _as_sequence(host)
            if len(device) != len(host):
                raise AssertionError(f"{len(device)} and {len(host)} results")
            both = list(zip(device, host, strict=True))
            pairs = [_compared(*pair, sp_name is not None, check_sparse_format) for pair in both]
            if contiguous_check:
                _check_contiguity(both)
            _compare(pairs, check, _masks(impl, args, kw, names, device), type_check)

        return test

    return decorate


def _check_results(*results: tuple[Any, BaseException | None]) -> None:
    for result, error in results:
        if result is None and error is None:
            raise AssertionError("the test returns None")


def _check_tolerance(tolerance: Any) -> None:
    for key in tolerance if isinstance(tolerance, dict) else ():
        if type(key) is not type and key != "default":
            raise TypeError(
                "Keys of the tolerance dictionary need to be type objects as `numpy.float32` and "
                "`cupy.float32` or `'default'` string."
            )


def _tolerance(dtype: Any, tolerance: Any) -> Any:
    if not isinstance(tolerance, dict):
        return tolerance
    found = tolerance.get(dtype.type, tolerance.get("default"))
    if found is None:
        raise TypeError(f"Can not find tolerance for {dtype.type}")
    return found


def numpy_cupy_allclose(
    rtol: Any = 1e-7,
    atol: Any = 0,
    err_msg: str = "",
    verbose: bool = True,
    name: str = "xp",
    type_check: bool = True,
    accept_error: Any = False,
    sp_name: str | None = None,
    scipy_name: str | None = None,
    contiguous_check: bool = True,
    *,
    _check_sparse_format: bool = True,
) -> Any:
    """Run a test with NumPy and with the device; the results must be close.

    Tolerances can be dicts, by scalar type; ``"default"`` is for all others.
    """
    _check_tolerance(rtol)
    _check_tolerance(atol)
    if not type_check and (isinstance(rtol, dict) or isinstance(atol, dict)):
        raise TypeError(
            "When `type_check` is `False`, `rtol` and `atol` must be supplied as float."
        )

    def check(device: Any, host: Any) -> None:
        tolerances = _tolerance(device.dtype, rtol), _tolerance(device.dtype, atol)
        _array.assert_allclose(device, host, *tolerances, err_msg=err_msg, verbose=verbose)

    return _make_decorator(
        check,
        name,
        type_check,
        contiguous_check,
        accept_error,
        sp_name,
        scipy_name,
        _check_sparse_format,
    )


def numpy_cupy_array_almost_equal(
    decimal: int = 6,
    err_msg: str = "",
    verbose: bool = True,
    name: str = "xp",
    type_check: bool = True,
    accept_error: Any = False,
    sp_name: str | None = None,
    scipy_name: str | None = None,
) -> Any:
    """Run a test with NumPy and with the device; the results must agree to some decimals."""

    def check(device: Any, host: Any) -> None:
        _array.assert_array_almost_equal(device, host, decimal, err_msg, verbose)

    return _make_decorator(check, name, type_check, False, accept_error, sp_name, scipy_name)


def numpy_cupy_array_almost_equal_nulp(
    nulp: int = 1,
    name: str = "xp",
    type_check: bool = True,
    accept_error: Any = False,
    sp_name: str | None = None,
    scipy_name: str | None = None,  # noqa: ARG001 - CuPy does not use it
) -> Any:
    """Run a test with NumPy and with the device; the results must be representable neighbours."""

    def check(device: Any, host: Any) -> None:
        _array.assert_array_almost_equal_nulp(device, host, nulp)

    return _make_decorator(check, name, type_check, False, accept_error, sp_name)


def numpy_cupy_array_max_ulp(
    maxulp: int = 1,
    dtype: Any = None,
    name: str = "xp",
    type_check: bool = True,
    accept_error: Any = False,
    sp_name: str | None = None,
    scipy_name: str | None = None,
) -> Any:
    """Run a test with NumPy and with the device; the results must agree to units of precision."""

    def check(device: Any, host: Any) -> None:
        _array.assert_array_max_ulp(device, host, maxulp, dtype)

    return _make_decorator(check, name, type_check, False, accept_error, sp_name, scipy_name)


def numpy_cupy_array_equal(
    err_msg: str = "",
    verbose: bool = True,
    name: str = "xp",
    type_check: bool = True,
    accept_error: Any = False,
    sp_name: str | None = None,
    scipy_name: str | None = None,
    strides_check: bool = False,
) -> Any:
    """Run a test with NumPy and with the device; the results must be equal."""

    def check(device: Any, host: Any) -> None:
        _array.assert_array_equal(device, host, err_msg, verbose, strides_check=strides_check)

    return _make_decorator(check, name, type_check, False, accept_error, sp_name, scipy_name)


def numpy_cupy_array_list_equal(
    err_msg: str = "",
    verbose: bool = True,
    name: str = "xp",
    sp_name: str | None = None,
    scipy_name: str | None = None,
) -> Any:
    """Run a test with NumPy and with the device; the lists of results must be equal."""
    warnings.warn(
        "numpy_cupy_array_list_equal is deprecated. Use numpy_cupy_array_equal instead.",
        DeprecationWarning,
        stacklevel=1,
    )

    def check(device: Any, host: Any) -> None:
        _array.assert_array_equal(device, host, err_msg, verbose)

    return _make_decorator(check, name, False, False, False, sp_name, scipy_name)


def numpy_cupy_array_less(
    err_msg: str = "",
    verbose: bool = True,
    name: str = "xp",
    type_check: bool = True,
    accept_error: Any = False,
    sp_name: str | None = None,
    scipy_name: str | None = None,
) -> Any:
    """Run a test with NumPy and with the device; the device's results must be less."""

    def check(device: Any, host: Any) -> None:
        _array.assert_array_less(device, host, err_msg, verbose)

    return _make_decorator(check, name, type_check, False, accept_error, sp_name, scipy_name)


def numpy_cupy_equal(
    name: str = "xp", sp_name: str | None = None, scipy_name: str | None = None
) -> Any:
    """Run a test with NumPy and with the device; ``==`` of the results must be true."""
    names = _Names(name, sp_name, scipy_name)

    def decorate(impl: Any) -> Any:
        @_wraps_partial_xp(impl, name, sp_name, scipy_name)  # type: ignore[untyped-decorator]
        def test(*args: Any, **kw: Any) -> None:
            (device, device_error), (host, host_error) = _call_both(impl, args, kw, names)
            if device_error is not None or host_error is not None:
                _check_errors(device_error, host_error)
            elif device != host:
                raise AssertionError(f"Results are not equal:\ncupy: {device}\nnumpy: {host}")

        return test

    return decorate


def numpy_cupy_raises(
    name: str = "xp",
    sp_name: str | None = None,
    scipy_name: str | None = None,
    accept_error: Any = Exception,
) -> Any:
    """Run a test with NumPy and with the device; both must raise errors of the same kind."""
    warnings.warn("cupy.testing.numpy_cupy_raises is deprecated.", DeprecationWarning, stacklevel=1)
    names = _Names(name, sp_name, scipy_name)

    def decorate(impl: Any) -> Any:
        @_wraps_partial_xp(impl, name, sp_name, scipy_name)  # type: ignore[untyped-decorator]
        def test(*args: Any, **kw: Any) -> None:
            (_, device_error), (_, host_error) = _call_both(impl, args, kw, names)
            _check_errors(device_error, host_error, accept_error)

        return test

    return decorate


# --- loops -----------------------------------------------------------------------------------


def _loop(cases: Iterable[dict[str, Any]], *names: str, skip: bool = True) -> Any:
    """Return a decorator that runs a test for each of several sets of arguments.

    A skip of one case leaves the others to run, if `skip` is set. The set that fails is printed.
    """
    skips = skip_exceptions() if skip else ()

    def decorate(impl: Any) -> Any:
        @_wraps_partial(impl, *names)  # type: ignore[untyped-decorator]
        def test(*args: Any, **kw: Any) -> None:
            for case in cases:
                shown = ", ".join(f"{name} = {value}" for name, value in case.items())
                try:
                    impl(*args, **kw | case)
                except skips as error:
                    print(f"skipped: {shown} ({error})")  # noqa: T201 - in a test
                except Exception:
                    print(shown)  # noqa: T201
                    raise

        return test

    return decorate


def for_dtypes(dtypes: Any, name: str = "dtype") -> Any:
    """Run a test for each of several dtypes; it gets scalar types."""
    return _loop([{name: np.dtype(dtype).type} for dtype in _sample(dtypes)], name)


def _all_dtypes(no_float16: bool, no_bool: bool, no_complex: bool) -> tuple[Any, ...]:
    return (
        *(_regular_float_dtypes if no_float16 else _float_dtypes),
        *(_int_dtypes if no_bool else _int_bool_dtypes),
        *(() if no_complex else _complex_dtypes),
    )


def for_all_dtypes(
    name: str = "dtype", no_float16: bool = False, no_bool: bool = False, no_complex: bool = False
) -> Any:
    """Run a test for each dtype of numbers."""
    return for_dtypes(_all_dtypes(no_float16, no_bool, no_complex), name)


def for_float_dtypes(name: str = "dtype", no_float16: bool = False) -> Any:
    """Run a test for each real floating dtype."""
    return for_dtypes(_regular_float_dtypes if no_float16 else _float_dtypes, name)


def for_signed_dtypes(name: str = "dtype") -> Any:
    """Run a test for each dtype of signed integers."""
    return for_dtypes(_signed_dtypes, name)


def for_unsigned_dtypes(name: str = "dtype") -> Any:
    """Run a test for each dtype of unsigned integers."""
    return for_dtypes(_unsigned_dtypes, name)


def for_int_dtypes(name: str = "dtype", no_bool: bool = False) -> Any:
    """Run a test for each dtype of integers."""
    return for_dtypes(_int_dtypes if no_bool else _int_bool_dtypes, name)


def for_complex_dtypes(name: str = "dtype") -> Any:
    """Run a test for each complex dtype."""
    return for_dtypes(_complex_dtypes, name)


def for_dtypes_combination(types: Any, names: Any = ("dtype",), full: bool | None = None) -> Any:
    """Run a test for combinations of dtypes: for all of them, or for a random part.

    `full` is by default whether ``CUPY_TEST_FULL_COMBINATION`` is set to 1.
    """
    types = list(types)
    if len(types) == 1:
        (name,) = names
        return for_dtypes(types, name)
    if full is None:
        full = int(os.environ.get("CUPY_TEST_FULL_COMBINATION", "0")) != 0
    if full:
        return _loop(_sample(_parameterized.product(dict.fromkeys(names, types))), *names)
    # Equal dtypes, and one random combination for each dtype of each parameter.
    columns = [types + random.sample(types, len(types)) for _ in names]
    rows = sorted(set(zip(*columns, strict=True)), key=str)
    return _loop(_sample([dict(zip(names, row, strict=True)) for row in rows]), *names)


def for_all_dtypes_combination(
    names: Any = ("dtyes",),  # CuPy's spelling
    no_float16: bool = False,
    no_bool: bool = False,
    full: bool | None = None,
    no_complex: bool = False,
) -> Any:
    """Run a test for combinations of all dtypes of numbers."""
    return for_dtypes_combination(_all_dtypes(no_float16, no_bool, no_complex), names, full)


def for_signed_dtypes_combination(names: Any = ("dtype",), full: bool | None = None) -> Any:
    """Run a test for combinations of the dtypes of signed integers."""
    return for_dtypes_combination(_signed_dtypes, names, full)


def for_unsigned_dtypes_combination(names: Any = ("dtype",), full: bool | None = None) -> Any:
    """Run a test for combinations of the dtypes of unsigned integers."""
    return for_dtypes_combination(_unsigned_dtypes, names, full)


def for_int_dtypes_combination(
    names: Any = ("dtype",), no_bool: bool = False, full: bool | None = None
) -> Any:
    """Run a test for combinations of the dtypes of integers."""
    return for_dtypes_combination(_int_dtypes if no_bool else _int_bool_dtypes, names, full)


def for_orders(orders: Any, name: str = "order") -> Any:
    """Run a test for each of several memory orders."""
    return _loop([{name: order} for order in orders], name, skip=False)


def for_CF_orders(name: str = "order") -> Any:  # noqa: N802 - CuPy's name
    """Run a test for the orders C and F."""
    return for_orders([None, "C", "F", "c", "f"], name)


def for_contiguous_axes(name: str = "axis") -> Any:
    """Run a test for the axes that are contiguous, from its arguments ``shape`` and ``order``."""

    def decorate(impl: Any) -> Any:
        @_wraps_partial(impl, name)  # type: ignore[untyped-decorator]
        def test(self: Any, *args: Any, **kw: Any) -> None:
            axes = tuple(range(len(kw["shape"])))
            if kw["order"] not in ("C", "c", "F", "f"):
                raise ValueError("Please specify the array order.")
            for i in axes:
                case = axes[i:] if kw["order"] in "Cc" else axes[: i + 1]
                try:
                    impl(self, *args, **kw | {name: case})
                except Exception:
                    print(f"{name} = {case}, shape = {kw['shape']}, order = {kw['order']}")  # noqa: T201
                    raise

        return test

    return decorate
