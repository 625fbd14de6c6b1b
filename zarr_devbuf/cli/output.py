"""What the commands share: options, and writing to standard output or to a file."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "console",
    "finite",
    "format_option",
    "in_a_folder",
    "kind_option",
    "output_option",
    "to_file",
    "write_printed",
    "write_text",
]

# Columns of a report that is printed to a file.
_WIDTH = 100

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def kind_option(kinds: Sequence[str], help: str) -> Decorator:  # noqa: A002 - as click names it
    """Make the option ``--kind KIND``, which may be repeated."""
    return click.option("--kind", "kinds", multiple=True, type=click.Choice(kinds), help=help)


def format_option(formats: Sequence[str]) -> Decorator:
    """Make the option ``--format FORMAT``; the first of `formats` is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="The format of the output.",
    )


def finite(_: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Reject infinity, and what is not a number."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a number of seconds", param=option)
    return value


def in_a_folder(_: click.Context, option: click.Parameter, value: Path | None) -> Path | None:
    """Reject a file whose folder does not exist or cannot be written, before any work is done."""
    if value is not None and (value.is_file() or not value.exists()):
        folder = value.resolve().parent
        if not folder.is_dir():
            raise click.BadParameter(f"the folder {folder} does not exist", param=option)
        if not os.access(folder, os.W_OK):
            raise click.BadParameter(f"the folder {folder} cannot be written", param=option)
    return value


output_option = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=in_a_folder,
    metavar="FILE",
    help="Write to FILE.  [default: standard output]",
)
"""The option ``-o FILE``."""


def console(**settings: Any) -> Console:
    """Make a console that prints text unchanged: nothing from a subject is markup."""
    return Console(markup=False, highlight=False, emoji=False, **settings)


def write_printed(output: Path | None, show: Callable[[Console], None]) -> None:
    """Call `show` with a console that prints to standard output, or to a file."""
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
    """
    Write a file whole, or leave it as it was.

    Parameters
    ----------
    write : callable
        Called with the path to write: that of a new file, which takes the place of the old one; or
        `path` itself if it is no file, as a pipe is.

    Raises
    ------
    click.FileError
        If it cannot be written, with the path and the reason.
    """
    try:
        if path.exists() and not path.is_file():
            write(path)
            return
        target = path.resolve()
        new = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            write(new)
            if target.exists():
                shutil.copymode(target, new)
            new.replace(target)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise click.FileError(str(path), error.strerror or str(error)) from error
