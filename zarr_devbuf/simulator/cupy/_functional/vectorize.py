"""``vectorize``: a Python function for each element."""

# ruff: noqa: PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.simulator._core.scalars import SCALAR_TYPES
from zarr_devbuf.simulator._core.storage import DeviceArray, kernel_operand, wrap
from zarr_devbuf.simulator._kernels.operands import Operand, broadcast, preprocess
from zarr_devbuf.simulator._kernels.parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["vectorize"]

_PLAIN = Parameter("x", None, "T", raw=False, is_const=True)


class vectorize:  # noqa: N801 - the name is CuPy's
    """A Python function that is called for each element of arrays, which are broadcast.

    CuPy translates the function to CUDA C++. Here Python runs it, with NumPy scalars of the dtypes
    of the arguments; so it may do what CuPy could not translate.

    Parameters
    ----------
    pyfunc
        The function; it returns a number, or a tuple of numbers for several results.
    otypes
        As in CuPy, it cannot be used.
    doc
        The documentation.
    excluded, signature
        As in CuPy, they raise ``NotImplementedError``.
    cache
        Ignored.
    """

    __module__ = "cupy"

    def __init__(
        self,
        pyfunc: Callable[..., Any],
        otypes: Any = None,
        doc: str | None = None,
        excluded: Any = None,
        cache: bool = False,
        signature: Any = None,
    ) -> None:
        self.pyfunc = pyfunc
        self.__doc__ = doc or pyfunc.__doc__
        self.excluded = excluded
        self.cache = cache
        self.signature = signature
        self.otypes = None if otypes is None else "".join(np.dtype(one).char for one in otypes)
        if excluded is not None:
            raise NotImplementedError(
                "cupy.vectorize does not support `excluded` option currently."
            )
        if signature is not None:
            raise NotImplementedError(
                "cupy.vectorize does not support `signature` option currently."
            )

    def __call__(self, *args: Any) -> Any:
        """Call the function for each element; return an array, or a tuple of arrays."""
        if self.otypes is not None:
            raise NotImplementedError
        operands, shape = broadcast(preprocess(args), [_PLAIN] * len(args), has_size=False)
        inputs = [
            np.broadcast_to(kernel_operand(one.array), shape)
            if isinstance(one, Operand)
            else np.broadcast_to(np.asarray(one.value), shape)
            for one in operands
        ]
        rows = [self.pyfunc(*row) for row in zip(*(one.flat for one in inputs), strict=True)]
        # Without elements, the function is called once, for the dtypes of its results.
        sample = rows[0] if rows else self.pyfunc(*(one.dtype.type(1) for one in inputs))
        if isinstance(sample, tuple):
            columns = zip(*rows, strict=True) if rows else ([] for _ in sample)
            return tuple(
                _array(list(column), one, shape)
                for column, one in zip(columns, sample, strict=True)
            )
        return _array(rows, sample, shape)


def _array(values: list[Any], sample: Any, shape: tuple[int, ...]) -> Any:
    plain = [_number(one) for one in values]
    return wrap(np.array(plain, _dtype(plain or [_number(sample)])).reshape(shape))


def _number(value: Any) -> Any:
    if isinstance(value, DeviceArray) and not value.ndim:
        # A function of CuPy has made it.
        return kernel_operand(value)[()]
    if type(value) in SCALAR_TYPES:
        return value
    raise TypeError(f"Invalid return type: {type(value)}")


def _dtype(values: list[Any]) -> np.dtype[Any]:
    """Return the one dtype of all values; Python's numbers adapt to NumPy's."""
    strong = {np.asarray(one).dtype for one in values if isinstance(one, (np.generic, bool))}
    weak = {type(one): one for one in values if not isinstance(one, (np.generic, bool))}
    if len(strong) > 1:
        raise TypeError(f"The results have several types: {', '.join(sorted(map(str, strong)))}")
    found: np.dtype[Any] = np.result_type(*strong, *weak.values())
    return found
