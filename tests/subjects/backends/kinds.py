"""Backends that are wrong for large arrays, many parts, many axes, or extremes."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tests.subjects.backends.model import Model, ModelArray, breaks

# Signatures are as short as the faults allow.
# mypy: disable-error-code="override, misc, no-untyped-def"

_MEBIBYTE = 1 << 20


@breaks
class StagesOneMebibyteToTheDevice(Model):
    caught_by = {
        "large_comparisons",
        "large_copies",
        "many_parts",
    }

    def from_host(self, array: Any) -> Any:
        made = super().from_host(array)
        if made.nbytes > _MEBIBYTE and made.ndim == 1:
            np.asarray(made)[_MEBIBYTE:] = 0
        return made


@breaks
class StagesSixtyFourKibibytesOfColumns(Model):
    caught_by = {"large_copies"}

    def to_host(self, array: Any) -> Any:
        made = super().to_host(array)
        if made.nbytes > 1 << 16 and made.ndim == 2 and array.strides[0] < array.strides[1]:
            made[:, -1] = 0
        return made


@breaks
class CopiesOneMebibyteInPlace(Model):
    caught_by = {"large_copies"}

    def copy_from_host(self, target: Any, source: Any) -> None:
        if target.nbytes > _MEBIBYTE:
            target, source = target[:_MEBIBYTE], source[:_MEBIBYTE]
        super().copy_from_host(target, source)


@breaks
class TransposesThreeAxes(Model):
    caught_by = {"dimensions"}

    class array_type(ModelArray):
        def transpose(self, *axes):
            if len(axes) == 1 and len(axes[0]) > 3:
                axes = ((axes[0][1], axes[0][0], *axes[0][2:]),)
            return super().transpose(*axes)


@breaks
class CopiesIntegersByFloats(Model):
    caught_by = {"extremes"}

    class array_type(ModelArray):
        def copy(self, order="C"):
            made = super().copy(order)
            if made.dtype == np.int64 and made.size > 1:
                with np.errstate(all="ignore"):
                    made[...] = np.clip(made.astype("f8"), -(2.0**63), 2.0**63 - 1025).astype("i8")
            return made


@breaks
class CastsByFloats(Model):
    caught_by = {"casts"}

    class array_type(ModelArray):
        def astype(self, dtype, *args, **kwargs):
            if self.dtype.kind in "iu" and np.dtype(dtype).kind in "iu" and self.itemsize == 8:
                with np.errstate(all="ignore"):
                    return super().astype("f8").astype(dtype, *args, **kwargs)
            return super().astype(dtype, *args, **kwargs)


@breaks
class CastsTheLowByteToBool(Model):
    caught_by = {"casts"}

    class array_type(ModelArray):
        def astype(self, dtype, *args, **kwargs):
            array = self & 255 if np.dtype(dtype) == bool and self.dtype.kind in "iu" else self
            return super(ModelArray, array).astype(dtype, *args, **kwargs)


@breaks
class FillsByFloats(Model):
    caught_by = {"full_of_extremes"}

    @staticmethod
    def _full(shape: Any, value: Any, dtype: Any, order: str = "C") -> Any:
        if np.dtype(dtype) == np.int64:
            value = min(max(int(float(value)), -(2**63)), 2**63 - 1)
        return np.full(shape, value, dtype=dtype, order=order)  # type: ignore[call-overload]

    functions = {"full": _full.__func__}  # type: ignore[attr-defined]


@breaks
class JoinsSixtyFour(Model):
    caught_by = {"many_parts"}

    functions = {"concatenate": lambda arrays: np.concatenate(arrays[:64])}


@breaks
class ComparesOneMebibyte(Model):
    caught_by = {"large_comparisons"}

    class array_type(ModelArray):
        def __eq__(self, other):
            found = super().__eq__(other)
            if self.nbytes > _MEBIBYTE:
                found[_MEBIBYTE:] = True
            return found

        __hash__ = None  # type: ignore[assignment]


@breaks
class Takes256Rows(Model):
    caught_by = {"many_indices"}

    class array_type(ModelArray):
        def __getitem__(self, key):
            if isinstance(key, np.ndarray) and key.dtype != bool and len(key) > 256:
                key = key % 256
            return super().__getitem__(key)


@breaks
class AssignsColumnsAsRows(Model):
    """Writes to columns of a large array as if its rows lay one after the other."""

    caught_by = {"large_assignment"}

    class array_type(ModelArray):
        def __setitem__(self, key, value):
            if self.nbytes > 1 << 16 and repr(key) == repr(np.s_[:, 7:-9]):
                target = self.reshape(-1)[: value.size]
                target[...] = value.reshape(-1)
            else:
                super().__setitem__(key, value)


@breaks
class AssignsWhatFits(Model):
    caught_by = {"large_assignment"}

    class array_type(ModelArray):
        def __setitem__(self, key, value):
            if key is ... and getattr(value, "shape", ()) == (5, 6):
                super().__setitem__((slice(None), slice(6)), value)
            else:
                super().__setitem__(key, value)


@breaks
class CopiesThreeAxes(Model):
    caught_by = {"dimensions", "from_host", "from_host_layouts"}

    def from_host(self, array: Any) -> Any:
        if array.ndim > 3:
            array = array.swapaxes(0, 1).reshape(array.shape)
        return super().from_host(array)


@breaks
class CopiesComplexNumbersBySingles(Model):
    caught_by = {"extremes"}

    class array_type(ModelArray):
        def copy(self, order="C"):
            made = super().copy(order)
            if made.dtype == np.complex128 and made.size > 1:
                with np.errstate(all="ignore"):
                    made[...] = made.astype("c8")
            return made


@breaks
class CopiesNoSmallHalves(Model):
    """Takes halves below the smallest normal one for 0."""

    caught_by = {"extremes"}

    class array_type(ModelArray):
        def copy(self, order="C"):
            made = super().copy(order)
            if made.dtype == np.float16 and made.size > 1:
                made[abs(made) < 6.1e-5] *= 0
            return made


@breaks
class SwapsComplexNumbersAsAWhole(Model):
    """Reverses the bytes of both parts together, if the byte order is the other one."""

    caught_by = {"byte_orders", "extremes"}

    def to_host(self, array: Any) -> Any:
        made = super().to_host(array)
        if made.dtype.kind == "c" and not made.dtype.isnative:
            made = (made.imag + 1j * made.real).astype(made.dtype)
        return made


@breaks
class CopiesTimesByFloats(Model):
    caught_by = {"extremes"}

    class array_type(ModelArray):
        def copy(self, order="C"):
            made = super().copy(order)
            if made.dtype.kind == "M" and made.size > 1:
                counts = made.view("i8") if made.dtype.isnative else made.astype("i8")
                middle = abs(counts) < 2**62
                made[middle] = counts[middle].astype("f8").astype("i8").astype(made.dtype)
            return made


@breaks
class CopiesNoNaT(Model):
    caught_by = {"extremes"}

    class array_type(ModelArray):
        def copy(self, order="C"):
            made = super().copy(order)
            if made.dtype.kind in "mM":
                made[np.isnat(made)] = 0
            return made


@breaks
class KeepsConstantsOnce(Model):
    """All elements of a constant array are one element."""

    caught_by = {"from_host"}

    def from_host(self, array: Any) -> Any:
        made = super().from_host(array)
        if made.shape == (3, 4) and (made == made[0, 0]).all() and made.any():
            made = np.broadcast_to(made[:1, :1], made.shape, subok=True)
        return made


@breaks
class CopiesConstantsOnce(Model):
    """All elements of a copy of a constant array are one element."""

    caught_by = {"copy"}

    class array_type(ModelArray):
        def copy(self, order="C"):
            made: Any = super().copy(order)
            if made.shape == (3, 4) and (made == made[:1]).all():
                made = np.broadcast_to(made[:1, :1], made.shape, subok=True)
            return made


@breaks
class FillsNoNaN(Model):
    caught_by = {"full_of_extremes", "full_values"}

    @staticmethod
    def _full(shape: Any, value: Any, dtype: Any, order: str = "C") -> Any:
        value = value if value == value else 0
        return np.full(shape, value, dtype=dtype, order=order)  # type: ignore[call-overload]

    functions = {"full": _full.__func__}  # type: ignore[attr-defined]


@breaks
class ForgetsTheOrderOfFourAxes(Model):
    caught_by = {"creation_order"}

    @staticmethod
    def _zeros(shape: Any, dtype: Any, order: str = "C") -> Any:
        order = "C" if np.ndim(shape) and len(shape) > 3 else order
        return np.zeros(shape, dtype=dtype, order=order)  # type: ignore[call-overload]

    functions = {"zeros": _zeros.__func__}  # type: ignore[attr-defined]


@breaks
class SharesStagingMemoryOfLargeArrays(Model):
    caught_by = {"threads"}
    staged: Any = None

    def from_host(self, array: Any) -> Any:
        if array.size != 100_000:
            return super().from_host(array)
        type(self).staged = array
        time.sleep(0.005)  # lets the other threads run
        return super().from_host(type(self).staged)
