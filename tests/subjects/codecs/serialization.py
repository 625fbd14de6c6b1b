"""Codecs that lose their configuration in metadata or in a pickle."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from tests.subjects.codecs.clean import Raw, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec


class ForgetsKey(Xor):
    """Leaves a part of its configuration out of the metadata."""

    codec_name = "test.forgets_key"
    caught_by = {"to_dict"}
    arguments: ClassVar[dict[str, Any]] = {"key": 9}

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name}


class ArrayInMetadata(Xor):
    """Writes into the metadata what is not JSON."""

    codec_name = "test.array_in_metadata"
    caught_by = {"to_dict"}

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": np.uint8(self.key)}}


class PicklesWithoutKey(Xor):
    """Loses a part of its configuration if it is pickled."""

    codec_name = "test.pickles_without_key"
    caught_by = {"pickling"}
    arguments: ClassVar[dict[str, Any]] = {"key": 9}

    def __reduce__(self) -> Any:
        return type(self), ()

    def __deepcopy__(self, _memo: Any) -> Any:
        return type(self)(self.key)


@dataclass(frozen=True)
class PicklesUnprepared(Raw):
    """Loses in its pickle what `evolve_from_array_spec` has added."""

    codec_name = "test.pickles_unprepared"
    caught_by = {"pickling"}
    itemsize: int = field(default=1, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        return replace(self, itemsize=array_spec.dtype.to_native_dtype().itemsize)

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if self.itemsize != spec.dtype.to_native_dtype().itemsize:
            return spec.prototype.nd_buffer.create(
                shape=spec.shape, dtype=spec.dtype.to_native_dtype(), fill_value=0
            )
        return Raw.decoded(self, data, spec)

    def __reduce__(self) -> Any:
        return type(self), ()

    def __deepcopy__(self, _memo: Any) -> Any:
        return type(self)(self.itemsize)


class HoldsLock(Xor):
    """Cannot be pickled after use."""

    codec_name = "test.holds_lock"
    caught_by = {"pickling"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        with self.__dict__.setdefault("_lock", threading.Lock()):
            return Xor.encoded(self, data, spec)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}


class NanInMetadata(Xor):
    """Writes NaN into the metadata, which JSON does not have."""

    codec_name = "test.nan_in_metadata"
    caught_by = {"to_dict"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(data["configuration"]["key"])

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.codec_name,
            "configuration": {"key": self.key, "missing": float("nan")},
        }


class WantsConfiguration(Raw):
    """Has nothing to configure, and wants a configuration."""

    codec_name = "test.wants_configuration"
    caught_by = {"optional_configuration"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data["configuration"])
