"""Broken subjects of `zarr_devbuf.checks.array.formats`."""

from __future__ import annotations

from typing import Any

from tests.subjects.arrays.conditions import codecs, filled_with, reads_wrong, spoil_stored
from tests.subjects.arrays.wrapping import broken

reads_wrong(
    caught_by={"format_2"}, when=lambda a, k, s: a.metadata.zarr_format == 2 and a.dtype == "u1"
)

reads_wrong(
    caught_by={"format_2_order"},
    when=lambda a, k, s: a.metadata.zarr_format == 2 and a.order == "F",
)

reads_wrong(
    caught_by={"format_2_compressors"},
    when=lambda a, k, s: a.metadata.zarr_format == 2 and a.metadata.compressor is not None,
)

reads_wrong(
    caught_by={"default_compressors"},
    when=lambda a, k, s: "zstd" in codecs(a) and "sharding" not in codecs(a),
)

reads_wrong(
    caught_by={"checksums"},
    when=lambda a, k, s: "crc32c" in codecs(a) and "sharding" not in codecs(a),
)

reads_wrong(caught_by={"transposed"}, when=lambda a, k, s: "transpose" in codecs(a))


def _always_c(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return result.copy(order="C") if self.metadata.zarr_format == 3 and result.ndim else result


broken(
    caught_by={"memory_order"},
    members={"take": _always_c},
    when=lambda call: call.array.order == "F",
)

broken(
    caught_by={"stored_bytes"},
    members={"done": spoil_stored(5)},
    backend="sim",
    when=filled_with(5),
)
