"""Broken subjects of `zarr_devbuf.checks.array.out_of_memory`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.subjects.arrays.conditions import on_wrapper
from tests.subjects.arrays.wrapping import Wrapped, broken

if TYPE_CHECKING:
    from collections.abc import Callable


def _short_of_memory(method: str, after: Callable[..., Any]) -> Any:
    def operate(self: Any, selection: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(Wrapped, method)(self, selection, *args, **kwargs)
        except MemoryError as error:
            return after(self, selection, error)

    return {method: operate}


def _keep_error(self: Any, selection: Any, error: Exception) -> None:
    self.__dict__["last error"] = error
    raise error


def _zeros(self: Any, selection: Any, error: Exception) -> Any:
    return np.zeros(np.empty(self.shape, "?")[selection].shape, self.dtype)


def _keep_result(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    try:
        Wrapped.set_basic_selection(self, selection, value, **kwargs)
    except OSError:
        # For a later retry.
        self.__dict__.setdefault("to be tried again", []).append(value.copy())
        raise


broken(
    caught_by={"frees_memory"},
    members={"set_basic_selection": _keep_result},
    backend="sim",
    when=on_wrapper,
)


for _name, _after in (("swallowed", _zeros), ("kept", _keep_error)):
    broken(
        caught_by={"out_of_memory_reading"},
        members=_short_of_memory("get_basic_selection", _after),
        backend="sim",
        when=on_wrapper,
        name=f"out_of_memory_reading_{_name}",
    )

    broken(
        caught_by={"out_of_memory_writing"},
        members=_short_of_memory("set_basic_selection", _after),
        backend="sim",
        when=on_wrapper,
        name=f"out_of_memory_writing_{_name}",
    )
