"""Calls as the codecs of other packages make them, with what they rely on."""

from __future__ import annotations

import asyncio
from typing import Any

import numcodecs  # type: ignore[import-untyped]  # it has no type information
import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as cp
from zarr_devbuf.simulator import nvcomp

CHUNKS = [np.arange(size, dtype="u1") for size in (10, 200, 64)]


async def _batch_of_lists(operation: Any, chunks: list[Any]) -> list[Any]:
    """Encode or decode a list, some of whose chunks are missing, as zarr-python#2863 does."""
    missing = [index for index, chunk in enumerate(chunks) if chunk is None]
    outputs = operation(nvcomp.as_arrays([chunk for chunk in chunks if chunk is not None]))
    await asyncio.to_thread(cp.cuda.Event().synchronize)
    for index in missing:
        outputs.insert(index, None)
    return [output or None for output in outputs]


def test_lists_with_missing_chunks_on_the_current_stream(five: None) -> None:
    with cp.cuda.Stream() as stream:
        codec = nvcomp.Codec(
            algorithm="Zstd",
            bitstream_kind=nvcomp.BitstreamKind.RAW,
            device_id=cp.cuda.Device().id,
            cuda_stream=cp.cuda.get_current_stream().ptr,
        )
        chunks = [cp.asarray(CHUNKS[0]), None, cp.asarray(CHUNKS[1])]
        encoded = asyncio.run(_batch_of_lists(codec.encode, chunks))
        assert encoded[1] is None
        buffers = [None if each is None else cp.array(each, "B", copy=False) for each in encoded]
        decoded = asyncio.run(_batch_of_lists(codec.decode, buffers))
        assert decoded[0].__cuda_array_interface__["stream"] == stream.ptr
    # CuPy 14 does not copy here, as NumPy 2 does not: int8 has to be viewed, not cast.
    with pytest.raises(ValueError, match="Unable to avoid copy"):
        cp.array(decoded[0], "B", copy=False)
    assert cp.asarray(decoded[2]).view("B").tolist() == CHUNKS[1].tolist()


def test_results_of_a_batch_are_no_list() -> None:
    codec = nvcomp.Codec(algorithm="Zstd")
    chunks = [cp.asarray(CHUNKS[0]), None]
    with pytest.raises(AttributeError, match="insert"):
        asyncio.run(_batch_of_lists(codec.encode, chunks))


def test_lists_of_outputs_that_were_allocated_before(five: None) -> None:
    """As czarr decodes: into arrays of CuPy, whose sizes it knows from the chunks' shapes."""
    allocated: list[int] = []

    class Box:
        def __init__(self, nbytes: int) -> None:
            self.memory = cp.cuda.alloc(nbytes)
            self.ptr = int(self.memory.ptr)
            allocated.append(nbytes)

    nvcomp.set_device_allocator(lambda nbytes, stream: Box(nbytes))
    try:
        codec = nvcomp.Codec(
            algorithm="LZ4",
            bitstream_kind=nvcomp.BitstreamKind.WITH_UNCOMPRESSED_SIZE,
            uncomp_chunk_size=65536,
            checksum_policy=nvcomp.ChecksumPolicy.NO_COMPUTE_NO_VERIFY,
        )
        written = [bytes(numcodecs.LZ4().encode(chunk)) for chunk in CHUNKS]
        inputs = [nvcomp.as_array(each).cuda() for each in written]
        outputs = [cp.empty(chunk.size, cp.uint8) for chunk in CHUNKS]
        allocated.clear()
        codec.decode(inputs, out=outputs)
        assert allocated == []
    finally:
        nvcomp.set_device_allocator()
    assert [each.tolist() for each in outputs] == [chunk.tolist() for chunk in CHUNKS]


def test_the_stream_of_a_codec_is_found_by_a_probe(five: None) -> None:
    codec = nvcomp.Codec(algorithm="LZ4")
    probe = codec.encode(nvcomp.as_array(cp.empty(64, cp.uint8)))
    stream = int(probe.__cuda_array_interface__["stream"])
    assert stream != 0
    assert stream == codec.encode(nvcomp.as_array(cp.empty(9))).__cuda_array_interface__["stream"]


def test_results_go_to_the_host_by_numpy(five: None) -> None:
    codec = nvcomp.Codec(algorithm="Zstd", bitstream_kind=nvcomp.BitstreamKind.RAW)
    source = nvcomp.as_array(CHUNKS[1])
    assert source.buffer_kind.name.startswith("STRIDED_HOST")
    (output,) = codec.encode([source.cuda()])
    host = np.ascontiguousarray(np.asarray(output.cpu())).view(np.uint8)
    assert bytes(numcodecs.Zstd().decode(host.tobytes())) == CHUNKS[1].tobytes()
    device = cp.asarray(output).view(cp.uint8)
    assert device.tolist() == host.tolist()


@pytest.mark.parametrize(("head", "tail", "compressor"), [(10, 8, "GZip"), (2, 4, "Zlib")])
def test_deflate_within_frames_of_the_host(
    five: None, head: int, tail: int, compressor: str
) -> None:
    frame = np.frombuffer(getattr(numcodecs, compressor)(level=5).encode(CHUNKS[1]), "u1")
    device = cp.asarray(frame)
    codec = nvcomp.Codec(algorithm="Deflate", bitstream_kind=nvcomp.BitstreamKind.RAW)
    (decoded,) = codec.decode([nvcomp.as_array(device[head : device.size - tail])])
    assert cp.asarray(decoded).view(cp.uint8).tolist() == CHUNKS[1].tolist()


def test_host_objects_are_passed_directly() -> None:
    """As in NVIDIA's introduction: text is encoded and decoded, and written to a file."""
    text = b"Call me Ishmael. " * 100
    codec = nvcomp.Codec(algorithm="LZ4")
    encoded = codec.encode(text)
    assert bytes(nvcomp.Codec().decode(bytes(encoded.cpu())).cpu()) == text
    assert codec.decode(encoded, "<u4").dtype == np.uint32
