"""A store on trial: opened, filled through its own methods, read by every path, left clean."""

from __future__ import annotations

import inspect
import itertools
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import zarr.buffer.cpu
from zarr.abc.store import Store, SupportsSyncStore
from zarr.core.sync import sync

from zarr_devbuf.checks.outcome import NotApplicable, violated
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from zarr.abc.buffer import Buffer, BufferPrototype

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.store import BufferMismatchError

__all__ = ["HOST", "VALUES", "Trial", "is_host", "pattern", "trial"]

HOST = zarr.buffer.cpu.buffer_prototype

# Long enough for the slowest store on the slowest machine; a law that waits longer found a hang.
PATIENCE = 60.0

# Whatever a law leaves behind, should a store be unable to clear it away, bears this in its key.
_MARK = "zarr-devbuf-"
_numbers = itertools.count(1)


def pattern(length: int, seed: int = 0) -> bytes:
    """Make bytes in which no part looks like another, with line ends and zeros among them."""
    head = b"\r\n\x00\xa5\xff\x1a"
    body = bytes((seed * 89 + i * 37 + i // 7) % 256 for i in range(max(0, length - len(head))))
    return (head[seed % len(head) :] + head[: seed % len(head)] + body)[:length]


# None, one, an odd number, and more bytes than any inline limit.
VALUES = {
    "empty": b"",
    "one byte": pattern(1),
    "13 bytes": pattern(13),
    "4099 bytes": pattern(4099),
}


def is_host(backend: Backend) -> bool:
    """Tell whether the backend's memory is the host's, so that nothing ever crosses."""
    return issubclass(backend.array_type, np.ndarray)


class Trial:
    """A store, the backend it is judged on, and a corner of the key space of its own.

    Attributes
    ----------
    store : zarr.abc.store.Store
        The store on trial, open.
    backend : Backend
        Where values are due.
    prototype : BufferPrototype
        The backend's.
    root : str
        What the keys of this trial start with, without the slash.
    """

    __slots__ = ("backend", "prototype", "root", "store")

    def __init__(self, store: Store, backend: Backend) -> None:
        self.store = store
        self.backend = backend
        self.prototype = backend.prototype
        self.root = f"{_MARK}{next(_numbers)}"

    def key(self, name: str) -> str:
        """Return the key of that name in this trial's corner."""
        return f"{self.root}/{name}"

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on Zarr's own event loop, as a zarr.Array does; say so if it hangs."""
        try:
            return sync(coroutine, timeout=PATIENCE)
        except TimeoutError as error:
            if "failed to finish within" not in str(error):
                raise
            raise violated(
                expected="every call comes to an end",
                actual=f"{coroutine!r} did not within {PATIENCE:g} seconds",
                advice="Look for a lock that is held across an `await`, or awaited by its holder.",
            ) from error

    def collect(self, method: Callable[..., Any], *args: Any) -> list[Any]:
        """List what an asynchronous iterator yields; it is made inside the event loop, too."""

        async def collected() -> list[Any]:
            return [item async for item in method(*args)]

        return self.run(collected())

    def value(self, data: bytes, *, host: bool = False) -> Buffer:
        """Make a buffer of its own memory, on the backend or in Zarr's host class."""
        array = np.frombuffer(bytearray(data), dtype="B")
        if host:
            return HOST.buffer(array)
        with unrecorded_transfers():
            return self.prototype.buffer(self.backend.from_host(array))

    def put(self, name: str, data: bytes, *, host: bool = False) -> str:
        """Store a value by `set`, the path that every store has; return its key."""
        key = self.key(name)
        self.run(self.store.set(key, self.value(data, host=host)))
        return key

    def fetch(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: Any = None
    ) -> Buffer | None:
        """Read by `get`, as Zarr calls it."""
        found: Buffer | None = self.run(
            self.store.get(key, prototype=prototype or self.prototype, byte_range=byte_range)
        )
        return found

    def judge(
        self,
        buffer: Buffer | None,
        data: bytes,
        what: str,
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Hold what was read against what is due: class, memory, bytes."""
        prototype = prototype or self.prototype
        due = prototype.buffer
        if buffer is None:
            raise violated(
                case=what,
                expected=f"{len(data)} bytes",
                actual="None, as if the key were missing",
                advice="Return None for a key that is not there, and for nothing else: Zarr takes "
                "it for a chunk of fill values, and the data are lost in silence.",
            )
        if not isinstance(buffer, due):
            raise violated(
                case=what,
                expected=f"a buffer of the prototype's class {_name(due)}",
                actual=_name(type(buffer)),
                advice="Make what you return by `prototype.buffer.from_bytes(...)` or "
                "`prototype.buffer.from_buffer(...)`, whatever the store keeps inside.",
            )
        array = buffer.as_array_like()
        of_host = prototype is HOST
        if not (isinstance(array, np.ndarray) if of_host else self.backend.owns(array)):
            where = "host memory" if of_host else f"memory of backend {self.backend.name!r}"
            raise violated(
                case=what,
                expected=where,
                actual=f"a {_name(type(buffer))} that holds {_name(type(array))}",
                advice="The class is right but not the memory: let the prototype make the buffer.",
            )
        with unrecorded_transfers():
            found = np.asarray(buffer.as_numpy_array()).tobytes()
        if found != data:
            raise violated(
                case=what,
                expected=_shown(data),
                actual=_shown(found) + _difference(data, found),
                advice="What is read must be, byte for byte, what was written.",
            )

    def holds(self, key: str, data: bytes | None, what: str) -> None:
        """Judge what `get` finds under a key; ``None`` for nothing at all."""
        buffer = self.fetch(key)
        if data is not None:
            self.judge(buffer, data, what)
        elif buffer is not None:
            raise violated(
                case=what,
                expected="no such key",
                actual=f"a value of {len(buffer)} bytes",
                advice="A call that fails, or is refused, must leave nothing behind.",
            )

    @property
    def supports_sync(self) -> bool:
        """Whether the store can do without an event loop, by Zarr's own conventions."""
        store: object = self.store
        return isinstance(store, SupportsSyncStore) and bool(
            getattr(store, "_supports_sync_io", True)
        )

    def require_sync(self) -> None:
        """Leave the law where the store has no synchronous methods."""
        if not self.supports_sync:
            raise NotApplicable("the store declares no synchronous input and output")

    def require_deletes(self) -> None:
        """Leave the law where the store cannot delete, and so need not overwrite either."""
        if not self.store.supports_deletes:
            raise NotApplicable("the store declares that it cannot delete (supports_deletes)")

    def require_device(self) -> None:
        """Leave the law where the backend is the host: nothing crosses there."""
        if is_host(self.backend):
            raise NotApplicable(f"backend {self.backend.name!r} is the host: nothing crosses")

    def serves_one_prototype(self, error: BufferMismatchError) -> NoReturn:
        """Leave the law: the store takes and gives buffers of one class only, and says so."""
        line = str(error).partition("\n")[0]
        raise NotApplicable(f"the store serves one prototype only: {line}") from error


@contextmanager
def trial(subject: Any, backend: Backend, *, writes: bool = True) -> Iterator[Trial]:
    """Put a store on trial: `subject` itself, or what it makes when called.

    A store that is given must be empty; it is cleared afterwards, and stays open. One that was
    made is cleared and closed.

    Parameters
    ----------
    subject : zarr.abc.store.Store or callable
        The store, or what makes one without arguments, plain or awaitable.
    backend : Backend
        Where values are due.
    writes : bool
        Whether the law has to write first, so that it says nothing of a read-only store.

    Raises
    ------
    NotApplicable
        Where the law writes and the store does not.
    TypeError
        Where there is no store.
    ValueError
        Where the store holds something of somebody else's.
    """
    backend.require()
    given = isinstance(subject, Store)
    store = subject if given else _make(subject)
    try:
        if writes and (store.read_only or not store.supports_writes):
            raise NotApplicable("the store is read-only: nothing can be written to judge it by")
        case = Trial(store, backend)
        _refuse_foreign_contents(case)
        try:
            yield case
        finally:
            # The law on clearing is the one to complain.
            with suppress(Exception):
                if not store.read_only and store.supports_writes:
                    case.run(store.clear())
    finally:
        if not given:
            store.close()


def _make(subject: Any) -> Store:
    store = subject() if callable(subject) else subject
    if inspect.isawaitable(store):
        store = sync(_awaited(store))
    if not isinstance(store, Store):
        raise TypeError(
            f"a store, or a callable that makes one, is due; got {_name(type(store))}"
            + (f" from {subject!r}" if store is not subject else "")
        )
    return store


async def _awaited(store: Awaitable[Any]) -> Any:
    return await store


def _refuse_foreign_contents(case: Trial) -> None:
    if case.store.read_only or not case.store.supports_listing:
        return
    try:
        keys = case.collect(case.store.list)
    except Exception:  # noqa: BLE001 - the laws on listing are the ones to complain
        return
    foreign = [key for key in keys if not key.startswith(_MARK)]
    if foreign:
        raise ValueError(
            f"the store holds {len(foreign)} keys, {foreign[0]!r} among them: the laws fill and "
            "clear a store, so give them an empty one, or a callable that makes one"
        )


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _shown(data: bytes) -> str:
    return f"{len(data)} bytes {data[:12].hex(' ')}{' …' if len(data) > 12 else ''}".rstrip()


def _difference(due: bytes, found: bytes) -> str:
    if len(due) != len(found):
        return ""
    first = next(i for i, (a, b) in enumerate(zip(due, found, strict=True)) if a != b)
    return f" (differs from byte {first} on: {due[first]:02x} became {found[first]:02x})"
