"""The command ``zarr-devbuf audit``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from zarr_devbuf.audit import (
    KINDS,
    SubjectError,
    find_subjects,
    run_subjects,
    select_subjects,
)
from zarr_devbuf.audit.findings.baseline import BaselineError, read_baseline, write_baseline
from zarr_devbuf.audit.findings.gate import decide
from zarr_devbuf.audit.findings.json_document import Audit, backend_info, versions
from zarr_devbuf.audit.formats.progress import progress
from zarr_devbuf.audit.formats.registry import FORMATS, Printed
from zarr_devbuf.audit.run.pool import TIMEOUT
from zarr_devbuf.audit.run.worker_process import Lost, WorkerProcess
from zarr_devbuf.audit.settings import FAIL_ON, Settings, SettingsError, find_settings
from zarr_devbuf.audit.text import printable
from zarr_devbuf.backend import backend_names
from zarr_devbuf.cli.output import (
    console,
    format_option,
    kind_option,
    output_option,
    to_file,
    write_printed,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr_devbuf.audit import Subject, SubjectResult, Verdict
    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.json_document import BackendInfo

__all__ = ["audit"]


@click.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@click.option(
    "--backend",
    "chosen",
    multiple=True,
    metavar="NAME[,NAME...]",
    help="Backend to audit on; may be repeated.  [default: every available backend]",
)
@kind_option(KINDS, "Audit only subjects of this kind; may be repeated.")
@format_option(tuple(FORMATS))
@output_option
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    help="Exit with status 1 on this verdict or a worse one.  [default: broken]",
)
@click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Exit with status 1 only for subjects that got worse since FILE was written.",
)
@click.option(
    "--write-baseline",
    "written_baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the results to FILE, for --baseline, and exit with status 0.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help=f"Time limit for each subject on each backend.  [default: {TIMEOUT:g}]",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    metavar="N",
    help="Number of worker processes; 0: audit in this process, without a time limit.  "
    "[default: one for each core]",
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Print the full messages, tracebacks and transfers of every check.",
)
@click.pass_context
def audit(ctx: click.Context, /, subjects: tuple[str, ...], **options: Any) -> None:
    """
    Run the conformance checks and report host/device transfers.

    A SUBJECT is a name (zstd, LocalStore, zarr.buffer.cpu), with or without wildcards
    ('numcodecs.*'), the JSON of a codec ('{"name": "zstd", "configuration": {"level": 3}}'), the
    URL of a store (memory://x), or an import path (package.module:Codec). By default, all codecs,
    stores, prototypes and arrays that zarr and other installed packages register or ship are
    audited.

    Settings are read from [tool.zarr-devbuf] in pyproject.toml; options override them.

    The exit status is 0 if the audit passes, 1 if it fails (--fail-on, --baseline), and 2 on wrong
    usage.
    """
    began = time.perf_counter()
    settings = _settings()
    baseline_file = options["baseline_file"] or settings.baseline
    infos = _choose_backends(options["chosen"], settings)
    # As `python -m` does, so that an import path may refer to the current directory.
    if "" not in sys.path:
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - it must be a str
    timeout = options["timeout"] or settings.timeout or TIMEOUT
    jobs = _first(options["jobs"], settings.jobs, _cores())
    asked = subjects or settings.subjects
    selected = _select(asked, options["kinds"], jobs, timeout)
    baseline = None
    if baseline_file is not None and options["written_baseline"] is None:
        try:
            baseline = read_baseline(baseline_file)
        except BaselineError as error:
            raise click.BadParameter(
                printable(f"{baseline_file} {error}"), param_hint="'--baseline'"
            ) from error
    used = [info.name for info in infos if info.reason is None]
    try:
        results = _run(selected, used, jobs, timeout)
    except KeyboardInterrupt:
        click.echo("interrupted: no report", err=True)
        ctx.exit(130)
    decision = decide(
        Audit(tuple(results), infos, versions(results), time.perf_counter() - began),
        fail_on=cast("Verdict", options["fail_on"] or settings.fail_on or "broken"),
        expected=settings.expected,
        baseline=baseline,
        everything=not asked and not options["kinds"],
        everywhere=not options["chosen"],
    )
    _write(decision, options["form"], options["output"], verbose=options["verbose"])
    if options["written_baseline"] is not None:
        to_file(options["written_baseline"], lambda path: write_baseline(path, decision.audit))
        click.echo(f"wrote the results to {options['written_baseline']}, for --baseline", err=True)
        ctx.exit(0)
    ctx.exit(int(decision.failed))


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def _cores() -> int:
    # A container or a scheduler may grant fewer than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _settings() -> Settings:
    try:
        return find_settings(Path.cwd())
    except SettingsError as error:
        raise click.UsageError(printable(str(error))) from error


def _choose_backends(chosen: Sequence[str], settings: Settings) -> tuple[BackendInfo, ...]:
    """Return the backends, unavailable ones included; raise if one that was asked for is."""
    asked = [name.strip() for part in chosen for name in part.split(",") if name.strip()]
    if chosen and not asked:
        raise click.BadParameter(f"no backend is given; {_valid()}", param_hint="'--backend'")
    hint = "'--backend'" if asked else "[tool.zarr-devbuf] backends"
    asked = asked or list(settings.backends)
    names = list(dict.fromkeys(asked)) or list(backend_names())
    for name in names:
        if name not in backend_names():
            raise click.BadParameter(f"no backend named {name!r}; {_valid()}", param_hint=hint)
    infos = tuple(backend_info(name) for name in names)
    missing = [info for info in infos if info.reason is not None]
    if asked and missing:
        raise click.BadParameter(
            f"backend {missing[0].name!r} is unavailable: {printable(missing[0].reason or '')}",
            param_hint=hint,
        )
    return infos


def _valid() -> str:
    return f"the backends are: {', '.join(backend_names())}"


def _select(
    asked: Sequence[str], kinds: Sequence[str], jobs: int, timeout: float
) -> tuple[Subject, ...]:
    known = tuple(s for s in find_subjects() if not kinds or s.kind in kinds)
    workers: list[WorkerProcess] = []

    def kind_of(path: str) -> str:
        # In a worker process: the import may hang, or crash.
        if not workers:
            workers.append(WorkerProcess())
        try:
            return workers[0].kind_of(path, timeout)
        except Lost as lost:
            raise ValueError(f"importing {path} {lost}") from lost

    try:
        return select_subjects(asked, known, None if jobs == 0 else kind_of)
    except SubjectError as error:
        raise click.BadParameter(printable(str(error)), param_hint="'SUBJECT'") from error
    finally:
        for worker in workers:
            worker.end()


def _run(
    subjects: Sequence[Subject], backends: Sequence[str], jobs: int, timeout: float
) -> list[SubjectResult]:
    pairs = [
        (subject, backend)
        for subject in subjects
        for backend in backends
        if subject.runs_on(backend)
    ]
    with progress(console(stderr=True), len(pairs)) as watch:
        return run_subjects(pairs, jobs=jobs, timeout=timeout, watch=watch)


def _write(decision: Decision, form: str, output: Path | None, *, verbose: bool) -> None:
    chosen = FORMATS[form]
    if isinstance(chosen, Printed):
        write_printed(output, lambda console: chosen.show(console, decision, verbose=verbose))
        return
    try:
        text = chosen.text(decision)
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"--format {form} needs {error.name}, which is not installed: "
            'pip install "zarr-devbuf[cli]"'
        ) from error
    write_text(output, text)
