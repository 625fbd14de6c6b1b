"""The command ``zarr-devbuf audit``."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
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
from zarr_devbuf.audit.findings.results import AUDIT_CHECKS, CheckRecord, SubjectResult
from zarr_devbuf.audit.findings.strict import STRICT
from zarr_devbuf.audit.formats.progress import progress
from zarr_devbuf.audit.formats.registry import FORMATS, Printed
from zarr_devbuf.audit.run.pool import TIMEOUT, Interrupted
from zarr_devbuf.audit.run.run_subject import UnknownBackendError, result_of
from zarr_devbuf.audit.run.worker_process import Lost, Unusable, WorkerProcess
from zarr_devbuf.audit.settings import FAIL_ON, Settings, SettingsError, find_settings
from zarr_devbuf.audit.subjects.construct import ReferenceCodecError
from zarr_devbuf.audit.subjects.selection import with_references
from zarr_devbuf.audit.text import printable
from zarr_devbuf.backend import BackendUnavailableError, backend_names
from zarr_devbuf.cli.output import (
    console,
    finite,
    format_option,
    in_a_folder,
    kind_option,
    output_option,
    to_file,
    write_printed,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zarr_devbuf.audit import Subject, Verdict
    from zarr_devbuf.audit.findings.gate import Decision
    from zarr_devbuf.audit.findings.json_document import BackendInfo

__all__ = ["audit"]

_GPU = "gpu"
# The run is wrong, no subject: the last three come from an audit in this process.
_CANNOT_RUN = (Unusable, BackendUnavailableError, UnknownBackendError, ReferenceCodecError)


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
    help="Exit with status 1 on this verdict or a worse one; unsupported: on broken, and on every "
    "subject that is unsupported or passed no check.  [default: broken]",
)
@click.option(
    "--strict",
    type=click.Choice(STRICT),
    help="Leave out the checks with a weaker source: those that zarr's documentation does not "
    "demand, or neither that nor a decision of its maintainers.",
)
@click.option(
    "--reference",
    metavar="CODEC",
    help="A host codec of the same format as the one codec that is audited: each has to decode "
    "what the other encodes.",
)
@click.option(
    "--simulate-gpu",
    is_flag=True,
    help="Run the backend gpu on the simulator, for all subjects; they find CuPy and its "
    "libraries simulated on the other backends, too.",
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
    callback=in_a_folder,
    metavar="FILE",
    help="Write the results to FILE, for --baseline, and exit with status 0.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
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
    audited. On a machine without a GPU, zarr's own classes for GPUs are audited on a simulated one.

    Settings are read from [tool.zarr-devbuf] in pyproject.toml; options override them.

    A SUBJECT that is named here or in the settings, and of which no check passes, fails the audit.

    The exit status is 0 if the audit passes, 1 if it fails (--fail-on, --baseline), 2 on wrong
    usage, or if a worker process cannot provide a backend, and 130 if it is interrupted: the report
    has the subjects until then, and no baseline is written.
    """
    began = time.perf_counter()
    settings = _settings()
    baseline_file = options["baseline_file"] or settings.baseline
    infos = _choose_backends(options["chosen"], settings, simulate_gpu=options["simulate_gpu"])
    # As `python -m` does, so that an import path may refer to the current directory.
    if "" not in sys.path:
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - it must be a str
    timeout = options["timeout"] or settings.timeout or TIMEOUT
    jobs = _first(options["jobs"], settings.jobs, _cores())
    asked = subjects or settings.subjects
    references = _references(options["reference"], subjects, settings)
    simulated = any(info.simulated for info in infos)
    selected = _select(
        asked, options["kinds"], references, jobs, timeout, simulate_gpu=options["simulate_gpu"]
    )
    baseline = None
    if baseline_file is not None and options["written_baseline"] is None:
        try:
            baseline = read_baseline(baseline_file)
        except BaselineError as error:
            raise click.BadParameter(
                printable(f"{baseline_file} {error}"), param_hint="'--baseline'"
            ) from error
    pairs = _pairs(selected, infos, everything=options["simulate_gpu"])
    interrupted = False
    try:
        with progress(console(stderr=True), len(pairs)) as watch:
            results = run_subjects(
                pairs,
                jobs=jobs,
                timeout=timeout,
                watch=watch,
                simulate_gpu=simulated,
                simulate_everywhere=options["simulate_gpu"],
            )
    except Interrupted as error:
        interrupted, results = True, error.results
        click.echo(f"interrupted {error}; the report follows", err=True)
    except _CANNOT_RUN as error:
        raise click.UsageError(printable(f"the audit cannot run: {error}")) from error
    on_simulated = {info.name for info in infos if info.simulated}
    results = [
        replace(result, simulated=True) if result.backend in on_simulated else result
        for result in results
    ]
    results += _not_run(selected, results, infos)
    decision = decide(
        Audit(tuple(results), infos, versions(results), time.perf_counter() - began),
        fail_on=cast("Verdict", options["fail_on"] or settings.fail_on or "broken"),
        expected=settings.expected,
        baseline=baseline,
        everything=not asked and not options["kinds"] and not interrupted,
        everywhere=not options["chosen"],
        strict=options["strict"] or settings.strict or "",
    )
    _write(decision, options["form"], options["output"], verbose=options["verbose"])
    if interrupted:
        ctx.exit(130)
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


def _choose_backends(
    chosen: Sequence[str], settings: Settings, *, simulate_gpu: bool
) -> tuple[BackendInfo, ...]:
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
    if simulate_gpu and _GPU not in names:
        raise click.BadParameter(
            f"the backend gpu is not among those chosen: {', '.join(names)}",
            param_hint="'--simulate-gpu'",
        )
    infos = tuple(backend_info(name, simulated=simulate_gpu and name == _GPU) for name in names)
    if not asked:
        infos = tuple(
            backend_info(_GPU, simulated=True) if info.name == _GPU and info.reason else info
            for info in infos
        )
    missing = [info for info in infos if info.reason is not None]
    if asked and missing:
        advice = "; --simulate-gpu runs it on the simulator" if missing[0].name == _GPU else ""
        reason = printable(missing[0].reason or "")
        raise click.BadParameter(
            f"backend {missing[0].name!r} is unavailable: {reason}{advice}", param_hint=hint
        )
    return infos


def _valid() -> str:
    return f"the backends are: {', '.join(backend_names())}"


def _references(
    given: str | None, subjects: Sequence[str], settings: Settings
) -> Mapping[str, str]:
    """Return the references of codecs, by name: that of the option, or those of the settings."""
    if given is None:
        return settings.references
    if len(subjects) != 1:
        raise click.BadParameter(
            f"it is for one SUBJECT, not {len(subjects) or 'none'}; "
            "[[tool.zarr-devbuf.codec]] in pyproject.toml has a reference for each codec",
            param_hint="'--reference'",
        )
    return {**settings.references, subjects[0].strip(): given}


def _select(
    asked: Sequence[str],
    kinds: Sequence[str],
    references: Mapping[str, str],
    jobs: int,
    timeout: float,
    *,
    simulate_gpu: bool,
) -> tuple[Subject, ...]:
    known = tuple(s for s in find_subjects() if not kinds or s.kind in kinds)
    workers: list[WorkerProcess] = []

    def kind_of(path: str) -> str:
        # In a worker process: the import may hang, or crash.
        if not workers:
            workers.append(WorkerProcess(simulated=simulate_gpu))
        try:
            return workers[0].kind_of(path, timeout)
        except Lost as lost:
            raise ValueError(f"importing {path} {lost}") from lost

    try:
        load = None if jobs == 0 else kind_of
        found = select_subjects(asked, known, load)
        return with_references(found, references, find_subjects(), load) if references else found
    except SubjectError as error:
        raise click.BadParameter(printable(str(error)), param_hint="'SUBJECT'") from error
    except Unusable as error:
        raise click.UsageError(printable(f"the audit cannot run: {error}")) from error
    finally:
        for worker in workers:
            worker.end()


def _pairs(
    subjects: Sequence[Subject], infos: Sequence[BackendInfo], *, everything: bool
) -> list[tuple[Subject, str]]:
    """
    Pair subjects with backends.

    Parameters
    ----------
    everything : bool
        Whether all subjects run on a simulated GPU, or only zarr's own classes for GPUs.
    """
    return [
        (subject, info.name)
        for subject in subjects
        for info in infos
        if info.reason is None and subject.runs_on(info.name)
        if not info.simulated or everything or subject.is_of_gpu_users
    ]


def _not_run(
    subjects: Sequence[Subject], results: Sequence[SubjectResult], infos: Sequence[BackendInfo]
) -> list[SubjectResult]:
    """Make a result for each subject that was named, and that no chosen backend can run."""
    ran = {(result.kind, result.name) for result in results}
    used = [info.name for info in infos if info.reason is None]
    return [
        result_of(
            subject,
            used[0] if used else subject.only_backend,
            verdict="unsupported",
            checks=(
                CheckRecord(
                    "construct",
                    "skipped",
                    f"it is for backend {subject.only_backend}, and the audit used "
                    f"{', '.join(used) or 'none'}",
                    requirement=AUDIT_CHECKS["construct"],
                ),
            ),
        )
        for subject in subjects
        if subject.asked and (subject.kind, subject.name) not in ran
    ]


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
    if output is not None and output.is_file():
        text = chosen.joined(text, output.read_text("utf-8", errors="replace"))
    write_text(output, text)
