"""Checks about failure: an error surfaces, and the next chunk is served as if nothing had been."""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr.abc.buffer import BufferPrototype

from zarr_devbuf.checks.codec.assertions import require_values
from zarr_devbuf.checks.codec.chunks import TYPICAL
from zarr_devbuf.checks.codec.for_each_chunk import each_chunk
from zarr_devbuf.checks.codec.harness import paths_of
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.harness import Path, Trial
    from zarr_devbuf.checks.codec.host_result import Reference


# Seconds: what hangs, hangs for ever, and machines may be slow.
_PATIENCE = 10.0


@check("codec")
def check_recovers(subject: Any, backend: Backend) -> None:
    """When memory runs out, encoding and decoding raise; the next chunk is served as ever.

    The buffers of the prototype refuse to be made once, at the first or second one of a call. A
    codec that goes on regardless stores a chunk that nobody can read; one that still holds a lock,
    or believes that it is busy, serves nobody any more.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        path = paths_of(trial.codec)[-1]
        for nth in (1, 2):
            with _failing(backend, nth) as prototype:
                encoded = _attempt(trial, trial.input(), "encode", path, prototype)
            if encoded is not None:
                decoded = trial.decode(encoded, path)
                require_values(trial, expected, decoded, f"encode, buffer {nth} fails", path)
            data = trial.buffer(expected.encoded, flat=trial.gives_bytes)
            with _failing(backend, nth) as prototype:
                _attempt(trial, data, "decode", path, prototype)
            _serve(trial, expected, nth, path)

    each_chunk(subject, backend, TYPICAL, judge, enough=2)


@contextmanager
def _failing(backend: Backend, nth: int) -> Iterator[BufferPrototype]:
    """
    Make a prototype of which one buffer, the nth to be made by anyone, cannot be made.

    Once the block is left they all can: buffers that a call returned are of these classes, and make
    more of themselves.
    """
    count = itertools.count(1)
    armed = [True]

    def refuse() -> None:
        if armed and next(count) == nth:
            raise MemoryError("out of device memory, for the sake of a check")

    class Buffer(backend.TestBuffer):  # type: ignore[name-defined,misc]
        def __init__(self, array_like: Any) -> None:
            refuse()
            super().__init__(array_like)

    class NDBuffer(backend.NDBufferUsingTestNDArrayLike):  # type: ignore[name-defined,misc]
        def __init__(self, array: Any) -> None:
            refuse()
            super().__init__(array)

    try:
        yield BufferPrototype(buffer=Buffer, nd_buffer=NDBuffer)
    finally:
        armed.clear()


def _attempt(trial: Trial, data: Any, name: str, path: Path, prototype: BufferPrototype) -> Any:
    """Call the codec with buffers that fail; return what it returns, None where it raises."""
    failing = replace(trial, spec=replace(trial.spec, prototype=prototype))
    try:
        return _in_thread(lambda: _call(failing, data, name, path), trial, name)
    except _HangError:
        raise
    except Exception:  # noqa: BLE001 - whatever it makes of the error, it surfaces
        return None


def _serve(trial: Trial, expected: Reference, nth: int, path: Path) -> None:
    case = f"encode and decode, after buffer {nth} could not be made"
    try:
        encoded = _in_thread(lambda: _call(trial, trial.input(), "encode", path), trial, case)
        decoded = _in_thread(lambda: _call(trial, encoded, "decode", path), trial, case)
    except _HangError as hang:
        raise violated(
            expected="a result, as before the failure",
            actual=f"none within {_PATIENCE:g} seconds",
            advice="release locks in `finally`, or hold them by `with`",
            case=str(hang),
        ) from hang
    except Exception as error:
        error.add_note(f"while zarr was calling {trial.about(case, path)}")
        raise
    require_values(trial, expected, decoded, case, path)


class _HangError(Exception):
    """A call does not return."""


def _call(trial: Trial, data: Any, name: str, path: Path) -> Any:
    """Call one method on an event loop of the calling thread: zarr's own must not hang."""
    if path == "sync":
        return getattr(trial.codec, f"_{name}_sync")(data, trial.spec)
    if path == "single":
        return asyncio.run(getattr(trial.codec, f"_{name}_single")(data, trial.spec))
    return next(iter(asyncio.run(getattr(trial.codec, name)([(data, trial.spec)]))))


def _in_thread(call: Callable[[], Any], trial: Trial, what: str) -> Any:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.extend((True, call()))
        except Exception as error:  # noqa: BLE001 - raised again below
            outcome.extend((False, error))

    thread = threading.Thread(target=run, name="check_recovers", daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    if not outcome:
        raise _HangError(f"{what}, {trial.chunk}")
    done, result = outcome
    if done:
        return result
    raise result
