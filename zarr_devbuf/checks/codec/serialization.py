"""Checks about the forms in which a codec travels: its dict, in metadata, and its pickle."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.codec.assertions import require_values
from zarr_devbuf.checks.codec.chunks import ENOUGH, TYPICAL
from zarr_devbuf.checks.codec.for_each_chunk import each_chunk
from zarr_devbuf.checks.codec.harness import Trial, describe, prepared
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.harness import Codec
    from zarr_devbuf.checks.codec.host_result import Reference


@check("codec")
def check_dict_form(subject: Any, backend: Backend) -> None:
    """A codec made from the JSON of ``to_dict()`` decodes what the codec encoded, and the reverse.

    This form, of the codec after `evolve_from_array_spec`, is what ``zarr.json`` holds: readers
    have nothing else. It must not change by being made into a codec again, or by use.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        codec = trial.codec
        before = _json(trial, codec)
        twin = prepared(_from_json(trial, before), trial.spec)
        _require_equal(trial, before, _json(trial, twin), "made from it again")
        _exchange(trial, Trial(twin, trial.chunk, trial.backend, trial.spec), expected, "dict form")
        _require_equal(trial, before, _json(trial, codec), "after use")

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)


def _json(trial: Trial, codec: Codec) -> str:
    try:
        return json.dumps(codec.to_dict(), sort_keys=True)
    except TypeError as error:
        raise violated(
            expected="a dict that can be written as JSON",
            actual=describe(error),
            advice="let to_dict() return plain Python values: no arrays, dtypes or device scalars",
            case=trial.about("to_dict"),
        ) from error


def _from_json(trial: Trial, text: str) -> Codec:
    try:
        made: Codec = type(trial.codec).from_dict(json.loads(text))
    except Exception as error:
        raise violated(
            expected=f"a codec from its own dict form: {text}",
            actual=describe(error),
            advice="let from_dict() take what to_dict() gives, after a trip through JSON",
            case=trial.about("from_dict"),
        ) from error
    return made


def _require_equal(trial: Trial, before: str, after: str, when: str) -> None:
    if before != after:
        raise violated(
            expected=f"the same dict form {when}: {before}",
            actual=after,
            advice="put into to_dict() all of the configuration, and nothing that changes",
            case=trial.about("to_dict"),
        )


def _exchange(trial: Trial, twin: Trial, expected: Reference, form: str) -> None:
    for writer, reader, what in (
        (trial, twin, f"decode by the codec from the {form} what the codec encoded"),
        (twin, trial, f"decode what the codec from the {form} encoded"),
    ):
        encoded = writer.encode(writer.input())
        require_values(trial, expected, reader.decode(encoded), what)


@check("codec")
def check_pickle(subject: Any, backend: Backend) -> None:
    """A pickled codec works as the codec does, and can be pickled after use, too.

    Arrays travel to other processes (Dask, multiprocessing) with their codecs: used ones, by then.
    Handles of a device, streams, locks and compiled kernels do not; a codec leaves them behind and
    makes them anew.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        codec = trial.codec
        for when in ("before it was used", "after it was used"):
            twin = _unpickled(codec, trial, when)
            _require_equal(trial, str(codec.to_dict()), str(twin.to_dict()), "after pickling")
            pair = Trial(twin, trial.chunk, trial.backend, trial.spec)
            _exchange(trial, pair, expected, "pickle")

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)


def _unpickled(codec: Codec, trial: Trial, when: str) -> Codec:
    try:
        made: Codec = pickle.loads(pickle.dumps(codec))  # noqa: S301 - made the line before
    except Exception as error:
        raise violated(
            expected=f"a codec that can be pickled {when}",
            actual=describe(error),
            advice="define the class at the top of a module; leave handles and caches out by "
            "__getstate__",
            case=trial.about("pickle"),
        ) from error
    return made
