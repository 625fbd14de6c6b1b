"""Checks about values: what is encoded on a device comes back as it does on the host."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from zarr.abc.codec import BytesBytesCodec

from zarr_devbuf.checks.codec.assertions import require_values
from zarr_devbuf.checks.codec.chunks import (
    ODD_LENGTHS,
    SPECIAL,
    SWAPPED,
    TYPICAL,
    UNUSUAL_SHAPES,
)
from zarr_devbuf.checks.codec.for_each_chunk import each_chunk
from zarr_devbuf.checks.codec.harness import paths_of
from zarr_devbuf.checks.codec.layouts import LAYOUTS
from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.harness import Path, Trial
    from zarr_devbuf.checks.codec.host_result import Reference
    from zarr_devbuf.checks.codec.layouts import Layout


def _round_trip(trial: Trial, expected: Reference) -> None:
    decoded = trial.decode(trial.encode(trial.input()))
    require_values(trial, expected, decoded, "encode and decode")


def _by_turns() -> Callable[[Trial, Reference], None]:
    """Make a judge that takes one code path after another: any may be wrong by itself."""
    turns = itertools.count()

    def judge(trial: Trial, expected: Reference) -> None:
        path = _path(trial, next(turns))
        decoded = trial.decode(trial.encode(trial.input(), path), path)
        require_values(trial, expected, decoded, "encode and decode", path)

    return judge


def _path(trial: Trial, turn: int) -> Path:
    paths = paths_of(trial.codec)
    return paths[turn % len(paths)] if paths else "batched"


@check("codec")
def check_round_trip(subject: Any, backend: Backend) -> None:
    """A chunk that is encoded and decoded on the backend has the values that it has on the host.

    On the host a codec from bytes to bytes gives back every bit, and any other at least roughly
    what it was given. On the backend it gives what it gives on the host; a lossy one may differ
    from that by about as much as it loses, for two implementations of one formula round
    differently.
    Source: the round trip is what Zarr's specification asks of every codec.
    """
    each_chunk(subject, backend, TYPICAL, _round_trip, owned=True)


@check("codec")
def check_chunk_shapes(subject: Any, backend: Backend) -> None:
    """Chunks without dimensions, without elements, with one element, of odd sizes come back.

    Zarr makes such chunks of 0-d arrays, of arrays of length 0 and of every odd ``chunks=``. On
    devices they are where kernels are launched with an empty grid, and where buffers of 0 bytes
    have no address. A codec may decline a shape, as long as it does so on the host, too.
    """
    each_chunk(subject, backend, UNUSUAL_SHAPES, _by_turns(), owned=True)


@check("codec")
def check_memory_layouts(subject: Any, backend: Backend) -> None:
    """How a chunk lies in memory makes no difference to what is decoded.

    Zarr hands out chunks as they come: F-ordered (``order="F"``, behind `transpose`), strided
    (parts of the user's array), with negative strides, as a part of a larger buffer (inner chunks
    of a shard), read-only (values that a store keeps). A codec that takes a chunk C-ordered has to
    take the same one in any of these layouts.
    """
    turns = itertools.count()

    def judge(trial: Trial, expected: Reference) -> None:
        layouts: tuple[Layout, ...] = ("C", "part", "read-only") if trial.takes_bytes else LAYOUTS
        path = _path(trial, next(turns))
        for layout in layouts:
            data = trial.input(layout)
            try:
                decoded = trial.decode(trial.encode(data, path), path)
                require_values(
                    trial, expected, decoded, f"encode and decode, {layout} layout", path
                )
                encoded = trial.buffer(
                    expected.encoded, _encoded_layout(trial, layout), flat=trial.gives_bytes
                )
                decoded = trial.decode(encoded, path)
                require_values(trial, expected, decoded, f"decode, {layout} layout", path)
            except Exception as error:
                error.add_note(f"the layout of the memory is {layout}")
                raise

    each_chunk(subject, backend, TYPICAL, judge)


def _encoded_layout(trial: Trial, layout: Layout) -> Layout:
    # Buffers are flat and contiguous: a part of a larger one is all that can be special.
    if trial.gives_bytes and layout not in ("C", "part", "read-only"):
        return "C"
    return layout


@check("codec")
def check_special_values(subject: Any, backend: Backend) -> None:
    """Extreme numbers, NaN, infinity, -0.0, structured and time dtypes come back as on the host.

    Judged are the values that the codec gives back exactly on the host. -0.0 is not 0.0: Zarr
    keeps the sign. A backend that cannot hold a dtype is not asked to.
    """
    each_chunk(subject, backend, SPECIAL, _by_turns(), owned=True)


@check("codec")
def check_byte_orders(subject: Any, backend: Backend) -> None:
    """What is stored in either byte order is decoded to the byte order that the array has.

    Zarr's dtypes have a byte order, and so has `bytes` its own; either may be the one that the
    machine has not. What the host has encoded is decoded on the backend, and the reverse.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        _round_trip(trial, expected)
        decoded = trial.decode(trial.buffer(expected.encoded, flat=trial.gives_bytes))
        require_values(trial, expected, decoded, "decode what the host encoded")
        got, due = trial.to_host(decoded).dtype, expected.sent.dtype
        if got != due:
            raise violated(
                expected=f"dtype {due}",
                actual=f"dtype {got}",
                advice="decode to the dtype of the chunk's spec, byte order included",
                case=trial.about("decode"),
            )

    each_chunk(subject, backend, SWAPPED, judge, owned=True)


@check("codec")
def check_odd_lengths(subject: Any, backend: Backend) -> None:
    """A codec from bytes to bytes takes bytes of any number: none, one, no multiple of an element.

    Behind another codec that changes the length (a checksum, a compressor) the number of bytes is
    not that of whole elements. It may decline, as long as it does so on the host, too.
    """
    if not isinstance(subject, BytesBytesCodec):
        raise NotApplicable("is no codec from bytes to bytes")
    each_chunk(subject, backend, ODD_LENGTHS, _by_turns(), owned=True)
