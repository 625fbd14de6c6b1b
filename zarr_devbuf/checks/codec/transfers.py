"""Checks about what a codec transfers between host and device."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from zarr_devbuf.checks.codec.chunks import TYPICAL
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from zarr_devbuf.checks._harness import Layout

_LAYOUTS: tuple[Layout, ...] = ("C", "F", "strided")
_FLAT_LAYOUTS: tuple[Layout, ...] = ("C", "part")


@chunk_check(
    TYPICAL,
    advice="Keep the data on its device, or copy it explicitly: as_numpy_array(), from_bytes().",
    source="ours",
    severity="raises",
)
def check_implicit_transfers(codec: CodecHarness) -> None:
    """Encoding and decoding transfer data between host and device only by explicit calls.

    Host memory passed as device memory, and device arrays converted by ``np.asarray`` and the
    like: on a GPU the one is a hidden copy, the other an error, or the reverse, depending on the
    array library. By every call path, in every memory layout. A codec that has to work on the host
    copies explicitly: ``buffer.as_numpy_array()``, ``prototype.buffer.from_bytes(...)``.
    """

    @contextmanager
    def no_implicit_transfers(case: str) -> Iterator[None]:
        with record_transfers() as log:
            yield
        if log.implicit:
            raise violated(
                expected="no implicit transfers",
                actual=f"{len(log.implicit)} of {log.implicit.nbytes} bytes in all",
                advice=codec.advice,
                case=case,
                transfers=log.implicit,
            )

    _call_all(codec, no_implicit_transfers)


@chunk_check(
    TYPICAL,
    source="ours",
    severity="wasteful",
)
def check_transfers(codec: CodecHarness) -> None:
    """Encoding a chunk and decoding it make at most as many transfers as `max_transfers` allows.

    Without a maximum the check measures, and the verdict reports it: ``device-native`` if nothing
    was transferred in any memory layout, by any call path; otherwise ``host-round-trip``.
    """
    _call_all(codec, measured)


def _call_all(
    codec: CodecHarness, observed: Callable[[str], AbstractContextManager[object]]
) -> None:
    """Encode and decode by every call path, in several memory layouts, in a context each."""
    for path in codec.paths:
        for layout in _FLAT_LAYOUTS if codec.takes_bytes else _LAYOUTS:
            data = codec.input(layout)
            with observed(codec.about(f"encode, {layout} layout", path)):
                try:
                    codec.encode(data, path)
                except Exception:
                    # `check_memory_layouts` reports a layout that cannot be encoded at all.
                    if layout == "C":
                        raise
        data = codec.encoded_input()
        with observed(codec.about("decode", path)):
            codec.decode(data, path)
