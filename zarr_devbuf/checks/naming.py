"""Name the subjects of checks."""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
from typing import Any

from zarr.abc.buffer import BufferPrototype
from zarr.abc.store import Store

__all__ = ["name_of"]

# Parts of zarr's own paths that users do not write.
_PUBLIC = {"zarr.core.buffer.": "zarr.buffer."}


def name_of(subject: object) -> str:
    """
    Return a short name of a subject, the same in every process: ``"MyCodec(level=3)"``.

    Parameters
    ----------
    subject : object
        A codec, a store, a prototype, or a callable that makes one; None for zarr's own arrays.
    """
    if subject is None:
        return "zarr"
    if isinstance(subject, BufferPrototype):
        return _name_of_prototype(subject)
    if isinstance(subject, functools.partial):
        given = [*map(_short, subject.args)]
        given += [f"{key}={_short(value)}" for key, value in subject.keywords.items()]
        return f"{name_of(subject.func)}({', '.join(given)})"
    if isinstance(subject, type) or inspect.isroutine(subject):
        return str(getattr(subject, "__qualname__", subject)).replace("<locals>.", "")
    kind = type(subject).__name__
    if isinstance(subject, Store):
        # Its address or path would differ from run to run.
        wrapped = getattr(subject, "_store", None)
        return f"{kind}({name_of(wrapped) if isinstance(wrapped, Store) else ''})"
    settings = _settings(subject)
    if settings is None:
        return kind
    return f"{kind}({', '.join(f'{key}={_short(value)}' for key, value in settings.items())})"


def _name_of_prototype(prototype: BufferPrototype) -> str:
    names = []
    for cls in prototype:
        module = getattr(cls, "__module__", "")
        for private, public in _PUBLIC.items():
            module = module.replace(private, public)
        names.append((module, getattr(cls, "__qualname__", repr(cls)).replace("<locals>.", "")))
    (module, buffer), (other_module, nd_buffer) = names
    if module == other_module:
        return f"{module}({buffer}, {nd_buffer})"
    return f"({module}.{buffer}, {other_module}.{nd_buffer})"


def _settings(subject: object) -> dict[str, Any] | None:
    if dataclasses.is_dataclass(subject) and not isinstance(subject, type):
        return {
            each.name: value
            for each in dataclasses.fields(subject)
            if each.init and each.repr and not _is_default(each, value := _get(subject, each.name))
        }
    try:
        configuration = subject.to_dict().get("configuration", {})  # type: ignore[attr-defined]
        return dict(configuration)
    except Exception:  # noqa: BLE001 - a check reports whatever goes wrong here
        return None


def _get(subject: object, name: str) -> Any:
    return getattr(subject, name, dataclasses.MISSING)


def _is_default(each: dataclasses.Field[Any], value: Any) -> bool:
    default = each.default
    if default is dataclasses.MISSING and each.default_factory is not dataclasses.MISSING:
        default = each.default_factory()
    try:
        return value is dataclasses.MISSING or bool(default == value)
    except Exception:  # noqa: BLE001 - arrays, for example, have no single truth value
        return False


def _short(value: object) -> str:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, str | int | float | bool | None):
        return repr(value)
    if isinstance(value, tuple | list):
        inner = ", ".join(map(_short, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    return name_of(value)
