"""The book of checks: what can be demanded of a subject, and why, for people to look up."""

from __future__ import annotations

import difflib
import fnmatch
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from zarr_devbuf.audit.run.run_subject import AUDIT_CHECKS
from zarr_devbuf.checks import list_checks
from zarr_devbuf.checks.registry import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["CHECK_KINDS", "Entry", "anchor", "book", "entries_of", "find_checks", "checks_markdown"]

# The audit has checks of its own, which hold before and after those of each kind.
CHECK_KINDS = (*get_args(Kind), "audit")

_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A check, as it is looked up.

    Attributes
    ----------
    kind : {"prototype", "codec", "store", "array", "backend", "audit"}
        What it is a check of.
    name : str
        ``"check_round_trip"``.
    requirement : str
        What must hold, in one sentence.
    why : str
        The reasons, and what exactly is meant; may be empty.
    where : str
        ``"path:line"`` of the function; empty for the audit's own.
    """

    kind: str
    name: str
    requirement: str
    why: str = ""
    where: str = ""

    @property
    def short_name(self) -> str:
        """The name without ``check_``."""
        return self.name.removeprefix("check_")

    @property
    def anchor(self) -> str:
        """Where it stands in the written book."""
        return anchor(self.kind, self.name)


def anchor(kind: str, check: str) -> str:
    """Name the place of a check in the written book: ``"codec-round_trip"``."""
    kind = "audit" if check in AUDIT_CHECKS else kind
    return f"{kind}-{check.removeprefix('check_')}"


def book() -> tuple[Entry, ...]:
    """List all checks, by kind, in the order in which they run."""
    found = [
        Entry(
            kind, check.name, _plain(check.requirement), _plain(check.why), _where(check.function)
        )
        for kind in get_args(Kind)
        for check in list_checks(kind)
    ]
    return (*found, *(Entry("audit", name, text) for name, text in AUDIT_CHECKS.items()))


def entries_of(names: Sequence[tuple[str, str]]) -> tuple[Entry, ...]:
    """Look up the checks of kinds and checks; in the order of the book."""
    wanted = {anchor(kind, check) for kind, check in names}
    return tuple(entry for entry in book() if entry.anchor in wanted)


def find_checks(text: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """
    Find checks by name: with or without ``check_``, with or without wildcards.

    Raises
    ------
    ValueError
        Where there is none; the message gives the nearest.
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


def _where(function: object) -> str:
    try:
        source = inspect.getsourcefile(function)  # type: ignore[arg-type]  # or it is none
        line = inspect.getsourcelines(function)[1]  # type: ignore[arg-type]
    except (TypeError, OSError):
        return ""
    path = Path(source or "")
    return f"{path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name}:{line}"


def _plain(text: str) -> str:
    """Write literals as Markdown does, and as people type them."""
    return text.replace("``", "`")


_TITLES = {"audit": "The audit's own"}


def checks_markdown(entries: Sequence[Entry] | None = None) -> str:
    """Write the book of checks as Markdown; every check has an anchor, see `anchor`."""
    return "\n".join(_lines(book() if entries is None else entries)).rstrip() + "\n"


def _lines(entries: Sequence[Entry]) -> Iterator[str]:
    kinds = [kind for kind in CHECK_KINDS if any(entry.kind == kind for entry in entries)]
    yield "# The checks"
    yield ""
    yield (
        "Written by `zarr-devbuf checks --format markdown -o docs/checks-reference.md`, from the functions that "
        "are the checks; how a subject is held to them: [checks.md](checks.md). "
        "`zarr-devbuf checks NAME` prints one."
    )
    for kind in kinds:
        mine = [entry for entry in entries if entry.kind == kind]
        yield ""
        yield f"## {_TITLES.get(kind, f'Checks of {kind}s')}"
        yield ""
        yield " · ".join(f"[{entry.short_name}](#{entry.anchor})" for entry in mine)
        for entry in mine:
            yield ""
            yield f'### <a id="{entry.anchor}"></a>`{entry.name}`'
            yield ""
            yield f"**{_escaped(entry.requirement)}**"
            if entry.why:
                yield ""
                yield _escaped(entry.why)


def _escaped(text: str) -> str:
    """Escape what Markdown takes for markup, outside of literals."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if i % 2 else re.sub(r"([*<\[])", r"\\\1", part) for i, part in enumerate(parts)
    )
