"""Laws of writing: every path takes buffers of the backend, and stores their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.law import law
from zarr_devbuf.checks.outcome import LawViolation, violated
from zarr_devbuf.checks.store.paths import writes
from zarr_devbuf.checks.store.trial import VALUES, pattern, trial

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.trial import Trial

__all__ = [
    "check_bad_values",
    "check_overwriting",
    "check_set",
    "check_set_if_not_exists",
    "check_set_many",
    "check_set_sync",
]


@law("store")
def check_set(subject: Any, backend: Backend) -> None:
    """`set` takes buffers of the backend and stores their bytes, all of them and no others.

    Values of every size, and one that is a slice of a longer buffer: a codec hands over parts of
    a larger block of memory, of which the store must not write the rest.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "set")


@law("store")
def check_set_sync(subject: Any, backend: Backend) -> None:
    """`set_sync` takes buffers of the backend and stores their bytes, all and no others.

    Zarr's fused codec pipeline writes by it alone, wherever a store has it. See `check_set`.
    """
    with trial(subject, backend) as case:
        case.require_sync()
        _judge_path(case, "set_sync")


@law("store")
def check_set_if_not_exists(subject: Any, backend: Backend) -> None:
    """`set_if_not_exists` stores a value of the backend where there is none, and else does nothing.

    Zarr creates metadata of implicit groups by it: overwriting would destroy somebody's data.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "set_if_not_exists")
        old, new = pattern(31), pattern(29, seed=3)
        key = case.put("kept/c/0", old)
        case.run(case.store.set_if_not_exists(key, case.value(new)))
        case.holds(key, old, "the value that was there before set_if_not_exists")


@law("store")
def check_set_many(subject: Any, backend: Backend) -> None:
    """`_set_many` stores every pair of key and value of the backend.

    Its pairs are an iterable, which may be walked but once.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "_set_many")
        values = {case.key(f"many/c/{i}"): pattern(11 + i, seed=i) for i in range(5)}
        store: Any = case.store
        case.run(store._set_many((key, case.value(data)) for key, data in values.items()))  # noqa: SLF001
        for key, data in values.items():
            case.holds(key, data, f"{key!r} after _set_many of {len(values)} pairs")


@law("store")
def check_overwriting(subject: Any, backend: Backend) -> None:
    """A value that is written again replaces the old one whole, be it longer or shorter.

    A store that cannot delete (`supports_deletes`), such as an archive, is not judged.
    """
    with trial(subject, backend) as case:
        case.require_deletes()
        for name, write in writes(case).items():
            if name == "set_if_not_exists":
                continue
            key = case.key(f"{name.strip('_')}/again")
            for number, length in enumerate((40, 7, 0, 61)):
                data = pattern(length, seed=number)
                write(case, key, case.value(data))
                case.holds(key, data, f"{name} of {length} bytes, write {number + 1} of 4")


@law("store")
def check_bad_values(subject: Any, backend: Backend) -> None:
    """A value that is no Buffer is refused by every way of writing, and nothing is stored.

    Zarr's stores raise `TypeError`; any exception will do. Bytes and arrays that pass would be
    stored as they are, and come out in the wrong class or not at all.
    """
    with trial(subject, backend) as case:
        bad: dict[str, Any] = {
            "bytes": b"abc",
            "None": None,
            "an array": case.backend.xp.ones(3, "B"),
        }
        for name, write in writes(case).items():
            for number, (what, value) in enumerate(bad.items()):
                key = case.key(f"{name.strip('_')}/bad/{number}")
                try:
                    write(case, key, value)
                except LawViolation:
                    raise
                except Exception:  # noqa: BLE001 - whatever the store says: it said no
                    case.holds(key, None, f"{name} of {what}, refused")
                    continue
                raise violated(
                    case=f"{name} of {what}",
                    expected="an exception: a store takes Buffers",
                    actual="it was accepted",
                    advice="Check `isinstance(value, zarr.abc.buffer.Buffer)` before you write, "
                    "in every method that writes.",
                )


def _judge_path(case: Trial, name: str) -> None:
    write = writes(case)[name]
    for number, (size, data) in enumerate(VALUES.items()):
        key = case.key(f"{name.strip('_')}/c/{number}")
        write(case, key, case.value(data))
        case.holds(key, data, f"{name} of a value, {size}")
    data = pattern(200)
    key = case.key(f"{name.strip('_')}/part")
    whole: Buffer = case.value(data)
    write(case, key, whole[37:101])
    case.holds(key, data[37:101], f"{name} of bytes 37 to 100 of a longer buffer")
