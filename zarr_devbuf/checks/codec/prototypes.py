"""Checks about more than one prototype or spec: host and device read each other, in any order."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.codec.assertions import require_buffer, require_values
from zarr_devbuf.checks.codec.chunks import ENOUGH, LARGE, TYPICAL
from zarr_devbuf.checks.codec.for_each_chunk import each_chunk
from zarr_devbuf.checks.codec.harness import (
    HOST,
    Refused,
    Trial,
    copied,
    host_configuration,
    paths_of,
    prepared,
    spec_of,
)
from zarr_devbuf.checks.errors import NotApplicable
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.host_result import Reference


# Specs that take turns: each is tried with all before it.
_FEW = 3


@check("codec")
def check_between_devices(subject: Any, backend: Backend) -> None:
    """What is encoded on the host is decoded on the backend, and the reverse, to the same values.

    An array is written where the data is and read where it is needed. Two implementations of a
    codec, one for each, have to agree on what lies in the store.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        encoded = trial.buffer(expected.encoded, flat=trial.gives_bytes)
        decoded = trial.decode(encoded)
        require_values(trial, expected, decoded, "decode what the host encoded")
        encoded_here = trial.to_host(trial.encode(trial.input()))
        with host_configuration():
            on_host = Trial.of(subject, trial.chunk, None)
            decoded = on_host.decode(on_host.buffer(encoded_here, flat=trial.gives_bytes))
            require_values(on_host, expected, decoded, "decode on the host what was encoded here")

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)
    # What makes shards cuts a large chunk into as many small ones.
    if not hasattr(subject, "index_codecs"):
        with suppress(NotApplicable):
            each_chunk(subject, backend, LARGE, judge, enough=1)


@check("codec")
def check_prototypes_in_turn(subject: Any, backend: Backend) -> None:
    """One codec serves one prototype after another, each with buffers of its own.

    Zarr shares a codec between all uses of an array, on the host now and on the device then. A
    codec that keeps the first prototype, or an array library, serves the next with the wrong one.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        host = Trial(trial.codec, trial.chunk, None, spec_of(trial.chunk, HOST))
        native = trial.spec.dtype.to_native_dtype()
        shape = None if trial.takes_bytes else trial.spec.shape
        for turn, one in enumerate((host, trial, host, trial)):
            what = f"on {'the host' if one is host else 'the backend'}, in turn {turn + 1}"
            for path in paths_of(trial.codec):
                if one is host:
                    with host_configuration():
                        decoded = one.decode(one.encode(one.input(), path), path)
                else:
                    decoded = one.decode(one.encode(one.input(), path), path)
                case = f"encode and decode {what}"
                require_buffer(one, decoded, case, path, shape=shape, dtype=native)
                require_values(one, expected, decoded, case, path)

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)


@check("codec")
def check_prototype_of_the_spec(subject: Any, backend: Backend) -> None:
    """The prototype of the spec decides, not the one that zarr is configured for.

    Zarr's functions take a ``prototype`` argument, which may differ from ``zarr.config``. A codec
    that asks the configuration (``get_ndbuffer_class()``, ``default_buffer_prototype()``) then
    makes buffers that its caller cannot use.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        native = trial.spec.dtype.to_native_dtype()
        shape = None if trial.takes_bytes else trial.spec.shape
        # Prepared anew: what the codec notes at its preparation is to be the configuration's, too.
        with host_configuration():
            anew = replace(trial, codec=Trial.of(subject, trial.chunk, backend).codec)
            _in_the_prototype(anew, expected, shape, native, "zarr configured for the host")
        on_host = Trial.of(subject, trial.chunk, None)
        _in_the_prototype(
            on_host, expected, shape, native, f"zarr configured for backend {backend.name}"
        )

    each_chunk(subject, backend, TYPICAL, judge, enough=ENOUGH)


def _in_the_prototype(
    trial: Trial, expected: Reference, shape: tuple[int, ...] | None, native: Any, when: str
) -> None:
    for path in paths_of(trial.codec):
        data = trial.input()
        case = f"encode, {when}"
        try:
            encoded = trial.encode(data, path)
            if trial.gives_bytes:
                require_buffer(trial, encoded, case, path, shape=None, dtype=None)
            data = trial.buffer(expected.encoded, flat=trial.gives_bytes)
            case = f"decode, {when}"
            decoded = trial.decode(data, path)
        except Refused:
            raise
        except Exception as error:
            error.add_note(case)
            raise
        require_buffer(trial, decoded, case, path, shape=shape, dtype=native)
        require_values(trial, expected, decoded, case, path)


@check("codec")
def check_specs_in_turn(subject: Any, backend: Backend) -> None:
    """One codec serves arrays of different shapes and dtypes, each by the spec that it is given.

    The codec that a user passes to several arrays is one object, of which each array makes its own
    by ``evolve_from_array_spec``. One that notes down there what it is for, on itself, serves the
    first array by the spec of the second.
    """
    shared = copied(subject)
    earlier: list[tuple[Trial, Reference]] = []

    def judge(trial: Trial, expected: Reference) -> None:
        own = replace(trial, codec=prepared(shared, trial.spec))
        earlier.append((own, expected))
        # In the opposite order of that in which they were made.
        for one, due in earlier[::-1]:
            for path in paths_of(one.codec):
                decoded = one.decode(one.encode(one.input(), path), path)
                case = f"encode and decode, prepared for {trial.chunk} since"
                require_values(one, due, decoded, case, path)

    each_chunk(subject, backend, TYPICAL, judge, enough=_FEW)
