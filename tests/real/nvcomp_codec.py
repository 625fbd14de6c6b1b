"""A Zstd codec on nvCOMP of the design of zarr-python#2863, which is not merged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from zarr.abc.codec import BytesBytesCodec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec

    type Batch = Iterable[tuple[Buffer | None, ArraySpec]]

__all__ = ["NvcompZstd", "NvcompZstdViews"]


@dataclass(frozen=True)
class NvcompZstd(BytesBytesCodec):
    """One call of nvCOMP for each batch; what it returns is taken for bytes without a copy."""

    # As there: it says so of a compressor.
    is_fixed_size = True
    codec_name: ClassVar[str] = "zstd"

    level: int = 0
    checksum: bool = False

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(**data.get("configuration", {}))

    def to_dict(self) -> dict[str, Any]:
        settings = {"level": self.level, "checksum": self.checksum}
        return {"name": self.codec_name, "configuration": settings}

    @cached_property
    def _nvcomp(self) -> Any:
        import cupy
        from nvidia import nvcomp

        return nvcomp.Codec(
            algorithm="Zstd",
            bitstream_kind=nvcomp.BitstreamKind.RAW,
            device_id=cupy.cuda.Device().id,
            cuda_stream=cupy.cuda.get_current_stream().ptr,
        )

    @staticmethod
    def as_bytes(found: Any) -> Any:
        import cupy

        return cupy.array(found, dtype="B", copy=False)

    async def _batch(self, operation: str, chunks_and_specs: Batch) -> list[Buffer | None]:
        import cupy
        from nvidia import nvcomp

        pairs = list(chunks_and_specs)
        given = [chunk.as_array_like() for chunk, _ in pairs if chunk is not None]
        results: Any = []
        if given:
            results = getattr(self._nvcomp, operation)(nvcomp.as_arrays(given))
        await asyncio.to_thread(cupy.cuda.Event().synchronize)
        each = iter(results)
        return [
            None
            if chunk is None
            else spec.prototype.buffer.from_array_like(self.as_bytes(next(each)))
            for chunk, spec in pairs
        ]

    async def encode(self, chunks_and_specs: Batch) -> list[Buffer | None]:
        return await self._batch("encode", chunks_and_specs)

    async def decode(self, chunks_and_specs: Batch) -> list[Buffer | None]:
        return await self._batch("decode", chunks_and_specs)

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        raise NotImplementedError


class NvcompZstdViews(NvcompZstd):
    """The same, but that it views nvCOMP's int8 as uint8, as CuPy 14 demands."""

    @staticmethod
    def as_bytes(found: Any) -> Any:
        import cupy

        return cupy.asarray(found).view(np.uint8)
