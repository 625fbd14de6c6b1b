"""What the checks of stores share: how they run, the keys and values they use, their assertions."""

from __future__ import annotations

import functools
import inspect
import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
import zarr
from zarr.abc.store import SupportsSyncStore

from zarr_devbuf.checks._assertions import (
    assert_bytes,
    assert_class,
    assert_in_memory_of,
    class_name,
    show_bytes,
)
from zarr_devbuf.checks._harness import (
    HOST,
    DeviceMemory,
    await_in_time,
    fresh_store,
    in_time,
    on_device,
    require_device,
)
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, Unsupported, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.io_methods import read_methods, write_methods
from zarr_devbuf.checks.store.sample_values import part_of
from zarr_devbuf.checks.store.wrapped import wrap_faulty
from zarr_devbuf.store import BufferMismatchError
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from zarr.abc.buffer import Buffer, BufferPrototype

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.registry import CheckFunction, Severity, Source

__all__ = [
    "StoreHarness",
    "device_memory",
    "is_not_found",
    "open_harness",
    "rejects",
    "store_check",
    "try_call",
]

# What a check leaves behind, if the store cannot be cleared, has keys that begin with this.
_MARK = "zarr-devbuf-"
_numbers = itertools.count(1)


def store_check(
    source: Source,
    severity: Severity,
    *,
    advice: str,
    writes: bool = True,
    deletes: bool = False,
    lists: bool = False,
    device: bool = False,
    wraps: bool = False,
    needs: str = "",
    each: Literal["", "reads", "writes"] = "",
) -> Callable[[Callable[..., None]], CheckFunction]:
    """
    Register a check of stores: a function that takes a `StoreHarness`.

    Parameters
    ----------
    source, severity : str
        See `zarr_devbuf.checks.check`.
    advice : str
        What to do if an assertion of the check fails.
    writes, deletes, lists, device : bool
        Whether the check applies only to stores that can be written, to stores that can delete (and
        so replace values), to stores that can list, on backends other than the host.
    wraps : bool
        Whether the check applies only to stores that wrap another. The function then takes what
        `wrap_faulty` gives: a harness of the store around a `FaultyStore`, and the latter.
    needs : str
        The method of stores without which the check does not apply.
    each : {"", "reads", "writes"}
        Whether the function runs once for each method that reads or writes; it then takes the
        method's name and the method as well, see `StoreHarness.reads` and `StoreHarness.writes`.
    """

    def register(function: Callable[..., None]) -> CheckFunction:
        @functools.wraps(function)
        def run(subject: Any, backend: Backend) -> None:
            __tracebackhide__ = True
            with open_harness(subject, backend, advice, writes=writes) as harness:
                if device:
                    require_device(backend)
                if deletes and not harness.store.supports_deletes:
                    raise NotApplicable("the store declares that it cannot delete")
                if lists and not harness.store.supports_listing:
                    raise NotApplicable("the store declares that it cannot list")
                if needs:
                    harness.require_method(needs)
                if wraps:
                    with wrap_faulty(harness) as (wrapper, faulty):
                        function(wrapper, faulty)
                    return
                for arguments in getattr(harness, each)().items() if each else ((),):
                    function(harness, *arguments)

        # What `help` shows is what can be called.
        run.__signature__ = inspect.signature(run, follow_wrapped=False)  # type: ignore[attr-defined]
        return check("store", source=source, severity=severity)(run)

    return register


@final
@dataclass(slots=True)
class StoreHarness:
    """
    An open store to check, with keys that no other harness uses.

    Attributes
    ----------
    store : Store
        What is checked. Typed as `Any`: it may lack or add methods.
    backend : Backend
        Where its values are expected.
    advice : str
        What to do if an assertion fails.
    subject : Store or callable
        What the store is or was made by.
    root : str
        What its keys begin with, without the slash.
    """

    store: Any
    backend: Backend
    advice: str
    subject: Any
    root: str = field(default_factory=lambda: f"{_MARK}{next(_numbers)}")
    _numbers: Iterator[int] = field(default_factory=partial(itertools.count, 1))

    @property
    def prototype(self) -> BufferPrototype:
        """The backend's prototype, with which values are read unless another is given."""
        return self.backend.prototype

    def on(self, store: Any) -> StoreHarness:
        """Return a harness for another store, such as a copy of this one, with the same keys."""
        return replace(self, store=store)

    def handle(self, *, read_only: bool) -> StoreHarness:
        """Return a harness for what `with_read_only` makes; `NotApplicable` if it makes nothing."""
        try:
            return self.on(self.store.with_read_only(read_only))
        except NotImplementedError as error:
            raise NotApplicable("the store has no with_read_only, and raises") from error

    def key(self, name: str = "") -> str:
        """Return the key of a name under `root`, or that of a chunk that no other call returns."""
        return f"{self.root}/{name or f'c/{next(self._numbers)}.0'}"

    def value(self, data: bytes, *, host: bool = False) -> Buffer:
        """Return a buffer with memory of its own, on the backend or of zarr's host class."""
        array = np.frombuffer(bytearray(data), dtype="B")
        return HOST.buffer(array) if host else self.prototype.buffer(on_device(self.backend, array))

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine on zarr's event loop, as `zarr.Array` does, with a time limit."""
        name = getattr(coroutine, "__qualname__", "a coroutine")
        return await_in_time(coroutine, f"awaiting {name}")

    def call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a synchronous method in a thread, as the fused pipeline does, with a time limit."""
        name = getattr(method, "__qualname__", "a method")
        return in_time(partial(method, *args, **kwargs), f"calling {name}")

    def collect(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """List what an asynchronous iterator yields; it is created on the event loop as well."""

        async def collected() -> list[Any]:
            return [item async for item in method(*args, **kwargs)]

        return list(self.run(collected()))

    def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        """Read a value by `get`."""
        return self.reads()["get"](key, prototype or self.prototype, byte_range)

    def get_partial_values(self, requests: Sequence[Any], prototype: Any = None) -> list[Any]:
        """Read by `get_partial_values`, and assert that each request has an answer."""
        # An iterator: the signature says iterable, and some stores would iterate over it twice.
        found = self.store.get_partial_values(prototype or self.prototype, iter(requests))
        values = list(self.run(found))
        self.assert_equal(len(values), len(requests), "the number of values for as many requests")
        return values

    def get_ranges(
        self,
        key: str,
        byte_ranges: Any,
        prototype: Any = None,
        *,
        sync: bool = False,
        **options: Any,
    ) -> list[tuple[int, Any]]:
        """Return the numbered values of several ranges, by `get_ranges` or `get_ranges_sync`."""
        options["prototype"] = prototype or self.prototype
        if sync:
            return list(self.call(self.store.get_ranges_sync, key, byte_ranges, **options))
        groups = self.collect(self.store.get_ranges, key, byte_ranges, **options)
        return [pair for group in groups for pair in group]

    def set(self, key: str, data: bytes, *, host: bool = False) -> str:
        """Write a value by `set`, the method that every store has; return its key."""
        self.run(self.store.set(key, self.value(data, host=host)))
        return key

    def put(self, data: bytes, name: str = "", *, host: bool = False) -> str:
        """Write a value under a name, or a new key, by `set`; return its key."""
        return self.set(self.key(name), data, host=host)

    def delete(self, key: str) -> None:
        """Delete a value by `delete`."""
        self.run(self.store.delete(key))

    reads = read_methods
    writes = write_methods

    def replacing_writes(self) -> dict[str, Callable[[str, Any], None]]:
        """Return the methods that replace a value; none if the store cannot delete."""
        if not self.store.supports_deletes:
            return {}
        return {name: each for name, each in self.writes().items() if name != "set_if_not_exists"}

    @property
    def supports_sync(self) -> bool:
        """Whether the store works without an event loop, by zarr's own conventions."""
        declared = getattr(self.store, "_supports_sync_io", True)
        return isinstance(self.store, SupportsSyncStore) and bool(declared)

    def require_method(self, name: str) -> None:
        """Raise `NotApplicable` if the store, or the installed zarr, lacks a method."""
        if name.endswith("_sync") and not self.supports_sync:
            raise NotApplicable("the store declares no synchronous input and output")
        if name not in {*self.reads(), *self.writes()}:
            raise NotApplicable(f"stores of the installed zarr have no {name}")

    def prototypes(self) -> list[BufferPrototype]:
        """Return the prototypes that the store serves: the backend's, and zarr's host prototype."""
        try:
            self.get(self.put(b"x"), HOST)
        except BufferMismatchError:  # the store serves one prototype only
            return [self.prototype]
        return [self.prototype, HOST]

    def violated(self, **facts: Any) -> CheckFailed:
        """Return the error of the check: `violated`, with the advice of the check by default."""
        return violated(**{"advice": self.advice, **facts})

    def assert_batch(self, assertion: Callable[[], None], alone: Callable[[], None]) -> None:
        """Assert about requests of one call; advise as about a race if each is right alone."""
        try:
            assertion()
        except CheckFailed as error:
            alone()
            error.advice = (
                f"{self.advice.removesuffix('.')}; and keep what a request needs in local "
                "variables: each is right alone, and those under way together share state (a race)."
            )
            raise

    def assert_equal(self, found: object, expected: object, case: str) -> None:
        """Assert that two objects of the host are equal."""
        if found != expected:
            raise self.violated(case=case, expected=repr(expected), actual=repr(found))

    def assert_rejects(
        self, case: str, call: Callable[..., Any], *args: Any, error: str = "", advice: str = ""
    ) -> None:
        """Assert that a call raises an exception, of whatever class; the usual one is shown."""
        if not rejects(call, *args):
            raise self.violated(
                case=case,
                expected=f"an exception ({error})" if error else "an exception",
                actual="none was raised",
                advice=advice or self.advice,
            )

    def assert_rejects_writes(self, key: str = "", data: bytes = b"") -> None:
        """Assert that every method that writes raises, and changes neither a key nor a value."""
        for name, write in self.writes().items():
            case, new = f"{name} of a read-only store", self.key()
            self.assert_rejects(case, write, new, self.value(b"new"), error="ValueError")
            self.assert_stored(new, None, f"a new key after {case}")
            if key:
                # `set_if_not_exists` may do nothing, without an error.
                raised, _ = try_call(write, key, self.value(bytes(len(data))))
                self.assert_stored(key, data, f"a value after {case} over it")
                if name in self.replacing_writes():
                    self.assert_equal(raised, True, f"whether {case} over a value raises")

    def assert_value(
        self, buffer: Any, data: bytes | None, case: str, prototype: Any = None
    ) -> None:
        """Assert that a read returned these bytes in the prototype's class and memory; or None."""
        prototype, advice = prototype or self.prototype, self.advice
        if buffer is None or data is None:
            if buffer is not data:
                expected = "None, for no such key" if data is None else show_bytes(data)
                actual = "None" if buffer is None else f"a value of {len(buffer)} bytes"
                raise self.violated(case=case, expected=expected, actual=actual)
            return
        assert_class(buffer, prototype.buffer, case, advice=advice)
        array, held_by = buffer.as_array_like(), class_name(type(buffer))
        memory = None if prototype is HOST else self.backend
        assert_in_memory_of(array, memory, case, advice=advice, held_by=held_by)
        with unrecorded_transfers():
            found = np.asarray(buffer.as_numpy_array()).tobytes()
        assert_bytes(found, data, case, advice=advice)

    def assert_stored(self, key: str, data: bytes | None, case: str) -> None:
        """Assert what `get` returns for a key; ``None`` for a missing one."""
        self.assert_value(self.get(key), data, case)

    def assert_missing(
        self, name: str, read: Callable[..., Any], key: str, case: str, byte_range: Any = None
    ) -> None:
        """Assert that a method that reads finds no value: None, or an error if it is documented."""
        try:
            found = read(key, byte_range=byte_range)
        except Exception as error:
            if name in ("get", "get_sync") or not is_not_found(error):
                raise
        else:
            self.assert_value(found, None, f"{name}, byte_range={byte_range}, {case}")

    def listed(self) -> list[str]:
        """List the keys under `root`, sorted; none if the store does not list."""
        if not self.store.supports_listing:
            return []
        return sorted(
            key for key in self.collect(self.store.list) if key.startswith(f"{self.root}/")
        )

    def assert_ranges(
        self, pairs: Iterable[Any], data: bytes, byte_ranges: Sequence[Any], case: str
    ) -> None:
        """Assert that numbered values are the parts of a value, each range once."""
        found = dict(pairs)
        self.assert_equal(sorted(found), [*range(len(byte_ranges))], f"the numbers of {case}")
        for number, buffer in found.items():
            part = byte_ranges[number]
            self.assert_value(buffer, part_of(data, part), f"{case}, {part}")


def device_memory(harness: StoreHarness) -> DeviceMemory | None:
    """Return the memory of the backend's device, or None if it cannot be limited."""
    try:
        return DeviceMemory(harness.backend)
    except NotApplicable:
        return None


def is_not_found(error: BaseException) -> bool:
    """Return whether an error is for a missing key: `FileNotFoundError`, or a group of them."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_not_found(each) for each in error.exceptions)
    return isinstance(error, FileNotFoundError)


def rejects(call: Callable[..., Any], *args: Any) -> bool:
    """Tell whether a call raises an exception, of whatever class."""
    return try_call(call, *args)[0]


def try_call(call: Callable[..., Any], *args: Any) -> tuple[bool, Any]:
    """Return whether a call raises an exception, of whatever class, and what it returns."""
    try:
        return False, call(*args)
    except (CheckFailed, NotApplicable):
        raise
    except Exception:  # noqa: BLE001 - see above
        return True, None


@contextmanager
def open_harness(
    subject: Any, backend: Backend, advice: str, *, writes: bool = True
) -> Iterator[StoreHarness]:
    """
    Give a harness for a store, which `fresh_store` makes and clears.

    Raises
    ------
    NotApplicable
        If the check writes (`writes`) and the store does not.
    Unsupported
        If the check fails, and the store accepts only keys of nodes that exist.
    """
    backend.require()
    with fresh_store(subject, leftovers=_MARK) as store:
        if writes and (store.read_only or not store.supports_writes):
            raise NotApplicable("the store is read-only: the check needs to write")
        harness = StoreHarness(store, backend, advice, subject)
        try:
            yield harness
        except NotApplicable:
            raise
        except Exception:
            _require_free_keys(harness)
            raise


def _require_free_keys(harness: StoreHarness) -> None:
    """
    Raise `Unsupported` if the store accepts a chunk only after its array was created.

    Such a store (Icechunk is one) parses every metadata document, and rejects what belongs to no
    node. The checks of stores write values under keys of their own choice.
    """
    name, data = "node/c/0", bytes(16)
    try:
        harness.put(data, name, host=True)
    except Exception as error:
        create_array = partial(zarr.create_array, shape=(4,), chunks=(4,), dtype="i4")
        try:
            harness.call(create_array, harness.store, name=harness.key("node"))
            harness.put(data, name, host=True)
        except Exception:  # noqa: BLE001 - then it is no such store, and the check has failed
            return
        line = next(iter(str(error).strip().splitlines()), "")
        raise Unsupported(
            "the store accepts only keys of arrays that exist "
            f"({type(error).__name__}: {line[:80]}); check arrays in it instead: check_array"
        ) from error
