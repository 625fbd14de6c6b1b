"""Checks of reading: by every path the prototype's class, the backend's memory, the right bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest

from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.harness import trial
from zarr_devbuf.checks.store.io_methods import reads
from zarr_devbuf.checks.store.sample_values import HOST, VALUES, pattern
from zarr_devbuf.store import BufferMismatchError

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.harness import Trial


@check("store")
def check_get(subject: Any, backend: Backend) -> None:
    """`get` returns the value in the prototype's buffer class, in the backend's memory.

    `zarr.abc.store.Store.get`: "the prototype of the output buffer". Values of no, one, an odd
    number of and many bytes, written by `set` in buffers of the backend.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "get")


@check("store")
def check_get_sync(subject: Any, backend: Backend) -> None:
    """`get_sync` returns the value in the prototype's buffer class, in the backend's memory.

    Zarr's fused codec pipeline reads by it alone, wherever a store has it.
    """
    with trial(subject, backend) as case:
        case.require_sync()
        _judge_path(case, "get_sync")


@check("store")
def check_get_partial_values(subject: Any, backend: Backend) -> None:
    """`get_partial_values` answers every request, in order, in the prototype's class and memory.

    Its requests are an iterable, which may be walked but once; a key may occur many times. One that
    is missing is answered by None, in its place, or by `FileNotFoundError`.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "get_partial_values")
        keys = {name: case.put(f"in order/{i}", data) for i, (name, data) in enumerate(_several())}
        order = ["b", "a", "c", "a", "b"]
        found = case.run(
            case.store.get_partial_values(case.prototype, ((keys[name], None) for name in order))
        )
        if len(found) != len(order):
            raise violated(
                expected=f"{len(order)} values for {len(order)} requests",
                actual=f"{len(found)}",
                advice="Answer each request, a key asked for twice included; and walk the iterable "
                "of requests but once.",
            )
        values = dict(_several())
        for number, (name, buffer) in enumerate(zip(order, found, strict=True)):
            case.judge(buffer, values[name], f"request {number} of {len(order)}")
        _judge_gap(case, keys, values)


def _judge_gap(case: Trial, keys: dict[str, str], values: dict[str, bytes]) -> None:
    """Hold a store to its answers where one of the keys that are asked for is missing."""
    asked = [keys["a"], case.key("in order/missing"), keys["b"]]
    try:
        found = case.run(
            case.store.get_partial_values(case.prototype, ((key, None) for key in asked))
        )
    except Exception as error:
        if _is_not_found(error):
            return
        raise
    what = "get_partial_values of three keys, the second of which is missing"
    if len(found) != 3 or found[1] is not None:
        raise violated(
            case=what,
            expected="a value, None, and a value",
            actual=", ".join("None" if each is None else f"{len(each)} bytes" for each in found),
            advice="Put None where the value would be; or raise FileNotFoundError.",
        )
    case.judge(found[0], values["a"], f"{what}: the first")
    case.judge(found[2], values["b"], f"{what}: the third")


@check("store")
def check_get_many(subject: Any, backend: Backend) -> None:
    """`_get_many` yields every value with its key, in the class and memory of its own prototype.

    Zarr reads metadata documents of groups by it. The order is free. A key that is missing comes
    with None.
    """
    with trial(subject, backend) as case:
        _judge_path(case, "_get_many")
        values = {case.put(f"many/{name}", data): data for name, data in _several()}
        store: Any = case.store
        requests = [(key, case.prototype, None) for key in values]
        found = case.collect(store._get_many, requests)  # noqa: SLF001
        if sorted(key for key, _ in found) != sorted(values):
            raise violated(
                expected=f"the keys {sorted(values)}, each once",
                actual=f"{sorted(key for key, _ in found)}",
                advice="Yield a pair of key and value for each request.",
            )
        for key, buffer in found:
            case.judge(buffer, values[key], f"_get_many, key {key!r}")
        missing = case.key("many/missing")
        first, last = list(values)[:2]
        requests = [(key, case.prototype, None) for key in (first, missing, last)]
        answers = dict(case.collect(store._get_many, requests))  # noqa: SLF001
        if set(answers) != {first, missing, last} or answers[missing] is not None:
            raise violated(
                case="_get_many of three keys, the second of which is missing",
                expected="two keys with values, and the missing one with None",
                actual=str({key: value and len(value) for key, value in answers.items()}),
                advice="Yield the key with None where there is no value.",
            )
        _judge_mixture(case, first, last, values)


def _judge_mixture(case: Trial, first: str, last: str, values: dict[str, bytes]) -> None:
    """Hold a store to the prototype of each request, where they differ."""
    store: Any = case.store
    for prototypes in ({first: case.prototype, last: HOST}, {first: HOST, last: case.prototype}):
        requests = [(key, prototype, None) for key, prototype in prototypes.items()]
        try:
            answers = case.collect(store._get_many, requests)  # noqa: SLF001
        except BufferMismatchError:
            return  # it serves one prototype only, and says so
        for key, buffer in answers:
            what = "_get_many for the device and the host in one call"
            case.judge(buffer, values[key], what, prototypes[key])


@check("store")
def check_get_ranges(subject: Any, backend: Backend) -> None:
    """`get_ranges` yields the value in the prototype's buffer class, in the backend's memory.

    Zarr reads the chunks of a shard by it (Zarr 3.3 and later).
    """
    with trial(subject, backend) as case:
        if "get_ranges" not in reads(case):
            raise NotApplicable("stores of the installed Zarr have no get_ranges")
        _judge_path(case, "get_ranges")


@check("store")
def check_get_ranges_sync(subject: Any, backend: Backend) -> None:
    """`get_ranges_sync` returns the value in the prototype's buffer class and backend's memory.

    Zarr's fused pipeline reads the chunks of a shard by it.
    """
    with trial(subject, backend) as case:
        case.require_sync()
        if "get_ranges_sync" not in reads(case):
            raise NotApplicable("stores of the installed Zarr have no get_ranges_sync")
        _judge_path(case, "get_ranges_sync")


@check("store")
def check_missing_keys(subject: Any, backend: Backend) -> None:
    """A key that is not there reads as ``None``, whole or in part, and does not exist.

    A range of it, too. `get_partial_values` and the `get_ranges` pair may raise
    `FileNotFoundError` instead, alone or in an exception group: Zarr's own stores differ there.
    """
    with trial(subject, backend, writes=False) as case:
        key = case.key("missing/c/0")
        for name, read in reads(case).items():
            for byte_range in (None, RangeByteRequest(0, 2)):
                may_raise = name not in ("get", "get_sync", "_get_many")
                try:
                    found = read(case, key, case.prototype, byte_range)
                except Exception as error:
                    if may_raise and _is_not_found(error):
                        continue
                    raise
                if found is not None:
                    raise violated(
                        case=f"{name}, byte_range={byte_range}",
                        expected="None",
                        actual=f"a buffer of {len(found)} bytes",
                        advice="Zarr tells a missing chunk, to be filled, from an empty value.",
                    )
        if case.run(case.store.exists(key)):
            raise violated(
                expected="exists is false for a key that was never written",
                actual="true",
                advice="Look the key up; do not answer by its form.",
            )


def _judge_path(case: Trial, name: str) -> None:
    read = reads(case)[name]
    for number, (size, data) in enumerate(VALUES.items()):
        key = case.put(f"{name.strip('_')}/c/{number}", data)
        case.judge(read(case, key, case.prototype, None), data, f"{name} of a value, {size}")


def _several() -> list[tuple[str, bytes]]:
    return [(name, pattern(17 + i, seed=i)) for i, name in enumerate("abc")]


def _is_not_found(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_not_found(each) for each in error.exceptions)
    return isinstance(error, FileNotFoundError)
