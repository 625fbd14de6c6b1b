"""The functions that users call: one for each kind of subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr_devbuf.backend import Backend, get_backend
from zarr_devbuf.checks.backend_of import backend_of
from zarr_devbuf.checks.reference_codec import referring_to
from zarr_devbuf.checks.run import run_checks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from zarr.abc.buffer import BufferPrototype
    from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
    from zarr.abc.store import Store

    from zarr_devbuf.checks.reference_codec import Codec
    from zarr_devbuf.checks.report import CheckReport
    from zarr_devbuf.checks.run import OnFail

__all__ = ["check_array", "check_backend", "check_codec", "check_prototype", "check_store"]


def check_codec(
    codec: ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec,
    backend: str | Backend = "sim",
    on_fail: OnFail = "raise",
    *,
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
    reference: Codec | None = None,
) -> CheckReport:
    """
    Run the conformance checks on a codec.

    Parameters
    ----------
    codec : ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec
        An instance, with the configuration to check.
    backend : str or Backend
        The backend whose memory holds the chunks. The default, the simulated device, runs anywhere.
    on_fail : {"raise", None}
        Whether to raise failures after all checks have run, or only to report them.
    max_transfers : int, optional
        How many transfers between host and device one operation on one chunk may make. 0 requires a
        device-native codec. None: explicit transfers do not fail a check, but show in the verdict.
    expected_failures : mapping of str to str, optional
        Names of checks that are expected to fail, each with the reason. If one passes, that is a
        failure.
    reference : ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, optional
        A codec for host memory, of the same format: each must decode what the other encodes.

    Returns
    -------
    CheckReport
        A sequence of `CheckResult` with a verdict.

    Raises
    ------
    ConformanceError
        If a check fails or passes unexpectedly, or if every check was skipped, so that nothing was
        judged, and `on_fail` is ``"raise"``.
    TypeError
        If `reference` is not a codec.
    ValueError
        If a name in `expected_failures` is not that of a check, or the backend does not exist.
    BackendUnavailableError
        If the backend cannot be used on this machine.

    Examples
    --------
    >>> from zarr.codecs import BytesCodec
    >>> check_codec(BytesCodec(), backend="sim").verdict
    'device-native'
    """
    __tracebackhide__ = True
    with referring_to(reference):
        return run_checks("codec", codec, backend, on_fail, max_transfers, expected_failures)


def check_store(
    store: Store | Callable[[], Store | Awaitable[Store]],
    backend: str | Backend = "sim",
    on_fail: OnFail = "raise",
    *,
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Run the conformance checks on a store.

    It returns and raises what `check_codec` does.

    Parameters
    ----------
    store : Store or callable
        An empty store, which the checks fill and clear; or a callable without arguments that makes
        a new one at each call. It may be a coroutine function.
    backend, on_fail, max_transfers, expected_failures
        As for `check_codec`. `max_transfers` is for one value.

    Examples
    --------
    >>> from zarr.storage import MemoryStore
    >>> report = check_store(MemoryStore, backend="sim", on_fail=None)
    >>> [result.check for result in report.failed]  # zarr 3.4.2 clears it if it is read-only
    ['check_clear_read_only']
    """
    __tracebackhide__ = True
    return run_checks("store", store, backend, on_fail, max_transfers, expected_failures)


def check_prototype(
    prototype: BufferPrototype,
    backend: str | Backend | None = None,
    on_fail: OnFail = "raise",
    *,
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Run the conformance checks on a prototype, a pair of buffer classes.

    It returns and raises what `check_codec` does.

    Parameters
    ----------
    prototype : BufferPrototype
        A class of `Buffer` and one of `NDBuffer`.
    backend : str or Backend, optional
        The backend whose memory the buffers hold. None: the available backend that owns the memory
        of an empty buffer.
    on_fail, max_transfers, expected_failures
        As for `check_codec`. `max_transfers` is for one operation.

    Examples
    --------
    >>> from zarr_devbuf import get_backend
    >>> check_prototype(get_backend("sim").prototype).verdict
    'device-native'
    """
    __tracebackhide__ = True
    owner = backend_of(prototype) if backend is None else backend
    return run_checks("prototype", prototype, owner, on_fail, max_transfers, expected_failures)


def check_array(
    make_array: Callable[..., Any] | None = None,
    backend: str | Backend = "sim",
    on_fail: OnFail = "raise",
    *,
    max_transfers: int | None = None,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Run the conformance checks on Zarr arrays that are read and written with a backend's prototype.

    It returns and raises what `check_codec` does.

    Parameters
    ----------
    make_array : callable, optional
        Makes a new, empty `zarr.Array` in a store of its own at each call. It takes the keyword
        arguments of `zarr.create_array` except ``store`` (always ``shape``, ``chunks``, ``dtype``,
        ``fill_value``, ``zarr_format``, ``filters``, ``compressors`` and ``config``; in some checks
        ``serializer``, ``shards`` and ``order``), and returns an array with these parameters. If it
        takes no arguments, the checks that need another array than the one it makes are skipped
        with the reason. None: zarr's own arrays, in memory.
    backend, on_fail, max_transfers, expected_failures
        As for `check_codec`. `max_transfers` is for one operation.

    Notes
    -----
    While arrays are made and used, zarr is configured for the prototype and, in turn, for each
    codec pipeline: the callable must not change either. Checks that inject faults copy an array,
    and give the copy an asynchronous array of the same class on a store that fails.

    Examples
    --------
    Run the first check on an array in a store that is asynchronous only; `check_array(make_array)`
    runs all of them.

    >>> import zarr
    >>> from zarr.storage import MemoryStore, WrapperStore
    >>> from zarr_devbuf import get_backend
    >>> from zarr_devbuf.checks import list_checks
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
    return run_checks("array", make_array, backend, on_fail, max_transfers, expected_failures)


def check_backend(
    backend: str | Backend,
    on_fail: OnFail = "raise",
    *,
    expected_failures: Mapping[str, str] | None = None,
) -> CheckReport:
    """
    Run the checks of backends on a backend.

    Run it first: what is checked on a backend that fails these checks shows nothing.

    Parameters
    ----------
    backend : str or Backend
        A backend or its name. It has to be registered, and available on this machine.
    on_fail, expected_failures
        As for `check_codec`. The dtypes that the backend does not hold are in the message of
        ``check_rejected_dtypes``.

    Raises
    ------
    TypeError
        If `backend` is neither.

    Examples
    --------
    >>> check_backend("sim").failed
    ()
    """
    __tracebackhide__ = True
    subject = get_backend(backend) if isinstance(backend, str) else backend
    if not isinstance(subject, Backend):
        raise TypeError(f"check_backend() takes a zarr_devbuf.Backend or its name, got {subject!r}")
    return run_checks(
        "backend", subject, subject, on_fail=on_fail, expected_failures=expected_failures
    )
