"""The codec: its arguments, its results, what it copies, and who may use it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import zarr_devbuf.simulator.cupy as cp
from zarr_devbuf.simulator import memory_in_use, nvcomp, set_device_count
from zarr_devbuf.simulator.nvcomp._formats.zstd import Zstd
from zarr_devbuf.transfers import TransferError, record_transfers, transfer_guard

RAW = nvcomp.BitstreamKind.RAW
DATA = np.frombuffer(b"some text that repeats " * 400, "u1")
POLICY = nvcomp.ChecksumPolicy


def zstd(**options: Any) -> Any:
    return nvcomp.Codec(algorithm="Zstd", bitstream_kind=RAW, **options)


def on_device(data: Any = DATA) -> Any:
    return nvcomp.as_array(cp.asarray(data))


# --- results -------------------------------------------------------------------------------------


def test_results_are_on_the_device_and_on_the_codecs_stream() -> None:
    stream = cp.cuda.Stream()
    codec = zstd(cuda_stream=stream.ptr)
    encoded = codec.encode(on_device())
    decoded = codec.decode(encoded)
    for array in (encoded, decoded):
        assert array.buffer_kind == nvcomp.STRIDED_DEVICE
        assert array.__cuda_array_interface__["stream"] == stream.ptr
        assert array.ndim == 1
    assert encoded.dtype == np.uint8
    assert encoded.capacity == codec.get_max_comp_buffer_size(on_device())
    assert encoded.capacity > encoded.buffer_size


def test_a_codec_has_a_stream_of_its_own() -> None:
    one, other = zstd(), zstd()
    streams = [
        codec.encode(on_device()).__cuda_array_interface__["stream"] for codec in (one, one, other)
    ]
    assert streams[0] == streams[1] != streams[2]
    assert not {0, 1, 2} & set(streams)
    null = zstd(cuda_stream=0).encode(on_device())
    assert null.__cuda_array_interface__["stream"] == 1


@pytest.mark.parametrize(
    ("algorithm", "options", "dtype"),
    [
        ("Zstd", {}, "i1"),
        ("LZ4", {}, "i1"),
        ("Snappy", {}, "i1"),
        ("Deflate", {}, "i1"),
        ("Gzip", {}, "i1"),
        ("GDeflate", {}, "i1"),
        ("ANS", {}, "i1"),
        ("Bitcomp", {}, "u1"),
        ("Cascaded", {}, "<u4"),
        ("LZ4", {"data_type": "<u4"}, "<u4"),
        ("ANS", {"data_type": "<f2"}, "<f2"),
        ("Zstd", {"data_type": "<f2"}, "i1"),
    ],
)
def test_the_dtype_of_decoded_arrays(algorithm: str, options: dict[str, Any], dtype: str) -> None:
    codec = nvcomp.Codec(algorithm=algorithm, **options)
    encoded = codec.encode(on_device())
    assert codec.decode(encoded).dtype == np.dtype(dtype)
    assert nvcomp.Codec().decode(encoded).dtype == np.dtype(dtype)
    assert codec.decode(encoded, "|u1").dtype == np.uint8


def test_a_dtype_can_be_asked_for() -> None:
    codec = zstd()
    encoded = codec.encode(on_device(np.arange(100, dtype="<f8").view("u1")))
    decoded = codec.decode(encoded, data_type="<f8")
    assert cp.asarray(decoded).tolist() == list(range(100))
    batch = codec.decode(nvcomp.as_arrays([encoded]), "<f8")
    assert batch[0].dtype == np.float64
    with pytest.raises(ValueError, match="not whole elements of 8 bytes"):
        codec.decode(codec.encode(on_device(DATA[:9])), "<f8")
    with pytest.raises(ValueError, match='Unknown data type: "int32"'):
        codec.decode(encoded, "int32")
    with pytest.raises(NotImplementedError, match="f1"):
        codec.decode(encoded, "|f1")


def test_a_batch_gives_a_batch() -> None:
    codec = zstd()
    parts = [DATA[:10], DATA[:4000], DATA]
    encoded = codec.encode(nvcomp.as_arrays([cp.asarray(part) for part in parts]))
    assert isinstance(encoded, nvcomp.BatchArray)
    assert encoded.buffer_sizes == [codec.encode(on_device(part)).buffer_size for part in parts]
    decoded = codec.decode(encoded)
    assert [bytes(each.cpu()) for each in decoded] == [part.tobytes() for part in parts]
    assert {each.dtype.str for each in decoded} == {"|i1"}


def test_lists_are_for_version_5(five: None) -> None:
    codec = zstd()
    encoded = codec.encode([on_device(), on_device(DATA[:7])])
    assert type(encoded) is list
    decoded = codec.decode(encoded)
    decoded.insert(1, None)
    assert [each and bytes(each.cpu()) for each in decoded] == [
        DATA.tobytes(),
        None,
        DATA[:7].tobytes(),
    ]
    outs = [cp.empty(DATA.size, "u1"), cp.empty(7, "u1")]
    codec.decode(encoded, out=outs)
    assert outs[0].tobytes() == DATA.tobytes()
    assert outs[1].tobytes() == DATA[:7].tobytes()
    with pytest.raises(ValueError, match="1 buffers for 2 arrays"):
        codec.decode(encoded, out=outs[:1])
    assert codec.decode([]) == []


def test_version_6_rejects_lists() -> None:
    codec = zstd()
    for method in (codec.encode, codec.decode, codec.decompression_config):
        with pytest.raises(TypeError, match=r"\(\): incompatible function arguments(?s:.)*Batch"):
            method([on_device()])
    with pytest.raises(TypeError, match="out must be a BatchArray, not list"):
        codec.encode(nvcomp.as_arrays([on_device()]), out=[cp.empty(9)])


def test_arguments_have_nvcomps_names() -> None:
    codec = zstd()
    encoded = codec.encode(array=on_device(), out=None, compression_config=None)
    decoded = codec.decode(src=encoded, data_type="", out=None, decompression_config=None)
    batch = codec.decode(srcs=codec.encode(srcs=nvcomp.as_arrays([decoded])))
    assert bytes(batch[0].cpu()) == DATA.tobytes()
    for arguments in ({"srcs": on_device()}, {"source": on_device()}, {}):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            codec.encode(**arguments)


# --- out -----------------------------------------------------------------------------------------


def test_a_device_array_as_out_is_written() -> None:
    codec = zstd()
    encoded = codec.encode(on_device())
    out = cp.zeros(DATA.size + 3, "u1")
    before = memory_in_use()
    result = codec.decode(encoded, out=out)
    assert memory_in_use() == before
    assert out.tobytes() == DATA.tobytes() + b"\0\0\0"
    assert result.__cuda_array_interface__["data"][0] == out.data.ptr
    assert result.buffer_size == DATA.size
    typed = cp.zeros(DATA.size // 4, "f4")
    codec.decode(encoded, out=typed)
    assert typed.tobytes() == DATA.tobytes()
    packed = cp.zeros(10000, "u1")
    size = codec.encode(on_device(), out=packed).buffer_size
    assert bytes(codec.decode(nvcomp.as_array(packed[:size])).cpu()) == DATA.tobytes()


def test_out_that_is_too_small_is_an_error() -> None:
    codec = zstd()
    encoded = codec.encode(on_device())
    with pytest.raises(ValueError, match=r"out has 5 bytes, the result needs \d+"):
        codec.decode(encoded, out=cp.zeros(5, "u1"))
    with pytest.raises(ValueError, match="device memory"):
        codec.decode(encoded, out=np.zeros(DATA.size, "u1"))
    with pytest.raises(ValueError, match="C-contiguous"):
        codec.decode(encoded, out=cp.zeros(2 * DATA.size, "u1")[::2])
    batch = codec.encode(nvcomp.as_arrays([on_device()]))
    with pytest.raises(ValueError, match="out has 5 bytes"):
        codec.decode(batch, out=nvcomp.as_arrays([cp.zeros(5, "u1")]))


def test_an_array_as_out_is_resized() -> None:
    codec = zstd()
    encoded = codec.encode(on_device())
    out = nvcomp.as_array(cp.zeros(5, "u1"))
    assert codec.decode(encoded, out=out) is out
    assert bytes(out.cpu()) == DATA.tobytes()
    address = out.__cuda_array_interface__["data"][0]
    codec.decode(codec.encode(on_device(DATA[:9])), out=out)
    assert bytes(out.cpu()) == DATA[:9].tobytes()
    assert out.__cuda_array_interface__["data"][0] == address
    assert out.capacity == DATA.size


def test_a_batch_as_out_keeps_its_dtype_and_memory() -> None:
    codec = zstd()
    encoded = codec.encode(nvcomp.as_arrays([on_device(), on_device(DATA[:8])]))
    values = [cp.zeros(DATA.size, "u4"), cp.zeros(8, "u4")]
    out = nvcomp.as_arrays(values)
    assert codec.decode(encoded, "<f8", out) is out
    assert out.buffer_sizes == [DATA.size, 8]
    assert out[0].dtype == np.uint32
    assert values[0].tobytes()[: DATA.size] == DATA.tobytes()


# --- copies --------------------------------------------------------------------------------------


def test_device_arrays_are_not_copied_to_the_host() -> None:
    codec = zstd()
    with record_transfers() as log:
        source = nvcomp.as_arrays([cp.zeros(100, "u1")])
        codec.decode(codec.encode(source))
        codec.get_uncomp_buffer_size(codec.encode(on_device(cp.zeros(9, "u1"))))
    assert not log


def test_host_arrays_are_implicit_transfers() -> None:
    codec = zstd()
    with record_transfers() as log:
        encoded = codec.encode(nvcomp.as_array(DATA))
        direct = codec.encode(DATA.tobytes())
    assert [(each.direction, each.nbytes, each.explicit) for each in log] == [
        ("h2d", DATA.size, False)
    ] * 2
    assert "test_host_arrays_are_implicit_transfers" in log[0].where
    assert encoded.buffer_kind == nvcomp.STRIDED_DEVICE
    assert bytes(direct.cpu()) == bytes(encoded.cpu())
    with transfer_guard("disallow"), pytest.raises(TransferError):
        codec.encode(DATA)


def test_only_contiguous_arrays() -> None:
    strided = nvcomp.as_array(cp.zeros((8, 8))[:, ::2])
    with pytest.raises(RuntimeError, match="C-contiguous"):
        zstd().encode(strided)


def test_memory_of_results_is_freed() -> None:
    codec, source = zstd(), on_device()
    before = memory_in_use()
    encoded = codec.encode(source)
    assert memory_in_use() - before == encoded.capacity
    batch = codec.encode(nvcomp.as_arrays([source, source]))
    assert memory_in_use() - before == 3 * encoded.capacity
    del encoded, batch
    assert memory_in_use() == before


# --- configurations ------------------------------------------------------------------------------


def test_configurations_are_for_sizes_of_a_codec() -> None:
    codec = zstd()
    compress = codec.compression_config(DATA.size)
    encoded = codec.encode(on_device(), compression_config=compress)
    for config in (codec.decompression_config(compress), codec.decompression_config(encoded)):
        decoded = codec.decode(encoded, decompression_config=config)
        assert bytes(decoded.cpu()) == DATA.tobytes()
    with pytest.raises(ValueError, match=r"for uncompressed sizes of \[9200\] bytes"):
        codec.encode(on_device(DATA[:5]), compression_config=compress)
    with pytest.raises(ValueError, match="made by another Codec"):
        zstd().encode(on_device(), compression_config=compress)
    batch = codec.encode(
        nvcomp.as_arrays([on_device(), on_device(DATA[:9])]),
        compression_config=codec.compression_config([DATA.size, 9]),
    )
    config = codec.decompression_config(batch)
    assert codec.decode(batch, decompression_config=config).buffer_sizes == [DATA.size, 9]


def test_sizes_of_configurations_are_checked() -> None:
    codec = zstd()
    with pytest.raises(ValueError, match="uncompressed_sizes must not be empty"):
        codec.compression_config([])
    for sizes in (0, -1, [5, 0]):
        with pytest.raises(ValueError, match="greater than zero"):
            codec.compression_config(sizes)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        codec.compression_config("5")


def test_decode_waits_only_without_a_configuration() -> None:
    from zarr_devbuf.simulator._core.synchronization import DeviceSynchronized, _state

    codec = zstd()
    compress = codec.compression_config(DATA.size)
    config = codec.decompression_config(compress)
    _state.allowed = False
    try:
        encoded = codec.encode(on_device(), compression_config=compress)
        codec.decode(encoded, decompression_config=config)
        with pytest.raises(DeviceSynchronized):
            codec.decode(encoded)
        with pytest.raises(DeviceSynchronized):
            encoded.cpu()
    finally:
        _state.allowed = True


# --- the native bitstream ------------------------------------------------------------------------


def test_the_native_bitstream_names_its_format() -> None:
    for algorithm in ("LZ4", "ANS"):
        encoded = nvcomp.Codec(algorithm=algorithm).encode(on_device())
        assert bytes(nvcomp.Codec().decode(encoded).cpu()) == DATA.tobytes()
    with pytest.raises(RuntimeError, match="compressed with ANS, the codec is for LZ4"):
        nvcomp.Codec(algorithm="LZ4").decode(encoded)


def test_a_codec_without_an_algorithm_decodes_native_bitstreams_alone() -> None:
    with pytest.raises(ValueError, match="without an algorithm cannot encode"):
        nvcomp.Codec().encode(on_device())
    with pytest.raises(ValueError, match="needs an algorithm"):
        nvcomp.Codec(bitstream_kind=RAW)
    assert nvcomp.Codec().get_required_compression_alignment() == 16
    assert nvcomp.Codec().get_required_decompression_alignment() == 16
    assert zstd().get_required_compression_alignment() == 4
    assert zstd().get_required_decompression_alignment() == 8


def test_chunks_of_a_native_bitstream() -> None:
    data = on_device(np.tile(np.arange(256, dtype="u1"), 1024))
    sizes = [
        nvcomp.Codec(algorithm="Zstd", uncomp_chunk_size=chunk).encode(data).buffer_size
        for chunk in (1024, 65536)
    ]
    assert sizes[0] > sizes[1]
    for chunk in (0, 1023):
        with pytest.raises(ValueError, match="positive multiple of 4"):
            nvcomp.Codec(algorithm="Zstd", uncomp_chunk_size=chunk)


def _flipped(array: Any) -> Any:
    """Return native LZ4 of other content, with the checksum of the old one."""
    values = cp.asarray(array)
    values[-1] ^= 1  # the last literal
    return nvcomp.as_array(values)


@pytest.mark.parametrize("policy", list(POLICY.__members__.values()), ids=str)
def test_checksums(policy: Any) -> None:
    computes = policy in (
        POLICY.COMPUTE_AND_NO_VERIFY,
        POLICY.COMPUTE_AND_VERIFY_IF_PRESENT,
        POLICY.COMPUTE_AND_VERIFY,
    )
    encoder = nvcomp.Codec(algorithm="LZ4", checksum_policy=policy)
    assert bytes(nvcomp.Codec().decode(encoder.encode(on_device())).cpu()) == DATA.tobytes()
    broken = _flipped(encoder.encode(on_device()))
    lenient = nvcomp.Codec().decode(broken)
    assert bytes(lenient.cpu()) != DATA.tobytes()
    decoded = nvcomp.Codec(checksum_policy=POLICY.NO_COMPUTE_AND_VERIFY_IF_PRESENT).decode(broken)
    if computes:
        with pytest.raises(RuntimeError, match=r"Checksum doesn't match\."):
            decoded.cpu()
        # The error is raised once.
    assert bytes(decoded.cpu()) == bytes(lenient.cpu())
    strict = nvcomp.Codec(checksum_policy=POLICY.COMPUTE_AND_VERIFY)
    if not computes:
        with pytest.raises(RuntimeError, match="has no checksums"):
            strict.decode(broken)


def test_a_checksum_of_a_batch_concerns_one_entry() -> None:
    codec = nvcomp.Codec(algorithm="LZ4", checksum_policy=POLICY.COMPUTE_AND_VERIFY)
    good, bad = codec.encode(on_device()), _flipped(codec.encode(on_device()))
    decoded = codec.decode(nvcomp.as_arrays([good, bad]))
    assert bytes(decoded[0].cpu()) == DATA.tobytes()
    with pytest.raises(RuntimeError, match="Checksum"):
        cp.asarray(decoded[1])
    assert decoded[1].cpu().buffer_size == DATA.size


def test_checksums_are_for_native_bitstreams() -> None:
    with pytest.raises(RuntimeError, match=r"no checksums.*code=11"):
        zstd(checksum_policy=POLICY.COMPUTE_AND_VERIFY)


# --- devices and threads -------------------------------------------------------------------------


@pytest.fixture
def two_devices() -> Any:
    set_device_count(2)
    yield
    set_device_count(1)


def test_a_codec_has_a_device(two_devices: None) -> None:
    codec = zstd(device_id=1)
    with cp.cuda.Device(1):
        source = on_device()
    encoded = codec.encode(source)
    assert encoded.__dlpack_device__() == (2, 1)
    assert cp.cuda.Device().id == 0
    with pytest.raises(RuntimeError, match="on device 0, the Codec on device 1"):
        codec.encode(on_device())
    host = codec.encode(nvcomp.as_array(DATA))
    assert host.__dlpack_device__() == (2, 1)
    with pytest.raises(RuntimeError, match=r"failure: invalid device ordinal : code=1000\."):
        zstd(device_id=2)


def test_two_threads_at_once_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    codec, source = zstd(), on_device()
    entered, leave = threading.Event(), threading.Event()
    compress = Zstd.compress

    def slow(self: Any, data: Any) -> bytes:
        entered.set()
        leave.wait(20)
        return compress(self, data)

    monkeypatch.setattr(Zstd, "compress", slow)
    with ThreadPoolExecutor(1, "worker") as pool:
        future = pool.submit(codec.encode, source)
        assert entered.wait(20)
        try:
            with pytest.raises(RuntimeError, match=r"Codec \(Zstd\).*two threads at once.*worker"):
                codec.encode(source)
        finally:
            leave.set()
        assert future.result(20).buffer_size
    # One after the other is allowed.
    assert codec.encode(source).buffer_size


def test_a_codec_is_released_by_its_context() -> None:
    with zstd() as codec:
        encoded = codec.encode(on_device())
    assert bytes(zstd().decode(encoded).cpu()) == DATA.tobytes()
    with pytest.raises(RuntimeError, match="released"):
        codec.encode(on_device())
