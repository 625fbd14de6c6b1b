"""What the checks of prototypes and of backends share: how they run, and what they assert."""

from __future__ import annotations

import functools
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._assertions import (
    assert_in_memory_of,
    assert_own_memory,
    assert_raises,
    assert_same,
    assert_shape_and_dtype,
    assert_shared_memory,
)
from zarr_devbuf.checks._harness import holds, on_device, require_device
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks._harness import Layout
    from zarr_devbuf.checks.errors import CheckFailed
    from zarr_devbuf.checks.registry import CheckFunction, Kind, Severity, Source
    from zarr_devbuf.transfers import TransferLog

__all__ = ["DeviceHarness", "all_at_once", "check_with"]


@dataclass(frozen=True, slots=True)
class DeviceHarness:
    """
    A backend and a check's advice: puts arrays on the device, and asserts what arrays are.

    Attributes
    ----------
    backend : Backend
        In whose memory arrays have to be.
    advice : str
        What to do if the check fails.
    """

    backend: Backend
    advice: str

    def holds(self, dtype: npt.DTypeLike) -> bool:
        """Return whether arrays of the backend can have a dtype."""
        return holds(self.backend, dtype)

    def held(self, *dtypes: npt.DTypeLike) -> tuple[np.dtype[Any], ...]:
        """Return those dtypes that the backend holds; raise `NotApplicable` if it holds none."""
        found = tuple(np.dtype(each) for each in dtypes if self.holds(each))
        if not found:
            names = ", ".join(np.dtype(each).name for each in dtypes)
            raise NotApplicable(f"backend {self.backend.name!r} holds none of {names}")
        return found

    def array(self, values: npt.ArrayLike, layout: Layout = "C") -> Any:
        """Put values on the device, in memory that nothing else refers to."""
        return on_device(self.backend, values, layout)

    @contextmanager
    def calling(self, what: str) -> Iterator[str]:
        """Name what is called, as `during` does; transfers in it are the check's own doing."""
        with during(what), unrecorded_transfers():
            yield what

    def assert_array(
        self, found: Any, values: npt.ArrayLike, case: str, *, any_byte_order: bool = False
    ) -> None:
        """Assert an array in memory of the backend with these values, in this or any byte order."""
        expected = np.asarray(values)
        assert_in_memory_of(found, self.backend, case, advice=self.advice)
        dtype = expected.dtype
        if any_byte_order and found.dtype == dtype.newbyteorder("="):
            dtype = found.dtype
        assert_shape_and_dtype(found, expected.shape, dtype, case, advice=self.advice)
        with self.calling(f"copying the result of {case} to the host"):
            host = self.backend.to_host(found)
        self.assert_host_array(host, expected.astype(dtype, copy=False), case)

    def assert_host_array(
        self, found: Any, values: npt.ArrayLike, case: str, *, nan_payload: bool = False
    ) -> None:
        """Assert a `numpy.ndarray` with these values."""
        assert_in_memory_of(found, None, case, advice=self.advice)
        assert_same(found, values, case, advice=self.advice, nan_payload=nan_payload)

    def assert_shared_memory(self, written: Any, read: Any, case: str) -> None:
        """Assert that two integer arrays share memory; every element of `written` is changed."""
        assert_shared_memory(self.backend, written, read, case=case, advice=self.advice)

    def assert_own_memory(self, written: Any, read: Any, case: str) -> None:
        """Assert that two integer arrays share no memory; every element of `written` is changed."""
        assert_own_memory(self.backend, written, read, case=case, advice=self.advice)

    def assert_elements_apart(self, array: Any, values: npt.NDArray[Any], case: str) -> None:
        """Assert that the last element of an array can be set, and shares no memory with others."""
        last = (slice(-1, None),) * values.ndim
        expected = values.copy()
        expected[last] = 99
        with during(f"{case}, the last element set to 99") as named:
            array[last] = 99
        self.assert_array(array, expected, named)

    def assert_answer(self, answer: object, expected: bool, case: str) -> None:
        """Assert True or False, as a Python `bool` and nothing that only acts like one."""
        if answer is not expected:
            raise self.violated(case, repr(expected), f"{answer!r} ({type(answer).__name__})")

    def assert_raises(
        self, error: type[Exception], action: Callable[..., object], *arguments: Any, case: str
    ) -> None:
        """Assert that a call with these arguments raises an error of one class."""
        assert_raises((error,), action, *arguments, case=case, advice=self.advice)

    def violated(
        self, case: str, expected: str, actual: str, transfers: TransferLog | None = None
    ) -> CheckFailed:
        """Make the error of this check, with its advice: ``raise harness.violated(…)``."""
        return violated(
            case=case, expected=expected, actual=actual, advice=self.advice, transfers=transfers
        )


def check_with(
    kind: Kind,
    make: Callable[[Any, Backend, str], DeviceHarness],
    *,
    advice: str,
    source: Source,
    severity: Severity,
    cases: Iterable[tuple[Any, ...]] = ((),),
    device_only: bool = False,
) -> Callable[[Callable[..., None]], CheckFunction]:
    """
    Register a function as a check, and run it with a harness, once for each case.

    Parameters
    ----------
    kind : {"prototype", "backend"}
        The kind of subject that it checks.
    make : callable
        Makes the harness of subject, backend and advice.
    advice : str
        What to do if the check fails.
    source : {"documented", "precedent", "ours"}
        Who says that it must hold.
    severity : {"stored wrong", "read wrong", "raises", "leaks", "wasteful"}
        What it means for users if it fails.
    cases : iterable of tuple
        The arguments after the harness, for each call. By default there are none, and one call.
    device_only : bool
        Whether the check does not apply to backends in host memory.

    Returns
    -------
    callable
        A decorator; the registered function takes a subject and a backend, as all checks do.
    """
    cases = tuple(cases)
    if not cases:
        raise ValueError("a check without cases would check nothing")

    def register(function: Callable[..., None]) -> CheckFunction:
        @functools.wraps(function)
        def run(subject: Any, backend: Backend) -> None:
            __tracebackhide__ = True
            if device_only:
                require_device(backend)
            harness = make(subject, backend, advice)
            for case in cases:
                function(harness, *case)

        run.__signature__ = inspect.signature(run, follow_wrapped=False)  # type: ignore[attr-defined]
        return check(kind, source=source, severity=severity)(run)

    return register


def all_at_once[R](work: Callable[[int, Callable[[], object]], R], workers: int = 4) -> list[R]:
    """
    Call a function in several threads at once.

    Parameters
    ----------
    work : callable
        Takes the number of its thread, from 0, and a function that waits for the other threads.
    workers : int
        How many threads.

    Returns
    -------
    list
        What each thread returned. What one of them raises is raised; no other waits for it.
    """
    barrier = threading.Barrier(workers)

    def run(number: int) -> R:
        try:
            return work(number, lambda: barrier.wait(timeout=30))
        except BaseException:
            barrier.abort()
            raise

    with ThreadPoolExecutor(workers, thread_name_prefix="all_at_once") as pool:
        futures = [pool.submit(run, number) for number in range(workers)]
    errors = [error for future in futures if (error := future.exception()) is not None]
    # The one for which the others did not wait comes first.
    for error in sorted(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
        raise error
    return [future.result() for future in futures]
