"""Broken subjects of `zarr_devbuf.checks.array.failing_stores`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import zarr
from zarr.core.buffer import default_buffer_prototype

from tests.subjects.arrays.conditions import on_wrapper
from tests.subjects.arrays.wrapping import Wrapped, broken

if TYPE_CHECKING:
    from collections.abc import Callable


def _reading(error: type[Exception], answer: Callable[[Any, Any], Any]) -> Any:
    def get(self: Any, selection: Any = ..., **kwargs: Any) -> Any:
        try:
            return Wrapped.get_basic_selection(self, selection, **kwargs)
        except error as raised:
            if isinstance(raised, OSError) is not (error is OSError):
                raise
            return answer(self, selection)

    return {"get_basic_selection": get}


def _nothing(self: Any, selection: Any) -> Any:
    shape = np.empty(self.shape, "?")[selection].shape
    return default_buffer_prototype().nd_buffer.create(shape=shape, dtype=self.dtype, fill_value=0)


def _fill_values(self: Any, selection: Any) -> Any:
    return _nothing(self, selection).as_ndarray_like()


broken(caught_by={"failed_reads"}, members=_reading(OSError, _fill_values), when=on_wrapper)

broken(caught_by={"short_reads"}, members=_reading(Exception, _fill_values), when=on_wrapper)


def _writing(whole: bool) -> Any:
    # Zarr takes slices for an orthogonal selection.
    def setter(name: str) -> Any:
        def set_(self: Any, selection: Any, value: Any, **kwargs: Any) -> None:
            try:
                getattr(Wrapped, name)(self, selection, value, **kwargs)
            except OSError:
                if (selection is ...) is not whole:
                    raise

        return set_

    return {name: setter(name) for name in ("set_basic_selection", "set_orthogonal_selection")}


broken(caught_by={"failed_writes"}, members=_writing(True), when=on_wrapper)

broken(caught_by={"failed_rewrites"}, members=_writing(False), when=on_wrapper)


def _resize_at_once(self: Any, shape: Any) -> None:
    try:
        zarr.Array.resize(self, shape)
    except OSError:
        object.__setattr__(self._async_array, "metadata", self.metadata.update_shape(shape))
        raise


broken(caught_by={"failed_shapes"}, members={"resize": _resize_at_once}, when=on_wrapper)
