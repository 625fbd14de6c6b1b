"""Checks about codecs that are made from metadata or a pickle."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import prepared
from zarr_devbuf.checks.errors import describe, violated

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.checks.codec.harness import Codec, CodecHarness


@chunk_check(
    advice="Put the whole configuration into to_dict(), and nothing that changes with use.",
)
def check_to_dict(codec: CodecHarness) -> None:
    """A codec made from the JSON of ``to_dict()`` decodes what the codec encoded, and the reverse.

    This dict, of the codec after `evolve_from_array_spec`, is what ``zarr.json`` holds: readers
    have nothing else. It must not change when a codec is made from it, or by use.
    """
    text = _json(codec, codec.codec)
    twin = _made(
        codec,
        lambda: type(codec.codec).from_dict(json.loads(text)),
        f"a codec from its own dict: {text}",
        advice="Let from_dict() accept what to_dict() returns, after conversion to JSON and back.",
    )
    twin = prepared(twin, codec.spec)
    _assert_equal(codec, text, _json(codec, twin), "of the codec that was made from it")
    _exchange(codec, twin, "dict")
    _assert_equal(codec, text, _json(codec, codec.codec), "after use")


@chunk_check(advice="Pickle the whole configuration, and what evolving has added.")
def check_pickling(codec: CodecHarness) -> None:
    """A pickled codec works as the codec does, and can be pickled after use, too.

    Arrays are sent to other processes (Dask, multiprocessing) with their codecs, which have been
    used by then. Device handles, streams, locks and compiled kernels cannot be pickled; a codec
    leaves them out and creates them again.
    """
    for when in ("before", "after"):
        twin = _made(
            codec,
            lambda: pickle.loads(pickle.dumps(codec.codec)),  # noqa: S301 - trusted: made here
            f"a codec that can be pickled {when} use",
            advice="Define the class at the top of a module; leave out handles in __getstate__.",
        )
        _assert_equal(codec, f"{codec.codec.to_dict()}", f"{twin.to_dict()}", "after pickling")
        _exchange(codec, twin, "pickle")


def _made(codec: CodecHarness, make: Callable[[], Any], expected: str, *, advice: str) -> Codec:
    try:
        made: Codec = make()
    except Exception as error:
        case = codec.about(expected)
        raise violated(
            expected=expected, actual=describe(error), advice=advice, case=case
        ) from error
    return made


def _json(codec: CodecHarness, source: Codec) -> str:
    try:
        return json.dumps(source.to_dict(), sort_keys=True)
    except TypeError as error:
        raise violated(
            expected="a dict that can be written as JSON",
            actual=describe(error),
            advice="Return plain Python values from to_dict(): no arrays, dtypes or NumPy scalars.",
            case=codec.about("to_dict"),
        ) from error


def _assert_equal(codec: CodecHarness, before: str, after: str, when: str) -> None:
    if before != after:
        raise violated(
            expected=f"the same dict {when}: {before}",
            actual=after,
            advice=codec.advice,
            case=codec.about("to_dict"),
        )


def _exchange(codec: CodecHarness, made: Codec, source: str) -> None:
    twin = replace(codec, codec=made)
    decoded = twin.decode(codec.encode(codec.input()))
    codec.assert_values(decoded, f"decode by the codec from the {source} what the codec encoded")
    decoded = codec.decode(twin.encode(twin.input()))
    codec.assert_values(decoded, f"decode what the codec from the {source} encoded")
