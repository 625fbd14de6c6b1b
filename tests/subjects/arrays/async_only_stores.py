"""Broken subjects of `zarr_devbuf.checks.array.async_only_stores`."""

from __future__ import annotations

from typing import Any

from tests.subjects.arrays.wrapping import broken, spoilt


def _wrong_without_sync(self: Any, kind: str, selection: Any, result: Any) -> Any:
    return spoilt(result) if _without_sync(self) else result


def _without_sync(array: Any) -> bool:
    return getattr(array.store, "_supports_sync_io", True) is False


broken(
    caught_by={"store_without_sync"},
    members={"take": _wrong_without_sync},
    when=lambda call: _without_sync(call.array),
)
