"""Codecs that are wrong with a second prototype or spec."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from zarr.core.buffer import default_buffer_prototype

from tests.subjects.codecs.base import Stateful, array_of, elsewhere, size_of
from tests.subjects.codecs.clean import Raw, Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec


class OtherFormatElsewhere(Xor):
    """Writes and reads another format in buffers that are not zarr's own."""

    codec_name = "test.other_format_elsewhere"
    caught_by = {
        "memory_layouts",
        "byte_orders",
        "between_devices",
        "prototype_of_the_spec",
        "configuration_switched",
    }

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor(self.key ^ elsewhere(data)).encoded(data, spec)

    decoded = encoded


class OneBlock(Xor):
    """Launches its kernel with one block of 1024 threads."""

    codec_name = "test.one_block"
    caught_by = {"memory_layouts", "byte_orders", "between_devices", "prototype_of_the_spec"}
    threads = 1024

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        if not elsewhere(data):
            return Xor.encoded(self, data, spec)
        done = array_of(data).copy()
        done[: self.threads] ^= np.uint8(self.key)
        return spec.prototype.buffer.from_array_like(done)

    decoded = encoded


class OneGrid(OneBlock):
    """Launches its kernel with a grid of fixed size: 65536 threads."""

    codec_name = "test.one_grid"
    caught_by = {"between_devices"}
    threads = 65536


class FirstPrototype(Stateful):
    """Keeps the first prototype that it is called with."""

    codec_name = "test.first_prototype"
    caught_by = {"prototypes_in_turn"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        first = self.__dict__.setdefault("_first", spec.prototype)
        done = Xor.encoded(self, data, spec)
        return done if first == spec.prototype else first.buffer.from_bytes(done.to_bytes())

    decoded = encoded


@dataclass(frozen=True)
class PrototypeOfCreation(Xor):
    """Keeps the prototype of the array's creation."""

    codec_name = "test.prototype_of_creation"
    caught_by = {"prototypes_in_turn"}
    made_for: Any = field(default=None, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {"key": self.key}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Any:
        return replace(self, made_for=array_spec.prototype)

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.encoded(self, data, spec)
        first = self.made_for
        if first in (None, spec.prototype):
            return done
        return first.buffer.from_bytes(done.to_bytes())

    decoded = encoded


class ConfiguredPrototype(Xor):
    """Uses the prototype of zarr's configuration, not that of the spec."""

    codec_name = "test.configured_prototype"
    caught_by = {"prototype_of_the_spec"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        prototype = default_buffer_prototype()
        done = Xor.encoded(self, data, spec)
        return done if prototype == spec.prototype else prototype.buffer.from_bytes(done.to_bytes())

    decoded = encoded


class EvolvesItself(Raw):
    """Stores the spec on itself, and so on the codecs of other arrays."""

    codec_name = "test.evolves_itself"
    caught_by = {"history", "specs_in_turn"}

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        object.__setattr__(self, "_shape", array_spec.shape)
        return self

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        shape = self.__dict__.get("_shape", spec.shape)
        flat = Raw.decoded(self, data, replace(spec, shape=(size_of(spec),)))
        return flat.reshape(shape if np.prod(shape) == size_of(spec) else (-1,))
