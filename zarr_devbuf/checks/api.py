"""The functions that users call: one for each kind of subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.backend_of import home_of
from zarr_devbuf.checks.run import run_checks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from zarr.abc.buffer import BufferPrototype
    from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
    from zarr.abc.store import Store

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.report import CheckReport
    from zarr_devbuf.checks.run import OnFail

__all__ = ["check_array", "check_codec", "check_prototype", "check_store"]


def check_codec(
    codec: ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec,
    backend: str | Backend = "sim",
    on_fail: OnFail = "raise",
    *,
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Hold a codec to the checks of codecs.

    Parameters
    ----------
    codec : ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec
        An instance, configured as it is to be checked.
    backend : str or Backend
        Whose memory chunks are in. The default, the simulated device, runs anywhere.
    on_fail : {"raise", None}
        Whether failures are raised once all checks have run, or only reported.
    max_transfers : int, optional
        How many transfers between host and device one operation on one chunk may make. 0 demands a
        device-native codec. None: transfers that the codec asks for are no failure, but show in the
        verdict.
    expected_failures : mapping of str to str, optional
        Names of checks that are known to fail, each with the reason. One that passes after all is a
        failure.

    Returns
    -------
    CheckReport
        A sequence of `CheckResult` with a verdict.

    Raises
    ------
    ConformanceError
        Where a check is not as it should be, and `on_fail` is ``"raise"``.
    ValueError
        For names in `expected_failures` that are no check's, and for backends that do not exist.
    BackendUnavailableError
        Where the backend cannot be used on this machine.

    Examples
    --------
    >>> from zarr.codecs import BytesCodec
    >>> check_codec(BytesCodec(), backend="sim").verdict
    'device-native'
    """
    __tracebackhide__ = True
    return run_checks(
        "codec",
        codec,
        backend,
        on_fail=on_fail,
        max_transfers=max_transfers,
        expected_failures=expected_failures,
    )


def check_store(
    store: Store | Callable[[], Store | Awaitable[Store]],
    backend: str | Backend = "sim",
    on_fail: OnFail = "raise",
    *,
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Hold a store to the checks of stores.

    Parameters
    ----------
    store : Store or callable
        An empty store, which the checks fill and clear; or a callable without arguments that makes
        one each time it is called, a coroutine function perhaps.
    backend, on_fail, max_transfers, expected_failures
        As for `check_codec`; `max_transfers` is for one value.

    Returns
    -------
    CheckReport
        A sequence of `CheckResult` with a verdict.

    Raises
    ------
    ConformanceError, ValueError, BackendUnavailableError
        As for `check_codec`.

    Examples
    --------
    >>> from zarr.storage import MemoryStore
    >>> check_store(MemoryStore, backend="sim").verdict
    'device-native'
    """
    __tracebackhide__ = True
    return run_checks(
        "store",
        store,
        backend,
        on_fail=on_fail,
        max_transfers=max_transfers,
        expected_failures=expected_failures,
    )


def check_prototype(
    prototype: BufferPrototype,
    backend: str | Backend | None = None,
    on_fail: OnFail = "raise",
    *,
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Hold a pair of buffer classes to the checks of prototypes.

    Parameters
    ----------
    prototype : BufferPrototype
        A class of `Buffer` and one of `NDBuffer`.
    backend : str or Backend, optional
        Whose memory the buffers hold. None: the one, of those available, that owns the memory of an
        empty buffer.
    on_fail, max_transfers, expected_failures
        As for `check_codec`; `max_transfers` is for one operation.

    Returns
    -------
    CheckReport
        A sequence of `CheckResult` with a verdict.

    Raises
    ------
    ConformanceError, ValueError, BackendUnavailableError
        As for `check_codec`.

    Examples
    --------
    >>> import zarr.buffer.cpu
    >>> check_prototype(zarr.buffer.cpu.buffer_prototype).verdict
    'device-native'
    """
    __tracebackhide__ = True
    return run_checks(
        "prototype",
        prototype,
        home_of(prototype) if backend is None else backend,
        on_fail=on_fail,
        max_transfers=max_transfers,
        expected_failures=expected_failures,
    )


def check_array(
    make_array: Callable[..., Any] | None = None,
    backend: str | Backend = "sim",
    on_fail: OnFail = "raise",
    *,
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Hold Zarr arrays, read and written under a backend's prototype, to the checks of arrays.

    Parameters
    ----------
    make_array : callable, optional
        Makes an empty `zarr.Array`, each time a new one, in a store of its own. It takes the
        keyword arguments of `zarr.create_array` except ``store`` (``shape``, ``chunks``, ``dtype``,
        ``fill_value``, ``zarr_format``, ``filters``, ``compressors`` and ``config`` always, and
        ``serializer`` and ``order`` from some checks), and gives an array of just these. Or it takes
        none: the checks that need another array than the one it makes are skipped then, each with
        the reason. None: zarr's own, in memory.
    backend, on_fail, max_transfers, expected_failures
        As for `check_codec`; `max_transfers` is for one operation.

    Returns
    -------
    CheckReport
        A sequence of `CheckResult` with a verdict.

    Raises
    ------
    ConformanceError, ValueError, BackendUnavailableError
        As for `check_codec`.

    Notes
    -----
    While arrays are made and used, zarr's configuration names the prototype and, in turn, each
    codec pipeline: the callable must leave both alone. For the checks under failure an array is
    copied, and the copy is given an asynchronous array of the same class on a store that fails.

    Examples
    --------
    An array on a store that is asynchronous only, held to the first check; `check_array(make_array)`
    holds it to all.

    >>> import zarr
    >>> from zarr.storage import MemoryStore, WrapperStore
    >>> from zarr_devbuf import get_backend
    >>> from zarr_devbuf.checks import checks
    >>> class AsynchronousStore(WrapperStore):
    ...     _supports_sync_io = False
    >>> def make_array(**settings):
    ...     return zarr.create_array(AsynchronousStore(MemoryStore()), **settings)
    >>> first = list_checks("array")[0]
    >>> first.name
    'check_read_basic'
    >>> first(make_array, get_backend("sim"))
    """
    __tracebackhide__ = True
    return run_checks(
        "array",
        make_array,
        backend,
        on_fail=on_fail,
        max_transfers=max_transfers,
        expected_failures=expected_failures,
    )
