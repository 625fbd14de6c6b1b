"""Formats: bit-compatible with the public ones, in both directions; lossless all."""

from __future__ import annotations

import contextlib
import gzip
import sys
import zlib
from typing import Any

import numcodecs  # type: ignore[import-untyped]  # it has no type information
import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as cp
from zarr_devbuf.simulator import nvcomp
from zarr_devbuf.simulator.nvcomp._formats import FORMATS

cramjam: Any = pytest.importorskip("cramjam")

RAW = nvcomp.BitstreamKind.RAW
KINDS = list(nvcomp.BitstreamKind.__members__.values())
ALGORITHMS = [found.name for found in FORMATS]
RANDOM = np.random.default_rng(0)
INPUTS = {
    "zeros": np.zeros(70000, "u1"),
    "text": np.frombuffer(b"the quick brown fox jumps over the lazy dog. " * 1500, "u1"),
    "random": RANDOM.integers(0, 256, 80_000, "u1"),
    "numbers": np.arange(20_000, dtype="<i4").view("u1"),
    "one element": np.arange(8, dtype="u1"),
    "256": np.arange(256, dtype="u1"),
    "more than a chunk": np.arange(65536 + 8, dtype="u2").view("u1"),
}


def raw(algorithm: str, **options: Any) -> Any:
    return nvcomp.Codec(algorithm=algorithm, bitstream_kind=RAW, **options)


def encoded(codec: Any, data: Any) -> bytes:
    return bytes(codec.encode(nvcomp.as_array(cp.asarray(data))).cpu())


def decoded(codec: Any, data: bytes) -> bytes:
    return bytes(codec.decode(nvcomp.as_array(data).cuda()).cpu())


@pytest.mark.parametrize("data", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_formats_are_lossless(algorithm: str, kind: Any, data: Any) -> None:
    codec = nvcomp.Codec(algorithm=algorithm, bitstream_kind=kind)
    source = nvcomp.as_array(cp.asarray(data))
    result = codec.encode(source)
    assert result.buffer_size <= codec.get_max_comp_buffer_size(source) == result.capacity
    assert codec.get_uncomp_buffer_size(result) == data.size
    assert bytes(codec.decode(result).cpu()) == data.tobytes()


def _lz4_block(data: Any) -> bytes:
    return bytes(numcodecs.LZ4().encode(data))[4:]


def _from_lz4_block(block: bytes, size: int) -> bytes:
    return bytes(numcodecs.LZ4().decode(size.to_bytes(4, "little") + block))


def _deflate(data: Any) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(data) + compressor.flush()


# By algorithm: what the host's library compresses and decompresses.
PUBLIC: dict[str, Any] = {
    "Zstd": (
        lambda data: bytes(numcodecs.Zstd(19, checksum=True).encode(data)),
        lambda data, _: bytes(numcodecs.Zstd().decode(data)),
    ),
    "LZ4": (_lz4_block, _from_lz4_block),
    "Snappy": (
        lambda data: bytes(cramjam.snappy.compress_raw(data)),
        lambda data, _: bytes(cramjam.snappy.decompress_raw(data)),
    ),
    "Deflate": (_deflate, lambda data, _: zlib.decompress(data, -15)),
    "Gzip": (gzip.compress, lambda data, _: gzip.decompress(data)),
}


@pytest.mark.parametrize("data", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("algorithm", PUBLIC)
def test_raw_bitstreams_are_public_formats(algorithm: str, data: Any) -> None:
    compress, decompress = PUBLIC[algorithm]
    codec = raw(algorithm)
    assert decompress(encoded(codec, data), data.size) == data.tobytes()
    assert decoded(codec, compress(data.tobytes())) == data.tobytes()


@pytest.mark.parametrize("level", range(6))
@pytest.mark.parametrize("algorithm", ["Deflate", "Gzip", "GDeflate"])
def test_efforts_of_deflate(algorithm: str, level: int) -> None:
    data = INPUTS["text"]
    codec = raw(algorithm, algorithm_type=level)
    result = encoded(codec, data)
    assert decoded(codec, result) == data.tobytes()
    if algorithm in PUBLIC:
        assert PUBLIC[algorithm][1](result, data.size) == data.tobytes()


def test_more_effort_takes_fewer_bytes() -> None:
    data = np.frombuffer(" ".join(map(str, RANDOM.integers(0, 99, 20_000))).encode(), "u1")
    sizes = [len(encoded(raw("Deflate", algorithm_type=level), data)) for level in range(6)]
    assert sizes[1:] == sorted(sizes[1:], reverse=True)
    assert sizes[1] > sizes[-1]


@pytest.mark.parametrize("data", INPUTS.values(), ids=INPUTS)
def test_with_size_has_the_size_and_the_format(data: Any) -> None:
    codec = nvcomp.Codec(
        algorithm="Zstd", bitstream_kind=nvcomp.BitstreamKind.WITH_UNCOMPRESSED_SIZE
    )
    result = encoded(codec, data)
    assert int.from_bytes(result[:8], "little") == data.size
    assert bytes(numcodecs.Zstd().decode(result[16:])) == data.tobytes()


def test_version_5_has_the_lz4_of_numcodecs(five: None) -> None:
    data = INPUTS["text"]
    kind = nvcomp.BitstreamKind.WITH_UNCOMPRESSED_SIZE
    codec = nvcomp.Codec(algorithm="LZ4", bitstream_kind=kind)
    assert bytes(numcodecs.LZ4().decode(encoded(codec, data))) == data.tobytes()
    assert decoded(codec, bytes(numcodecs.LZ4().encode(data))) == data.tobytes()
    other = encoded(nvcomp.Codec(algorithm="Snappy", bitstream_kind=kind), data)
    assert bytes(cramjam.snappy.decompress_raw(other[8:])) == data.tobytes()


def test_version_6_has_not_the_lz4_of_numcodecs() -> None:
    data = INPUTS["text"]
    kind = nvcomp.BitstreamKind.WITH_UNCOMPRESSED_SIZE
    codec = nvcomp.Codec(algorithm="LZ4", bitstream_kind=kind)
    with pytest.raises(RuntimeError, match="LZ4"):
        decoded(codec, bytes(numcodecs.LZ4().encode(data)))


@pytest.mark.parametrize("mode", ["NVCOMP_BITSHUFFLE_MSB_FIRST", "NVCOMP_BITSHUFFLE_LSB_FIRST"])
@pytest.mark.parametrize("dtype", ["|u1", "<i2", "<f4", "<u8"])
def test_lz4_shuffles_bits(mode: str, dtype: str) -> None:
    numbers = np.arange(1003, dtype=dtype)
    options = {"data_type": dtype, "bitshuffle_mode": nvcomp.BitshuffleMode.__members__[mode]}
    shuffled = raw("LZ4", **options)
    result = encoded(shuffled, numbers.view("u1"))
    assert result != encoded(raw("LZ4"), numbers.view("u1"))
    assert decoded(shuffled, result) == numbers.tobytes()
    native = nvcomp.Codec(algorithm="LZ4", **options)
    plain = nvcomp.Codec().decode(native.encode(nvcomp.as_array(numbers)))
    assert bytes(plain.cpu()) == numbers.tobytes()
    assert plain.dtype == np.dtype(dtype)


def test_zstd_needs_the_content_size() -> None:
    data = INPUTS["text"].tobytes()
    compressor = cramjam.zstd.Compressor(3)
    compressor.compress(data)
    frame = bytes(compressor.finish())
    assert bytes(cramjam.zstd.decompress(frame)) == data
    with pytest.raises(RuntimeError, match="does not state its content size"):
        decoded(raw("Zstd"), frame)


@pytest.mark.parametrize("size", [1, 255, 256, 65536 + 255, 65536 + 256, 1 << 20])
def test_zstd_sizes_of_all_widths(size: int) -> None:
    frame = bytes(numcodecs.Zstd().encode(bytes(size)))
    assert raw("Zstd").get_uncomp_buffer_size(nvcomp.as_array(frame)) == size
    assert decoded(raw("Zstd"), frame) == bytes(size)


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_corrupt_data_raises(algorithm: str, kind: Any) -> None:
    data = INPUTS["text"]
    codec = nvcomp.Codec(algorithm=algorithm, bitstream_kind=kind)
    good = encoded(codec, data)
    bad = [b"", good[:1], good[: len(good) // 2], good[:-1], b"\xff" * len(good)]
    for each in bad:
        with pytest.raises(RuntimeError, match=r"nvCOMP failure: .*code=1"):
            decoded(codec, each)


@pytest.mark.parametrize("algorithm", ["GDeflate", "ANS", "Bitcomp", "Cascaded"])
def test_formats_that_are_not_nvidias_say_so(algorithm: str) -> None:
    with pytest.raises(RuntimeError, match=f"no {algorithm} data of the simulated nvCOMP"):
        decoded(raw(algorithm), bytes(64))
    with pytest.raises(RuntimeError, match="header of the simulated nvCOMP"):
        decoded(nvcomp.Codec(), bytes(64))


@pytest.mark.parametrize("algorithm", ["LZ4", "Snappy", "ANS", "Bitcomp", "Cascaded"])
def test_raw_buffers_of_more_than_16_mib_are_rejected(algorithm: str) -> None:
    data = nvcomp.as_array(cp.zeros((1 << 24) + 8, "u1"))
    with pytest.raises(RuntimeError, match=r"at most 16,777,216 bytes.*code=18"):
        raw(algorithm).encode(data)
    if algorithm == "LZ4":
        native = nvcomp.Codec(algorithm=algorithm)
        assert native.get_uncomp_buffer_size(native.encode(data)) == data.size


@pytest.mark.parametrize(
    ("algorithm", "dtype"), [("Cascaded", "<i4"), ("Bitcomp", "<f8"), ("ANS", "<f2")]
)
def test_a_buffer_must_be_whole_elements(algorithm: str, dtype: str) -> None:
    codec = raw(algorithm, data_type=dtype)
    with pytest.raises(RuntimeError, match=r"not whole elements of \d bytes.*code=20"):
        encoded(codec, np.zeros(1001, "u1"))


@pytest.mark.parametrize("algorithm", ["Bitcomp", "Cascaded"])
def test_a_codec_of_another_type_can_decode(algorithm: str) -> None:
    numbers = np.arange(1000, dtype="<i8")
    result = encoded(raw(algorithm, data_type="<i8"), numbers.view("u1"))
    assert decoded(raw(algorithm), result) == numbers.tobytes()


def test_snappy_needs_cramjam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cramjam", None)
    with pytest.raises(ImportError, match=r"pip install 'zarr-devbuf\[nvcomp\]'"):
        encoded(raw("Snappy"), INPUTS["zeros"])
    assert decoded(raw("Zstd"), encoded(raw("Zstd"), INPUTS["zeros"])) == bytes(70000)


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_changed_bytes_raise_or_give_as_many_bytes(algorithm: str, kind: Any) -> None:
    data = INPUTS["numbers"][:4000]
    codec = nvcomp.Codec(algorithm=algorithm, bitstream_kind=kind, uncomp_chunk_size=1024)
    good = np.frombuffer(encoded(codec, data), "u1")
    random = np.random.default_rng(1)
    raised = 0
    for _ in range(100):
        bad = good.copy()
        bad[random.integers(0, min(good.size, 200))] ^= random.integers(1, 256)
        result = None
        with contextlib.suppress(RuntimeError):
            result = decoded(codec, bad.tobytes())
        raised += result is None
        assert result is None or len(result) == data.size or kind == RAW
    assert raised


@pytest.mark.parametrize("fine", [0, nvcomp.RLE, nvcomp.DELTA | nvcomp.RLE])
@pytest.mark.parametrize("dtype", ["|i1", "<u2", "<i4", "<u8"])
def test_encodings_of_cascaded(fine: Any, dtype: str) -> None:
    kind = np.dtype(dtype)
    values = np.iinfo(kind)
    numbers = np.array([values.max, values.min, 0, 5, 5, 5, values.max], kind)
    codec = raw("Cascaded", data_type=dtype, fine_grained_encodings=fine)
    assert decoded(codec, encoded(codec, numbers.view("u1"))) == numbers.tobytes()
