"""Classes of tests with sets of attributes."""

from __future__ import annotations

import itertools
import types
import unittest
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator.cupy.testing import _bundle, _pytest_impl
from zarr_devbuf.simulator.cupy.testing._case_name import case_name

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parameterize", "product", "product_dict"]


def _attribute(value: Any) -> Any:
    # A function as an attribute of a class would be bound.
    return staticmethod(value) if isinstance(value, types.FunctionType) else value


def _cases(base: Any, params: tuple[dict[str, Any], ...]) -> Iterator[tuple[Any, ...]]:
    for number, param in enumerate(params):

        def show(self: Any, param: dict[str, Any] = param) -> str:
            return f"<{base.__repr__(self)}  parameter: {param}>"

        members = {name: _attribute(value) for name, value in param.items()}
        yield case_name(base.__name__, number, param), {**members, "__repr__": show}, _same


def _same(function: Any) -> Any:
    return function


def parameterize(*params: dict[str, Any], **kwargs: Any) -> Any:
    """Return a class decorator that runs the tests of a class once for each set of attributes."""

    def decorate(cls: Any) -> Any:
        if not issubclass(cls, unittest.TestCase):
            return _pytest_impl.parameterize(*params, **kwargs)(cls)
        if kwargs:
            raise AssertionError(f"unexpected for a unittest.TestCase: {sorted(kwargs)}")
        return _bundle.make_decorator(lambda base: _cases(base, params))(cls)

    return decorate


def product(parameter: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the combinations of the values of each key."""
    if not isinstance(parameter, dict):
        raise AssertionError(f"expected a dict, got {type(parameter).__name__}")  # noqa: TRY004 - CuPy's
    keys = sorted(parameter)
    combinations = itertools.product(*(parameter[key] for key in keys))
    return [dict(zip(keys, values, strict=True)) for values in combinations]


def product_dict(*parameters: Any) -> list[dict[str, Any]]:
    """Return the unions of one dict of each list."""
    unions: list[dict[str, Any]] = []
    for dicts in itertools.product(*parameters):
        union: dict[str, Any] = {}
        for one in dicts:
            union.update(one)
        unions.append(union)
    return unions
