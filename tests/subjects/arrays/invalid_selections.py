"""Broken subjects of `zarr_devbuf.checks.array.invalid_selections`."""

from __future__ import annotations

from typing import Any

from tests.subjects.arrays.wrapping import Wrapped, broken


def _stepping_back(part: Any) -> bool:
    return isinstance(part, slice) and part.step == -1


def _get_forward(self: Any, selection: Any = ..., **kwargs: Any) -> Any:
    selection = slice(None) if _stepping_back(selection) else selection
    return Wrapped.get_basic_selection(self, selection, **kwargs)


def _set_forward(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    selection = slice(None) if _stepping_back(selection) else selection
    Wrapped.set_basic_selection(self, selection, value, **kwargs)


def _half_written(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
    if isinstance(selection, int) and selection >= self.shape[0]:
        Wrapped.set_basic_selection(self, (slice(-1, None), slice(None)), value, **kwargs)
    Wrapped.set_orthogonal_selection(self, selection, value, **kwargs)


broken(
    caught_by={"invalid_reads"},
    members={"get_basic_selection": _get_forward, "get_orthogonal_selection": _get_forward},
    when=lambda call: _stepping_back(call.selection),
)

broken(
    caught_by={"invalid_writes"},
    members={"set_basic_selection": _set_forward, "set_orthogonal_selection": _set_forward},
    when=lambda call: _stepping_back(call.selection),
)

broken(
    caught_by={"invalid_writes"},
    members={"set_orthogonal_selection": _half_written},
    when=lambda call: isinstance(call.selection, int) and call.selection >= call.array.shape[0],
    name="invalid_writes_too_late",
)
