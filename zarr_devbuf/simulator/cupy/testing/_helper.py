"""Arrays for tests, and conditions on the installed packages."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import contextlib
import importlib.metadata
import inspect
import math
import unittest
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from zarr_devbuf.simulator.cupy.testing._pytest_impl import is_available

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

__all__ = [
    "AssertFunctionIsCalled",
    "NumpyAliasBasicTestBase",
    "NumpyAliasTestBase",
    "NumpyAliasValuesTestBase",
    "assert_function_is_called",
    "assert_warns",
    "cupy_module",
    "generate_matrix",
    "installed",
    "is_after_baseline",
    "numpy_satisfies",
    "shaped_arange",
    "shaped_linspace",
    "shaped_random",
    "shaped_reverse_arange",
    "shaped_sparse_random",
    "skip_if_after_baseline",
    "with_requires",
]

_BASELINE = {"numpy": "2.3", "scipy": "1.14"}


def cupy_module() -> ModuleType:
    """Return the simulator's ``cupy``: the module that replaces CuPy, if it is replaced."""
    import sys  # noqa: PLC0415

    from zarr_devbuf.simulator import cupy  # noqa: PLC0415 - imports this module

    replacing = sys.modules.get("cupy")
    return replacing if getattr(replacing, "ndarray", None) is cupy.ndarray else cupy  # type: ignore[return-value]


def _skip_if(condition: bool, reason: str) -> Any:
    if not is_available():
        return unittest.skipIf(condition, reason)
    import pytest  # noqa: PLC0415 - optional

    return pytest.mark.skipif(condition, reason=reason)


def is_after_baseline(*, numpy: str | None = None, scipy: str | None = None) -> bool:
    """Return whether a version is newer than the oldest one that CuPy's tests expect."""
    from packaging.version import Version  # noqa: PLC0415 - optional

    if (numpy is None) == (scipy is None):
        raise ValueError("Exactly one of numpy or scipy must be specified.")
    if numpy is not None:
        return Version(numpy) > Version(_BASELINE["numpy"])
    return Version(str(scipy)) > Version(_BASELINE["scipy"])


@cache
def _version(name: str) -> str | None:
    if name == "cupy":
        return str(cupy_module().__version__)
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def installed(*specifiers: str) -> bool:
    """Return whether packages are installed, in versions such as ``"numpy>=2.1"``."""
    from packaging.requirements import Requirement  # noqa: PLC0415 - optional

    for requirement in map(Requirement, specifiers):
        found = _version(requirement.name)
        if found is None or not requirement.specifier.contains(found, prereleases=True):
            return False
    return True


def numpy_satisfies(version_range: str) -> bool:
    """Return whether NumPy's version is in a range such as ``">=2.1"``."""
    return installed(f"numpy{version_range}")


def with_requires(*requirements: str) -> Any:
    """Skip a test unless packages are installed."""
    return _skip_if(not installed(*requirements), f"requires: {','.join(requirements)}")


def skip_if_after_baseline(
    *, numpy: str | None = None, scipy: str | None = None, reason: str = ""
) -> Any:
    """Skip a test if a version is installed that is newer than CuPy's tests expect."""

    def decorate(function: Any) -> Any:
        if numpy is not None and is_after_baseline(numpy=numpy):
            function = _skip_if(installed(f"numpy>={numpy}"), reason)(function)
        if scipy is not None and is_after_baseline(scipy=scipy):
            function = _skip_if(installed(f"scipy>={scipy}"), reason)(function)
        return function

    return decorate


def _size(shape: Any) -> int:
    return math.prod(shape) if isinstance(shape, tuple | list) else int(shape)


def _numbers(values: Any, dtype: Any) -> Any:
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        values = values % 2 == 0
    elif dtype.kind == "c":
        values = values * (1 + 1j)
    return values.astype(dtype)


def shaped_arange(shape: Any, xp: Any = None, dtype: Any = np.float32, order: Any = "C") -> Any:
    """Return an array of 1, 2, 3, …; complex numbers have equal parts, bools are true if even."""
    values = _numbers(np.arange(1, _size(shape) + 1), dtype)
    return (xp or cupy_module()).array(values.reshape(shape), order=order)


def shaped_reverse_arange(shape: Any, xp: Any = None, dtype: Any = np.float32) -> Any:
    """Return an array of numbers that decrease to 1."""
    values = _numbers(np.arange(_size(shape), 0, -1), dtype)
    return (xp or cupy_module()).array(values.reshape(shape))


def shaped_random(
    shape: Any,
    xp: Any = None,
    dtype: Any = np.float32,
    scale: float = 10,
    seed: Any = 0,
    order: Any = "C",
) -> Any:
    """Return an array of random numbers from 0 to a scale; the same for the same seed."""
    generator = np.random.RandomState(seed)
    dtype = np.dtype(dtype)
    values: Any
    if dtype.kind == "b":
        values = generator.randint(2, size=shape)
    elif dtype.kind == "c":
        real = generator.rand(*shape)
        values = (real + 1j * generator.rand(*shape)) * scale
    else:
        values = generator.rand(*shape) * scale
    return (xp or cupy_module()).asarray(values, dtype=dtype, order=order)


def shaped_sparse_random(
    shape: Any,
    sp: Any = None,
    dtype: Any = np.float32,
    density: float = 0.01,
    format: str = "coo",  # noqa: A002 - CuPy's name
    seed: Any = 0,
) -> Any:
    """Return a sparse matrix of random numbers; the same for the same seed."""
    import scipy.sparse  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415

    if sp is None:
        sp = importlib.import_module("cupyx.scipy.sparse")
    rows, columns = shape
    matrix = scipy.sparse.random(rows, columns, density, random_state=seed).astype(dtype)
    try:
        return sp.coo_matrix(matrix).asformat(format)
    except AttributeError:
        raise ValueError(f"Module {sp} does not have the expected sparse APIs") from None


def shaped_linspace(
    start: float, stop: float, shape: Any, xp: Any = None, dtype: Any = np.float32
) -> Any:
    """Return an array of numbers with equal distances."""
    dtype = np.dtype(dtype)
    if dtype.kind in "bu":
        start = max(start, 0)
    if dtype.kind == "b":
        stop = min(stop, 1)
    values = np.linspace(start, stop, np.prod(shape)).astype(dtype)
    return (xp or cupy_module()).array(values.reshape(shape))


def generate_matrix(
    shape: Any, xp: Any = None, dtype: Any = np.float32, *, singular_values: Any = None
) -> Any:
    """Return random matrices with given singular values."""
    xp = xp or cupy_module()
    if len(shape) <= 1:
        raise ValueError(f"shape {shape} is invalid for matrices: too few axes")
    if singular_values is None:
        raise TypeError("singular_values is not given")
    values = xp.asarray(singular_values)
    dtype = np.dtype(dtype)
    if dtype.kind not in "fc":
        raise TypeError(f"dtype {dtype} is not supported")
    if not xp.isrealobj(values):
        raise TypeError("singular_values is not real")
    if (values < 0).any():
        raise ValueError("negative singular value is given")
    matrix = xp.random.randn(*shape)
    if dtype.kind == "c":
        matrix = matrix + 1j * xp.random.randn(*shape)
    left, found, right = xp.linalg.svd(matrix, full_matrices=False)
    scaled = left * xp.broadcast_to(values, found.shape)[..., None, :]
    return (scaled @ right).astype(dtype)


@contextlib.contextmanager
def assert_warns(expected: Any) -> Iterator[None]:
    """Raise ``AssertionError`` unless the block gives a warning of a class."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield
    if not any(isinstance(one.message, expected) for one in found):
        # The misspelled word is CuPy's.
        raise AssertionError(f"{getattr(expected, '__name__', expected)} not triggerred")


class NumpyAliasTestBase(unittest.TestCase):
    """Tests of a function that CuPy shares with NumPy; subclasses set ``func``, its name."""

    @property
    def func(self) -> str:
        """The name of the function."""
        raise NotImplementedError

    @property
    def cupy_func(self) -> Any:
        """The function of CuPy."""
        return getattr(cupy_module(), self.func)

    @property
    def numpy_func(self) -> Any:
        """The function of NumPy."""
        return getattr(np, self.func)


class NumpyAliasBasicTestBase(NumpyAliasTestBase):
    """Tests of the signature and the docstring of an alias."""

    def test_argspec(self) -> None:
        """The signatures are equal."""
        ours, numpys = inspect.signature(self.cupy_func), inspect.signature(self.numpy_func)
        assert ours == numpys  # noqa: S101 - a test

    def test_docstring(self) -> None:
        """There is a docstring of its own."""
        assert self.cupy_func.__doc__  # noqa: S101 - a test
        assert self.cupy_func.__doc__ is not self.numpy_func.__doc__  # noqa: S101 - a test


class NumpyAliasValuesTestBase(NumpyAliasTestBase):
    """A test of the result for ``args``."""

    args: Any

    def test_values(self) -> None:
        """The results are equal."""
        assert self.cupy_func(*self.args) == self.numpy_func(*self.args)  # noqa: S101 - a test


@contextlib.contextmanager
def assert_function_is_called(*args: Any, times_called: int = 1, **kwargs: Any) -> Iterator[None]:
    """Raise ``AssertionError`` unless the block calls a function a number of times."""
    with mock.patch(*args, **kwargs) as handle:
        yield
        if handle.call_count != times_called:
            raise AssertionError(f"expected {times_called} calls, got {handle.call_count}")


AssertFunctionIsCalled = assert_function_is_called
