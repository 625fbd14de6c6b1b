"""Make the object that a subject stands for, ready to be held to the checks."""

from __future__ import annotations

import inspect
import itertools
import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import zarr
from zarr.abc.buffer import BufferPrototype
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.abc.store import Store
from zarr.registry import get_codec_class

from zarr_devbuf.audit.subjects.codec_configurations import CONFIGURATIONS
from zarr_devbuf.audit.subjects.discovery import registered_class
from zarr_devbuf.audit.subjects.known_stores import (
    ONLY_ON,
    arguments_missing,
    maker_of,
    store_from_url,
)
from zarr_devbuf.audit.subjects.subject import load_path
from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks._harness import fresh_store
from zarr_devbuf.checks.backend_of import home_of
from zarr_devbuf.checks.errors import describe, is_refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from zarr_devbuf.audit.subjects.subject import Kind, Subject
    from zarr_devbuf.backend import Backend

__all__ = ["ConstructionError", "NotHere", "kind_of_path", "made"]

_CODECS = (ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec)
_KINDS = (*_CODECS, Store, BufferPrototype)


class ConstructionError(Exception):
    """
    A subject could not be made.

    Attributes
    ----------
    step : {"import", "construct"}
        What went wrong.
    refused : bool
        Whether it said so clearly, which is no defect.
    """

    def __init__(self, message: str, *, step: str = "construct", refused: bool) -> None:
        super().__init__(message)
        self.step = step
        self.refused = refused


class NotHere(Exception):  # noqa: N818 - no error: what it names belongs elsewhere
    """A subject has no business on a backend, a prototype of other memory say; the text is why."""


def kind_of_path(path: str) -> Kind:
    """
    Tell what ``"package.module:attribute"`` names, by importing it.

    Raises
    ------
    ConstructionError
        Where it cannot be imported, or names nothing that can be audited.
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
        f"one: {path} is {loaded!r}",
        refused=False,
    )


def _kind_of_result(function: Callable[..., Any], path: str) -> Kind:
    """Tell what a function makes: by its annotation, or where that does not tell, by calling it."""
    try:
        returns = get_type_hints(function).get("return")
    except Exception:  # noqa: BLE001 - names that exist for type checkers alone
        returns = None
    if isinstance(returns, type) and issubclass(returns, _KINDS):
        return _kind_of(returns, path) if returns is not BufferPrototype else "prototype"
    result = _constructed(function)
    if inspect.isawaitable(result):
        close = getattr(result, "close", lambda: None)
        close()  # nobody is going to wait for it
        return "store"
    return "array" if isinstance(result, zarr.Array) else _kind_of(result, path)


def _imported(path: str) -> Any:
    try:
        return load_path(path)
    except KeyboardInterrupt:
        raise
    # Another package's module may raise anything while it is imported, SystemExit among it.
    except BaseException as error:
        raise ConstructionError(
            f"cannot be imported from {path}: {describe(error)}", step="import", refused=False
        ) from error


@contextmanager
def made(subject: Subject, backend: Backend) -> Iterator[Any]:
    """
    Make what the checks of its kind are to be held against, for as long as the block lasts.

    Yields
    ------
    object
        A codec; a store or a callable that makes one; a prototype; for an array a callable that
        makes one, or None for zarr's own.

    Raises
    ------
    ConstructionError
        Where it cannot be made.
    NotHere
        Where it has no business on this backend.
    """
    if subject.kind == "codec":
        yield _codec(subject)
    elif subject.kind == "prototype":
        yield _prototype(subject, backend)
    elif subject.kind == "array":
        yield None if subject.source == "known" else _imported(subject.target)
    else:
        with tempfile.TemporaryDirectory(prefix="zarr-devbuf-") as folder:
            store = _store(subject, backend, Path(folder))
            # What a user has named has to be there, and empty; say so once, not check by check.
            _constructed(lambda: _opened(store), declared=subject.source == "known")
            yield store


def _opened(store: Any) -> None:
    with fresh_store(store):
        pass


def _codec(subject: Subject) -> Any:
    loaded: Any
    if subject.source == "import":
        loaded = _imported(subject.target)
    else:
        try:
            loaded = (
                get_codec_class(subject.codec_name)
                if subject.source == "json"
                else registered_class(subject.codec_name, subject.target)
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise ConstructionError(
                f"cannot be imported from {subject.target}: {describe(error)}",
                step="import",
                refused=False,
            ) from error
    is_codec = issubclass(loaded, _CODECS) if isinstance(loaded, type) else False
    if not is_codec and not isinstance(loaded, _CODECS) and not inspect.isroutine(loaded):
        raise ConstructionError(
            "expected a subclass of zarr's ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, "
            f"got {loaded!r}",
            refused=False,
        )
    # Of a configuration that a user has written, what is refused is a mistake.
    return _constructed(lambda: _made_codec(subject, loaded), declared=subject.source != "json")


def _made_codec(subject: Subject, loaded: Any) -> Any:
    name = subject.codec_name
    if isinstance(loaded, _CODECS):
        return loaded
    if subject.source == "json":
        return loaded.from_dict(json.loads(subject.target))
    if name in CONFIGURATIONS:
        return loaded.from_dict({"name": name, "configuration": CONFIGURATIONS[name]})
    _require_no_arguments(
        loaded,
        f'audit it by its JSON: {{"name": {json.dumps(name or subject.name)}, '
        '"configuration": {...}}',
    )
    codec = loaded()
    if not isinstance(codec, _CODECS):
        raise TypeError(f"expected a codec, got {codec!r}")
    return codec


def _constructed(make: Callable[[], Any], *, declared: bool = True) -> Any:
    try:
        return make()
    except (ConstructionError, KeyboardInterrupt):
        raise
    # A constructor may raise anything.
    except BaseException as error:
        refused = is_refusal(error) if declared else isinstance(error, ImportError)
        raise ConstructionError(describe(error), refused=refused) from error


def _require_no_arguments(callable_: Any, advice: str) -> None:
    needed = arguments_missing(callable_)
    if needed:
        raise ConstructionError(f"needs arguments ({', '.join(needed)}); {advice}", refused=True)


def _prototype(subject: Subject, backend: Backend) -> BufferPrototype:
    prototype = _loaded_prototype(subject)
    if not isinstance(prototype, BufferPrototype):
        raise ConstructionError(f"expected a BufferPrototype, got {prototype!r}", refused=False)
    try:
        home = home_of(prototype)
    except ValueError as error:
        raise NotHere(str(error)) from error
    if home.name != backend.name:
        raise NotHere(f"its buffers hold memory of backend {home.name}")
    return prototype


def _loaded_prototype(subject: Subject) -> Any:
    if ":" not in subject.target:  # the reference classes of a backend
        return get_backend(subject.target).prototype
    if "+" in subject.target:
        return BufferPrototype(*(_imported(path) for path in subject.target.split("+")))
    loaded = _imported(subject.target)
    return _constructed(loaded) if inspect.isroutine(loaded) else loaded


def _store(subject: Subject, backend: Backend, folder: Path) -> Any:
    if subject.source == "url":

        async def opened() -> Store:
            return await store_from_url(subject.target)

        return opened
    loaded = _imported(subject.target)
    if subject.source == "known":
        return _known_store(subject, loaded, backend, folder)
    if not isinstance(loaded, Store):
        _require_no_arguments(loaded, _NAME_A_FUNCTION)
    return loaded


_NAME_A_FUNCTION = (
    "name a function without arguments that makes an empty one: package.module:make_store"
)


def _known_store(subject: Subject, cls: type[Store], backend: Backend, folder: Path) -> Any:
    home = ONLY_ON.get(cls.__name__, backend.name)
    if home != backend.name:
        raise NotHere(f"keeps its values in memory of backend {home}, whatever it is asked for")
    make = maker_of(cls, subject.name)
    if make is None:
        _require_no_arguments(cls, _NAME_A_FUNCTION)
        return cls
    numbers = itertools.count()

    def fresh() -> Store | Awaitable[Store]:
        return make(folder, f"{folder.name}-{next(numbers)}")

    fresh.__qualname__ = subject.name  # reports name the store by it
    return fresh
