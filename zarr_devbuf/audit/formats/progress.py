"""Show on a terminal how an audit is coming along."""

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
    from zarr_devbuf.audit.run.pool import Watch
    from zarr_devbuf.audit.subjects.subject import Subject

__all__ = ["progress"]


class _Bar:
    """The progress bar, with what is in hand."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=total)

    def begun(self, subject: Subject, backend: str) -> None:
        self._bar.update(self._task, description=printable(f"{subject.name} on {backend}"))

    def done(self, _result: SubjectResult) -> None:
        self._bar.advance(self._task)


@contextmanager
def progress(console: Console, total: int) -> Iterator[Watch | None]:
    """
    Show a bar for as long as the block lasts; nothing where the console is no terminal.

    Yields
    ------
    Watch or None
        To be told of what begins and what is done, from whatever thread.
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
        yield _Bar(bar, total)
