"""The strategies draw what they document, all of it, on each backend."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
import zarr
from hypothesis import HealthCheck, find, given, settings
from hypothesis.errors import NoSuchExample
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.codecs import BytesCodec, ShardingCodec

from zarr_devbuf import Backend, get_backend, use_backend
from zarr_devbuf import strategies as dst

quick = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(params=["cpu", "sim"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return get_backend(request.param)


def finds(strategy: Any, condition: Any) -> bool:
    try:
        find(strategy, condition, settings=settings(quick, max_examples=500))
    except NoSuchExample:
        return False
    return True


def test_everything_is_exported() -> None:
    public = {
        name
        for name, value in vars(dst).items()
        if getattr(value, "__module__", None) == dst.__name__ and not name.startswith("_")
    }
    assert public == set(dst.__all__)


@quick
@given(st.data())
def test_pairs_are_equal_to_the_last_bit(backend: Backend, data: st.DataObject) -> None:
    host, device = data.draw(dst.array_pairs(backend))
    assert backend.owns(device)
    assert (device.shape, device.dtype) == (host.shape, host.dtype)
    back = backend.to_host(device)
    assert np.ascontiguousarray(back).tobytes() == np.ascontiguousarray(host).tobytes()
    if host.size and backend.name == "cpu":
        assert not np.shares_memory(host, device)


def test_all_layouts_and_values_come_up(backend: Backend) -> None:
    pairs = dst.array_pairs(backend)
    assert finds(pairs, lambda pair: pair.host.ndim == 0)
    assert finds(pairs, lambda pair: pair.host.size == 0)
    assert finds(pairs, lambda pair: pair.host.size > 3 and not pair.device.flags.c_contiguous)
    assert finds(pairs, lambda pair: any(stride < 0 for stride in pair.device.strides))
    floats = dst.host_arrays(dtype="f4", shape=(3,))
    assert finds(floats, lambda array: bool(np.isnan(array).any()))
    assert finds(floats, lambda array: bool((np.signbit(array) & (array == 0)).any()))
    assert finds(dst.arrays(backend, dtype="u1"), lambda array: array.size > 2)


def test_dtypes_are_those_that_the_backend_holds() -> None:
    swapped = lambda dtype: dtype.byteorder == ">"  # noqa: E731
    assert finds(dst.dtypes(), swapped)
    assert finds(dst.dtypes(get_backend("cpu")), swapped)
    assert not finds(dst.dtypes(get_backend("sim")), swapped)


@quick
@given(st.data())
def test_buffers(backend: Backend, data: st.DataObject) -> None:
    expected, buffer = data.draw(dst.buffers(backend, max_size=9))
    assert isinstance(buffer, backend.TestBuffer)
    assert buffer.to_bytes() == expected


def test_byte_ranges_of_every_kind() -> None:
    ranges = dst.byte_ranges(5)
    assert finds(ranges, lambda each: each is None)
    assert finds(ranges, lambda each: isinstance(each, RangeByteRequest) and each.end > 5)
    assert finds(ranges, lambda each: isinstance(each, OffsetByteRequest) and each.offset >= 5)
    assert finds(ranges, lambda each: isinstance(each, SuffixByteRequest) and each.suffix == 0)
    within = dst.byte_ranges(5, beyond=0)
    assert not finds(within, lambda each: isinstance(each, SuffixByteRequest) and each.suffix > 5)
    assert not finds(
        ranges, lambda each: isinstance(each, RangeByteRequest) and each.end < each.start
    )


@quick
@given(st.data())
def test_selections_select_as_in_numpy(data: st.DataObject) -> None:
    backend = get_backend("cpu")
    shape = data.draw(dst.shapes(min_dims=1, max_dims=3, min_side=1))
    host = np.arange(np.prod(shape), dtype="i4").reshape(shape)
    with use_backend(backend):
        array = zarr.create_array({}, shape=shape, chunks=(2,) * len(shape), dtype="i4")
        array[...] = backend.from_host(host)
        cases: list[tuple[Any, Any, Any]] = [
            (array.get_basic_selection, dst.basic_selections(shape), lambda key: host[key]),
            (array.get_mask_selection, dst.mask_selections(shape), lambda key: host[key]),
            (
                array.get_coordinate_selection,
                dst.coordinate_selections(shape),
                lambda key: host[key],
            ),
            (array.get_orthogonal_selection, dst.orthogonal_selections(shape), None),
        ]
        for select, strategy, expected in cases:
            key = data.draw(strategy)
            if expected is None:
                axes = [
                    np.atleast_1d(np.arange(side)[part])
                    for side, part in zip(shape, key, strict=True)
                ]
                wanted = host[np.ix_(*axes)]
            else:
                wanted = expected(key)
            result = select(key)
            assert np.array_equal(np.asarray(result).ravel(), np.asarray(wanted).ravel())


@quick
@given(dst.codec_chains(2, chunk=(4, 6)))
def test_chains_have_one_serializer(chain: Any) -> None:
    assert sum(isinstance(codec, BytesCodec | ShardingCodec) for codec in chain) == 1


def test_chains_of_every_kind() -> None:
    chains = dst.codec_chains(2, chunk=(4, 6))
    assert finds(chains, lambda chain: any(isinstance(codec, ShardingCodec) for codec in chain))
    assert finds(chains, lambda chain: len(chain) == 5)
    assert not finds(
        dst.codec_chains(2), lambda chain: any(isinstance(codec, ShardingCodec) for codec in chain)
    )


@quick
@given(st.data())
def test_arrays_of_the_metadata_take_and_give_values(data: st.DataObject) -> None:
    metadata = data.draw(dst.array_metadata())
    store: dict[str, Any] = {}
    from zarr.core.buffer import default_buffer_prototype

    prototype = default_buffer_prototype()
    store.update(metadata.to_buffer_dict(prototype))
    array = zarr.open_array(store, mode="r+", zarr_format=metadata.zarr_format)
    assert array.shape == metadata.shape
    values = data.draw(dst.host_arrays(dtype=array.dtype, shape=array.shape))
    array[...] = values
    assert np.asarray(array[...]).tobytes() == values.tobytes()


@pytest.mark.parametrize("zarr_format", [2, 3])
@quick
@given(data=st.data())
def test_metadata_of_either_format(zarr_format: int, data: st.DataObject) -> None:
    metadata = data.draw(dst.array_metadata(zarr_format=zarr_format))
    assert metadata.zarr_format == zarr_format
