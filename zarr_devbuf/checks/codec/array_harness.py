"""Write and read an array through a codec, and the same array without it, to compare."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import zarr
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.codecs import BytesCodec
from zarr.storage import MemoryStore

from zarr_devbuf.checks.codec.harness import (
    Refused,
    copied,
    describe,
    host_configuration,
    is_refusal,
)
from zarr_devbuf.checks.codec.host_result import HostFault, gives_back
from zarr_devbuf.checks.codec.shards import in_shards
from zarr_devbuf.checks.codec.tolerance import reference_fault
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from zarr.abc.store import Store

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.chunks import Chunk
    from zarr_devbuf.checks.codec.harness import Codec

__all__ = ["Form", "Order", "Plan", "pipeline", "pipelines"]

Form = Literal["plain", "sharded", "nested"]
Order = Literal["C", "F"]

_PIPELINES = ("BatchedCodecPipeline", "FusedCodecPipeline")


def pipelines() -> tuple[str, ...]:
    """Name the codec pipelines of the installed zarr, and the one that the user has configured."""
    module = zarr.core.codec_pipeline
    own = [f"{module.__name__}.{name}" for name in _PIPELINES if hasattr(module, name)]
    return tuple(dict.fromkeys((zarr.config.get("codec_pipeline.path"), *own)))


@contextmanager
def pipeline(path: str) -> Iterator[None]:
    """Let zarr use one codec pipeline for a block."""
    with zarr.config.set({"codec_pipeline.path": path}):
        yield


@dataclass(frozen=True, slots=True)
class Plan:
    """
    An array of several chunks or shards, those at the far edge partly filled.

    Attributes
    ----------
    chunk : Chunk
        Its dtype, and the shape of its chunks.
    codec : Codec or None
        What encodes it; None for zarr's own serializer alone, which shows whether zarr itself can
        do what is asked.
    form : {"plain", "sharded", "nested"}
        Chunks by themselves; in shards of two along the first axis; those shards in shards of two.
    order : {"C", "F"}
        In which order zarr is to lay out what it reads. With ``"F"`` the fill value, too, is not
        the default, but one of the values. For numbers.
    """

    chunk: Chunk
    codec: Codec | None
    form: Form = "plain"
    order: Order = "C"

    def __str__(self) -> str:
        place = {"plain": "", "sharded": " in shards", "nested": " in shards in shards"}[self.form]
        order = "" if self.order == "C" else f", order={self.order!r}"
        return f"{self.chunk}{place}{order}"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array, whose last chunk or shard is half full."""
        first, *rest = self._outer_shape
        return (first + first // 2 if self.form != "plain" else 3 * first - first // 2, *rest)

    @property
    def _outer_shape(self) -> tuple[int, ...]:
        first, *rest = self.chunk.shape
        return ({"plain": 1, "sharded": 2, "nested": 4}[self.form] * first, *rest)

    def values(self) -> npt.NDArray[Any]:
        """Make the values of the array, on the host."""
        return type(self.chunk)(self.chunk.dtype, self.shape).values()

    @property
    def part(self) -> tuple[slice, ...]:
        """A region that covers one chunk in part, and crosses into the next."""
        first, *rest = self.chunk.shape
        return (slice(first // 2, first + first // 4 + 1), *(slice(0, n) for n in rest))

    def patch(self) -> npt.NDArray[Any]:
        """Make values for `part`: those of the array in reverse order."""
        return np.ascontiguousarray(self.values()[::-1][self.part])

    def sent(self) -> npt.NDArray[Any]:
        """Make what the array holds once `values` and `patch` are written."""
        values = self.values()
        values[self.part] = self.patch()
        return values

    def create(self, store: Store) -> zarr.Array[Any]:
        """
        Create the array.

        Raises
        ------
        Refused
            Where the codec declines.
        """
        try:
            return zarr.create_array(
                store,
                shape=self.shape,
                chunks=self._outer_shape,
                dtype=self.chunk.dtype,
                **self._fill_value(),
                # Comparing chunks with the fill value is zarr's doing, not the codec's.
                config={"write_empty_chunks": True, "order": self.order},
                **self._place(),
            )
        except Exception as error:
            if is_refusal(error):
                raise Refused(describe(error)) from error
            raise

    def _fill_value(self) -> dict[str, Any]:
        return {} if self.order == "C" else {"fill_value": self.values().reshape(-1)[0]}

    def _place(self) -> dict[str, Any]:
        codec = None if self.codec is None else copied(self.codec)
        filters = [codec] if isinstance(codec, ArrayArrayCodec) else []
        serializer: Any = codec if isinstance(codec, ArrayBytesCodec) else BytesCodec()
        compressors = [codec] if isinstance(codec, BytesBytesCodec) else []
        if self.form == "plain":
            # Text has a serializer of its own.
            serializer = "auto" if codec is None else serializer
            return {"filters": filters, "serializer": serializer, "compressors": compressors}
        first, *rest = self.chunk.shape
        shards = in_shards([*filters, serializer, *compressors], self.chunk.shape)
        if self.form == "nested":
            shards = in_shards([shards], (2 * first, *rest))
        return {"filters": None, "serializer": shards, "compressors": None}

    def on_host(self) -> npt.NDArray[Any]:
        """
        Return what comes back on plain host memory, in zarr's default pipeline.

        Raises
        ------
        Refused
            Where the codec declines, or zarr cannot do this with it on the host.
        HostFault
            Where what comes back is not what was written.
        """
        sent = self.sent()
        with host_configuration(), pipeline(pipelines()[0]):
            array = self.create(MemoryStore())
            try:
                array[...] = self.values()
                array[self.part] = self.patch()
                due = np.asarray(array[...])
            except Exception as error:
                if is_refusal(error) or not self._is_possible():
                    raise Refused(f"on plain host memory: {describe(error)}") from error
                raise HostFault(describe(error), "no exception") from error
        fault = reference_fault(sent, due, lossless=self._is_lossless())
        if fault is not None:
            raise HostFault(fault.actual, fault.expected)
        return due

    def _is_possible(self) -> bool:
        """Tell whether zarr itself is able to, with its own serializer alone."""
        try:
            replace(self, codec=None).on_host()
        except (Refused, HostFault):
            return False
        return self.codec is not None

    def _is_lossless(self) -> bool:
        """Tell whether all comes back: whether the codec alone loses nothing of the same chunks."""
        codec = self.codec
        if codec is None or isinstance(codec, BytesBytesCodec):
            return True
        first, *_ = self.chunk.shape
        return all(
            gives_back(codec, self.chunk, array[start : start + first].copy())
            for array in (self.values(), self.sent())
            for start in (0, first)
        )

    def write(self, array: zarr.Array[Any], backend: Backend) -> None:
        """Write the whole, then a part."""
        with unrecorded_transfers():
            whole, part = backend.from_host(self.values()), backend.from_host(self.patch())
        array[...] = whole
        array[self.part] = part
