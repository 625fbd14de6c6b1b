"""Show the progress of an audit on a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from zarr_devbuf.audit.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from zarr_devbuf.audit.findings.results import SubjectResult
    from zarr_devbuf.audit.subjects.subject import Subject

__all__ = ["ProgressBar", "progress"]


class ProgressBar:
    """A progress bar that names the subject whose audit began last."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=total)

    def begun(self, subject: Subject, backend: str) -> None:
        """Name the subject."""
        self._bar.update(self._task, description=printable(f"{subject.name} on {backend}"))

    def done(self, _result: SubjectResult) -> None:
        """Advance the bar."""
        self._bar.advance(self._task)


@contextmanager
def progress(console: Console, total: int) -> Iterator[ProgressBar | None]:
    """
    Show a progress bar for the length of a block, if the console is a terminal.

    Yields
    ------
    ProgressBar or None
        May be used from any thread. None if the console is not a terminal.
    """
    if not console.is_terminal:
        yield None
        return
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield ProgressBar(bar, total)
