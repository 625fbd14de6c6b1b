"""The command ``zarr-devbuf checks``."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table
from rich.text import Text

from zarr_devbuf.audit.formats.checks_reference import (
    CHECK_KINDS,
    all_entries,
    checks_markdown,
    find_checks,
)
from zarr_devbuf.audit.text import paragraph, printable
from zarr_devbuf.cli.output import (
    format_option,
    kind_option,
    output_option,
    write_printed,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from zarr_devbuf.audit.formats.checks_reference import Entry

__all__ = ["checks"]


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@kind_option(CHECK_KINDS, "Only checks of this kind; may be repeated.")
@format_option(("text", "json", "markdown"))
@output_option
def checks(names: tuple[str, ...], kinds: tuple[str, ...], form: str, output: Path | None) -> None:
    """
    List the conformance checks, or explain some of them: what they require, and why.

    A NAME is the name of a check, with or without 'check_', with or without wildcards ('*shard*').
    """
    entries = tuple(entry for entry in all_entries() if not kinds or entry.kind in kinds)
    found = entries
    if names:
        try:
            chosen = {entry: None for name in names for entry in find_checks(name, entries)}
        except ValueError as error:
            raise click.BadParameter(printable(str(error)), param_hint="'NAME'") from error
        found = tuple(chosen)
    if form == "json":
        entries_in_full = [dataclasses.asdict(entry) for entry in found]
        write_text(output, json.dumps(entries_in_full, indent=2) + "\n")
    elif form == "markdown":
        write_text(output, checks_markdown(found))
    else:
        show = _print_in_full if names else _print_list
        write_printed(output, lambda console: show(console, found))


def _print_in_full(console: Console, entries: Sequence[Entry]) -> None:
    for index, entry in enumerate(entries):
        if index:
            console.print()
        kind = f", a check of {entry.subjects}"
        console.print(Text(entry.name, style="bold").append(kind, style="default"))
        _print_paragraph(console, entry.requirement)
        stated = f"Source: {entry.source}. If it fails: {entry.severity}." if entry.source else ""
        for part in (stated, *(entry.why.split("\n\n") if entry.why else ()), entry.where):
            if part:
                console.print()
                _print_paragraph(console, part)


def _print_paragraph(console: Console, text: str) -> None:
    console.print(Text(paragraph(printable(text), console.width, 2)))


def _print_list(console: Console, entries: Sequence[Entry]) -> None:
    for kind in CHECK_KINDS:
        mine = [entry for entry in entries if entry.kind == kind]
        if not mine:
            continue
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column(f"{kind} ({len(mine)})", overflow="fold", max_width=30)
        table.add_column("requirement", overflow="fold")
        if kind != "audit":
            table.add_column("source")
            table.add_column("if it fails")
        for entry in mine:
            stated = (Text(entry.source), Text(entry.severity)) if kind != "audit" else ()
            table.add_row(Text(entry.short_name), Text(entry.requirement), *stated)
        console.print(table)
        console.print()
    _print_paragraph(console, "zarr-devbuf checks NAME explains a check.")
