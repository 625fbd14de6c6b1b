"""The commands of ``zarr-devbuf``, as click runs them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from zarr_devbuf import __version__
from zarr_devbuf.audit import SEVERITY, SubjectError, find_subjects, run_subject, select_subjects
from zarr_devbuf.audit.judge import lives_on_host
from zarr_devbuf.audit.report import print_audit
from zarr_devbuf.audit.text import printable
from zarr_devbuf.backend import backend_names, get_backend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zarr_devbuf.audit import Subject, SubjectResult

__all__ = ["commands"]

_FAIL_ON = [name for name, severity in SEVERITY.items() if severity]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version")
def commands() -> None:
    """Prove that Zarr codecs are device-aware, with or without a GPU."""


@commands.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@click.option(
    "--backend",
    "chosen",
    multiple=True,
    metavar="NAME[,NAME...]",
    help="Where the data lives; may be repeated.  [default: every available backend]",
)
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON[::-1]),
    default="broken",
    show_default=True,
    help="The mildest verdict for which to exit with 1.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say everything about every kind of chunk.")
@click.pass_context
def audit(
    ctx: click.Context,
    subjects: tuple[str, ...],
    chosen: tuple[str, ...],
    fail_on: str,
    verbose: bool,
) -> None:
    """
    Send chunks of many kinds through codecs, and say where the data went.

    A SUBJECT is the name of a codec that is registered with zarr (zstd), with or without wildcards
    ('numcodecs.*'), a codec's JSON ('{"name": "zstd", "configuration": {"level": 3}}'), or an
    import path (package.module:Codec). Without any, every registered codec is audited, those of
    other installed packages too.

    Exits with 0 where all is well, 1 where a verdict is as bad as --fail-on, and 2 on wrong use.
    """
    backends, unavailable = _choose_backends(chosen)
    # As `python -m` does, so that an import path may name a module in the current directory.
    if any(":" in text for text in subjects) and "" not in sys.path:
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - a str is wanted
    try:
        selected = select_subjects(subjects, find_subjects())
    except SubjectError as error:
        raise click.BadParameter(printable(str(error)), param_hint="'SUBJECT'") from error
    try:
        results = _run(selected, backends)
    except KeyboardInterrupt:
        click.echo("interrupted: no report", err=True)
        ctx.exit(130)
    print_audit(
        _console(),
        results,
        on_host={name for name in backends if lives_on_host(get_backend(name))},
        unavailable=unavailable,
        verbose=verbose,
    )
    threshold = next(value for name, value in SEVERITY.items() if name == fail_on)
    ctx.exit(int(any(SEVERITY[result.verdict] >= threshold for result in results)))


@commands.command()
def backends() -> None:
    """List the backends: whether each can be used here, why not, and what it runs on."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in ("backend", "available", "devices, or why not", "versions"):
        table.add_column(column, overflow="fold")
    for name in backend_names():
        reason = _reason(name)
        backend = get_backend(name)
        devices = ", ".join(_ask(backend.device_names, ())) if reason is None else reason
        versions: dict[str, str] = _ask(backend.versions, {})
        table.add_row(
            Text(printable(name)),
            Text("yes", style="green") if reason is None else Text("no", style="red"),
            Text(printable(devices)),
            Text(printable(", ".join(f"{key} {value}" for key, value in versions.items()))),
        )
    _console().print(table)


def _console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def _choose_backends(chosen: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the backends to run on, and why others cannot; those asked for must be available."""
    asked = [name.strip() for part in chosen for name in part.split(",") if name.strip()]
    names = list(dict.fromkeys(asked)) or list(backend_names())
    if chosen and not asked:
        raise click.BadParameter(f"names no backend; {_valid()}", param_hint="'--backend'")
    for name in names:
        if name not in backend_names():
            raise click.BadParameter(
                f"no backend named {name!r}; {_valid()}", param_hint="'--backend'"
            )
    reasons = {name: _reason(name) for name in names}
    unavailable = {name: reason for name, reason in reasons.items() if reason is not None}
    if asked and unavailable:
        name, reason = next(iter(unavailable.items()))
        raise click.BadParameter(
            f"backend {name!r} is unavailable: {printable(reason)}", param_hint="'--backend'"
        )
    return [name for name in names if name not in unavailable], unavailable


def _valid() -> str:
    return f"there are: {', '.join(backend_names())}"


def _reason(name: str) -> str | None:
    try:
        return get_backend(name).unavailable_reason()
    # A third party's backend may raise anything; then it cannot be used, and that is the reason.
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"


def _ask[T](question: Callable[[], T], default: T) -> T:
    try:
        return question()
    except Exception:  # noqa: BLE001 - a backend that cannot tell says nothing
        return default


def _run(subjects: Sequence[Subject], backends: Sequence[str]) -> list[SubjectResult]:
    pairs = [(subject, backend) for subject in subjects for backend in backends]
    console = _console(stderr=True)
    if not console.is_terminal:
        return [run_subject(subject, backend) for subject, backend in pairs]
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
    )
    results = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(pairs))
        for subject, backend in pairs:
            progress.update(task, description=printable(f"{subject.name} on {backend}"))
            results.append(run_subject(subject, backend))
            progress.advance(task)
    return results
