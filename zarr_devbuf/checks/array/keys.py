"""The keys of chunks, and the document of an array, read as the specifications describe them."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import zarr

    from zarr_devbuf.checks.array.array_params import Shape
    from zarr_devbuf.checks.array.harness import ArrayHarness


def chunk_key(document: dict[str, Any], place: Sequence[int]) -> str:
    """Return the key of a chunk, by the document of its array, as the specifications say."""
    numbers_ = list(map(str, place))
    if document["zarr_format"] == 2:
        return (document.get("dimension_separator") or ".").join(numbers_) or "0"
    encoding = document["chunk_key_encoding"]
    default = encoding["name"] == "default"
    configuration = encoding.get("configuration") or {}
    separator = configuration.get("separator", "/" if default else ".")
    if default:
        return str(separator.join(["c", *numbers_]))
    return str(separator.join(numbers_) or "0")


def chunk_grid(shape: Shape, chunks: Shape) -> Iterator[Shape]:
    """Yield the places of all chunks of an array."""
    return itertools.product(*(range(-(-n // c)) for n, c in zip(shape, chunks, strict=True)))


def document_of(harness: ArrayHarness, array: zarr.Array[Any]) -> dict[str, Any]:
    """Read the metadata document of an array as JSON."""
    return document_in(harness, harness.stored(array, metadata=True))


def document_in(harness: ArrayHarness, stored: dict[str, bytes]) -> dict[str, Any]:
    """Return the metadata document that is among stored values, as JSON."""
    for name in ("zarr.json", ".zarray"):
        if name in stored:
            document: dict[str, Any] = json.loads(stored[name])
            return document
    expected = "a document zarr.json or .zarray"
    raise harness.failed("opening the array", expected=expected, actual=", ".join(stored))
