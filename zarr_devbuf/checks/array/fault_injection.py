"""Operations that are made to fail, and what must be true of an array afterwards."""

from __future__ import annotations

import itertools
import threading
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.codecs import BytesCodec, ShardingCodec
from zarr.storage import StorePath

from zarr_devbuf.checks.array.array_params import Form, geometry, takes_settings
from zarr_devbuf.checks.array.comparing import same, show
from zarr_devbuf.checks.array.harness import Trial, trials
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, violated
from zarr_devbuf.config import use_backend
from zarr_devbuf.faults import FaultyStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    import zarr
    from zarr.abc.store import Store

    from zarr_devbuf.backend import Backend

__all__ = [
    "attempt",
    "in_time",
    "is_whole",
    "on_faulty_store",
    "on_store",
    "part_of",
    "reads_right",
    "trials_that_fail",
    "works",
    "writes_right",
]

# Seconds: what hangs, hangs for ever, and machines may be slow.
_PATIENCE = 20.0

_SHARDED = Form(
    (8, 6),
    (4, 6),
    serializer=ShardingCodec(
        chunk_shape=(2, 3), codecs=[BytesCodec()], index_codecs=[BytesCodec()]
    ),
)


def trials_that_fail(subject: Any, backend: Backend) -> Iterator[Trial]:
    """Put an array on trial under each pipeline: as it is made, and sharded, where it can be."""
    forms = (None, _SHARDED) if takes_settings(subject) else (None,)
    for form in forms:
        for trial in trials(subject, backend, form):
            shape = trial.empty().shape
            if not shape or not all(shape):
                raise NotApplicable(f"an array of shape {shape} has no chunks that could fail")
            yield trial


def part_of(array: zarr.Array[Any]) -> tuple[slice, ...]:
    """Select a part of an array that cuts through chunks; of shards, through some of theirs."""
    if array.shards:
        return tuple(slice(n // 2 - 1, n // 2 + 1) for n in array.shape)
    return tuple(slice(n // 3, None) for n in array.shape)


def on_store(array: zarr.Array[Any], store: Store) -> zarr.Array[Any]:
    """Make a twin of an array, of the same class, that finds its chunks through another store."""
    mirror: Any = array.async_array
    path = StorePath(store, mirror.store_path.path)
    twin: Any = copy(array)
    # The one attribute of `zarr.Array`; its constructor may be the subject's own.
    twin._async_array = type(mirror)(mirror.metadata, path, mirror.config)  # noqa: SLF001
    return twin  # type: ignore[no-any-return]


def on_faulty_store(array: zarr.Array[Any]) -> tuple[zarr.Array[Any], FaultyStore[Any]]:
    """Make a twin of an array whose store fails as it is told to."""
    store = FaultyStore(array.store)
    return on_store(array, store), store


def attempt(call: Callable[[], Any], case: str, *errors: type[BaseException]) -> tuple[bool, Any]:
    """
    Tell whether a call fails for one of the given reasons, or what it returns.

    Parameters
    ----------
    call : callable
        Runs in a thread of its own.
    case : str
        What it does, in words.
    *errors : type
        The exceptions that were provoked. Any other escapes.

    Raises
    ------
    CheckFailed
        Where nothing has come of the call when patience is at its end.
    """
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.extend((None, call()))
        except Exception as raised:  # noqa: BLE001 - looked at below, in the caller's thread
            outcome.extend((raised, None))

    thread = threading.Thread(target=run, name="zarr_devbuf check", daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    if not outcome:
        raise violated(
            case=case,
            expected="a result, or an error",
            actual=f"neither within {_PATIENCE:g} seconds",
            advice="release locks in `finally`, or hold them by `with`; let every task that others "
            "wait for end when one of them fails",
        )
    raised, result = outcome
    # The error's traceback leads to this list, and must not come back to the error.
    outcome.clear()
    if raised is None:
        return False, result
    if not isinstance(raised, CheckFailed) and _comes_of(raised, errors):
        return True, None
    raised.add_note(f"while {case}")
    raise raised


def in_time(call: Callable[[], Any], case: str) -> Any:
    """Give what a call returns, and demand that it returns; see `attempt`."""
    return attempt(call, case)[1]


def _comes_of(raised: BaseException | None, errors: tuple[type[BaseException], ...]) -> bool:
    """Tell whether an exception is, contains or was caused by one of some classes."""
    if raised is None or isinstance(raised, errors):
        return raised is not None
    if isinstance(raised, BaseExceptionGroup) and any(
        _comes_of(each, errors) for each in raised.exceptions
    ):
        return True
    return _comes_of(raised.__cause__, errors) or _comes_of(raised.__context__, errors)


def works(trial: Trial, call: Callable[[], Any]) -> bool:
    """Tell whether an operation works when nothing fails: where not, other checks are about it."""
    try:
        with use_backend(trial.backend):
            call()
    except Exception:  # noqa: BLE001 - whatever it is, the checks about the operation itself say so
        return False
    return True


def reads_right(trial: Trial, read: Callable[[], Any], due: npt.NDArray[Any]) -> bool:
    """Tell whether a read gives the values when nothing fails; where not, other checks are broken."""
    found: list[Any] = []
    if not works(trial, lambda: found.append(read())):
        return False
    host = np.asarray(trial.to_host(found[0]))
    return host.shape == due.shape and _agree(host, np.asarray(due, dtype=host.dtype))


def writes_right(
    trial: Trial, write: Callable[[], Any], array: zarr.Array[Any], due: npt.NDArray[Any]
) -> bool:
    """Tell whether a write leaves the values when nothing fails."""
    return works(trial, write) and _agree(trial.contents(array), due)


def is_whole(
    trial: Trial,
    array: zarr.Array[Any],
    old: npt.NDArray[Any],
    new: npt.NDArray[Any],
    case: str,
) -> None:
    """Demand that every stored chunk is as it was before a write, or as after it, and no mixture.

    A chunk that the write has nothing to do with is the same before and after it.
    """
    found = trial.contents(array)
    if found.shape != old.shape:
        same(found, old, case)
    chunks = geometry(array)[1]
    starts = [range(0, n, c) for n, c in zip(old.shape, chunks, strict=True)]
    for corner in itertools.product(*starts):
        at = tuple(slice(start, start + c) for start, c in zip(corner, chunks, strict=True))
        if _agree(found[at], old[at]) or _agree(found[at], new[at]):
            continue
        touched = not _agree(old[at], new[at])
        raise violated(
            case=case,
            expected=f"the chunk at {corner} "
            + ("as before, or as after the write, whole" if touched else "untouched")
            + f": {show(old[at])}",
            actual=show(found[at]),
            advice="take no failure for a missing chunk, and let a chunk reach the store as a "
            "whole, or not at all",
        )


def _agree(found: npt.NDArray[Any], due: npt.NDArray[Any]) -> bool:
    return np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(due).tobytes()
