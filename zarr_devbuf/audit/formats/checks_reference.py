"""The checks reference: what each check requires, and why."""

from __future__ import annotations

import difflib
import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zarr_devbuf.audit.findings.results import AUDIT_CHECKS, anchor
from zarr_devbuf.checks import KINDS, list_checks
from zarr_devbuf.checks.tracebacks import source_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["CHECK_KINDS", "Entry", "all_entries", "checks_markdown", "entries_of", "find_checks"]

# The audit has checks of its own, which run before and after those of each kind.
CHECK_KINDS = (*KINDS, "audit")


@dataclass(frozen=True, slots=True)
class Entry:
    """
    An entry of the checks reference.

    Attributes
    ----------
    kind : {"prototype", "codec", "store", "array", "backend", "audit"}
        The kind of subject that the check is for.
    name : str
        ``"check_round_trip"``.
    requirement : str
        What must hold, in one sentence.
    why : str
        The details and the reasons; may be empty.
    where : str
        ``"path:line"`` of the function; empty for the audit's own checks.
    source, severity : str
        Who says that it must hold, and what a failure means for users; empty for the audit's own
        checks.
    """

    kind: str
    name: str
    requirement: str
    why: str = ""
    where: str = ""
    source: str = ""
    severity: str = ""

    @property
    def short_name(self) -> str:
        """The name without ``check_``."""
        return self.name.removeprefix("check_")

    @property
    def anchor(self) -> str:
        """The anchor in the checks reference."""
        return anchor(self.kind, self.name)

    @property
    def subjects(self) -> str:
        """The subjects of the check, as in "a check of …"."""
        return "the audit itself" if self.kind == "audit" else f"{self.kind}s"


def all_entries() -> tuple[Entry, ...]:
    """Return the entries of all checks, by kind, in the order in which they run."""
    found = [
        Entry(
            kind,
            check.name,
            _plain(check.requirement),
            _plain(check.why),
            source_line(check.function),
            check.source,
            check.severity,
        )
        for kind in KINDS
        for check in list_checks(kind)
    ]
    return (*found, *(Entry("audit", name, text) for name, text in AUDIT_CHECKS.items()))


def entries_of(names: Sequence[tuple[str, str]]) -> tuple[Entry, ...]:
    """Return the entries of checks, given as kind and name, in the order of the reference."""
    wanted = {anchor(kind, check) for kind, check in names}
    return tuple(entry for entry in all_entries() if entry.anchor in wanted)


def find_checks(text: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """
    Find checks by name, with or without ``check_``, with or without wildcards.

    Raises
    ------
    ValueError
        If there is no such check; the message lists similar names.
    """
    name = text.strip().removeprefix("check_")
    found = tuple(e for e in entries if fnmatch.fnmatchcase(e.short_name, name))
    found = found or tuple(e for e in entries if e.anchor == name)
    if found:
        return found
    names = list(dict.fromkeys(entry.short_name for entry in entries))
    close = difflib.get_close_matches(name, names)
    close = close or [each for each in names if name and name.casefold() in each][:5]
    hint = f"Did you mean {', '.join(close)}?" if close else "`zarr-devbuf checks` lists them."
    raise ValueError(f"no check is named {text!r}. {hint}")


def _plain(text: str) -> str:
    """Write literals as Markdown does, not reStructuredText."""
    return text.replace("``", "`")


def checks_markdown(entries: Sequence[Entry] | None = None) -> str:
    """Write the checks reference as Markdown. Each check has an anchor, see `anchor`."""
    return "\n".join(_lines(all_entries() if entries is None else entries)).rstrip() + "\n"


def _lines(entries: Sequence[Entry]) -> Iterator[str]:
    kinds = [kind for kind in CHECK_KINDS if any(entry.kind == kind for entry in entries)]
    yield "# Checks reference"
    yield ""
    yield (
        "Written by `zarr-devbuf checks --format markdown -o docs/checks-reference.md` from the "
        "docstrings of the checks. [checks.md](checks.md) explains how to run them. "
        "`zarr-devbuf checks NAME` prints one."
    )
    for kind in kinds:
        mine = [entry for entry in entries if entry.kind == kind]
        yield ""
        yield f"## Checks of {mine[0].subjects}"
        yield ""
        yield " · ".join(f"[{entry.short_name}](#{entry.anchor})" for entry in mine)
        for entry in mine:
            yield ""
            yield f'### <a id="{entry.anchor}"></a>`{entry.name}`'
            yield ""
            yield f"**{_escaped(entry.requirement)}**"
            if entry.source:
                yield ""
                yield f"Source: {entry.source}. If it fails: {entry.severity}."
            if entry.why:
                yield ""
                yield _escaped(entry.why)


def _escaped(text: str) -> str:
    """Escape the characters that are markup in Markdown, except in literals."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if i % 2 else re.sub(r"([*<\[])", r"\\\1", part) for i, part in enumerate(parts)
    )
