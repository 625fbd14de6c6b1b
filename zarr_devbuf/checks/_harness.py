"""Set-up for the checks of all kinds: configuration, stores, layouts, time limits, memory."""

from __future__ import annotations

import contextvars
import gc
import inspect
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, final, get_args

import numpy as np
import zarr.buffer.cpu
from zarr.abc.store import Store

from zarr_devbuf._backends.zarr_internals import configured_buffers, ensure_open, sync
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, violated
from zarr_devbuf.checks.naming import name_of
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from contextlib import AbstractContextManager

    import numpy.typing as npt
    from zarr.abc.buffer import BufferPrototype

    from zarr_devbuf.backend import Backend

__all__ = [
    "HOST",
    "LAYOUTS",
    "TIME_LIMIT",
    "UNITS_OF_MEMORY",
    "DeviceMemory",
    "Layout",
    "TimedOut",
    "attempt",
    "await_in_time",
    "caused_by",
    "fresh_store",
    "holds",
    "host_configuration",
    "in_time",
    "on_device",
    "peak_memory",
    "require_device",
]

HOST: BufferPrototype = zarr.buffer.cpu.buffer_prototype

# Seconds. What hangs, hangs for ever, and machines may be slow.
TIME_LIMIT = 20.0


@contextmanager
def host_configuration() -> Iterator[None]:
    """Make zarr's own host classes its default buffers for a block."""
    with configured_buffers("zarr.buffer.cpu.Buffer", "zarr.buffer.cpu.NDBuffer"):
        yield


def require_device(backend: Backend) -> None:
    """Raise `NotApplicable` if the memory of the backend is the host's."""
    if backend.is_host:
        raise NotApplicable(f"backend {backend.name!r} is the host: nothing can be transferred")


def holds(backend: Backend, dtype: npt.DTypeLike) -> bool:
    """Return whether arrays of the backend can have a dtype."""
    try:
        backend.xp.zeros(1, dtype=np.dtype(dtype))
    except (TypeError, ValueError, NotImplementedError):
        return False
    return True


Layout = Literal["C", "F", "strided", "reversed", "part", "columns", "read-only"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)


def on_device(backend: Backend, values: npt.ArrayLike, layout: Layout = "C") -> Any:
    """
    Put values into memory of a backend that nothing else refers to; the ledger does not see it.

    Parameters
    ----------
    backend : Backend
        Where to.
    values : array_like
        On the host; copied.
    layout : {"C", "F", "strided", "reversed", "part", "columns", "read-only"}
        C-ordered; F-ordered; every second element along each axis; with negative strides; a
        contiguous part of a larger array; some columns of a wider array, whose rows are dense;
        read-only, if the backend has such arrays. The elements in between are none of the values.

    Returns
    -------
    array
        Of the backend, with the shape, dtype and values of `values`.
    """
    host = np.array(values, order="C", copy=True)
    with unrecorded_transfers():
        if layout == "F" and host.ndim:  # NumPy makes a 0-d array 1-d if it is to be contiguous
            return backend.from_host(np.ascontiguousarray(host.T).copy()).T
        if layout in _PARTS and host.ndim:
            shape, part = _PARTS[layout](host.shape)
            base = np.ones(shape, dtype=host.dtype)
            base[part] = host
            return backend.from_host(base)[part]
        array = backend.from_host(host)
    if layout == "read-only" and isinstance(array, np.ndarray):
        array.flags.writeable = False
    return array


type _Shape = tuple[int, ...]

# For each layout: the shape of the larger array, and the index of the part that has the values.
_PARTS: dict[Layout, Callable[[_Shape], tuple[_Shape, Any]]] = {
    "strided": lambda shape: (tuple(2 * each for each in shape), (np.s_[::2],) * len(shape)),
    "reversed": lambda shape: (shape, (np.s_[::-1],) * len(shape)),
    "part": lambda shape: ((shape[0] + 2, *shape[1:]), np.s_[1:-1]),
    "columns": lambda shape: ((*shape[:-1], shape[-1] + 5), np.s_[..., 2:-3]),
}


@contextmanager
def fresh_store(subject: Any, *, leftovers: str = "") -> Iterator[Store]:
    """
    Give an open store, and leave no trace in it.

    Parameters
    ----------
    subject : Store or callable
        An empty store, which is cleared afterwards and stays open; or a callable that makes one,
        plain or awaitable, which is cleared and closed.
    leftovers : str, optional
        What the keys begin with that other checks may have left, in a store that cannot be cleared.

    Raises
    ------
    TypeError
        If it neither is nor makes a store.
    ValueError
        If the store is not empty: the checks fill and clear it.
    """
    given = isinstance(subject, Store)
    # It is called in this thread, as users call it: some stores remember the event loop.
    store = (
        subject if given else sync(_opened(subject, subject() if callable(subject) else subject))
    )
    try:
        _require_empty(store, leftovers)
        try:
            yield store
        finally:
            # The check of `clear` is the one that reports it.
            with suppress(Exception):
                if not store.read_only and store.supports_writes:
                    sync(store.clear(), timeout=TIME_LIMIT)
    finally:
        if not given:
            store.close()


async def _opened(subject: Any, store: Any) -> Store:
    if inspect.isawaitable(store):
        store = await store
    if not isinstance(store, Store):
        source = f" from {name_of(subject)}" if store is not subject else ""
        raise TypeError(
            f"expected a zarr Store, or a callable that makes one; got {store!r}{source}"
        )
    await ensure_open(store)
    return store


def _require_empty(store: Store, leftovers: str) -> None:
    if store.read_only or not store.supports_listing:
        return

    async def first_key() -> str | None:
        await ensure_open(store)
        async for key in store.list():
            if not (leftovers and key.startswith(leftovers)):
                return key
        return None

    try:
        key = sync(first_key(), timeout=TIME_LIMIT)
    except Exception:  # noqa: BLE001 - the checks of listing report it
        return
    if key is not None:
        raise ValueError(
            f"{name_of(store)} is not empty: it holds the key {key!r}. The checks fill and clear "
            "the store, so pass an empty one, or a callable that makes one"
        )


class TimedOut(CheckFailed):
    """A call has returned within `TIME_LIMIT` neither a result nor an error."""


def in_time(call: Callable[[], Any], case: str) -> Any:
    """
    Return what a call returns, and raise what it raises; run it in a thread of its own.

    Raises
    ------
    TimedOut
        If it does not return within `TIME_LIMIT` seconds.
    """
    results: list[Any] = []

    def run() -> None:
        try:
            results.extend((None, call()))
        except BaseException as raised:  # noqa: BLE001 - raised below, in the caller's thread
            results.extend((raised, None))

    context = contextvars.copy_context()
    thread = threading.Thread(
        target=context.run, args=(run,), name="zarr_devbuf check", daemon=True
    )
    thread.start()
    thread.join(TIME_LIMIT)
    if not results:
        raise _timed_out(case)
    error, result = results
    # The traceback of the error leads to this list, and must not lead back to the error.
    results.clear()
    if error is None:
        return result
    try:
        raise error
    finally:
        del error


def await_in_time(coroutine: Coroutine[Any, Any, Any], case: str) -> Any:
    """
    Return what a coroutine returns on zarr's event loop, and raise what it raises.

    Raises
    ------
    TimedOut
        If it does not end within `TIME_LIMIT` seconds.
    """

    async def ended() -> tuple[Exception | None, Any]:
        try:
            return None, await coroutine
        except Exception as raised:  # noqa: BLE001 - raised below, in the caller's thread
            return raised, None

    try:
        error, result = sync(ended(), timeout=TIME_LIMIT)
    except TimeoutError:
        raise _timed_out(case) from None
    if error is None:
        return result
    try:
        raise error
    finally:
        del error  # its traceback leads to this frame


def _timed_out(case: str) -> TimedOut:
    return TimedOut(
        expected="a result or an error",
        actual=f"neither within {TIME_LIMIT:g} seconds",
        advice="Release locks in `finally`, or hold them by `with`; end every task that others "
        "wait for when one of them fails.",
        case=case,
    )


def attempt(call: Callable[[], Any], case: str, *errors: type[BaseException]) -> tuple[bool, Any]:
    """
    Return whether a call fails for one of the given reasons, and what it returns.

    Parameters
    ----------
    call : callable
        Runs in a thread of its own, with a time limit.
    case : str
        What it does.
    *errors : type
        The exceptions that were provoked. Any other is raised.

    Returns
    -------
    failed : bool
        Whether it was one of `errors`, or was caused by one.
    result : object
        None if it failed.
    """
    try:
        return False, in_time(call, case)
    except CheckFailed:
        raise
    except Exception as error:
        if caused_by(error, *errors):
            return True, None
        error.add_note(f"while {case}")
        raise


def caused_by(raised: BaseException | None, *errors: type[BaseException]) -> bool:
    """Return whether an exception is, contains or was caused by one of some classes."""
    if raised is None or isinstance(raised, errors):
        return raised is not None
    if isinstance(raised, BaseExceptionGroup) and any(
        caused_by(each, *errors) for each in raised.exceptions
    ):
        return True
    return caused_by(raised.__cause__, *errors) or caused_by(raised.__context__, *errors)


def peak_memory(backend: Backend, call: Callable[[], Any]) -> int:
    """
    Return how many bytes of device memory a call has in use at most at a time, with its result.

    It allocates from a memory pool of its own, in every thread: what was in use or free before does
    not count.

    Raises
    ------
    NotApplicable
        If the backend has no memory pools.
    """
    try:
        cuda = backend.xp.cuda
        pool, allocator = cuda.MemoryPool(), cuda.get_allocator()
    except AttributeError as error:
        reason = f"the memory of backend {backend.name!r} cannot be measured"
        raise NotApplicable(reason) from error
    cuda.set_allocator(pool.malloc)
    try:
        call()
        # It keeps what it frees for reuse.
        return int(pool.total_bytes())
    finally:
        cuda.set_allocator(allocator)


# Bytes: how device memory is handed out, and how many units are granted one after the other until
# an operation succeeds.
_UNIT = 512
UNITS_OF_MEMORY = (*range(12), *(1 << power for power in range(4, 22)))


@final
class DeviceMemory:
    """
    The memory of a device: how much is in use, and a limit to it.

    The limit of the simulated device is its own; on a real one it is that of CuPy's pool.

    Raises
    ------
    NotApplicable
        If the backend has no memory pool, and so no memory that can be limited.
    """

    __slots__ = ("_before", "_limit", "_pool", "error", "in_use")

    def __init__(self, backend: Backend) -> None:
        backend.require()
        from zarr_devbuf import simulator  # noqa: PLC0415 - large, and for the simulated GPU only

        try:
            self._pool = backend.xp.get_default_memory_pool()
            self.error: type[Exception] = backend.xp.cuda.memory.OutOfMemoryError
        except AttributeError as error:
            reason = f"the memory of backend {backend.name!r} cannot be limited"
            raise NotApplicable(reason) from error
        simulated = issubclass(backend.array_type, simulator.ndarray)
        self._limit: Callable[[int], AbstractContextManager[Any]] = (
            simulator.limit_memory if simulated else self._pool_limit
        )
        # How many bytes are in use, uncollected garbage included.
        self.in_use: Callable[[], int] = (
            simulator.memory_in_use if simulated else self._pool.used_bytes
        )
        gc.collect()
        self._before = self.in_use()

    @contextmanager
    def _pool_limit(self, nbytes: int) -> Iterator[None]:
        pool, left = self._pool, nbytes - self.in_use()
        before = pool.get_limit()
        pool.free_all_blocks()
        pool.set_limit(size=max(1, pool.total_bytes()))
        fillers = []
        try:
            # The pool keeps what it took from the device in one piece while a part of it is in use:
            # what is free of that is taken, or the limit would let more be allocated.
            with suppress(self.error):
                while pool.used_bytes() < pool.total_bytes():
                    fillers.append(pool.malloc(_UNIT))
            pool.set_limit(size=max(1, pool.total_bytes() + left))
            yield
        finally:
            fillers.clear()
            pool.set_limit(size=before)

    def mark(self) -> None:
        """Take what is in use now for what may be in use later."""
        gc.collect(1)  # what is older was collected when this object was made
        self._before = self.in_use()

    def assert_no_more(self, case: str, *, advice: str) -> None:
        """Assert that no more is in use than at the last `mark`, once garbage is collected."""
        for generation in (0, 1, 2):  # what failed a moment ago is young garbage, most often
            if self.in_use() <= self._before:
                return
            gc.collect(generation)
        # For what is still under way in other threads. Not until a time: a machine may be slow.
        for _ in range(250):
            if self.in_use() <= self._before:
                return
            time.sleep(0.02)
        gc.collect()
        if self.in_use() > self._before:
            raise violated(
                case=case,
                expected=f"{self._before} bytes of device memory in use, as before",
                actual=f"{self.in_use()} bytes, after the error has been dropped",
                advice=advice,
            )

    def limited(self, units: int) -> AbstractContextManager[Any]:
        """Let no more than so many units of 512 bytes be allocated, besides what is in use."""
        # Not the pool's own limit: it counts memory that is held, and parts of that may be free.
        return self._limit(max(1, self.in_use() + units * _UNIT))

    def run_short(
        self,
        call: Callable[[], Any],
        case: str,
        *,
        advice: str,
        after_failure: Callable[[str], None] = lambda _: None,
    ) -> Any:
        """
        Call with no memory, then with more and more, until it succeeds; return its result.

        Parameters
        ----------
        call : callable
            Runs in a thread of its own, with a time limit.
        case : str
            What it does.
        advice : str
            What to do if memory is held after a failure.
        after_failure : callable, optional
            Is called with the case after each failure. Nothing may be held after that.

        Raises
        ------
        CheckFailed
            If memory is held after a failure, or no failure ends.
        """
        self.mark()  # once: nothing more is held after any failure
        for units in UNITS_OF_MEMORY:
            short = f"{case}, with {units * _UNIT} bytes of device memory left"
            with self.limited(units):
                failed, result = attempt(call, short, self.error)
            if not failed:
                return result
            after_failure(short)
            self.assert_no_more(short, advice=advice)
        raise violated(
            case=case,
            expected=f"success, with {UNITS_OF_MEMORY[-1] * _UNIT} bytes of device memory left",
            actual="it still runs out of memory",
            advice="See what it allocates.",
        )
