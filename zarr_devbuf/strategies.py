"""Hypothesis strategies: arrays on any backend, metadata, codec chains, byte ranges, selections.

Arrays are drawn on the host and copied to the backend, so that an example is the same on each
backend. Examples shrink towards small, C-ordered and zero.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import zarr
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    ShardingCodec,
    TransposeCodec,
    ZstdCodec,
)
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    import numpy.typing as npt
    from hypothesis.strategies import DrawFn, SearchStrategy
    from zarr.abc.buffer import Buffer
    from zarr.abc.codec import Codec
    from zarr.abc.store import ByteRequest

    from zarr_devbuf.backend import Backend

__all__ = [
    "Pair",
    "array_metadata",
    "array_pairs",
    "arrays",
    "basic_selections",
    "buffers",
    "byte_ranges",
    "codec_chains",
    "coordinate_selections",
    "dtypes",
    "host_arrays",
    "mask_selections",
    "orthogonal_selections",
    "shapes",
]

_DTYPES = tuple(
    np.dtype(name)
    for name in (
        *("u1", "?", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", "f2", "c8", "c16"),
        *(">i2", ">u4", ">f4", ">f8", ">c8"),
    )
)


class Pair(NamedTuple):
    """
    An array on the host and the same array on a backend.

    Attributes
    ----------
    host : numpy.ndarray
        What the other is compared with.
    device : array
        The same values in the same layout, in memory of the backend that nothing else refers to.
    """

    host: npt.NDArray[Any]
    device: Any


def _supports(backend: Backend | None, dtype: np.dtype[Any]) -> bool:
    if backend is None:
        return True
    try:
        backend.xp.empty(1, dtype=dtype)
    except (TypeError, ValueError, NotImplementedError):
        return False
    return True


def dtypes(backend: Backend | None = None) -> SearchStrategy[np.dtype[Any]]:
    """
    Draw a numeric or boolean dtype, of either byte order.

    Parameters
    ----------
    backend : Backend, optional
        A backend whose arrays can have the dtype. None: any dtype.
    """
    return st.sampled_from([dtype for dtype in _DTYPES if _supports(backend, dtype)])


def shapes(
    *, min_dims: int = 0, max_dims: int = 4, min_side: int = 0, max_side: int = 7
) -> SearchStrategy[tuple[int, ...]]:
    """Draw a shape, in elements; by default including 0-d and empty ones."""
    return npst.array_shapes(
        min_dims=max(min_dims, 1), max_dims=max(max_dims, 1), min_side=min_side, max_side=max_side
    ) | (st.just(()) if min_dims == 0 else st.nothing())


@st.composite
def host_arrays(
    draw: DrawFn,
    *,
    dtype: npt.DTypeLike | None = None,
    shape: tuple[int, ...] | None = None,
    backend: Backend | None = None,
) -> npt.NDArray[Any]:
    """
    Draw a C-ordered NumPy array, with NaN of any payload, -0.0, extremes and repetitions.

    Parameters
    ----------
    dtype, shape : optional
        None: drawn, from `dtypes` and `shapes`.
    backend : Backend, optional
        A backend that supports the dtype that is drawn.
    """
    drawn = draw(dtypes(backend)) if dtype is None else np.dtype(dtype)
    extent = draw(shapes()) if shape is None else shape
    count = math.prod(extent)
    if drawn.kind == "b":
        bits = draw(st.lists(st.booleans(), min_size=count, max_size=count))
        return np.array(bits, dtype=bool).reshape(extent)
    # Bits instead of values, so that NaN has a payload and zero a sign.
    few = st.sampled_from(_special_bits(drawn)) | st.binary(
        min_size=drawn.itemsize, max_size=drawn.itemsize
    )
    if draw(st.booleans()):
        return np.frombuffer(draw(few) * count, dtype=drawn).reshape(extent).copy()
    elements = draw(st.lists(few, min_size=count, max_size=count))
    return np.frombuffer(b"".join(elements), dtype=drawn).reshape(extent).copy()


def _special_bits(dtype: np.dtype[Any]) -> list[bytes]:
    values: list[Any] = [0, 1]
    if dtype.kind in "iu":
        values += [np.iinfo(dtype).min, np.iinfo(dtype).max]
    elif dtype.kind == "f":
        values += [-0.0, math.nan, math.inf, -math.inf, np.finfo(dtype).max, np.finfo(dtype).tiny]
    elif dtype.kind == "c":
        values += [
            complex(-0.0, 0.0),
            complex(0.0, -0.0),
            complex(math.nan, 1),
            complex(1, math.inf),
        ]
    return [np.array(value).astype(dtype).tobytes() for value in values]


@st.composite
def array_pairs(
    draw: DrawFn,
    backend: Backend,
    *,
    dtype: npt.DTypeLike | None = None,
    shape: tuple[int, ...] | None = None,
) -> Pair:
    """
    Draw an array on a backend and on the host, contiguous, F-ordered, cut, strided or reversed.

    The same operations make the layout on the device and on the host.

    Parameters
    ----------
    backend : Backend
        An available backend; its `from_host` copies the values.
    dtype, shape : optional
        None: drawn.
    """
    extent = draw(shapes()) if shape is None else shape
    layout = draw(st.sampled_from(["C", "F", "cut", "strided", "reversed"]))
    whole = extent
    if extent and layout == "F":
        whole = extent[::-1]
    elif extent and layout == "cut":
        whole = tuple(side + 2 for side in extent)
    elif extent and layout == "strided":
        whole = (*extent[:-1], 2 * extent[-1])
    host = draw(host_arrays(dtype=dtype, shape=whole, backend=backend))
    device = backend.from_host(host.copy())
    return Pair(_lay_out(host, layout), _lay_out(device, layout))


def _lay_out(array: Any, layout: str) -> Any:
    if array.ndim == 0 or layout == "C":
        return array
    if layout == "F":
        return array.transpose()
    if layout == "cut":
        return array[(slice(1, -1),) * array.ndim]
    return array[(..., slice(None, None, 2 if layout == "strided" else -1))]


def arrays(
    backend: Backend,
    *,
    dtype: npt.DTypeLike | None = None,
    shape: tuple[int, ...] | None = None,
) -> SearchStrategy[Any]:
    """Draw an array on a backend, as `array_pairs` does, without the host array."""
    return array_pairs(backend, dtype=dtype, shape=shape).map(lambda pair: pair.device)


def buffers(
    backend: Backend, *, min_size: int = 0, max_size: int = 64
) -> SearchStrategy[tuple[bytes, Buffer]]:
    """Draw bytes, and a `TestBuffer` of the backend that holds them."""
    return st.binary(min_size=min_size, max_size=max_size).map(
        lambda data: (data, backend.TestBuffer.from_bytes(data))
    )


@st.composite
def byte_ranges(draw: DrawFn, nbytes: int, *, beyond: int = 3) -> ByteRequest | None:
    """
    Draw a `byte_range` for a store's `get`: None, a range, an offset or a suffix.

    Parameters
    ----------
    nbytes : int
        Length of the value, in bytes.
    beyond : int
        How many bytes past the end a request may reach; 0 for requests within the value.
    """
    reach = st.integers(0, nbytes + beyond)
    kind = draw(st.sampled_from(["none", "range", "offset", "suffix"]))
    if kind == "none":
        return None
    if kind == "offset":
        return OffsetByteRequest(draw(reach))
    if kind == "suffix":
        return SuffixByteRequest(draw(reach))
    start, end = sorted((draw(reach), draw(reach)))
    return RangeByteRequest(start, end)


def basic_selections(shape: tuple[int, ...]) -> SearchStrategy[Any]:
    """Draw a selection of integers, slices with positive steps and an ellipsis, as zarr accepts."""

    def forward(key: Any) -> bool:
        parts = key if isinstance(key, tuple) else (key,)
        return not any(isinstance(part, slice) and (part.step or 1) < 0 for part in parts)

    return npst.basic_indices(shape, allow_newaxis=False, allow_ellipsis=True).filter(forward)


@st.composite
def orthogonal_selections(draw: DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """
    Draw a selection for `oindex`: for each axis a slice, an integer, an index array or a mask.

    Parameters
    ----------
    shape : tuple of int
        The shape of the array; no axis is empty.
    """
    selection: list[Any] = []
    for side in shape:
        index = st.integers(-side, side - 1)
        kinds: list[SearchStrategy[Any]] = [
            st.slices(side).filter(lambda each: (each.step or 1) > 0),
            index,
            st.lists(index, min_size=1, max_size=side + 1).map(np.array),
            npst.arrays(bool, (side,)),
        ]
        selection.append(draw(st.one_of(kinds)))
    return tuple(selection)


@st.composite
def coordinate_selections(draw: DrawFn, shape: tuple[int, ...]) -> tuple[npt.NDArray[Any], ...]:
    """Draw a selection for `vindex`: an index array of one length for each axis; none is empty."""
    count = draw(st.integers(1, 8))
    return tuple(
        draw(npst.arrays(np.int64, (count,), elements=st.integers(-side, side - 1)))
        for side in shape
    )


def mask_selections(shape: tuple[int, ...]) -> SearchStrategy[npt.NDArray[np.bool_]]:
    """Draw a mask of a shape, which may be all true or all false."""
    return st.booleans().map(lambda value: np.full(shape, value)) | npst.arrays(bool, shape)


@st.composite
def codec_chains(
    draw: DrawFn, ndim: int, *, chunk: tuple[int, ...] | None = None
) -> tuple[Codec, ...]:
    """
    Draw the codecs of a Zarr format 3 array: zero or more transposes, one serializer, compressors.

    All are lossless, and zarr's own.

    Parameters
    ----------
    ndim : int
        Number of axes of a chunk.
    chunk : tuple of int, optional
        Shape of a chunk. If given, the serializer may be the sharding codec, with inner chunks that
        divide it.
    """
    orders = st.permutations(range(ndim)).map(lambda order: TransposeCodec(order=tuple(order)))
    filters = draw(st.lists(orders, max_size=2)) if ndim else []
    serializer: Codec = draw(st.sampled_from([BytesCodec(), BytesCodec(endian="big")]))
    if chunk and not filters and draw(st.booleans()):
        inner = tuple(draw(st.sampled_from(_divisors(side))) for side in chunk)
        # Alone: with other codecs, a shard can be read only as a whole, and zarr warns.
        return (
            ShardingCodec(
                chunk_shape=inner, codecs=draw(codec_chains(ndim)), index_codecs=_index_codecs()
            ),
        )
    compressors = draw(
        st.lists(
            st.sampled_from(
                [GzipCodec(level=1), ZstdCodec(level=0), Crc32cCodec(), BloscCodec(cname="lz4")]
            ),
            max_size=2,
        )
    )
    return (*filters, serializer, *compressors)


def _index_codecs() -> tuple[Codec, ...]:
    return BytesCodec(), Crc32cCodec()


def _divisors(number: int) -> list[int]:
    return [part for part in range(1, number + 1) if number % part == 0] or [1]


@st.composite
def array_metadata(draw: DrawFn, *, zarr_format: int | None = None) -> Any:
    """
    Draw the metadata of a Zarr array of either format, complete and valid.

    Shape, chunk shape (which need not divide the shape), dtype, fill value; for format 3 a codec
    chain, which may shard, and for format 2 the order.

    Parameters
    ----------
    zarr_format : {2, 3}, optional
        None: drawn.

    Returns
    -------
    ArrayV2Metadata or ArrayV3Metadata
        Store its ``.to_buffer_dict(prototype)``, or read the parameters from it.
    """
    version = draw(st.sampled_from([3, 2])) if zarr_format is None else zarr_format
    shape = draw(shapes(min_dims=1, max_dims=3, min_side=1))
    chunks = tuple(draw(st.integers(1, side)) for side in shape)
    dtype = draw(dtypes())
    fill_value = draw(host_arrays(dtype=dtype, shape=()))[()]
    parameters: dict[str, Any] = {
        "store": MemoryStore(),
        "shape": shape,
        "chunks": chunks,
        "dtype": dtype,
        "fill_value": fill_value,
        "zarr_format": version,
    }
    if version == 2:
        parameters |= {"order": draw(st.sampled_from("CF")), "compressors": None, "filters": None}
    else:
        chain = draw(codec_chains(len(shape), chunk=chunks))
        serializer = next(
            place
            for place, codec in enumerate(chain)
            if isinstance(codec, BytesCodec | ShardingCodec)
        )
        parameters |= {
            "filters": list(chain[:serializer]),
            "serializer": chain[serializer],
            "compressors": list(chain[serializer + 1 :]),
        }
    return zarr.create_array(**parameters).metadata
