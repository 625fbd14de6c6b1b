"""What can be audited, and how people name it."""

from __future__ import annotations

import difflib
import fnmatch
import json
import re
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["KINDS", "Kind", "Subject", "SubjectError", "imported", "load_path", "select_subjects"]

type Kind = Literal["prototype", "codec", "store", "array"]
type Source = Literal["registered", "known", "json", "import", "url"]

# In the order in which they are audited.
KINDS: tuple[Kind, ...] = ("prototype", "codec", "store", "array")


class SubjectError(ValueError):
    """A subject was asked for that does not exist; the message says what does."""


@dataclass(frozen=True, slots=True)
class Subject:
    """
    One thing to audit: named, not loaded, so that it travels to another process.

    Attributes
    ----------
    kind : {"prototype", "codec", "store", "array"}
        What it is.
    name : str
        How reports name it; no two subjects of one kind share one.
    package : str
        The distribution it comes from.
    source : {"registered", "known", "json", "import", "url"}
        How it was found: registered with zarr, known to the audit, or named by its JSON, its import
        path or its URL.
    target : str
        What to load: ``"package.module:Class"``, the JSON, the URL.
    codec_name : str
        The name under which zarr knows the codec; empty for one named by import path.
    home : str
        The one backend on which it can be, where it is known to be of one; else empty.
    aliases : tuple of str
        Other names under which the same thing is registered.
    """

    kind: Kind
    name: str
    package: str
    source: Source
    target: str
    codec_name: str = ""
    home: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All the names by which users may call it: ``"zstd (package:Zstd)"`` is a ``"zstd"``."""
        known = (self.name, self.name.partition(" (")[0], self.codec_name, *self.aliases)
        return tuple(dict.fromkeys(name for name in known if name))


def load_path(path: str) -> Any:
    """Import what ``"package.module:attribute"`` names."""
    return EntryPoint(name="", value=path, group="").load()


def imported(path: str) -> object:
    """Return what an import path names if its module is loaded, else None; import nothing."""
    module, _, attributes = path.partition(":")
    found: object = sys.modules.get(module.strip())
    for attribute in attributes.split("[")[0].strip().split("."):
        found = getattr(found, attribute, None)
    return found


def select_subjects(
    texts: Sequence[str],
    known: Iterable[Subject],
    kind_of: Callable[[str], str] | None = None,
) -> tuple[Subject, ...]:
    """
    Turn what a user typed into subjects.

    Parameters
    ----------
    texts : sequence of str
        Names, with or without wildcards (``"zstd"``, ``"numcodecs.*"``, ``"LocalStore"``), codec
        JSON, store URLs (``"memory://x"``), import paths (``"package.module:Class"``). Empty: all
        that are known.
    known : iterable of Subject
        Those that need not be named.
    kind_of : callable, optional
        Tells what an import path names, and raises `ValueError` where that is nothing to audit.
        None: by importing it here.

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
        chosen |= dict.fromkeys(_select(text.strip(), known, kind_of or _kind_of_path))
    return tuple(chosen)


def _select(
    text: str, known: tuple[Subject, ...], kind_of: Callable[[str], str]
) -> tuple[Subject, ...]:
    if text.startswith("{"):
        return (_from_json(text, known),)
    shown = re.fullmatch(r"(\S+) (\{.*\})", text, re.DOTALL)
    if shown:  # as reports name a codec with its configuration
        return (
            _from_json(f'{{"name": {json.dumps(shown[1])}, "configuration": {shown[2]}}}', known),
        )
    named = tuple(s for s in known if text in s.names)
    if not named and any(c in text for c in "*?["):
        named = tuple(s for s in known if any(fnmatch.fnmatchcase(n, text) for n in s.names))
    if named:
        return named
    if "://" in text:
        return (Subject("store", text, "", "url", text),)
    module, colon, attribute = text.partition(":")
    if colon and attribute and all(part.isidentifier() for part in module.split(".")):
        return (_from_import_path(text, kind_of),)
    names = list(
        dict.fromkeys(name for s in known for name in (s.codec_name or s.name, *s.aliases))
    )
    close = difflib.get_close_matches(text, names, n=5, cutoff=0.5)
    close = close or [name for name in names if text and text.casefold() in name.casefold()][:5]
    hint = (
        f"Did you mean {', '.join(close)}?"
        if close
        else f"There are {len(names)}, among them {', '.join(sorted(names)[:5])}."
    )
    raise SubjectError(
        f"no codec, store or prototype is named {text!r}. {hint} A subject is a name, "
        'a codec\'s JSON ({"name": ..., "configuration": {...}}), a store\'s URL (memory://x) or '
        "an import path (package.module:Class)."
    )


def _from_json(text: str, known: tuple[Subject, ...]) -> Subject:
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
    names = {each for subject in known if subject.kind == "codec" for each in subject.names}
    if names and name not in names:
        close = difflib.get_close_matches(name, names)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        raise SubjectError(
            f"no codec is registered as {name!r}.{hint} One that is not registered is named by its "
            "import path: package.module:Codec"
        )
    shown = f"{name} {json.dumps(configuration)}" if configuration else name
    return Subject("codec", shown, "", "json", json.dumps(data), name)


def _from_import_path(text: str, kind_of: Callable[[str], str]) -> Subject:
    try:
        kind = kind_of(text)
    except ValueError as error:
        raise SubjectError(str(error)) from error
    package = text.partition(":")[0].partition(".")[0]
    return Subject(kind, text, package, "import", text)  # type: ignore[arg-type]  # one of KINDS


def _kind_of_path(path: str) -> str:
    from zarr_devbuf.audit.subjects.construct import (  # noqa: PLC0415 - it imports this module
        ConstructionError,
        kind_of_path,
    )

    try:
        return kind_of_path(path)
    except ConstructionError as error:
        raise ValueError(str(error)) from error
