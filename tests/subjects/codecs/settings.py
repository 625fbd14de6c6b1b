"""Codecs of zarr's that take a setting and ignore it, as a mistake in zarr would."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numcodecs  # type: ignore[import-untyped]
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

from tests.subjects.codecs.clean import Named


def _made(number: int, data: dict[str, Any]) -> Any:
    return (LevelIgnored, ShuffleIgnored, ChecksumForgotten)[number].from_dict(data)


class LevelIgnored(GzipCodec, Named):
    """Encodes at level 5, whatever the level is."""

    __module__ = "zarr.codecs.gzip"
    caught_by: ClassVar = {"settings"}

    @property
    def _gzip_codec(self) -> Any:
        return numcodecs.GZip(5)

    def __reduce__(self) -> Any:
        return _made, (0, self.to_dict())


class ShuffleIgnored(BloscCodec, Named):
    """Shuffles nothing."""

    __module__ = "zarr.codecs.blosc"
    caught_by: ClassVar = {"settings"}
    # numcodecs does not look at the length of what it decodes, as of zarr's own codec.
    may_be_caught_by: ClassVar = {"truncated_input", "corrupt_input"}

    @property
    def _blosc_codec(self) -> Any:
        return numcodecs.Blosc(cname=self.cname, clevel=self.clevel, shuffle=0)

    def __reduce__(self) -> Any:
        return _made, (1, self.to_dict())


class ChecksumForgotten(ZstdCodec, Named):
    """Is made from metadata without its checksum."""

    __module__ = "zarr.codecs.zstd"
    caught_by: ClassVar = {"settings"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        return cls(level=data["configuration"]["level"])

    def __reduce__(self) -> Any:
        return _made, (2, self.to_dict())
