"""Where the commands write: a console or text, to standard output or to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["console", "output_option", "to_file", "write_printed", "write_text"]

# Columns of a console that is a file: nobody's terminal says how wide it may be.
_WIDTH = 100

output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write it.  [default: standard output]",
)
"""The option ``-o FILE``."""


def console(**settings: Any) -> Console:
    """Make a console that takes text as it is: nothing from a subject is markup."""
    return Console(markup=False, highlight=False, emoji=False, **settings)


def write_printed(output: Path | None, show: Callable[[Console], None]) -> None:
    """Let `show` print to standard output, or to a file."""
    if output is None:
        show(console())
        return

    def printed(path: Path) -> None:
        with path.open("w", encoding="utf-8") as file:
            show(console(file=file, width=_WIDTH))

    to_file(output, printed)


def write_text(output: Path | None, text: str) -> None:
    """Write text to standard output, or to a file."""
    if output is None:
        click.echo(text, nl=False)
    else:
        to_file(output, lambda path: path.write_text(text, encoding="utf-8"))


def to_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a file; name the file where that fails."""
    try:
        write(path)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error
