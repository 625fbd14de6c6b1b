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
from zarr_devbuf.audit.findings.json_document import Audit, backend_info, json_text, versions
from zarr_devbuf.audit.formats.junit import junit
from zarr_devbuf.audit.formats.markdown import markdown
from zarr_devbuf.audit.formats.progress import progress
from zarr_devbuf.audit.formats.terminal import print_audit
from zarr_devbuf.audit.run.pool import TIMEOUT
from zarr_devbuf.audit.run.worker_process import Lost, WorkerProcess
from zarr_devbuf.audit.settings import FAIL_ON, Settings, SettingsError, find_settings
from zarr_devbuf.audit.text import printable
from zarr_devbuf.backend import backend_names
from zarr_devbuf.cli.output import console, output_option, to_file, write_printed, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr_devbuf.audit import Subject, SubjectResult, Verdict
    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.json_document import BackendInfo

__all__ = ["audit"]

_FORMATS = ("table", "json", "html", "junit", "markdown")


@click.command()
@click.argument("subjects", nargs=-1, metavar="[SUBJECT]...")
@click.option(
    "--backend",
    "chosen",
    multiple=True,
    metavar="NAME[,NAME...]",
    help="Where the data lives; may be repeated.  [default: every available backend]",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="Audit only subjects of this kind; may be repeated.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="What to write.",
)
@output_option
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    help="The mildest verdict for which to exit with 1.  [default: broken]",
)
@click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Exit with 1 only for what got worse since FILE was written.",
)
@click.option(
    "--write-baseline",
    "written",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what is found to FILE, for --baseline, and exit with 0.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help=f"Time for each subject on each backend.  [default: {TIMEOUT:g}]",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    metavar="N",
    help="Processes at a time; 0: audit in this process, without a time limit.  "
    "[default: one a core]",
)
@click.option("-v", "--verbose", is_flag=True, help="Say everything about every check.")
@click.pass_context
def audit(ctx: click.Context, /, subjects: tuple[str, ...], **options: Any) -> None:
    """
    Hold codecs, stores, prototypes and arrays to the checks, and say where the data went.

    A SUBJECT is a name (zstd, LocalStore, zarr.buffer.cpu), with or without wildcards
    ('numcodecs.*'), a codec's JSON ('{"name": "zstd", "configuration": {"level": 3}}'), a store's
    URL (memory://x), or an import path (package.module:Codec). Without any, everything that zarr
    and other installed packages register or ship is audited.

    Settings are read from [tool.zarr-devbuf] of pyproject.toml; options overrule them.

    Exits with 0 where all is well, 1 where the audit fails (--fail-on, --baseline), and 2 on wrong
    use.
    """
    began = time.perf_counter()
    settings = _settings()
    baseline_file = options["baseline_file"] or settings.baseline
    infos = _choose_backends(options["chosen"], settings)
    # As `python -m` does, so that an import path may name a module in the current directory.
    if "" not in sys.path:
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - a str is wanted
    timeout = options["timeout"] or settings.timeout or TIMEOUT
    jobs = _first(options["jobs"], settings.jobs, _cores())
    asked = subjects or settings.subjects
    selected = _select(asked, options["kinds"], jobs, timeout)
    baseline = None
    if baseline_file is not None and options["written"] is None:
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
    if options["written"] is not None:
        to_file(options["written"], lambda path: write_baseline(path, decision.audit))
        click.echo(f"wrote what was found to {options['written']}, for --baseline", err=True)
        ctx.exit(0)
    ctx.exit(int(decision.failed))


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def _cores() -> int:
    # What a container or a scheduler grants may be less than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _settings() -> Settings:
    try:
        return find_settings(Path.cwd())
    except SettingsError as error:
        raise click.UsageError(printable(str(error))) from error


def _choose_backends(chosen: Sequence[str], settings: Settings) -> tuple[BackendInfo, ...]:
    """Return the backends to run on, and those that cannot; those asked for must be available."""
    asked = [name.strip() for part in chosen for name in part.split(",") if name.strip()]
    if chosen and not asked:
        raise click.BadParameter(f"names no backend; {_valid()}", param_hint="'--backend'")
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
    return f"there are: {', '.join(backend_names())}"


def _select(
    asked: Sequence[str], kinds: Sequence[str], jobs: int, timeout: float
) -> tuple[Subject, ...]:
    known = tuple(s for s in find_subjects() if not kinds or s.kind in kinds)
    workers: list[WorkerProcess] = []

    def kind_of(path: str) -> str:
        # What is imported for it may hang, or crash.
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
        if subject.home in ("", backend)
    ]
    with progress(console(stderr=True), len(pairs)) as watch:
        return run_subjects(pairs, jobs=jobs, timeout=timeout, watch=watch)


def _write(decision: Decision, form: str, output: Path | None, *, verbose: bool) -> None:
    if form == "table":
        write_printed(output, lambda console: print_audit(console, decision, verbose=verbose))
    else:
        write_text(output, _rendered(decision, form))


def _rendered(decision: Decision, form: str) -> str:
    if form == "json":
        return json_text(decision.audit)
    if form == "junit":
        return junit(decision)
    if form == "markdown":
        return markdown(decision)
    try:
        from zarr_devbuf.audit.formats.html import html  # noqa: PLC0415 - jinja2 is for this alone
    except ModuleNotFoundError as error:
        raise click.UsageError(
            f"--format html needs {error.name}, which is not installed: "
            'pip install "zarr-devbuf[cli]"'
        ) from error
    return html(decision)
