"""Backends: kinds of memory with their array libraries, and the registry of their names."""

from __future__ import annotations

import difflib
import threading
import warnings
from abc import ABC, abstractmethod
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, final

import numpy as np
from zarr.abc.buffer import BufferPrototype

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import numpy.typing as npt
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.abc.store import Store

__all__ = [
    "ENTRY_POINT_GROUP",
    "Backend",
    "BackendUnavailableError",
    "backend_names",
    "get_backend",
    "register_backend",
]

ENTRY_POINT_GROUP = "zarr_devbuf.backends"


class BackendUnavailableError(RuntimeError):
    """A backend was used that is unavailable on this machine; the message has the reason."""


class Backend(ABC):
    """
    A kind of memory, its array library, and the reference classes on it.

    To add a device, subclass it, define the three reference classes with ``backend=`` (see
    `zarr_devbuf.reference`), and register an instance, by `register_backend` or by the entry-point
    group ``zarr_devbuf.backends``. Every method may be called from any thread.

    Attributes
    ----------
    name : str
        By which users select the backend: ``--backend=NAME``, ``get_backend(NAME)``.
    TestBuffer, NDBufferUsingTestNDArrayLike, StoreExpectingTestBuffer : type
        The reference classes on this device. Set by their class statements.
    """

    name: str
    TestBuffer: type[Buffer]
    NDBufferUsingTestNDArrayLike: type[NDBuffer]
    StoreExpectingTestBuffer: type[Store]

    @property
    @abstractmethod
    def xp(self) -> Any:
        """The array namespace: ``numpy``, ``cupy``, or one with their interface."""

    @property
    @abstractmethod
    def array_type(self) -> type:
        """The class of arrays in memory of this device."""

    @property
    @abstractmethod
    def TestNDArrayLike(self) -> type:  # noqa: N802 - the name is that of zarr.testing.buffer
        """The subclass of `array_type` that `NDBufferUsingTestNDArrayLike` holds."""

    @property
    def is_host(self) -> bool:
        """
        Whether the backend's memory is the host's, so that nothing is ever transferred.

        By default: whether `array_type` is NumPy's. Override it for another library's arrays in
        host memory.
        """
        return issubclass(self.array_type, np.ndarray)

    @abstractmethod
    def from_host(self, array: npt.NDArray[Any]) -> Any:
        """
        Copy a NumPy array to this device, as one explicit host→device transfer.

        The `cpu` backend shares the memory instead.
        """

    @abstractmethod
    def to_host(self, array: Any) -> npt.NDArray[Any]:
        """
        Copy an array of this device to the host, as one explicit device→host transfer.

        The `cpu` backend shares the memory instead.
        """

    def unavailable_reason(self) -> str | None:
        """Return in one line why the backend cannot be used here; None if it can."""
        return None

    def device_count(self) -> int:
        """Return the number of devices; 0 if the backend is unavailable."""
        return 1

    def device_names(self) -> tuple[str, ...]:
        """Return the name of each device, as its driver reports it."""
        return ()

    def versions(self) -> dict[str, str]:
        """Return the names and versions of the libraries that the backend uses."""
        return {}

    def synchronize(self) -> None:
        """Wait until the current device has finished all queued work."""
        return

    @final
    def owns(self, array: object) -> bool:
        """Return whether `array` is an array of this backend. Never raises."""
        try:
            return self.unavailable_reason() is None and isinstance(array, self.array_type)
        except Exception:  # noqa: BLE001 - proxies raise anything if they are asked for their class
            return False

    @final
    def require(self) -> None:
        """Raise `BackendUnavailableError` with the reason if the backend cannot be used."""
        reason = self.unavailable_reason()
        if reason is not None:
            raise BackendUnavailableError(
                f"backend {self.name!r} is unavailable: {reason}. "
                "Use another one (`zarr-devbuf backends` lists them), or fix the cause."
            )

    @property
    def prototype(self) -> BufferPrototype:
        """The picklable prototype of `TestBuffer` and `NDBufferUsingTestNDArrayLike`."""
        return BufferPrototype(buffer=self.TestBuffer, nd_buffer=self.NDBufferUsingTestNDArrayLike)

    def view(self, array: Any) -> Any:
        """View an array of `array_type` as `TestNDArrayLike`, sharing its memory."""
        return array.view(type=self.TestNDArrayLike)

    def copy_from_host(self, target: Any, source: npt.NDArray[Any]) -> None:
        """
        Fill the device array `target` from a contiguous host array of its shape and dtype.

        This is an explicit host→device transfer. Override it if the device can copy in place.
        """
        target[...] = self.from_host(source)

    def __repr__(self) -> str:
        return f"<zarr_devbuf backend {self.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return get_backend, (self.name,)


@final
class _FailedBackend(Backend):
    """An entry point that failed to load: it is listed with its error, and cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self._reason = reason

    def unavailable_reason(self) -> str:
        return self._reason

    def device_count(self) -> int:
        return 0

    def _raise(self, array: Any = None) -> Any:  # noqa: ARG002 - fits every use below
        self.require()

    xp = array_type = TestNDArrayLike = property(_raise)
    TestBuffer = NDBufferUsingTestNDArrayLike = StoreExpectingTestBuffer = property(_raise)
    from_host = to_host = _raise


_lock = threading.RLock()
_backends: dict[str, Backend] = {}


def register_backend(backend: Backend, *, replace: bool = False) -> None:
    """
    Register a backend by its name.

    Parameters
    ----------
    backend : Backend
        An instance; it need not be available.
    replace : bool
        Whether it replaces another backend of that name.

    Raises
    ------
    ValueError
        If another backend has that name, and `replace` is False.
    """
    if not isinstance(backend, Backend):
        raise TypeError(
            f"register_backend() takes an instance of zarr_devbuf.Backend, not {backend!r}"
        )
    with _lock:
        taken = _backends.get(backend.name)
        if taken is not None and taken is not backend and not replace:
            raise ValueError(
                f"a backend named {backend.name!r} is registered already: {taken!r} "
                f"({type(taken).__module__}). Choose another name, or pass replace=True."
            )
        _backends[backend.name] = backend


def backend_names() -> tuple[str, ...]:
    """Return the names of all backends, available or not; load no entry point."""
    with _lock:
        names = list(_backends)
    return tuple(dict.fromkeys([*names, *sorted(_entry_points())]))


def get_backend(name: str) -> Backend:
    """
    Return the backend of that name, whether or not it is available on this machine.

    An entry point is loaded when its name is first used. If it fails to load, the backend's
    `unavailable_reason` is the error.

    Raises
    ------
    ValueError
        If no backend has that name; the message lists the names.
    """
    if not isinstance(name, str):
        raise TypeError(f"a backend's name is a str, got {name!r}")
    with _lock:
        backend = _backends.get(name)
        if backend is None:
            entry_point = _entry_points().get(name)
            if entry_point is None:
                names = backend_names()
                close = difflib.get_close_matches(name, names, n=1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise ValueError(f"no backend named {name!r}; there are: {', '.join(names)}.{hint}")
            backend = _backends[name] = _load(entry_point)
        return backend


def _entry_points() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        if entry_point.name in found and found[entry_point.name].value != entry_point.value:
            warnings.warn(
                f"two packages offer a zarr_devbuf backend named {entry_point.name!r}: "
                f"{found[entry_point.name].value} is used, {entry_point.value} is not",
                stacklevel=3,
            )
            continue
        found[entry_point.name] = entry_point
    return found


def _load(entry_point: EntryPoint) -> Backend:
    name = entry_point.name
    source = f"entry point {entry_point.value!r}"
    try:
        backend = entry_point.load()
        if isinstance(backend, type):
            backend = backend()
    # A third party's module may raise anything, even SystemExit, and must not break the others.
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        line = (str(error).strip() or "no message").splitlines()[0]
        return _FailedBackend(name, f"{source} failed to load: {type(error).__name__}: {line}")
    if not isinstance(backend, Backend):
        return _FailedBackend(name, f"{source} gives {backend!r}, not a zarr_devbuf.Backend")
    if backend.name != name:
        return _FailedBackend(name, f"{source} gives a backend that is named {backend.name!r}")
    return backend
