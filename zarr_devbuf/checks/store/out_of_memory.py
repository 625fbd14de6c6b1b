"""Checks of failures: the error is raised, nothing is lost or held, the next operation works."""

from __future__ import annotations

from functools import partial
from typing import Any

from zarr_devbuf.checks._harness import DeviceMemory, attempt
from zarr_devbuf.checks.store.harness import StoreHarness, rejects, store_check
from zarr_devbuf.checks.store.sample_values import NEW, OLD
from zarr_devbuf.faults import InjectedFault

_METHODS_THAT_READ = (
    "as_array_like",
    "as_numpy_array",
    "as_buffer_like",
    "to_bytes",
    "__getitem__",
    "combine",
    "__add__",
)


@store_check(
    "precedent",
    "read wrong",
    each="reads",
    advice="Catch only errors that mean a missing key, and release locks in `finally`.",
)
def check_failed_read(harness: StoreHarness, name: str, read: Any) -> None:
    """A read that fails raises the cause of the failure, and the next one works.

    Here the prototype's buffer cannot be made, as if device memory ran out. A store that treats
    any failure as a missing key (``except Exception: return None``) turns chunks into fill values.
    """
    key = harness.put(OLD)
    prototype = harness.prototype._replace(
        buffer=_failing(harness.prototype.buffer, _raise, "__init__")
    )
    case = f"{name} into a buffer that cannot be made"
    _assert_fails(harness, partial(read, key, prototype), case)
    harness.assert_value(read(key), OLD, f"{name} after one that failed")


@store_check(
    "precedent",
    "stored wrong",
    each="writes",
    advice="Get the bytes of the value before you delete or truncate the old one.",
)
def check_failed_write(harness: StoreHarness, name: str, write: Any) -> None:
    """A write that fails raises the cause, keeps the old value whole, and writes nothing.

    Here the bytes of the value cannot be read, as if a transfer to the host failed. A store that
    deletes or truncates first, and gets the bytes afterwards, loses the old value.
    """
    key, value = harness.key(), harness.value(NEW)
    unreadable = _failing(type(value), _raise, *_METHODS_THAT_READ)(value.as_array_like())
    case = f"{name} of a value that cannot be read"
    _assert_fails(harness, partial(write, key, unreadable), case)
    harness.assert_stored(key, None, f"a new key after {case}")
    write(key, harness.value(NEW))
    harness.assert_stored(key, NEW, f"{name} after one that failed")
    keys, key = harness.listed(), harness.key()
    halfway = _failing(type(value), _released, "as_buffer_like")(value.as_array_like())
    if rejects(write, key, halfway):
        # Some stores need no buffer, and do not meet the failure.
        harness.assert_stored(key, None, f"a new key after {name} that failed halfway")
        harness.assert_equal(harness.listed(), keys, f"the keys after {name} that failed halfway")
        write(key, harness.value(NEW))
        harness.assert_stored(key, NEW, f"{name} after one that failed halfway")
    if name in harness.replacing_writes():
        key = harness.put(OLD)
        _assert_fails(harness, partial(write, key, unreadable), case)
        harness.assert_stored(key, OLD, f"the old value after {case}")


@store_check(
    "ours",
    "leaks",
    advice="Let the error pass, and keep nothing that was allocated for the failed call.",
)
def check_out_of_memory(harness: StoreHarness) -> None:
    """If device memory runs out, the error is raised, the old value stays, nothing is held.

    Every read and write, at the first allocation, the second, and so on until there is enough
    memory. Only on devices whose memory can be limited, such as the simulated one.
    """
    memory = DeviceMemory(harness.backend)
    key = harness.put(OLD)

    def assert_old(case: str) -> None:
        harness.assert_stored(key, OLD, f"the old value after {case}")

    run_short = partial(memory.run_short, advice=harness.advice, after_failure=assert_old)
    for name, read in harness.reads().items():
        read(key)  # what the store sets up once, and keeps, is no leak
        found = run_short(partial(read, key), f"{name} of a value")
        harness.assert_value(found, OLD, f"{name} of a value, short of device memory")
    for name, write in harness.replacing_writes().items():
        value = harness.value(NEW)
        write(key, value)
        harness.set(key, OLD)
        assert_old(f"{name} and set")
        run_short(partial(write, key, value), f"{name} over a value")
        harness.assert_stored(key, NEW, f"{name} with enough device memory")
        harness.set(key, OLD)


def _assert_fails(harness: StoreHarness, call: partial[Any], case: str) -> None:
    failed, found = attempt(call, case, InjectedFault)
    if not failed:
        raise harness.violated(
            case=case,
            expected="InjectedFault, or an error that it caused",
            actual="no error" if found is None else f"a {type(found).__qualname__}",
        )


def _failing(cls: Any, fail: Any, *methods: str) -> Any:
    """Return a subclass of a buffer class whose methods fail."""
    namespace = {**dict.fromkeys(methods, fail), "__test__": False}
    return type(f"Failing{cls.__name__}", (cls,), namespace)


def _raise(*_: Any, **__: Any) -> Any:
    raise InjectedFault("a method of a buffer that fails")


def _released(buffer: Any) -> memoryview:
    """Return a view that fails when its bytes are written."""
    view = memoryview(bytes(len(buffer)))
    view.release()
    return view
