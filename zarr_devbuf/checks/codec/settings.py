"""Check that the settings of zarr's own codecs reach the library that encodes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np

from zarr_devbuf.checks.codec.chunks import Chunk
from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import prepared
from zarr_devbuf.checks.errors import violated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr_devbuf.checks.codec.harness import Codec, Values

_LEVELS: tuple[dict[str, Any], ...] = ({"level": 1}, {"level": 9})
_SHUFFLES = ("noshuffle", "shuffle", "bitshuffle")
# Of each codec settings that encode `CHUNKS` to other bytes. Of the rest, those that it has.
OTHERS: dict[str, tuple[dict[str, Any], ...]] = {
    "gzip": _LEVELS,
    "zstd": (*_LEVELS, {"checksum": True}, {"checksum": False}),
    "blosc": (
        *({"cname": each} for each in ("lz4", "lz4hc", "blosclz", "zlib", "zstd")),
        *({"shuffle": each} for each in _SHUFFLES),
        *({"clevel": 1}, {"clevel": 9}, {"typesize": 2}, {"blocksize": 1024}),
    ),
    "numcodecs.zlib": _LEVELS,
    "numcodecs.gzip": _LEVELS,
    "numcodecs.zstd": _LEVELS,
    "numcodecs.bz2": _LEVELS[:1],
    "numcodecs.lzma": ({"preset": 0}, {"preset": 1}),
}
# Enough for a level to make a difference.
CHUNKS = tuple(Chunk(dtype, (9, 1009), "tiled") for dtype in ("int32", "float32"))


def _is_known(codec: Codec) -> str:
    name = str(codec.to_dict()["name"])
    if not type(codec).__module__.startswith("zarr."):
        return "is not zarr's own: that its settings change the bytes cannot be known"
    if name in OTHERS or name.startswith("numcodecs."):
        return ""
    return "its bytes are checked in arrays"


@chunk_check(
    groups=((1, CHUNKS),),
    skip=_is_known,
    advice="Pass every setting on to the library that encodes, and return it from to_dict().",
    source="documented",
    severity="wasteful",
)
def check_settings(codec: CodecHarness) -> None:
    """What zarr's own codecs encode is what their library encodes with the same settings.

    Whoever asks for level 9, or for another compressor within blosc, gets it, and finds it in the
    metadata. What is decoded is the same without, so that no other check sees the difference.
    Source: the configurations in the specifications of these codecs; numcodecs is the judge.
    """
    data: dict[str, Any] = codec.codec.to_dict()
    name, own = str(data["name"]), dict(data.get("configuration") or {})
    for changed in ({}, *OTHERS.get(name, ())):
        settings = {**own, **changed}
        one = type(codec.codec).from_dict({"name": name, "configuration": dict(settings)})
        asked, kept = (
            json.dumps(each, sort_keys=True) for each in (settings, one.to_dict()["configuration"])
        )
        codec.assert_equal(kept, asked, "to_dict of the codec that was made with other settings")
        made = replace(codec, codec=prepared(one, codec.spec))
        found = made.to_host(made.encode(made.input(), codec.path_in_turn)).tobytes()
        expected = encoded(name, settings, codec.expected.sent)
        if found != expected:
            raise violated(
                case=codec.about(f"encode with {settings}"),
                expected=f"the {len(expected)} bytes that numcodecs gives",
                actual=f"{len(found)} others" if len(found) != len(expected) else "others",
                advice=codec.advice,
            )


def encoded(name: str, settings: Mapping[str, Any], sent: Values) -> bytes:
    """Encode a chunk, or its bytes, by numcodecs alone."""
    settings, values = dict(settings), sent
    if name == "blosc":
        # It takes the size of an element from what it is given.
        values = sent.view(f"u{settings.pop('typesize')}")
        settings["shuffle"] = _SHUFFLES.index(settings["shuffle"])
    codec = numcodecs.get_codec({"id": name.removeprefix("numcodecs."), **settings})
    return np.ascontiguousarray(codec.encode(values)).tobytes()
