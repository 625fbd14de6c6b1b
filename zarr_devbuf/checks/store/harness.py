"""A store on trial: opened, filled through its own methods, read by every path, left clean."""

from __future__ import annotations

import contextvars
import inspect
import itertools
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from zarr.abc.store import Store, SupportsSyncStore
from zarr.core.sync import sync

from zarr_devbuf.checks.errors import NotApplicable, violated
from zarr_devbuf.checks.store.assertions import is_host, judge, name_of_class
from zarr_devbuf.checks.store.nodes import leave_if_for_nodes_only
from zarr_devbuf.checks.store.sample_values import HOST
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from zarr.abc.buffer import Buffer, BufferPrototype

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.store import BufferMismatchError

__all__ = ["PATIENCE", "Trial", "trial"]

# Long enough for the slowest store on the slowest machine; a check that waits longer found a hang.
PATIENCE = 60.0

# Whatever a check leaves behind, should a store be unable to clear it away, bears this in its key.
_MARK = "zarr-devbuf-"
_numbers = itertools.count(1)


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

    def call[T](self, function: Callable[[], T]) -> T:
        """Call a synchronous method in a thread, as the fused pipeline does; say so if it hangs."""
        outcome: list[tuple[T | None, BaseException | None]] = []

        def run() -> None:
            try:
                outcome.append((function(), None))
            except BaseException as error:  # noqa: BLE001 - raised below, by the check's own thread
                outcome.append((None, error))

        within = contextvars.copy_context()
        thread = threading.Thread(target=within.run, args=(run,), name="check-call", daemon=True)
        thread.start()
        thread.join(PATIENCE)
        if not outcome:
            raise violated(
                expected="every call comes to an end",
                actual=f"a synchronous one did not within {PATIENCE:g} seconds",
                advice="Look for a lock that is not given back where a call fails: use `with`.",
            )
        found, error = outcome.pop()
        if error is None:
            return found  # type: ignore[return-value]  # None only where that is what was returned
        try:
            raise error
        finally:
            del error  # or the frame and its error would hold each other, and device memory

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
        judge(self.backend, prototype or self.prototype, buffer, data, what)

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
        """Leave the check where the store has no synchronous methods."""
        if not self.supports_sync:
            raise NotApplicable("the store declares no synchronous input and output")

    def require_deletes(self) -> None:
        """Leave the check where the store cannot delete, and so need not overwrite either."""
        if not self.store.supports_deletes:
            raise NotApplicable("the store declares that it cannot delete (supports_deletes)")

    def require_device(self) -> None:
        """Leave the check where the backend is the host: nothing crosses there."""
        if is_host(self.backend):
            raise NotApplicable(f"backend {self.backend.name!r} is the host: nothing crosses")

    def serves_one_prototype(self, error: BufferMismatchError) -> NoReturn:
        """Leave the check: the store takes and gives buffers of one class only, and says so."""
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
        Whether the check has to write first, so that it says nothing of a read-only store.

    Raises
    ------
    NotApplicable
        Where the check writes and the store does not; where it fails, and the store takes none but
        keys of nodes that exist.
    TypeError
        Where there is no store.
    ValueError
        Where the store holds something of somebody else's.
    """
    backend.require()
    with _given_or_made(subject) as store:
        if writes and (store.read_only or not store.supports_writes):
            raise NotApplicable("the store is read-only: nothing can be written to judge it by")
        case = Trial(store, backend)
        _refuse_foreign_contents(case)
        try:
            yield case
        except NotApplicable:
            raise
        except Exception:
            leave_if_for_nodes_only(case)
            raise
        finally:
            # The check on clearing is the one to complain.
            with suppress(Exception):
                if not store.read_only and store.supports_writes:
                    case.run(store.clear())


@contextmanager
def _given_or_made(subject: Any) -> Iterator[Store]:
    """Give the store that `subject` is, or one that it makes, which is closed afterwards."""
    given = isinstance(subject, Store)
    store = subject if given else _make(subject)
    try:
        yield store
    finally:
        if not given:
            store.close()


def _make(subject: Any) -> Store:
    store = subject() if callable(subject) else subject
    if inspect.isawaitable(store):
        store = sync(_awaited(store))
    if not isinstance(store, Store):
        raise TypeError(
            f"a store, or a callable that makes one, is due; got {name_of_class(type(store))}"
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
    except Exception:  # noqa: BLE001 - the checks on listing are the ones to complain
        return
    foreign = [key for key in keys if not key.startswith(_MARK)]
    if foreign:
        raise ValueError(
            f"the store holds {len(foreign)} keys, {foreign[0]!r} among them: the checks fill and "
            "clear a store, so give them an empty one, or a callable that makes one"
        )
