"""Classes of tests that are made from another class."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["make_decorator"]


def make_decorator(test_case_generator: Callable[[Any], Iterable[tuple[Any, ...]]]) -> Any:
    """Return a class decorator that puts generated subclasses in place of a class of tests.

    Parameters
    ----------
    test_case_generator
        Gives, for a class, the name, the members and a decorator of test methods of each subclass.
    """

    def decorate(cls: Any) -> None:
        module = sys.modules[cls.__module__]
        tests = [
            (name, function)
            for name, function in inspect.getmembers(cls, inspect.isfunction)
            if name.startswith("test_")
        ]
        for name, members, change in test_case_generator(cls):
            changed = {test: change(function) for test, function in tests}
            namespace = {**members, **changed, "__module__": cls.__module__}
            setattr(module, name, type(name, (cls,), namespace))

    return decorate
