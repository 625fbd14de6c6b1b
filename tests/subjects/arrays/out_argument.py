"""Broken subjects of `zarr_devbuf.checks.array.out_argument`."""

from __future__ import annotations

from typing import Any

import zarr

from tests.subjects.arrays.wrapping import Wrapped, broken


def _ignoring_out(kind: str) -> Any:
    def get(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
        into = None if out is not None and out.dtype == self.dtype else out
        return getattr(zarr.Array, f"get_{kind}_selection")(self, selection, out=into, **kwargs)

    return get


def _into_out(kind: str) -> Any:
    return lambda call: call.kind == kind and call.options.get("out") is not None


broken(
    caught_by={"out"}, members={"get_mask_selection": _ignoring_out("mask")}, when=_into_out("mask")
)

broken(
    caught_by={"out_of_coordinates"},
    members={"get_coordinate_selection": _ignoring_out("coordinate")},
    when=_into_out("coordinate"),
)


def _converting_out(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
    result: Any = Wrapped.get_basic_selection(self, selection, **kwargs)
    if out is None:
        return result
    if out.dtype == self.dtype:
        return Wrapped.get_basic_selection(self, selection, out=out, **kwargs)
    # The unconverted bytes, into memory of another dtype.
    out.as_ndarray_like()[...] = result.view("u1")[..., : result.shape[-1]]
    return out.as_ndarray_like()


broken(
    caught_by={"out_of_other_dtypes"},
    members={"get_basic_selection": _converting_out},
    when=lambda call: call.options.get("out") is not None,
)


def _taking_any_out(self: Any, selection: Any = ..., *, out: Any = None, **kwargs: Any) -> Any:
    try:
        return Wrapped.get_basic_selection(self, selection, out=out, **kwargs)
    except ValueError:
        if out is None:
            raise
        return out.as_ndarray_like()


broken(
    caught_by={"invalid_out"},
    members={"get_basic_selection": _taking_any_out},
    when=lambda call: call.options.get("out") is not None,
)
