"""Checks of writing: every path takes buffers of the backend, and stores their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.assertions import refused
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.checks.store.io_methods import reads, writes
from zarr_devbuf.checks.store.sample_values import VALUES, pattern

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.harness import Trial


@check("store")
def check_set(subject: Any, backend: Backend) -> None:
    """`set` takes buffers of the backend and stores their bytes, all of them and no others.

    Values of every size, and one that is a slice of a longer buffer: a codec hands over parts of
    a larger block of memory, of which the store must not write the rest.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "set")


@check("store")
def check_set_sync(subject: Any, backend: Backend) -> None:
    """`set_sync` takes buffers of the backend and stores their bytes, all and no others.

    Zarr's fused codec pipeline writes by it alone, wherever a store has it. See `check_set`.
    """
    with trial(subject, backend) as case:
        case.require_sync()
        _judge_path(case, "set_sync")


@check("store")
def check_set_if_not_exists(subject: Any, backend: Backend) -> None:
    """`set_if_not_exists` stores a value of the backend where there is none, and else does nothing.

    Zarr creates metadata of implicit groups by it: overwriting would destroy somebody's data. An
    empty value is one; a key that was deleted has none any more; one with the same beginning is
    another key.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "set_if_not_exists")
        old, new = pattern(31), pattern(29, seed=3)
        key = case.put("kept/c/0", old)
        case.run(case.store.set_if_not_exists(key, case.value(new)))
        case.holds(key, old, "the value that was there before set_if_not_exists")
        key = case.put("kept/c/1", b"")
        case.run(case.store.set_if_not_exists(key, case.value(new)))
        case.holds(key, b"", "the empty value that was there before set_if_not_exists")
        case.put("other/c/10", old)
        key = case.key("other/c/1")
        case.run(case.store.set_if_not_exists(key, case.value(new)))
        case.holds(key, new, "set_if_not_exists beside a key with the same beginning")
        if case.store.supports_deletes:
            case.run(case.store.delete(key))
            case.run(case.store.set_if_not_exists(key, case.value(old)))
            case.holds(key, old, "set_if_not_exists where a value was deleted")


@check("store")
def check_set_many(subject: Any, backend: Backend) -> None:
    """`_set_many` stores every pair of key and value of the backend.

    Its pairs are an iterable, which may be walked but once, and may be empty.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "_set_many")
        values = {case.key(f"many/c/{i}"): pattern(11 + i, seed=i) for i in range(5)}
        store: Any = case.store
        case.run(store._set_many((key, case.value(data)) for key, data in values.items()))  # noqa: SLF001
        for key, data in values.items():
            case.holds(key, data, f"{key!r} after _set_many of {len(values)} pairs")
        case.run(store._set_many(iter(())))  # noqa: SLF001


@check("store")
def check_overwriting(subject: Any, backend: Backend) -> None:
    """A value that is written again replaces the old one whole, be it longer or shorter.

    For every way of reading, which have all seen the old one: a cache has to be told by whatever
    writes. A store that cannot delete (`supports_deletes`), such as an archive, is not judged.
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
                for path, read in reads(case).items():
                    found = read(case, key, case.prototype, None)
                    what = f"{name} of {length} bytes, write {number + 1} of 4, read by {path}"
                    case.judge(found, data, what)


@check("store")
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
                if refused(write, case, key, value):
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
