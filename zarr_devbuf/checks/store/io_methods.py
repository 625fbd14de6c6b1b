"""Every way into a store and out of it, under one signature each way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store

from zarr_devbuf.checks.errors import violated

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import Buffer, BufferPrototype

    from zarr_devbuf.checks.store.harness import Trial

__all__ = ["Read", "Write", "one_of_ranges", "reads", "writes"]

type Read = Callable[[Trial, str, BufferPrototype, Any], Buffer | None]
type Write = Callable[[Trial, str, Buffer], None]


def _get(trial: Trial, key: str, prototype: BufferPrototype, byte_range: Any) -> Buffer | None:
    value: Buffer | None = trial.fetch(key, prototype, byte_range)
    return value


def _get_sync(trial: Trial, key: str, prototype: BufferPrototype, byte_range: Any) -> Buffer | None:
    store: Any = trial.store
    value: Buffer | None = trial.call(
        partial(store.get_sync, key, prototype=prototype, byte_range=byte_range)
    )
    return value


def _get_partial_values(
    trial: Trial, key: str, prototype: BufferPrototype, byte_range: Any
) -> Buffer | None:
    # A generator: the signature says iterable, and some stores would walk it twice.
    requests = (request for request in [(key, byte_range)])
    found = trial.run(trial.store.get_partial_values(prototype, requests))
    value: Buffer | None = _only(found, "a value a request")
    return value


def _get_many(trial: Trial, key: str, prototype: BufferPrototype, byte_range: Any) -> Buffer | None:
    store: Any = trial.store
    found = trial.collect(store._get_many, [(key, prototype, byte_range)])  # noqa: SLF001
    answered, value = _only(found, "a pair a request")
    if answered != key:
        raise violated(
            expected=f"the value of {key!r}, named by its key",
            actual=f"a value named {answered!r}",
            advice="Yield each value with the key that was asked for.",
        )
    buffer: Buffer | None = value
    return buffer


def _get_ranges(
    trial: Trial, key: str, prototype: BufferPrototype, byte_range: Any
) -> Buffer | None:
    return one_of_ranges(
        trial.collect(lambda: trial.store.get_ranges(key, [byte_range], prototype=prototype))
    )


def _get_ranges_sync(
    trial: Trial, key: str, prototype: BufferPrototype, byte_range: Any
) -> Buffer | None:
    store: Any = trial.store
    return one_of_ranges(
        [trial.call(partial(store.get_ranges_sync, key, [byte_range], prototype=prototype))]
    )


def one_of_ranges(groups: list[Any]) -> Buffer | None:
    """Return the one value among groups of numbered values."""
    number, value = _only([pair for group in groups for pair in group], "a value a range")
    if number != 0:
        raise violated(
            expected="the value of range 0",
            actual=f"one that says it is of range {number}",
            advice="Number the values as the ranges are numbered.",
        )
    buffer: Buffer | None = value
    return buffer


def _only(found: list[Any], due: str) -> Any:
    if len(found) != 1:
        raise violated(
            expected=due,
            actual=f"{len(found)} for one",
            advice="Answer every request once, and walk the iterable of requests but once.",
        )
    return found[0]


def _set(trial: Trial, key: str, value: Buffer) -> None:
    trial.run(trial.store.set(key, value))


def _set_sync(trial: Trial, key: str, value: Buffer) -> None:
    store: Any = trial.store
    trial.call(partial(store.set_sync, key, value))


def _set_if_not_exists(trial: Trial, key: str, value: Buffer) -> None:
    trial.run(trial.store.set_if_not_exists(key, value))


def _set_many(trial: Trial, key: str, value: Buffer) -> None:
    store: Any = trial.store
    pairs = (pair for pair in [(key, value)])
    trial.run(store._set_many(pairs))  # noqa: SLF001


def reads(trial: Trial) -> dict[str, Read]:
    """Name every way to read that the store has, the synchronous ones where it has them."""
    found: dict[str, Read] = {
        "get": _get,
        "get_partial_values": _get_partial_values,
        "_get_many": _get_many,
    }
    if hasattr(Store, "get_ranges"):  # since Zarr 3.3
        found["get_ranges"] = _get_ranges
    if trial.supports_sync:
        found["get_sync"] = _get_sync
        if hasattr(Store, "get_ranges_sync"):
            found["get_ranges_sync"] = _get_ranges_sync
    return found


def writes(trial: Trial) -> dict[str, Write]:
    """Name every way to write that the store has, the synchronous one where it has it."""
    found: dict[str, Write] = {
        "set": _set,
        "set_if_not_exists": _set_if_not_exists,
        "_set_many": _set_many,
    }
    if trial.supports_sync:
        found["set_sync"] = _set_sync
    return found
