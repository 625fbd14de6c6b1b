"""A store that fails on purpose: it raises, reads short or is slow, by call number or at random."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self, final, get_args

from zarr.abc.store import Store

from zarr_devbuf.store import _SyncWrapperStore

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence

    from zarr.abc.buffer import Buffer, BufferPrototype
    from zarr.abc.store import ByteRequest

__all__ = ["Call", "FaultyStore", "InjectedFault", "Operation", "Result"]

Operation = Literal["get", "set", "delete", "list", "exists"]
"""What a call does, whatever its method: every method that reads is a ``"get"``."""

Result = Literal["passed", "failed", "short"]
"""The result of a call: passed on, made to raise, or with a result that is cut short."""

type _Error = Callable[[str], Exception]

_OPERATIONS: tuple[Operation, ...] = get_args(Operation)


class InjectedFault(OSError):  # noqa: N818 - it is no mistake
    """The failure of a `FaultyStore`; an `OSError`, as those of disks and networks are."""


@final
@dataclass(frozen=True, slots=True)
class Call:
    """
    One call of a `FaultyStore`.

    Attributes
    ----------
    number : int
        Its number among the calls that may fail, from 1 on; 0 for one that may not.
    operation : {"get", "set", "delete", "list", "exists"}
        What it does.
    method : str
        The method called: ``"get_partial_values"``.
    key : str
        The first key that it names, or the prefix.
    result : {"passed", "failed", "short"}
        Whether it was passed on, made to raise, or cut short.
    """

    number: int
    operation: Operation
    method: str
    key: str
    result: Result


@dataclass(frozen=True, slots=True)
class _Settings:
    """What fails, and how."""

    fail_at: frozenset[int]
    short_at: frozenset[int]
    failure_rate: float
    short_rate: float
    latency: tuple[float, float]
    operations: frozenset[str]
    error: _Error
    seed: int


class _Schedule:
    """Decides what every call does. Shared by a store and its copies; thread-safe."""

    def __init__(self, settings: _Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        self.calls: list[Call] = []
        self._count = 0
        self._occurrences: Counter[tuple[str, str]] = Counter()

    def restart(self, settings: _Settings) -> None:
        with self._lock:
            self.settings = settings
            self._reset()

    def decide(self, operation: Operation, method: str, key: str) -> tuple[Call, float]:
        """Count a call; return it with its result, and its latency in seconds."""
        with self._lock:
            settings = self.settings
            occurrence = self._occurrences[operation, key]
            self._occurrences[operation, key] += 1
            # Drawn from the call itself, so that the order of threads makes no difference.
            draw = random.Random(f"{settings.seed}/{operation}/{key}/{occurrence}")  # noqa: S311
            failing, short, late = draw.random(), draw.random(), draw.uniform(*settings.latency)
            result: Result = "passed"
            number = 0
            if operation in settings.operations:
                self._count = number = self._count + 1
                if number in settings.fail_at or failing < settings.failure_rate:
                    result = "failed"
                elif operation == "get" and (
                    number in settings.short_at or short < settings.short_rate
                ):
                    result = "short"
            call = Call(number, operation, method, key, result)
            self.calls.append(call)
        return call, late

    def error(self, call: Call) -> Exception:
        return self.settings.error(
            f"injected: call {call.number}, {call.method}({call.key!r}), was made to fail"
        )

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()


class FaultyStore[S: Store](_SyncWrapperStore[S]):
    """
    Wrap any store, and let calls fail as a test requires.

    Calls are counted from 1, whatever their method, if their operation is in `operations`; one call
    of a method that handles many values is one call. A failing call raises before it reaches the
    wrapped store, which therefore does not change. `get_ranges` raises an exception group, as
    documented. A short read lacks the last byte, and more of a longer value.

    Random failures depend on the seed, the operation, the key, and the number of earlier calls with
    that operation and key: they are the same in every run, whatever the order of threads and tasks.
    Synchronous and asynchronous methods are treated alike. A store returned by `with_read_only`
    shares the count.

    Parameters
    ----------
    store : zarr.abc.store.Store
        The store to wrap.
    fail_at, short_at : int or collection of int, optional
        The numbers of the calls that raise, and of the reads that are short.
    failure_rate, short_rate : float, optional
        The fraction of calls that raise, and of reads that are short, from 0 to 1.
    latency : float or (float, float), optional
        The latency of each call in seconds: a number, or a range to draw from.
    operations : collection of {"get", "set", "delete", "list", "exists"}, optional
        What may fail and is counted. Latency applies to all, and all are recorded in `calls`.
    error : callable, optional
        Makes the exception from a message; `InjectedFault` by default.
    seed : int, optional
        The seed of random failures and latencies.

    Examples
    --------
    >>> import zarr
    >>> from zarr_devbuf.faults import FaultyStore
    >>> store = FaultyStore(zarr.storage.MemoryStore())
    >>> array = zarr.create_array(store, shape=(4,), chunks=(2,), dtype="i4")
    >>> store.restart(fail_at=2, operations={"set"})
    >>> array[:] = 1
    Traceback (most recent call last):
    zarr_devbuf.faults.InjectedFault: injected: call 2, set('c/1'), was made to fail
    """

    def __init__(
        self,
        store: S,
        *,
        fail_at: int | Collection[int] = (),
        short_at: int | Collection[int] = (),
        failure_rate: float = 0.0,
        short_rate: float = 0.0,
        latency: float | tuple[float, float] = 0.0,
        operations: Collection[Operation] = _OPERATIONS,
        error: _Error = InjectedFault,
        seed: int = 0,
    ) -> None:
        if not isinstance(store, Store):
            raise TypeError(f"FaultyStore wraps a zarr Store, got {store!r}")
        super().__init__(store)
        self._schedule = _Schedule(
            _settings(
                fail_at=fail_at,
                short_at=short_at,
                failure_rate=failure_rate,
                short_rate=short_rate,
                latency=latency,
                operations=operations,
                error=error,
                seed=seed,
            )
        )

    def restart(
        self,
        *,
        fail_at: int | Collection[int] = (),
        short_at: int | Collection[int] = (),
        failure_rate: float = 0.0,
        short_rate: float = 0.0,
        latency: float | tuple[float, float] = 0.0,
        operations: Collection[Operation] = _OPERATIONS,
        error: _Error = InjectedFault,
        seed: int = 0,
    ) -> None:
        """
        Count from 1 again, with other faults; without arguments, with none.

        Parameters
        ----------
        fail_at, short_at, failure_rate, short_rate, latency, operations, error, seed
            As for the class.
        """
        self._schedule.restart(
            _settings(
                fail_at=fail_at,
                short_at=short_at,
                failure_rate=failure_rate,
                short_rate=short_rate,
                latency=latency,
                operations=operations,
                error=error,
                seed=seed,
            )
        )

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls so far, in order."""
        return tuple(self._schedule.calls)

    def _with_store(self, store: S) -> Self:
        other = type(self)(store)
        vars(other).update(vars(self), _store=store)  # the schedule is shared
        return other

    # Called before each call: sleep, then raise. `_late` and `_later` are the same otherwise.

    def _late(self, operation: Operation, method: str, key: str) -> bool:
        """Wait, raise, or return whether the result has to be cut short."""
        call, seconds = self._schedule.decide(operation, method, key)
        if seconds:
            time.sleep(seconds)
        return self._short_or_failed(call)

    async def _later(self, operation: Operation, method: str, key: str) -> bool:
        call, seconds = self._schedule.decide(operation, method, key)
        if seconds:
            await asyncio.sleep(seconds)
        return self._short_or_failed(call)

    def _short_or_failed(self, call: Call) -> bool:
        if call.result == "failed":
            raise self._schedule.error(call)
        return call.result == "short"

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Read a value."""
        short = await self._later("get", "get", key)
        return _cut(await self._store.get(key, prototype, byte_range), short)

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Read a value without an event loop."""
        short = self._late("get", "get_sync", key)
        return _cut(super().get_sync(key, prototype=prototype, byte_range=byte_range), short)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Read parts of many values: one call, of which only the first may be short."""
        requests = list(key_ranges)
        short = await self._later("get", "get_partial_values", _first_key(requests))
        values = await self._store.get_partial_values(prototype, requests)
        return [_cut(value, short and number == 0) for number, value in enumerate(values)]

    async def get_ranges(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        **kwargs: Any,
    ) -> AsyncIterator[Sequence[tuple[int, Buffer | None]]]:
        """Read many ranges of one value: one call, of which only range 0 may be short."""
        short = await self._in_group("get_ranges", key)
        groups = super().get_ranges(key, byte_ranges, prototype=prototype, **kwargs)
        async for group in groups:
            yield [(number, _cut(value, short and number == 0)) for number, value in group]

    def get_ranges_sync(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        **kwargs: Any,
    ) -> Sequence[tuple[int, Buffer | None]]:
        """Read many ranges of one value without an event loop; see `get_ranges`."""
        short = self._late("get", "get_ranges_sync", key)
        store: Any = self._store
        found = store.get_ranges_sync(key, byte_ranges, prototype=prototype, **kwargs)
        return [(number, _cut(value, short and number == 0)) for number, value in found]

    async def _in_group(self, method: str, key: str) -> bool:
        try:
            return await self._later("get", method, key)
        except Exception as error:  # noqa: BLE001 - whatever `error` makes
            raise ExceptionGroup("reads of ranges failed", [error]) from None

    async def _get_many(
        self, requests: Iterable[tuple[str, BufferPrototype, ByteRequest | None]]
    ) -> AsyncGenerator[tuple[str, Buffer | None], None]:
        requests = list(requests)
        short = await self._later("get", "_get_many", _first_key(requests))
        number = itertools.count()
        async for key, value in super()._get_many(requests):
            yield key, _cut(value, short and next(number) == 0)

    async def getsize(self, key: str) -> int:
        """Return the length of a value in bytes, as the wrapped store does."""
        await self._later("get", "getsize", key)
        return await self._store.getsize(key)

    async def set(self, key: str, value: Buffer) -> None:
        """Store a value."""
        await self._later("set", "set", key)
        await self._store.set(key, value)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Store a value without an event loop."""
        self._late("set", "set_sync", key)
        super().set_sync(key, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Store a value if the key has none."""
        await self._later("set", "set_if_not_exists", key)
        await self._store.set_if_not_exists(key, value)

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        pairs = list(values)
        await self._later("set", "_set_many", _first_key(pairs))
        await super()._set_many(pairs)

    async def delete(self, key: str) -> None:
        """Delete a value."""
        await self._later("delete", "delete", key)
        await self._store.delete(key)

    def delete_sync(self, key: str) -> None:
        """Delete a value without an event loop."""
        self._late("delete", "delete_sync", key)
        super().delete_sync(key)

    async def delete_dir(self, prefix: str) -> None:
        """Delete all values of a directory."""
        await self._later("delete", "delete_dir", prefix)
        await self._store.delete_dir(prefix)

    async def clear(self) -> None:
        """Delete all values."""
        await self._later("delete", "clear", "")
        await self._store.clear()

    async def exists(self, key: str) -> bool:
        """Return whether a key has a value."""
        await self._later("exists", "exists", key)
        return await self._store.exists(key)

    async def is_empty(self, prefix: str) -> bool:
        """Return whether a directory has no values."""
        await self._later("list", "is_empty", prefix)
        return await self._store.is_empty(prefix)

    async def list(self) -> AsyncIterator[str]:
        """List all keys."""
        await self._later("list", "list", "")
        async for key in self._store.list():
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """List the keys that begin with a prefix."""
        await self._later("list", "list_prefix", prefix)
        async for key in self._store.list_prefix(prefix):
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List the names in a directory."""
        await self._later("list", "list_dir", prefix)
        async for name in self._store.list_dir(prefix):
            yield name

    def __repr__(self) -> str:
        return f"FaultyStore({self._store!r})"


def _first_key(requests: Sequence[tuple[Any, ...]]) -> str:
    return str(requests[0][0]) if requests else ""


def _cut(value: Buffer | None, short: bool) -> Buffer | None:
    """Drop the last byte of a value, and of a longer one the last eighth."""
    if not short or value is None or not len(value):
        return value
    return value[: len(value) - 1 - len(value) // 8]


def _settings(
    *,
    fail_at: int | Collection[int],
    short_at: int | Collection[int],
    failure_rate: float,
    short_rate: float,
    latency: float | tuple[float, float],
    operations: Collection[Operation],
    error: _Error,
    seed: int,
) -> _Settings:
    unknown = set(operations) - set(_OPERATIONS)
    if unknown or isinstance(operations, str):
        raise ValueError(
            f"operations must be some of {', '.join(map(repr, _OPERATIONS))}, not {operations!r}"
        )
    for name, rate in (("failure_rate", failure_rate), ("short_rate", short_rate)):
        if not 0 <= rate <= 1:
            raise ValueError(f"{name} must be from 0 to 1, not {rate!r}")
    low, high = latency if isinstance(latency, tuple) else (latency, latency)
    if not 0 <= low <= high:
        raise ValueError(f"latency must be seconds, or (least, most) of them, not {latency!r}")
    return _Settings(
        _numbers("fail_at", fail_at),
        _numbers("short_at", short_at),
        failure_rate,
        short_rate,
        (low, high),
        frozenset(operations),
        error,
        seed,
    )


def _numbers(name: str, given: int | Collection[int]) -> frozenset[int]:
    numbers = frozenset([given] if isinstance(given, int) else given)
    if any(number < 1 for number in numbers):
        raise ValueError(f"{name}: calls are counted from 1, got {given!r}")
    return numbers
