"""Checks under failure: the error surfaces, nothing is lost or held, the next operation works."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from zarr.abc.buffer import BufferPrototype

from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.checks.store.assertions import comes_of
from zarr_devbuf.checks.store.harness import Trial, trial
from zarr_devbuf.checks.store.held_memory import HeldMemory
from zarr_devbuf.checks.store.io_methods import reads, writes
from zarr_devbuf.checks.store.sample_values import pattern
from zarr_devbuf.faults import InjectedFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.store.io_methods import Read


# Device memory is handed out in units of bytes; the values need three of them each.
_UNIT = 512
_ROOMS = (*range(8), *(1 << power for power in range(3, 22)))
_OLD, _NEW = pattern(1200), pattern(1100, seed=4)


@check("store")
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


@check("store")
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


@check("store")
def check_out_of_device_memory(subject: Any, backend: Backend) -> None:
    """Where device memory runs out, the error surfaces, the old value is whole, nothing is held.

    Every read and write, at the first allocation, the second, and so on until there is enough
    memory. On the simulated device only: a real one cannot be filled to the byte.
    """
    limit = _limit_of_memory(backend)
    used = HeldMemory(backend)
    with trial(subject, backend) as case:
        key = case.put("c/0", _OLD)
        for name, read in reads(case).items():
            call = partial(_read_old, case, key, read)
            _run_short(case, limit, used, f"{name} of a value", call)
        if not case.store.supports_deletes:
            return
        for name, write in writes(case).items():
            if name == "set_if_not_exists":
                continue
            call = partial(write, case, key, case.value(_NEW))
            _run_short(case, limit, used, f"{name} over a value", call)
            case.holds(key, _NEW, f"{name} when there was memory enough")
            case.put("c/0", _OLD)


def _read_old(case: Trial, key: str, read: Read) -> None:
    case.judge(read(case, key, case.prototype, None), _OLD, "a read that is short of memory")


def _run_short(
    case: Trial,
    limit: Callable[[int], Any],
    used: HeldMemory,
    what: str,
    call: Callable[[], Any],
) -> None:
    """Make a call with no room for allocations, then with more and more, until it succeeds."""
    memory = case.backend.xp.cuda.memory
    key = case.key("c/0")
    call()  # what the store sets up once, and keeps, is no leak
    if case.store.supports_deletes:
        case.put("c/0", _OLD)
    used.mark()
    for room in _ROOMS:
        try:
            with limit(max(used.now() + room * _UNIT, 1)):  # a limit of 0 is none at all
                call()
        except CheckFailed:
            raise
        except Exception as error:
            if not comes_of(error, memory.OutOfMemoryError):
                raise
        else:
            return
        used.expect_no_more(f"{what}, with {room * _UNIT} bytes of device memory left")
        case.holds(key, _OLD, f"the old value after {what} ran out of device memory")
    raise violated(
        case=what,
        expected=f"success, with {_ROOMS[-1] * _UNIT} bytes of device memory left",
        actual="it still runs out of memory",
        advice="See what it allocates, for a value of little more than a thousand bytes.",
    )


def _must_surface(call: Callable[[], Any], error: type[Exception], what: str) -> None:
    try:
        found = call()
    except CheckFailed:
        raise
    except Exception as raised:
        if comes_of(raised, error):
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
