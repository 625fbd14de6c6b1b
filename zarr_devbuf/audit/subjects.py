"""What can be audited: every codec known to zarr, and those that are named on request."""

from __future__ import annotations

import difflib
import fnmatch
import json
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal

import zarr.registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Subject", "SubjectError", "find_subjects", "select_subjects"]

type Source = Literal["registered", "json", "import"]


class SubjectError(ValueError):
    """A subject was asked for that does not exist; the message says what does."""


@dataclass(frozen=True, slots=True)
class Subject:
    """
    One thing to audit: named, not loaded, so that it travels to another process.

    Attributes
    ----------
    kind : str
        What it is: ``"codec"``.
    name : str
        How reports name it; no two subjects of an audit share one.
    package : str
        The distribution it comes from.
    source : {"registered", "json", "import"}
        How it was found: registered with zarr, or named by its JSON or its import path.
    target : str
        What to load: ``"package.module:Class"``, or the JSON.
    codec_name : str
        The name under which zarr knows the codec; empty for one named by import path.
    """

    kind: str
    name: str
    package: str
    source: Source
    target: str
    codec_name: str = ""


def find_subjects() -> tuple[Subject, ...]:
    """
    Find every codec that zarr knows, zarr's own first; imports none that is not loaded yet.

    Returns
    -------
    tuple of Subject
        One for each implementation: a name that several packages implement appears once for
        each, with the class behind it.
    """
    found: dict[str, dict[str, str]] = {}
    for entry_point in _codec_entry_points():
        package = _distribution(entry_point) or _root(entry_point.value)
        name = entry_point.group.removeprefix("zarr.codecs").removeprefix(".") or entry_point.name
        found.setdefault(name, {})[entry_point.value] = package
    for name, classes in _registered_classes().items():
        known = found.setdefault(name, {})
        loaded = [_loaded(path) for path in known]
        for cls in classes:
            if cls not in loaded:
                known[_path(cls)] = _root(cls.__module__)
    subjects = [
        Subject(
            "codec",
            name if len(paths) == 1 else f"{name} ({path})",
            package,
            "registered",
            path,
            name,
        )
        for name, paths in found.items()
        for path, package in paths.items()
    ]
    return tuple(sorted(subjects, key=lambda s: (s.package != "zarr", s.package, s.name)))


def select_subjects(texts: Sequence[str], known: Iterable[Subject]) -> tuple[Subject, ...]:
    """
    Turn what a user typed into subjects.

    Parameters
    ----------
    texts : sequence of str
        Codec names, with or without wildcards (``"zstd"``, ``"numcodecs.*"``), codec JSON, import
        paths (``"package.module:Class"``). Empty: all that are known.
    known : iterable of Subject
        The registered ones.

    Returns
    -------
    tuple of Subject
        In the order asked for, none twice.

    Raises
    ------
    SubjectError
        For what names nothing; the message gives the nearest names, or what is wrong.
    """
    known = tuple(known)
    if not texts:
        return known
    chosen: dict[Subject, None] = {}
    for text in texts:
        chosen |= dict.fromkeys(_select(text.strip(), known))
    return tuple(chosen)


def _select(text: str, known: tuple[Subject, ...]) -> tuple[Subject, ...]:
    if text.startswith("{"):
        return (_from_json(text),)
    named = tuple(s for s in known if text in (s.name, s.codec_name))
    if not named and any(c in text for c in "*?["):
        named = tuple(s for s in known if fnmatch.fnmatchcase(s.codec_name, text))
    if named:
        return named
    module, colon, attribute = text.partition(":")
    if colon and attribute and all(part.isidentifier() for part in module.split(".")):
        return (_from_import_path(text),)
    names = list(dict.fromkeys(s.codec_name for s in known))
    close = difflib.get_close_matches(text, names, n=5, cutoff=0.5)
    close = close or [name for name in names if text and text.casefold() in name.casefold()][:5]
    hint = (
        f"Did you mean {', '.join(close)}?"
        if close
        else f"There are {len(names)}, among them {', '.join(sorted(names)[:5])}."
    )
    raise SubjectError(
        f"no codec named {text!r} is registered with zarr. {hint} A subject is a codec's name, "
        'its JSON ({"name": ..., "configuration": {...}}) or its import path '
        "(package.module:Class)."
    )


def _from_json(text: str) -> Subject:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise SubjectError(f"not valid JSON: {text} ({error})") from error
    configuration = data.get("configuration", {})
    if not isinstance(data.get("name"), str) or not isinstance(configuration, dict):
        raise SubjectError(
            f'a codec\'s JSON is {{"name": "...", "configuration": {{...}}}}, not {text}'
        )
    unknown = sorted(set(data) - {"name", "configuration"})
    if unknown:
        raise SubjectError(f"a codec's JSON has a name and a configuration, not {unknown}: {text}")
    name = data["name"]
    shown = f"{name} {json.dumps(configuration)}" if configuration else name
    return Subject("codec", shown, "", "json", json.dumps(data), name)


def _from_import_path(text: str) -> Subject:
    try:
        load_path(text)
    # Another package's module may raise anything while it is imported.
    except Exception as error:
        raise SubjectError(f"cannot import {text!r}: {type(error).__name__}: {error}") from error
    return Subject("codec", text, _root(text), "import", text)


def load_path(path: str) -> Any:
    """Import what ``"package.module:attribute"`` names."""
    return EntryPoint(name="", value=path, group="").load()


def registered_class(codec_name: str, path: str) -> Any:
    """Load the implementation at `path` of a registered codec, as zarr would."""
    # Classes registered by a call may be out of reach for an import (made in a function).
    for cls in _registered_classes().get(codec_name, ()):
        if _path(cls) == path:
            return cls
    return load_path(path)


def _codec_entry_points() -> list[EntryPoint]:
    found = entry_points()
    groups = sorted(g for g in found.groups if g == "zarr.codecs" or g.startswith("zarr.codecs."))
    return [entry_point for group in groups for entry_point in found.select(group=group)]


def _registered_classes() -> dict[str, tuple[type, ...]]:
    # zarr has no public way to list its codecs: its configuration, which names its own, is the
    # way to go on if the registry ever moves.
    registries = getattr(zarr.registry, "_codec_registries", None)
    if registries is None:
        names = zarr.config.get("codecs", {})
        return {name: (zarr.registry.get_codec_class(name),) for name in names}
    return {name: tuple(dict.fromkeys(r.values())) for name, r in registries.items()}


def _loaded(path: str) -> object:
    """Resolve an import path if its module is loaded; import nothing."""
    module, _, attributes = path.partition(":")
    found: object = sys.modules.get(module.strip())
    for attribute in attributes.split("[")[0].strip().split("."):
        found = getattr(found, attribute, None)
    return found


def _path(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _distribution(entry_point: EntryPoint) -> str | None:
    try:
        return entry_point.dist.name if entry_point.dist else None
    # Metadata that is missing or damaged is told in different ways by different versions of Python.
    except Exception:  # noqa: BLE001
        return None


def _root(path: str) -> str:
    return path.partition(":")[0].partition(".")[0]
