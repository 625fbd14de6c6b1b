"""A Zstd codec for device memory, with nvCOMP: its chunks are those of `zarr.codecs.ZstdCodec`."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

import cupy as cp
from nvidia import nvcomp
from zarr.abc.codec import BytesBytesCodec

# A codec of nvCOMP belongs to one thread; it works on one device and one stream.
_local = threading.local()


def _codec(stream):
    codecs = vars(_local).setdefault("codecs", {})
    key = cp.cuda.Device().id, stream.ptr
    if key not in codecs:
        codecs[key] = nvcomp.Codec(
            algorithm="Zstd",
            bitstream_kind=nvcomp.BitstreamKind.RAW,
            device_id=key[0],
            cuda_stream=key[1],
        )
    return codecs[key]


@dataclass(frozen=True)
class NvcompZstd(BytesBytesCodec):
    """Compresses and decompresses all chunks of a batch in one call, where they are."""

    level: int = 0
    checksum: bool = False
    is_fixed_size = False

    @classmethod
    def from_dict(cls, data):
        return cls(**data.get("configuration", {}))

    def to_dict(self):
        return {"name": "zstd", "configuration": {"level": self.level, "checksum": self.checksum}}

    def compute_encoded_size(self, input_byte_length, chunk_spec):
        raise NotImplementedError("the size depends on the data")

    async def encode(self, chunks_and_specs):
        if self.checksum:
            raise ValueError("nvCOMP writes no checksums into Zstd frames")
        return await self._run("encode", chunks_and_specs)

    async def decode(self, chunks_and_specs):
        return await self._run("decode", chunks_and_specs)

    async def _run(self, operation, chunks_and_specs):
        chunks_and_specs = list(chunks_and_specs)
        arrays = [chunk.as_array_like() for chunk, _ in chunks_and_specs if chunk is not None]
        if not all(hasattr(array, "__cuda_array_interface__") for array in arrays):
            raise TypeError("NvcompZstd is for device memory; use zarr.codecs.ZstdCodec instead")
        results = iter(await self._run_batch(operation, arrays) if arrays else ())
        return [
            None if chunk is None else spec.prototype.buffer.from_array_like(next(results))
            for chunk, spec in chunks_and_specs
        ]

    async def _run_batch(self, operation, arrays):
        stream = cp.cuda.get_current_stream()
        batch = nvcomp.as_arrays([cp.ascontiguousarray(array) for array in arrays], stream.ptr)
        outputs = getattr(_codec(stream), operation)(batch)
        # What an index of a batch gives points into it, so copy before the batch goes. nvCOMP
        # decompresses to int8, and zarr's buffers have uint8.
        results = [cp.array(outputs[index]).view("B") for index in range(len(arrays))]
        # Let other tasks run until the device is done; the event must be recorded for that.
        await asyncio.to_thread(stream.record().synchronize)
        return results
