"""Find the subjects that a user asks for: names, wildcards, JSON, URLs and import paths."""

from __future__ import annotations

import difflib
import fnmatch
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from zarr_devbuf.audit.subjects.construct import ConstructionError, kind_of_path
from zarr_devbuf.audit.subjects.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["SubjectError", "select_subjects", "with_references"]


class SubjectError(ValueError):
    """There is no such subject; the message lists similar ones, or says what is wrong."""

    __module__ = "zarr_devbuf.audit"


def select_subjects(
    texts: Sequence[str],
    known: Iterable[Subject],
    kind_of: Callable[[str], str] | None = None,
) -> tuple[Subject, ...]:
    """
    Return the subjects that a user asks for.

    Parameters
    ----------
    texts : sequence of str
        Names, with or without wildcards (``"zstd"``, ``"numcodecs.*"``, ``"LocalStore"``), codec
        JSON, store URLs (``"memory://x"``), import paths (``"package.module:Class"``). Empty: all
        known subjects.
    known : iterable of Subject
        The subjects that names and wildcards select from.
    kind_of : callable, optional
        Returns the kind of the subject that an import path names, and raises `ValueError` if it
        names none. None: import it in this process.

    Returns
    -------
    tuple of Subject
        In the order of `texts`, without duplicates.

    Raises
    ------
    SubjectError
        If a text selects nothing. The message lists similar names, or says what is wrong.
    """
    known = tuple(known)
    if not texts:
        return known
    chosen: dict[Subject, None] = {}
    for text in texts:
        for subject in _select(text.strip(), known, kind_of or _kind_of_path):
            chosen.setdefault(subject)
    return tuple(chosen)


def with_references(
    subjects: Iterable[Subject],
    references: Mapping[str, str],
    known: Iterable[Subject],
    kind_of: Callable[[str], str] | None = None,
) -> tuple[Subject, ...]:
    """
    Give codecs their references: host codecs of the same format.

    Parameters
    ----------
    references : mapping of str to str
        Of each codec that has one, by any of its names, the reference: a name, codec JSON or an
        import path.

    Raises
    ------
    SubjectError
        If a reference is not exactly one codec.
    """
    known = tuple(known)

    def reference(text: str) -> Subject:
        chosen = _select(text.strip(), known, kind_of or _kind_of_path)
        if len(chosen) != 1 or chosen[0].kind != "codec":
            names = ", ".join(f"{each.name} ({each.kind})" for each in chosen)
            raise SubjectError(f"a reference has to be one codec; {text!r} is {names}")
        return chosen[0]

    found: dict[str, Subject] = {}
    given = []
    for subject in subjects:
        name = next((n for n in (*subject.names, subject.asked) if n in references), None)
        if name is None:
            given.append(subject)
            continue
        if subject.kind != "codec":
            raise SubjectError(f"only codecs have references; {name!r} is of kind {subject.kind}")
        if name not in found:
            found[name] = reference(references[name])
        given.append(replace(subject, reference=found[name]))
    return tuple(given)


def _select(
    text: str, known: tuple[Subject, ...], kind_of: Callable[[str], str]
) -> tuple[Subject, ...]:
    found = _select_one(text, known, kind_of)
    if found is not None:
        return tuple(replace(each, asked=text) for each in found)
    if any(c in text for c in "*?["):
        found = tuple(s for s in known if any(fnmatch.fnmatchcase(n, text) for n in s.names))
        if found:
            return tuple(replace(each, asked=text, by_pattern=True) for each in found)
    raise _unknown(text, known)


def _select_one(
    text: str, known: tuple[Subject, ...], kind_of: Callable[[str], str]
) -> tuple[Subject, ...] | None:
    """Return what a text without wildcards names: one subject, or those of that name."""
    if text.startswith("{"):
        return (_from_json(text, known),)
    shown = re.fullmatch(r"(\S+) (\{.*\})", text, re.DOTALL)
    if shown:  # as reports show a codec with its configuration
        return (
            _from_json(f'{{"name": {json.dumps(shown[1])}, "configuration": {shown[2]}}}', known),
        )
    named = tuple(s for s in known if text in s.names)
    if named:
        return named
    if "://" in text:
        return (Subject("store", text, "", "url", text),)
    module, colon, attribute = text.partition(":")
    if colon and attribute and all(part.isidentifier() for part in module.split(".")):
        return (_from_import_path(text, kind_of),)
    return None


def _unknown(text: str, known: tuple[Subject, ...]) -> SubjectError:
    names = list(
        dict.fromkeys(name for s in known for name in (s.codec_name or s.name, *s.aliases))
    )
    close = difflib.get_close_matches(text, names, n=5, cutoff=0.5)
    close = close or [name for name in names if text and text.casefold() in name.casefold()][:5]
    hint = (
        f"Did you mean {', '.join(close)}?"
        if close
        else f"There are {len(names)}, for example {', '.join(sorted(names)[:5])}."
    )
    return SubjectError(
        f"no codec, store or prototype is named {text!r}. {hint} A subject is a name, "
        'the JSON of a codec ({"name": ..., "configuration": {...}}), the URL of a store '
        "(memory://x) or an import path (package.module:Codec)."
    )


def _from_json(text: str, known: tuple[Subject, ...]) -> Subject:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise SubjectError(f"not valid JSON: {text} ({error})") from error
    configuration = data.get("configuration", {})
    if not isinstance(data.get("name"), str) or not isinstance(configuration, dict):
        raise SubjectError(
            f'the JSON of a codec is {{"name": "...", "configuration": {{...}}}}, not {text}'
        )
    unknown = sorted(set(data) - {"name", "configuration"})
    if unknown:
        raise SubjectError(
            f"the JSON of a codec has a name and a configuration, not {unknown}: {text}"
        )
    name = data["name"]
    names = {each for subject in known if subject.kind == "codec" for each in subject.names}
    if names and name not in names:
        close = difflib.get_close_matches(name, names)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        raise SubjectError(
            f"no codec is registered as {name!r}.{hint} Use the import path of a codec that is not "
            "registered: package.module:Codec"
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
    try:
        return kind_of_path(path)
    except ConstructionError as error:
        raise ValueError(str(error)) from error
