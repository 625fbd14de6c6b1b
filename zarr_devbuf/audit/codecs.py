"""Construct the codec that a subject stands for, and tell a refusal from a defect."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.registry import get_codec_class

from zarr_devbuf.audit.configurations import configuration_for
from zarr_devbuf.audit.subjects import load_path, registered_class

if TYPE_CHECKING:
    from zarr_devbuf.audit.cases import Case
    from zarr_devbuf.audit.subjects import Subject

__all__ = ["Codec", "ConstructionError", "construct", "describe", "is_refusal", "load"]

type Codec = ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec

_KINDS = (ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec)


class ConstructionError(Exception):
    """A codec could not be made. `refused`: it said so clearly, which is no defect."""

    def __init__(self, message: str, *, refused: bool) -> None:
        super().__init__(message)
        self.refused = refused


def describe(error: BaseException) -> str:
    """Name an exception's type and give its message."""
    message = str(error).strip()
    name = type(error).__name__
    return f"{name}: {message}" if message else name


def is_refusal(error: BaseException) -> bool:
    """
    Tell an error by which a codec declines from one that shows it to be broken.

    Declining is done with `TypeError`, `ValueError`, `NotImplementedError`, `ImportError` (a
    library it needs is missing) and `RuntimeError` (what bindings to C libraries raise), their
    subclasses too. An `AttributeError`, `IndexError`, `KeyError`, failed assertion or the like is
    an accident.
    """
    return isinstance(
        error, TypeError | ValueError | NotImplementedError | ImportError | RuntimeError
    ) and not isinstance(error, AssertionError | RecursionError | UnicodeError)


def load(subject: Subject) -> Any:
    """
    Load the codec class, or the instance, that a subject names.

    Raises
    ------
    ConstructionError
        Where it cannot be imported, or is no codec.
    """
    loaded: Any
    try:
        if subject.source == "json":
            loaded = get_codec_class(subject.codec_name)
        elif subject.source == "import":
            loaded = load_path(subject.target)
        else:
            loaded = registered_class(subject.codec_name, subject.target)
    except KeyboardInterrupt:
        raise
    # Another package's module may raise anything while it is imported, SystemExit among it.
    except BaseException as error:
        raise ConstructionError(
            f"cannot be imported from {subject.target}: {describe(error)}", refused=False
        ) from error
    is_codec = (
        issubclass(loaded, _KINDS) if isinstance(loaded, type) else isinstance(loaded, _KINDS)
    )
    if not is_codec:
        raise ConstructionError(
            f"expected a subclass of zarr's ArrayArrayCodec, ArrayBytesCodec or BytesBytesCodec, "
            f"got {loaded!r}",
            refused=False,
        )
    return loaded


def construct(subject: Subject, loaded: Any, case: Case) -> Codec:
    """
    Make the codec for one case: from its JSON, from a declared configuration, or from nothing.

    Raises
    ------
    ConstructionError
        Where it cannot be made.
    """
    try:
        return _construct(subject, loaded, case)
    except ConstructionError:
        raise
    except KeyboardInterrupt:
        raise
    # A constructor may raise anything.
    except BaseException as error:
        raise ConstructionError(describe(error), refused=is_refusal(error)) from error


def _construct(subject: Subject, loaded: Any, case: Case) -> Codec:
    if not isinstance(loaded, type):
        made = loaded
    elif subject.source == "json":
        made = loaded.from_dict(json.loads(subject.target))  # type: ignore[attr-defined]
    else:
        configuration = configuration_for(subject.codec_name, case)
        if configuration is not None:
            made = loaded.from_dict(  # type: ignore[attr-defined]
                {"name": subject.codec_name, "configuration": configuration}
            )
        else:
            _require_no_arguments(subject, loaded)
            made = loaded()
    if not isinstance(made, _KINDS):
        raise TypeError(f"expected a codec, got {made!r}")
    return made


def _require_no_arguments(subject: Subject, cls: type) -> None:
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):  # a class made in C need not tell
        return
    needed = [
        p.name
        for p in parameters
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if needed:
        name = json.dumps(subject.codec_name or subject.name)
        raise ConstructionError(
            f"needs arguments ({', '.join(needed)}); audit it by its JSON: "
            f'{{"name": {name}, "configuration": {{...}}}}',
            refused=True,
        )
