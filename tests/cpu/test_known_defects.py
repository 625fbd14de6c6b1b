"""Defects of zarr, and one of CuPy's, that the simulator shows on a machine without a GPU.

Each test says what ought to hold. It is expected to fail, strictly: once zarr is fixed, it turns
red, and the mark is to be removed. All were seen with CuPy as well; where no issue is named, none
was found in zarr's or CuPy's trackers. File names and lines are those of zarr 3.4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
import zarr.buffer.cpu
import zarr.buffer.gpu
import zarr.codecs
import zarr.codecs.numcodecs
from zarr.storage import MemoryStore

from zarr_devbuf import TransferError, get_backend, record_transfers, simulate_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings(
    # What zarr itself says when a host array is handed to its GPU buffers, and about numcodecs.
    "ignore:Creating a zarr.buffer.gpu:UserWarning",
    "ignore:Numcodecs codecs are not in the Zarr version 3 specification:UserWarning",
    # What NumPy says about CuPy's `__array__` before that raises.
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning",
)

HOST = {"buffer": "zarr.buffer.cpu.Buffer", "ndbuffer": "zarr.buffer.cpu.NDBuffer"}
VALUES = np.arange(4, dtype="int32")


@pytest.fixture(autouse=True)
def _gpu() -> Iterator[None]:
    with simulate_gpu(force=True), zarr.config.enable_gpu():
        yield


def on_device(values: Any) -> Any:
    return get_backend("gpu").from_host(np.asarray(values))


def on_host(values: Any) -> Any:
    return get_backend("gpu").to_host(values)


def make_array(store: Any = None, **options: Any) -> zarr.Array[Any]:
    given = {"shape": (4,), "chunks": (4,), "dtype": "int32", "compressors": None, **options}
    return zarr.create_array(MemoryStore() if store is None else store, **given)


def filled(**options: Any) -> zarr.Array[Any]:
    array = make_array(**options)
    array[:] = on_device(VALUES)
    return array


def test_the_clean_twin() -> None:
    # What all the others differ from in one thing.
    np.testing.assert_array_equal(on_host(filled()[:]), VALUES)


# zarr/core/array.py:3631: `np.array(out_array)` on what the device gave.
@pytest.mark.xfail(strict=True, raises=TypeError, reason="zarr-python #3640")
def test_vindex() -> None:
    np.testing.assert_array_equal(on_host(filled().vindex[[0, 2]]), [0, 2])


@pytest.mark.xfail(strict=True, raises=TypeError, reason="zarr-python #3640")
def test_list_of_indices() -> None:
    np.testing.assert_array_equal(on_host(filled()[[0, 2]]), [0, 2])


# zarr/core/array.py:2607: `np.array(arr)` of the selection; the host could be asked for.
@pytest.mark.xfail(strict=True, raises=TypeError, reason="zarr-python: Array.__array__ on a GPU")
def test_asarray() -> None:
    np.testing.assert_array_equal(np.asarray(filled()), VALUES)


# zarr/core/buffer/cpu.py:227: the host NDBuffer takes the device array in, and fails to index it.
@pytest.mark.xfail(strict=True, raises=TypeError, reason="zarr-python: host NDBuffer.__getitem__")
def test_device_value_written_through_the_host_prototype() -> None:
    with zarr.config.set(HOST):
        array = filled()
        np.testing.assert_array_equal(array[:], VALUES)


# zarr/codecs/_v2.py:119 (encode) and :60 (decode): numcodecs gets the device array itself.
@pytest.mark.xfail(strict=True, raises=ValueError, reason="zarr-python: V2Codec and compressors")
def test_format_2_with_a_compressor_written() -> None:
    np.testing.assert_array_equal(on_host(filled(zarr_format=2, compressors="auto")[:]), VALUES)


@pytest.mark.xfail(strict=True, raises=ValueError, reason="zarr-python: V2Codec and compressors")
def test_format_2_with_a_compressor_read() -> None:
    store = MemoryStore()
    with zarr.config.set(HOST):
        make_array(store, zarr_format=2, compressors="auto")[:] = VALUES
    np.testing.assert_array_equal(on_host(zarr.open_array(store)[:]), VALUES)


# zarr/codecs/zstd.py:78, :92, by `as_numpy_array_wrapper` (zarr/core/buffer/cpu.py:296): without a
# word, each chunk goes to the host and back, both when it is written and when it is read.
@pytest.mark.xfail(strict=True, raises=TransferError, reason="zarr-python #2863, #2751")
def test_zstd_stays_on_the_device() -> None:
    transfers_of(zarr.codecs.ZstdCodec()).check(d2h=0, h2d=0)


# zarr/codecs/crc32c_.py:39, :64 (down), and :50, :68 (up, by handing a host array to the buffer).
@pytest.mark.xfail(strict=True, raises=TransferError, reason="zarr-python: Crc32cCodec")
def test_crc32c_stays_on_the_device() -> None:
    transfers_of(zarr.codecs.Crc32cCodec()).check(d2h=0, h2d=0)


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="zarr-python: Crc32cCodec")
def test_crc32c_uploads_on_purpose() -> None:
    log = transfers_of(zarr.codecs.Crc32cCodec())
    assert [transfer for transfer in log if not transfer.explicit] == []


def transfers_of(codec: Any) -> Any:
    """Give what is moved to write and read one chunk of 4000 bytes."""
    array = make_array(
        shape=(1000,), chunks=(1000,), compressors=codec, config={"write_empty_chunks": True}
    )
    with record_transfers() as log:
        array[:] = get_backend("gpu").xp.arange(1000, dtype="int32")
        array[:]
    return log


@pytest.mark.parametrize(
    ("codec", "implicit"), [(zarr.codecs.ZstdCodec(), 0), (zarr.codecs.Crc32cCodec(), 2)]
)
def test_what_such_a_codec_costs(codec: Any, implicit: int) -> None:
    log = transfers_of(codec)
    assert (log.device_to_host.count, log.host_to_device.count) == (2, 2)
    sizes = [(transfer.direction, transfer.nbytes) for transfer in log]
    encoded = sizes[1][1]
    assert sizes == [("d2h", 4000), ("h2d", encoded), ("d2h", encoded), ("h2d", 4000)]
    assert sum(not transfer.explicit for transfer in log) == implicit
    assert not transfers_of(None)


# zarr/codecs/bytes.py:118: views device memory as big-endian, which no kernel of CuPy's minds
# (cupy #9015): no error, wrong numbers.
@pytest.mark.xfail(strict=True, raises=AssertionError, reason="zarr-python: BytesCodec; cupy #9015")
def test_big_endian_read() -> None:
    store = MemoryStore()
    with zarr.config.set(HOST):
        make_array(store, serializer=zarr.codecs.BytesCodec(endian="big"))[:] = VALUES
    np.testing.assert_array_equal(on_host(zarr.open_array(store)[:]), VALUES)


# zarr/codecs/bytes.py:152
@pytest.mark.xfail(strict=True, raises=ValueError, reason="zarr-python: BytesCodec; cupy #9015")
def test_big_endian_written() -> None:
    filled(serializer=zarr.codecs.BytesCodec(endian="big"))


# zarr/core/buffer/core.py:574: CuPy's `broadcast_arrays` leaves the host scalar as it is, and
# arrays of different shapes are never equal. So the comparison costs a transfer, for nothing.
@pytest.mark.parametrize(
    ("dtype", "fill_value"), [("int32", 0), ("int32", 7), ("float32", 0.0), ("float32", np.nan)]
)
@pytest.mark.xfail(strict=True, raises=AssertionError, reason="zarr-python: NDBuffer.all_equal")
def test_empty_chunks_are_dropped(dtype: str, fill_value: float) -> None:
    array = make_array(
        chunks=(2,), dtype=dtype, fill_value=fill_value, config={"write_empty_chunks": False}
    )
    array[:] = on_device(np.full(4, fill_value, dtype))
    assert array.nchunks_initialized == 0


# zarr/codecs/numcodecs/_codecs.py:141, :165, :188: numcodecs or NumPy get the device array itself.
@pytest.mark.parametrize(
    "options",
    [
        {"filters": [zarr.codecs.numcodecs.Delta(dtype="int32")]},
        {"filters": [zarr.codecs.numcodecs.FixedScaleOffset(offset=0, scale=1, dtype="int32")]},
        {"compressors": [zarr.codecs.numcodecs.Zlib()]},
        {"compressors": [zarr.codecs.numcodecs.LZ4()]},
    ],
    ids=["delta", "fixedscaleoffset", "zlib", "lz4"],
)
@pytest.mark.xfail(strict=True, raises=(TypeError, ValueError), reason="zarr-python: numcodecs")
def test_numcodecs(options: dict[str, Any]) -> None:
    np.testing.assert_array_equal(on_host(filled(**options)[:]), VALUES)


# zarr/codecs/sharding.py:499, :1642: `_get_index_chunk_spec` is cached by the shape of the index,
# and holds the default prototype of the first use. Later ones mix host and device.
@pytest.mark.xfail(strict=True, raises=TypeError, reason="zarr-python: ShardingCodec's cache")
def test_sharding_used_on_the_host_before() -> None:
    array = make_array(chunks=(2,), shards=(4,))
    with zarr.config.set(HOST):
        array[:] = VALUES
    array[:] = on_device(VALUES)
    np.testing.assert_array_equal(on_host(array[:]), VALUES)


@pytest.mark.xfail(strict=True, raises=TypeError, reason="zarr-python: ShardingCodec's cache")
def test_sharding_used_on_the_device_before() -> None:
    array = filled(chunks=(2,), shards=(4,))
    with zarr.config.set(HOST):
        array[:] = VALUES
        np.testing.assert_array_equal(array[:], VALUES)


# zarr/codecs/sharding.py:164: inside a shard only the default prototype is taken (in zarr 3.2 by a
# bare assert); upstream's tests of it set the default, too (zarr-python #2978).
@pytest.mark.xfail(
    strict=True, raises=(AssertionError, ValueError), reason="zarr-python: ShardingCodec; #2978"
)
def test_sharding_with_a_prototype_that_is_not_the_default() -> None:
    with zarr.config.set(HOST):
        array = make_array(chunks=(2,), shards=(4,))
        array[:] = VALUES
        prototype = zarr.buffer.gpu.buffer_prototype
        values = array.get_basic_selection(slice(None), prototype=prototype)
    np.testing.assert_array_equal(on_host(values), VALUES)


# CuPy sets the memory to zero where the value compares equal to it: cupy/_core/core.pyx `fill`.
# That `memset` ignores the sign was seen, and accepted, when it came: chainer #1435.
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.xfail(strict=True, raises=AssertionError, reason="chainer #1435: fill ignores -0.0")
def test_fill_value_negative_zero(dtype: str) -> None:
    assert np.signbit(on_host(make_array(dtype=dtype, fill_value=-0.0)[:])).all()


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="chainer #1435: fill ignores -0.0")
def test_negative_zero_in_no_dimensions() -> None:
    import cupy

    assert np.signbit(cupy.asarray(np.array(-0.0)).get())
