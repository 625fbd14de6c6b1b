"""Broken subjects of `zarr_devbuf.checks.array.formats`."""

from __future__ import annotations

from typing import Any

from zarr.codecs import Crc32cCodec

from tests.subjects.arrays.conditions import filled_with, reads_wrong, spoil_stored
from tests.subjects.arrays.wrapping import broken

reads_wrong(
    caught_by={"format_2"}, when=lambda a, k, s: a.metadata.zarr_format == 2 and a.dtype == "u1"
)


def _always_c(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return result.copy(order="C") if self.metadata.zarr_format == 3 and result.ndim else result


broken(
    caught_by={"global_configuration", "memory_order"},
    name="memory_order",
    members={"take": _always_c},
    when=lambda call: call.array.order == "F",
)

broken(
    caught_by={"stored_bytes"},
    members={"done": spoil_stored(5)},
    backend="sim",
    when=filled_with(5),
)


def _unchecked(settings: dict[str, Any]) -> dict[str, Any]:
    """Leave out checksums."""
    checked = settings["compressors"] == (Crc32cCodec(),)
    return {**settings, "compressors": None} if checked else settings


broken(caught_by={"corrupt_chunks", "stored_codecs"}, name="corrupt_chunks", changes=_unchecked)
