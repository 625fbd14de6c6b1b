"""Construct the object that a subject names."""

from __future__ import annotations

import inspect
import itertools
import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

import zarr
from zarr.abc.buffer import BufferPrototype
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.abc.store import Store
from zarr.registry import get_codec_class

from zarr_devbuf.audit.subjects.codec_configurations import CONFIGURATIONS
from zarr_devbuf.audit.subjects.discovery import registered_class
from zarr_devbuf.audit.subjects.enabled_gpu import EnabledGpu
from zarr_devbuf.audit.subjects.known_stores import (
    ONLY_ON,
    arguments_missing,
    maker_of,
    store_from_url,
)
from zarr_devbuf.audit.subjects.subject import ENABLE_GPU, load_path
from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks._harness import fresh_store
from zarr_devbuf.checks.backend_of import backend_of
from zarr_devbuf.checks.errors import describe, is_refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from zarr_devbuf.audit.subjects.subject import Subject
    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.registry import Kind

__all__ = [
    "ConstructionError",
    "OtherBackend",
    "ReferenceCodecError",
    "backend_for",
    "constructed",
    "constructed_reference",
    "kind_of_path",
]

_CODECS = (ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec)
_KINDS = (*_CODECS, Store, BufferPrototype)


class ConstructionError(Exception):
    """
    A subject could not be constructed.

    Attributes
    ----------
    step : {"import", "construct"}
        The step that failed.
    unsupported : bool
        Whether the subject rejects its arguments, or needs some, with a clear message: that is not
        a defect.
    """

    def __init__(
        self,
        message: str,
        *,
        step: Literal["import", "construct"] = "construct",
        unsupported: bool = False,
    ) -> None:
        super().__init__(message)
        self.step = step
        self.unsupported = unsupported


class ReferenceCodecError(ValueError):
    """The reference of a codec cannot be constructed; the text says why."""


class OtherBackend(Exception):  # noqa: N818 - not an error: the subject is skipped
    """A subject is for another backend, as a prototype of other memory is; the text says which."""


def kind_of_path(path: str) -> Kind:
    """
    Import ``"package.module:attribute"`` and return what kind of subject it is.

    Raises
    ------
    ConstructionError
        If it cannot be imported, or is not a subject.
    """
    return _kind_of(_imported(path), path)


def _kind_of(loaded: Any, path: str) -> Kind:
    is_class = isinstance(loaded, type)
    if isinstance(loaded, _CODECS) or (is_class and issubclass(loaded, _CODECS)):
        return "codec"
    if isinstance(loaded, Store) or (is_class and issubclass(loaded, Store)):
        return "store"
    if isinstance(loaded, BufferPrototype):
        return "prototype"
    if inspect.isroutine(loaded):
        return _kind_of_result(loaded, path)
    raise ConstructionError(
        "expected a subclass or an instance of zarr's ArrayArrayCodec, ArrayBytesCodec, "
        "BytesBytesCodec or Store, a BufferPrototype, or a function without arguments that makes "
        f"one: {path} is {loaded!r}"
    )


def _kind_of_result(function: Callable[..., Any], path: str) -> Kind:
    """Return the kind of what a function makes: by its annotation if it has one, else by a call."""
    try:
        returns = get_type_hints(function).get("return")
    except Exception:  # noqa: BLE001 - names that are imported for type checking only
        returns = None
    if isinstance(returns, type) and issubclass(returns, _KINDS):
        return _kind_of(returns, path) if returns is not BufferPrototype else "prototype"
    result = _call(function)
    if inspect.isawaitable(result):
        close = getattr(result, "close", lambda: None)
        close()  # it is never awaited
        return "store"
    return "array" if isinstance(result, zarr.Array) else _kind_of(result, path)


def _imported(path: str, load: Callable[[], Any] | None = None) -> Any:
    try:
        return load_path(path) if load is None else load()
    except KeyboardInterrupt:
        raise
    # Importing a module of another package may raise anything, SystemExit included.
    except BaseException as error:
        raise ConstructionError(
            f"cannot be imported from {path}: {describe(error)}", step="import"
        ) from error


def _call(make: Callable[[], Any], *, by_user: bool = False) -> Any:
    """
    Return what a constructor returns.

    What it rejects is unsupported, unless the user has written the arguments: then it is a mistake.
    """
    try:
        return make()
    except (ConstructionError, KeyboardInterrupt):
        raise
    # A constructor may raise anything.
    except BaseException as error:
        unsupported = isinstance(error, ImportError) if by_user else is_refusal(error)
        raise ConstructionError(describe(error), unsupported=unsupported) from error


def _require_no_arguments(callable_: Any, advice: str) -> None:
    needed = arguments_missing(callable_)
    if needed:
        raise ConstructionError(
            f"needs arguments ({', '.join(needed)}); {advice}", unsupported=True
        )


@contextmanager
def constructed(subject: Subject, backend: Backend) -> Iterator[Any]:
    """
    Construct what the checks of the subject's kind take, for the length of a block.

    Yields
    ------
    object
        A codec; a store or a callable that makes one; a prototype; for an array a callable that
        makes one, or None for zarr's own.

    Raises
    ------
    ConstructionError
        If it cannot be constructed.
    OtherBackend
        If it is for another backend.
    """
    with tempfile.TemporaryDirectory(prefix="zarr-devbuf-") as folder:
        yield _CONSTRUCTORS[subject.kind](subject, backend, Path(folder))


def constructed_reference(subject: Subject) -> Any:
    """
    Construct the reference of a codec; None if it has none.

    Raises
    ------
    ReferenceCodecError
        If it cannot be constructed: a mistake of the user, and no finding about the codec.
    """
    if subject.reference is None:
        return None
    try:
        return _codec(subject.reference, get_backend("cpu"), Path())
    except ConstructionError as error:
        raise ReferenceCodecError(
            f"the reference of {subject.name}, {subject.reference.name}: {error}"
        ) from error


def _codec(subject: Subject, _backend: Backend, _folder: Path) -> Any:
    loaded: Any
    if subject.source == "import":
        loaded = _imported(subject.target)
    elif subject.source == "json":
        loaded = _imported(subject.target, lambda: get_codec_class(subject.codec_name))
    else:
        loaded = _imported(
            subject.target, lambda: registered_class(subject.codec_name, subject.target)
        )
    is_codec = issubclass(loaded, _CODECS) if isinstance(loaded, type) else False
    if not is_codec and not isinstance(loaded, _CODECS) and not inspect.isroutine(loaded):
        raise ConstructionError(
            "expected a subclass of zarr's ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, "
            f"got {loaded!r}"
        )
    return _call(lambda: _codec_from(subject, loaded), by_user=subject.source == "json")


def _codec_from(subject: Subject, loaded: Any) -> Any:
    name = subject.codec_name
    if isinstance(loaded, _CODECS):
        return loaded
    if subject.source == "json":
        return loaded.from_dict(json.loads(subject.target))
    if name in CONFIGURATIONS:
        return loaded.from_dict({"name": name, "configuration": CONFIGURATIONS[name]})
    _require_no_arguments(
        loaded,
        f'pass them as JSON: {{"name": {json.dumps(name or subject.name)}, '
        '"configuration": {...}}',
    )
    codec = loaded()
    if not isinstance(codec, _CODECS):
        raise TypeError(f"expected a codec, got {codec!r}")
    return codec


def _prototype(subject: Subject, backend: Backend, _folder: Path) -> BufferPrototype:
    prototype = _loaded_prototype(subject)
    if not isinstance(prototype, BufferPrototype):
        raise ConstructionError(f"expected a BufferPrototype, got {prototype!r}")
    try:
        owner = backend_of(prototype)
    except ValueError as error:
        raise OtherBackend(str(error)) from error
    if owner.name != backend.name:
        raise OtherBackend(f"its buffers hold memory of backend {owner.name}")
    return prototype


def _loaded_prototype(subject: Subject) -> Any:
    if ":" not in subject.target:  # the reference classes of a backend
        return get_backend(subject.target).prototype
    if "+" in subject.target:
        return BufferPrototype(*(_imported(path) for path in subject.target.split("+")))
    loaded = _imported(subject.target)
    return _call(loaded) if inspect.isroutine(loaded) else loaded


def _store(subject: Subject, backend: Backend, folder: Path) -> Any:
    store = _store_or_maker(subject, backend, folder)
    # The store of a user must exist and be empty: report that once, not in each check.
    _call(lambda: _open(store), by_user=subject.source != "known")
    return store


def _open(store: Any) -> None:
    with fresh_store(store):
        pass


def _store_or_maker(subject: Subject, backend: Backend, folder: Path) -> Any:
    if subject.source == "url":

        async def opened() -> Store:
            return await store_from_url(subject.target)

        return opened
    loaded = _imported(subject.target)
    if subject.source == "known" or (isinstance(loaded, type) and arguments_missing(loaded)):
        return _store_of_class(subject, loaded, backend, folder)
    if not isinstance(loaded, Store):
        _require_no_arguments(loaded, _NAME_A_FUNCTION)
    return loaded


_NAME_A_FUNCTION = (
    "audit a function without arguments that makes an empty one: package.module:make_store"
)


def _store_of_class(subject: Subject, cls: type[Store], backend: Backend, folder: Path) -> Any:
    only = ONLY_ON.get(cls.__name__, backend.name)
    if only != backend.name:
        raise OtherBackend(f"keeps its values in memory of backend {only} with every prototype")
    make = maker_of(cls, subject.name)
    if make is None:
        _require_no_arguments(cls, _NAME_A_FUNCTION)
        return cls
    numbers = itertools.count()

    def fresh() -> Store | Awaitable[Store]:
        return make(folder, f"{folder.name}-{next(numbers)}")

    fresh.__qualname__ = subject.name  # the name of the store in reports
    return fresh


def _array(subject: Subject, _backend: Backend, _folder: Path) -> Any:
    return None if subject.source == "known" else _imported(subject.target)


def backend_for(subject: Subject, backend: Backend) -> Backend:
    """Return the backend to audit a subject on: with zarr's own buffers for `ENABLE_GPU`."""
    return EnabledGpu(backend) if subject.target == ENABLE_GPU else backend


_CONSTRUCTORS: Mapping[Kind, Callable[[Subject, Backend, Path], Any]] = {
    "prototype": _prototype,
    "codec": _codec,
    "store": _store,
    "array": _array,
}
