"""Codecs that keep chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.subjects.codecs.clean import Xor

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec

_KEPT: list[Any] = []


class KeepsDecoded(Xor):
    """Keeps what it has decoded."""

    codec_name = "test.keeps_decoded"
    caught_by = {"memory_is_released"}

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        done = Xor.decoded(self, data, spec)
        _KEPT.append(done)
        return done


class KeepsDecodedOnHost(KeepsDecoded):
    """Keeps what it has decoded, in NumPy buffers too."""

    codec_name = "test.keeps_decoded_on_host"
    caught_by = {"memory_is_released"}
    backend = "cpu"


class KeepsScratch(Xor):
    """Keeps the scratch memory of each chunk, on the device alone."""

    codec_name = "test.keeps_scratch"
    caught_by = {"memory_is_released"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        _KEPT.append(data.as_array_like().copy())
        return Xor.encoded(self, data, spec)


class KeepsAfterErrors(Xor):
    """Releases the scratch memory of a chunk only if it succeeds."""

    codec_name = "test.keeps_after_errors"
    caught_by = {"memory_is_released"}

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        _KEPT.append(data.as_array_like().copy())
        done = Xor.encoded(self, data, spec)
        _KEPT.pop()
        return done
