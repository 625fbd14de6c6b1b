"""Checks about codecs that are made from metadata or a pickle."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

from zarr_devbuf.checks.codec.for_each_chunk import CodecHarness, chunk_check
from zarr_devbuf.checks.codec.harness import prepared
from zarr_devbuf.checks.errors import Refused, describe, violated

if TYPE_CHECKING:
    from zarr_devbuf.checks.codec.harness import Codec


@chunk_check(
    advice="Put the whole configuration into to_dict(), and nothing that changes with use.",
    source="documented",
    severity="read wrong",
)
def check_to_dict(codec: CodecHarness) -> None:
    """A codec made from the JSON of ``to_dict()`` decodes what the codec encoded, and the reverse.

    This dict, of the codec after `evolve_from_array_spec`, is what ``zarr.json`` holds: readers
    have nothing else. It must not change when a codec is made from it, or by use. It is JSON as its
    specification has it, without NaN.
    """

    def json_of(one: Codec) -> str:
        with codec.assert_no_error(
            "a dict that can be written as JSON",
            advice="Return plain Python values from to_dict(): no arrays, dtypes, NumPy scalars, "
            "bytes; write NaN and infinity as text.",
        ):
            return json.dumps(one.to_dict(), sort_keys=True, allow_nan=False)

    text = json_of(codec.codec)
    with codec.assert_no_error(
        f"a codec from its own dict: {text}",
        advice="Let from_dict() accept what to_dict() returns, after conversion to JSON and back.",
    ):
        twin: Codec = type(codec.codec).from_dict(json.loads(text))
    twin = prepared(twin, codec.spec)
    codec.assert_equal(json_of(twin), text, "to_dict of the codec that was made from it")
    _exchange(codec, twin, "dict")
    codec.assert_equal(json_of(codec.codec), text, "to_dict after use")


@chunk_check(
    enough=1,
    advice='Use `data.get("configuration", {})` in from_dict().',
    source="documented",
    severity="raises",
)
def check_optional_configuration(codec: CodecHarness) -> None:
    """A codec with nothing to configure is made from metadata with and without a configuration.

    Zarr's specification makes the ``configuration`` of a codec optional; other writers leave it out
    if it is empty, or write an empty one.
    """
    try:
        data = codec.codec.to_dict()
        configured, without = data.get("configuration"), {"name": data["name"]}
    except Exception as error:
        raise Refused(f"as check_to_dict reports: {describe(error)}") from error
    if configured:
        raise Refused("has a configuration")
    for one in (without, {**without, "configuration": {}}):
        try:
            type(codec.codec).from_dict(dict(one))
        except Exception as error:
            raise violated(
                case=f"from_dict({json.dumps(one)})",
                expected="a codec, since there is nothing to configure",
                actual=describe(error),
                advice=codec.advice,
            ) from error


@chunk_check(
    advice="Pickle the whole configuration, and what evolving has added.",
    source="documented",
    severity="raises",
)
def check_pickling(codec: CodecHarness) -> None:
    """A pickled codec works as the codec does, and can be pickled after use, too.

    Arrays are sent to other processes (Dask, multiprocessing) with their codecs, which have been
    used by then. Device handles, streams, locks and compiled kernels cannot be pickled; a codec
    leaves them out and creates them again.
    """
    for when in ("before", "after"):
        with codec.assert_no_error(
            f"a codec that can be pickled {when} use",
            advice="Define the class at the top of a module; leave out handles in __getstate__.",
        ):
            twin: Codec = pickle.loads(pickle.dumps(codec.codec))  # noqa: S301 - made here
        before, after = codec.codec.to_dict(), twin.to_dict()
        codec.assert_equal(f"{after}", f"{before}", "to_dict after pickling")
        _exchange(codec, twin, "pickle")


def _exchange(codec: CodecHarness, made: Codec, source: str) -> None:
    twin = replace(codec, codec=made)
    decoded = twin.decode(codec.encode(codec.input()))
    codec.assert_values(decoded, f"decode by the codec from the {source} what the codec encoded")
    decoded = codec.decode(twin.encode(twin.input()))
    codec.assert_values(decoded, f"decode what the codec from the {source} encoded")
