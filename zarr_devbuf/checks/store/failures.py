"""Laws under failure: the error surfaces, nothing is lost or held, the next operation works."""

from __future__ import annotations

import gc
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from zarr.abc.buffer import BufferPrototype
from zarr.storage import WrapperStore

from zarr_devbuf.checks.law import law
from zarr_devbuf.checks.outcome import LawViolation, NotApplicable, violated
from zarr_devbuf.checks.store.paths import reads, writes
from zarr_devbuf.checks.store.trial import Trial, pattern, trial
from zarr_devbuf.faults import FaultyStore, InjectedFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.paths import Read

__all__ = [
    "check_failed_read",
    "check_failed_write",
    "check_failure_beneath",
    "check_out_of_device_memory",
]

# Device memory is handed out in units of bytes; the values need three of them each.
_UNIT = 512
_ROOMS = (*range(8), *(1 << power for power in range(3, 22)))
_OLD, _NEW = pattern(1200), pattern(1100, seed=4)


@law("store")
def check_failed_read(subject: Any, backend: Backend) -> None:
    """A read that fails raises what made it fail, and the next one works.

    Here the prototype's buffer cannot be made, as when device memory runs out. A store that takes
    any failure for a missing key (``except Exception: return None``) turns chunks into fill values.
    """
    with trial(subject, backend) as case:
        key = case.put("c/0", _OLD)
        prototype = _unmakeable_buffers(case)
        for name, read in reads(case).items():
            what = f"{name} into a buffer that cannot be made"
            _must_surface(partial(read, case, key, prototype, None), InjectedFault, what)
            found = read(case, key, case.prototype, None)
            case.judge(found, _OLD, f"{name} after one that failed")


@law("store")
def check_failed_write(subject: Any, backend: Backend) -> None:
    """A write that fails raises what made it fail, keeps the old value whole, and writes nothing.

    Here the bytes of the value cannot be got at, as when a transfer to the host fails. A store
    that deletes or truncates first, and asks for the bytes afterwards, loses the old value.
    """
    with trial(subject, backend) as case:
        for name, write in writes(case).items():
            stem = name.strip("_")
            fresh = case.key(f"{stem}/fresh")
            what = f"{name} of a value that cannot be read"
            bad = _unreadable(case, _NEW)
            _must_surface(partial(write, case, fresh, bad), InjectedFault, what)
            case.holds(fresh, None, f"after {what}, where there was none")
            write(case, fresh, case.value(_NEW))
            case.holds(fresh, _NEW, f"{name} after one that failed")
            if name == "set_if_not_exists" or not case.store.supports_deletes:
                continue
            key = case.put(f"{stem}/old", _OLD)
            _must_surface(partial(write, case, key, bad), InjectedFault, what)
            case.holds(key, _OLD, f"the old value after {what}")


@law("store")
def check_out_of_device_memory(subject: Any, backend: Backend) -> None:
    """Where device memory runs out, the error surfaces, the old value is whole, nothing is held.

    Every read and write, at the first allocation, the second, and so on until there is enough
    memory. On the simulated device only: a real one cannot be filled to the byte.
    """
    limit = _limit_of_memory(backend)
    with trial(subject, backend) as case:
        key = case.put("c/0", _OLD)
        for name, read in reads(case).items():
            _run_short(case, limit, f"{name} of a value", partial(_read_old, case, key, read), key)
        if not case.store.supports_deletes:
            return
        for name, write in writes(case).items():
            if name == "set_if_not_exists":
                continue
            call = partial(write, case, key, case.value(_NEW))
            _run_short(case, limit, f"{name} over a value", call, key)
            case.holds(key, _NEW, f"{name} when there was memory enough")
            case.put("c/0", _OLD)


def _read_old(case: Trial, key: str, read: Read) -> None:
    case.judge(read(case, key, case.prototype, None), _OLD, "a read that is short of memory")


def _run_short(
    case: Trial, limit: Callable[[int], Any], what: str, call: Callable[[], Any], key: str
) -> None:
    """Make a call with no room for allocations, then with more and more, until it succeeds."""
    memory = case.backend.xp.cuda.memory
    pool = case.backend.xp.get_default_memory_pool()
    call()  # what the store sets up once, and keeps, is no leak
    if case.store.supports_deletes:
        case.put("c/0", _OLD)
    for room in _ROOMS:
        gc.collect()
        held = pool.used_bytes()
        try:
            with limit(max(held + room * _UNIT, 1)):  # a limit of 0 is none at all
                call()
        except LawViolation:
            raise
        except Exception as error:
            if not _comes_of(error, memory.OutOfMemoryError):
                raise
        else:
            return
        gc.collect()
        if pool.used_bytes() > held:
            raise violated(
                case=f"{what}, with {room * _UNIT} bytes of device memory left",
                expected=f"{held} bytes of device memory in use, as before",
                actual=f"{pool.used_bytes()} bytes, after the error has been dropped",
                advice="Do not keep what was allocated for a call that fails: look for "
                "caches, attributes, and references from tasks or exceptions.",
            )
        case.holds(key, _OLD, f"the old value after {what} ran out of device memory")
    raise violated(
        case=what,
        expected=f"success, with {_ROOMS[-1] * _UNIT} bytes of device memory left",
        actual="it still runs out of memory",
        advice="See what it allocates, for a value of little more than a thousand bytes.",
    )


@law("store")
def check_failure_beneath(subject: Any, backend: Backend) -> None:
    """A store that wraps another passes on its failures, and works on when they are over.

    Of a `WrapperStore` only. What it wraps is put into a `FaultyStore`, whose first, second and
    third call raises, for every way of reading and writing. Caches and retries must not turn a
    failure into a missing key, or into a value that was never stored.
    """
    with trial(subject, backend) as case:
        store = case.store
        if not isinstance(store, WrapperStore):
            raise NotApplicable("the store wraps no other (zarr.storage.WrapperStore)")
        faulty = FaultyStore(store._store)  # noqa: SLF001 - how Zarr's wrappers are composed
        try:
            wrapper = Trial(store._with_store(faulty), backend)  # noqa: SLF001
        except NotImplementedError as error:
            raise NotApplicable("the store wraps no other than its own, and says so") from error
        wrapper.root = case.root
        for name, read in reads(wrapper).items():
            for number in (1, 2, 3):
                key = wrapper.put(f"{name.strip('_')}/{number}", _OLD)
                faulty.restart(fail_at=number)
                call = partial(read, wrapper, key, wrapper.prototype, None)
                what = f"{name} where call {number} beneath it fails"
                failed, found = _attempt(call)
                if not failed:  # it made fewer calls, or helped itself: both are fine
                    wrapper.judge(found, _OLD, what)
                faulty.restart()
                wrapper.judge(call(), _OLD, f"{name} when the failure beneath it is over")
        for name, write in writes(wrapper).items():
            for number in (1, 2, 3):
                key = wrapper.key(f"{name.strip('_')}/fails/{number}")
                what = f"{name} where call {number} beneath it fails"
                faulty.restart(fail_at=number)
                failed, _ = _attempt(partial(write, wrapper, key, wrapper.value(_NEW)))
                faulty.restart()
                if not failed:
                    wrapper.holds(key, _NEW, what)
                _agrees_with_beneath(case, wrapper, key, what)


def _attempt(call: Callable[[], Any]) -> tuple[bool, Any]:
    """Tell whether a call ends in an injected failure, or what it returns."""
    try:
        return False, call()
    except LawViolation:
        raise
    except Exception as error:
        if not _comes_of(error, InjectedFault):
            raise
        return True, None


def _agrees_with_beneath(case: Trial, wrapper: Trial, key: str, what: str) -> None:
    """Judge that the wrapper has a value exactly where a new one on the same contents has."""
    fresh = Trial(case.store._with_store(case.store._store), case.backend)  # type: ignore[attr-defined] # noqa: SLF001
    found, stored = wrapper.fetch(key), fresh.fetch(key)
    if (found is None) is not (stored is None):
        raise violated(
            case=what,
            expected="None" if stored is None else f"the {len(stored)} bytes that are stored",
            actual="None" if found is None else f"{len(found)} bytes that are not stored",
            advice="Do not remember a value before the store beneath has taken it.",
        )


def _must_surface(call: Callable[[], Any], error: type[Exception], what: str) -> None:
    try:
        found = call()
    except LawViolation:
        raise
    except Exception as raised:
        if _comes_of(raised, error):
            return
        raise
    outcome = "nothing was raised" if found is None else f"a {type(found).__qualname__}"
    raise violated(
        case=what,
        expected=f"{error.__qualname__}, or an error made of it",
        actual=outcome,
        advice="Catch what means that a key is missing (FileNotFoundError, KeyError), and "
        "nothing else.",
    )


def _comes_of(raised: BaseException | None, error: type[BaseException]) -> bool:
    """Tell whether an exception is, contains or was caused by one of a class."""
    if raised is None or isinstance(raised, error):
        return raised is not None
    if isinstance(raised, BaseExceptionGroup) and any(
        _comes_of(each, error) for each in raised.exceptions
    ):
        return True
    return _comes_of(raised.__cause__, error) or _comes_of(raised.__context__, error)


def _limit_of_memory(backend: Backend) -> Callable[[int], Any]:
    if backend.name != "sim":
        raise NotApplicable(f"the memory of backend {backend.name!r} cannot be limited")
    from zarr_devbuf.simulator import limit_memory  # noqa: PLC0415 - large, and for `sim` alone

    return limit_memory


def _unmakeable_buffers(case: Trial) -> BufferPrototype:
    due: Any = case.prototype.buffer

    class UnmakeableBuffer(due):  # type: ignore[misc]
        __test__: ClassVar[bool] = False

        def __init__(self, *_: Any) -> None:
            raise InjectedFault("a buffer that cannot be made")

    return BufferPrototype(buffer=UnmakeableBuffer, nd_buffer=case.prototype.nd_buffer)


def _unreadable(case: Trial, data: bytes) -> Buffer:
    due: Any = case.prototype.buffer

    class UnreadableBuffer(due):  # type: ignore[misc]
        __test__: ClassVar[bool] = False

        def _refuse(self, *_: Any, **__: Any) -> Any:
            raise InjectedFault("the bytes of a buffer that cannot be read")

        as_array_like = as_numpy_array = as_buffer_like = to_bytes = _refuse
        __getitem__ = combine = __add__ = _refuse

    buffer: Buffer = UnreadableBuffer(case.value(data).as_array_like())
    return buffer
