"""Backends whose arrays copy what they should share, share what they should copy, or are wrong."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from tests.subjects.backends.model import Model, ModelArray, breaks

# Signatures are as short as the faults allow.
# mypy: disable-error-code="override, misc, no-untyped-def"


@breaks
class WithoutFill(Model):
    caught_by = {
        "array_protocols",
        "dimensions",
        "fill",
    }

    class array_type(ModelArray):
        fill = None  # type: ignore[assignment]


@breaks
class NbytesIsSize(Model):
    caught_by = {"sizes"}

    class array_type(ModelArray):
        nbytes = property(lambda self: self.size)


@breaks
class ShapeIsAList(Model):
    caught_by = {"sizes"}

    class array_type(ModelArray):
        shape = property(lambda self: list(np.shape(self.view(np.ndarray))))


@breaks
class CallsItselfContiguous(Model):
    caught_by = {"flags"}

    class array_type(ModelArray):
        flags = property(lambda self: SimpleNamespace(c_contiguous=True, f_contiguous=False))


@breaks
class StridesInElements(Model):
    caught_by = {"creation_order", "strides", "copy_order"}

    class array_type(ModelArray):
        strides = property(
            lambda self: tuple(each // self.itemsize for each in self.view(np.ndarray).strides)
        )


@breaks
class SlicesCopy(Model):
    caught_by = {
        "assignment",
        "broadcast_assignment",
        "copy",
        "copy_from_host",
        "copyto",
        "dimensions",
        "extremes",
        "fill",
        "from_host",
        "flags",
        "large_assignment",
        "large_copies",
        "scalar_assignment",
        "slices",
        "strided_assignment",
        "strides",
        "zero_dimensional_assignment",
    }

    class array_type(ModelArray):
        def __getitem__(self, key):
            found = super().__getitem__(key)
            return found.copy() if isinstance(found, np.ndarray) else found


@breaks
class ElementsAreCopies(Model):
    """Gives a new array for one element, with or without an ellipsis."""

    caught_by = {"copy_from_host", "slices", "scalar_assignment", "zero_dimensional_assignment"}

    class array_type(ModelArray):
        def __getitem__(self, key):
            found = super().__getitem__(key)
            return found.copy() if isinstance(found, np.ndarray) and not found.ndim else found


@breaks
class ReshapeCopies(Model):
    caught_by = {"reshape"}

    class array_type(ModelArray):
        def reshape(self, *shape, **kwargs):
            return super().reshape(*shape, **kwargs).copy()


@breaks
class ReshapeIgnoresOrder(Model):
    caught_by = {"reshape_order"}

    class array_type(ModelArray):
        def reshape(self, *shape, order="C"):
            return super().reshape(*shape)


@breaks
class RavelIgnoresOrder(Model):
    caught_by = {"reshape_order"}

    class array_type(ModelArray):
        def ravel(self, order="C"):
            return super().ravel()


@breaks
class TransposeCopies(Model):
    caught_by = {"flags", "strides", "transpose", "copy_order", "strided_assignment", "fill"}

    class array_type(ModelArray):
        def transpose(self, *axes):
            return super().transpose(*axes).copy()


@breaks
class TransposeIgnoresAxes(Model):
    caught_by = {
        "dimensions",
        "transpose",
    }

    class array_type(ModelArray):
        def transpose(self, *axes):
            return super().transpose()


@breaks
class ViewCopies(Model):
    caught_by = {"view_dtype"}

    class array_type(ModelArray):
        def view(self, *args, **kwargs):
            found = super().view(*args, **kwargs)
            return found.copy() if "dtype" in kwargs else found


@breaks
class ViewConverts(Model):
    caught_by = {"view_dtype"}

    class array_type(ModelArray):
        def view(self, dtype=None, **kwargs):
            if dtype in ("u1", "B"):
                return self.astype(dtype)
            return super().view(dtype, **kwargs) if dtype is not None else super().view(**kwargs)


@breaks
class RavelCopies(Model):
    caught_by = {"ravel"}

    class array_type(ModelArray):
        def ravel(self, order="C"):
            return self.flatten(order)


@breaks
class RavelInMemoryOrder(Model):
    caught_by = {"ravel", "reshape_order"}

    class array_type(ModelArray):
        def ravel(self, order="K"):
            return super().ravel("K")


@breaks
class CopyShares(Model):
    caught_by = {"copy"}

    class array_type(ModelArray):
        def copy(self, order="C"):
            return np.asanyarray(self[...], order=order)


@breaks
class CopyIgnoresOrder(Model):
    caught_by = {"copy_order"}

    class array_type(ModelArray):
        def copy(self, order="C"):
            return super().copy()


@breaks
class AstypeSharesIfItCan(Model):
    caught_by = {"astype"}

    class array_type(ModelArray):
        def astype(self, dtype, order="K"):
            return super().astype(dtype, order=order, copy=False)


@breaks
class AstypeIgnoresOrder(Model):
    caught_by = {"copy_order"}

    class array_type(ModelArray):
        def astype(self, dtype, order="K", **kwargs):
            return super().astype(dtype, order="C", **kwargs)


@breaks
class AstypeLosesValues(Model):
    caught_by = {
        "astype",
        "casts",
        "copy_order",
    }

    class array_type(ModelArray):
        def astype(self, dtype, order="K", **kwargs):
            return np.minimum(super().astype(dtype, order=order, **kwargs), 8).astype(dtype)


@breaks
class FancyIndexingSorts(Model):
    caught_by = {
        "extremes",
        "fancy_indexing",
    }

    class array_type(ModelArray):
        def __getitem__(self, key):
            return super().__getitem__(sorted(key) if isinstance(key, list) else key)


@breaks
class FancyIndexingGivesSlices(Model):
    """Takes a mask for the slice that it could be."""

    caught_by = {
        "fancy_indexing",
        "many_indices",
    }

    class array_type(ModelArray):
        def __getitem__(self, key):
            if isinstance(key, np.ndarray) and key.dtype == bool:
                first, *_, last = np.flatnonzero(key)
                return super().__getitem__(slice(first, last + 1, last - first))
            return super().__getitem__(key)
