"""The formats of the report. A new format is a module, and an entry in `FORMATS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from zarr_devbuf.audit.findings.json_document import json_text
from zarr_devbuf.audit.formats.junit import junit
from zarr_devbuf.audit.formats.markdown import markdown, with_notes
from zarr_devbuf.audit.formats.terminal import print_audit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    from zarr_devbuf.audit.findings.gate import Decision

__all__ = ["FORMATS", "Printed", "Written"]


class _Show(Protocol):
    def __call__(self, console: Console, decision: Decision, *, verbose: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Printed:
    """A format that is printed on a console, with its width and colours."""

    show: _Show


@dataclass(frozen=True, slots=True)
class Written:
    """
    A format that is written as text.

    Attributes
    ----------
    text : callable
        Makes the text.
    joined : callable
        Takes the new text and that of the file that it replaces, and returns what is written.
    """

    text: Callable[[Decision], str]
    joined: Callable[[str, str], str] = lambda text, _: text


def _html(decision: Decision) -> str:
    from zarr_devbuf.audit.formats.html import html  # noqa: PLC0415 - only this needs jinja2

    return html(decision)


FORMATS: Mapping[str, Printed | Written] = {
    "table": Printed(print_audit),
    "json": Written(lambda decision: json_text(decision.audit, failed=decision.failed)),
    "html": Written(_html),
    "junit": Written(junit),
    "markdown": Written(markdown, with_notes),
}
