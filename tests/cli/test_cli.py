"""The command line: output and exit status."""

from __future__ import annotations

import inspect
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import zarr.registry
from click.testing import CliRunner
from rich.console import Console

from tests.audit.test_subjects import write_package
from tests.subjects import audit_codecs
from tests.subjects.audit_codecs import Flip
from zarr_devbuf import backend_names, get_backend, register_backend
from zarr_devbuf.audit import (
    CheckRecord,
    SubjectResult,
    Transfers,
    find_subjects,
    run_subjects,
)
from zarr_devbuf.audit.findings.gate import decide
from zarr_devbuf.audit.findings.json_document import Audit, BackendInfo
from zarr_devbuf.audit.formats.terminal import print_audit
from zarr_devbuf.audit.run import pool
from zarr_devbuf.audit.run.pool import Interrupted
from zarr_devbuf.audit.text import clip, figure, paragraph, printable
from zarr_devbuf.backend import _backends
from zarr_devbuf.cli import app, output
from zarr_devbuf.cli import audit as audit_command
from zarr_devbuf.cli.output import to_file
from zarr_devbuf.cpu import CpuBackend
from zarr_devbuf.transfers import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

    from zarr_devbuf.audit import Verdict
    from zarr_devbuf.audit.findings.gate import Decision

ROOT = Path(__file__).parents[2]


@pytest.fixture
def codecs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package that registers the codecs of `audit_codecs`, for the length of a test."""
    classes = [v for v in vars(audit_codecs).values() if isinstance(v, type)]
    lines = [
        f"{cls.codec_name} = tests.subjects.audit_codecs:{cls.__name__}"
        for cls in classes
        if hasattr(cls, "codec_name")
    ]
    assert len(lines) > 10
    write_package(tmp_path, "test_codecs", "zarr.codecs", "\n".join(lines), "")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where there is no pyproject.toml, least of all this project's."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.syspath_prepend(ROOT)


def invoke(*args: str, **env: str) -> Result:
    # Before click 8.2 the two streams are separate on request only.
    separate = "mix_stderr" in inspect.signature(CliRunner).parameters
    options: dict[str, Any] = {"mix_stderr": False} if separate else {}
    return CliRunner(**options).invoke(
        app.commands, args, env={"COLUMNS": "80", **env}, prog_name="zarr-devbuf"
    )


def audit(*args: str, **env: str) -> Result:
    # Machines may be slow.
    return invoke("audit", "--backend", "cpu", "--jobs", "1", "--timeout", "300", *args, **env)


def pretend(monkeypatch: pytest.MonkeyPatch, verdict: Any = "device-native") -> list[str]:
    """Replace the audit: every subject gets the verdict. Return the list of backends asked for."""
    seen: list[str] = []

    def run(pairs: Any, **_: Any) -> list[SubjectResult]:
        seen.extend(backend for _, backend in pairs)
        return [SubjectResult(s.kind, s.name, b, verdict, package=s.package) for s, b in pairs]

    monkeypatch.setattr(audit_command, "run_subjects", run)
    return seen


def test_clean_audit_exits_with_0() -> None:
    result = audit("gzip", "transpose")
    assert result.exit_code == 0, result.output
    assert re.search(r"^gzip +\d+/\d+ ok", result.stdout, re.MULTILINE)
    assert re.search(r"^transpose +\d+/\d+ ok", result.stdout, re.MULTILINE)
    assert "ok: every check passes on a backend in host memory" in result.stdout
    assert result.stdout.endswith("cpu: 2 subjects: 2 ok\nPassed (fails on broken).\n")
    assert result.stderr == ""


@pytest.mark.usefixtures("codecs")
def test_findings_exit_with_1_and_are_printed() -> None:
    result = audit("test.accident", "test.flip")
    assert result.exit_code == 1
    assert re.search(r"^test.accident +\d+/\d+ broken", result.stdout, re.MULTILINE)
    assert " 1. check `round_trip`: A chunk that is encoded" in result.stdout
    assert "    - test.accident [cpu]: expected the chunk" in result.stdout
    assert "KeyError: 'oops'" in " ".join(result.stdout.split())
    assert "cpu: 2 subjects: 1 ok, 1 broken" in result.stdout


@pytest.mark.usefixtures("codecs")
def test_codecs_with_the_same_fault_share_its_description() -> None:
    result = audit("test.needs_arguments", "test.rejects", "test.rejects_here", "test.quits")
    assert result.stdout.count("SystemExit: 7") == 1
    assert "needs arguments (width)" in result.stdout
    assert "ValueError: only on Sundays" in result.stdout


@pytest.mark.exhaustive
@pytest.mark.usefixtures("codecs")
def test_unsupported_codecs_are_no_findings_unless_they_are_named() -> None:
    by_pattern = audit("test.need*")
    assert by_pattern.exit_code == 1
    assert audit("test.[fn][le]*").exit_code == 0
    named = audit("test.rejects_here", "test.needs_arguments")
    assert named.exit_code == 1
    assert "Failed: 2 subjects passed no check." in named.stdout
    assert "test.needs_arguments [cpu]: no check passed, 1 were skipped: " in named.stdout
    assert audit("test.[fn][le]*", "--fail-on", "unsupported").exit_code == 1


@pytest.mark.usefixtures("codecs")
def test_reference_is_for_one_named_codec() -> None:
    given = ["--backend", "cpu", "--jobs", "1"]
    right = invoke("audit", "test.flip", "--reference", "test.flip", *given)
    assert right.exit_code == 0, right.output
    for args, message in (
        (("--reference", "zstd"), "it is for one SUBJECT, not none"),
        (("test.flip", "zstd", "--reference", "zstd"), "it is for one SUBJECT, not 2"),
        (("test.flip", "--reference", "zst"), "Did you mean"),
        (("test.flip", "--reference", "MemoryStore"), "a reference has to be one codec"),
        (("MemoryStore", "--reference", "zstd"), "only codecs have references"),
        (("test.flip", "--reference", "test.needs_arguments"), "needs arguments (width)"),
    ):
        wrong = invoke("audit", *args, *given)
        assert wrong.exit_code == 2, args
        assert message in " ".join(wrong.stderr.replace("│", "").split())


@pytest.mark.exhaustive
@pytest.mark.skipif(get_backend("gpu").unavailable_reason() is None, reason="there is a GPU")
def test_simulated_gpu() -> None:
    wrong = invoke("audit", "bytes", "--backend", "gpu")
    assert wrong.exit_code == 2
    assert "--simulate-gpu runs it on the simulator" in " ".join(wrong.stderr.split())
    wrong = invoke("audit", "bytes", "--backend", "cpu", "--simulate-gpu")
    assert wrong.exit_code == 2
    # All subjects, if that is asked for; without the option, zarr's own classes for GPUs.
    found = invoke("audit", "bytes", "--backend", "gpu", "--simulate-gpu", "--jobs", "1")
    assert found.exit_code == 0, found.output
    assert "Backend gpu is simulated" in found.stdout
    row = next(line for line in found.stdout.splitlines() if line.startswith("bytes, endian "))
    assert "device-native" in row
    found = invoke("audit", "bytes", "zarr.buffer.gpu", "--format", "json", "--jobs", "1")
    data = json.loads(found.stdout)
    pairs = [(each["name"], each["backend"]) for each in data["subjects"]]
    assert pairs == [("bytes", "cpu"), ("bytes", "sim"), ("zarr.buffer.gpu", "gpu")]
    (gpu,) = (each for each in data["backends"] if each["name"] == "gpu")
    assert gpu["simulated"] is True
    assert data["subjects"][2]["judged"]["passed"] > 20


def test_a_named_subject_for_a_backend_that_is_not_used_fails() -> None:
    result = audit("zarr.buffer.gpu")
    assert result.exit_code == 1
    assert "it is for backend gpu, and the audit used cpu" in " ".join(result.stdout.split())


def test_a_worker_without_the_backend_is_an_error_of_the_run() -> None:
    class Elsewhere(CpuBackend):  # type: ignore[misc]  # it is final for users
        name = "elsewhere"

    register_backend(Elsewhere())
    try:
        result = invoke("audit", "bytes", "--backend", "elsewhere", "--jobs", "1")
    finally:
        del _backends["elsewhere"]
    assert result.exit_code == 2
    text = " ".join(result.stderr.replace("│", "").split())
    assert "the audit cannot run: no backend named 'elsewhere'" in text


@pytest.mark.usefixtures("codecs")
def test_strict() -> None:
    loose = audit("test.wrong_values", "--format", "json")
    sources = {
        check["source"]
        for subject in json.loads(loose.stdout)["subjects"]
        for check in subject["checks"]
        if check["status"] == "failed"
    }
    strict = audit("test.wrong_values", "--strict", "documented")
    assert strict.exit_code == int("documented" in sources)
    assert "--strict documented: " in strict.stdout


@pytest.mark.parametrize(
    ("verdict", "fail_on", "code"),
    [
        ("broken", "broken", 1),
        ("implicit-transfers", "broken", 0),
        ("implicit-transfers", "implicit-transfers", 1),
        ("host-round-trip", "implicit-transfers", 0),
        ("host-round-trip", "host-round-trip", 1),
        ("broken", "host-round-trip", 1),
        ("device-native", "host-round-trip", 0),
        ("unsupported", "host-round-trip", 0),
    ],
)
def test_fail_on(verdict: Any, fail_on: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, verdict)
    assert audit("zstd", "--fail-on", fail_on).exit_code == code


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["audit", "zst"], "Did you mean zstd?"),
        (["audit", "--backend", "tpu"], "no backend named 'tpu'; the backends are: cpu, gpu"),
        (["audit", "--backend", ","], "no backend is given; the backends are: cpu, gpu"),
        (["audit", "--fail-on", "everything"], "host-round-trip"),
        (["audit", "--bogus"], "No such option"),
        (["bogus"], "No such command"),
        (["audit", '{"name": "zstd", "configuration": {"level": }}'], "not valid JSON"),
        (["audit", "no_such_module:Codec"], "ModuleNotFoundError"),
    ],
)
def test_wrong_use_exits_with_2(args: list[str], words: str) -> None:
    result = invoke(*args)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert result.stdout == ""


class Absent(CpuBackend):  # type: ignore[misc]  # final for users, not for a test
    name = "absent"

    def unavailable_reason(self) -> str:
        return "the [red]driver[/red] is \x1b[31masleep"


class Second(CpuBackend):  # type: ignore[misc]
    name = "second"


class Rude(CpuBackend):  # type: ignore[misc]
    name = "rude"

    def unavailable_reason(self) -> str | None:
        raise RuntimeError("do not ask")


@pytest.fixture
def more_backends() -> Iterator[None]:
    names = [backend.name for backend in (Absent(), Second(), Rude())]
    for backend in (Absent(), Second(), Rude()):
        register_backend(backend)
    yield
    for name in names:
        del _backends[name]


@pytest.mark.usefixtures("more_backends")
def test_unavailable_backend_is_an_error_if_asked_for() -> None:
    result = invoke("audit", "zstd", "--backend", "cpu,absent")
    assert result.exit_code == 2
    assert "backend 'absent' is unavailable: the [red]driver[/red] is \\x1b[31masleep" in (
        " ".join(result.stderr.split())
    )


@pytest.mark.usefixtures("more_backends")
def test_unavailable_backend_is_named_if_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = pretend(monkeypatch)
    result = invoke("audit", "zstd")
    assert result.exit_code == 0
    assert "Backend absent is unavailable: the [red]driver[/red] is \\x1b[31masleep" in (
        " ".join(result.stdout.split())
    )
    assert "Backend rude is unavailable: RuntimeError: do not ask" in result.stdout
    available = [
        name
        for name in backend_names()
        if name != "rude" and get_backend(name).unavailable_reason() is None
    ]
    assert seen == available
    assert "cpu" in available


def test_backends_may_be_repeated_or_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = pretend(monkeypatch)
    register_backend(Second())
    try:
        invoke("audit", "zstd", "--backend", "cpu", "--backend", "second,cpu")
    finally:
        del _backends["second"]
    assert seen == ["cpu", "second"]


@pytest.mark.usefixtures("more_backends")
def test_backends_are_listed() -> None:
    result = invoke("backends", COLUMNS="120")
    assert result.exit_code == 0
    assert re.search(r"^cpu +yes +host memory +numpy \d", result.stdout, re.MULTILINE)
    assert re.search(r"^absent +no +the \[red\]driver\[/red\] is", result.stdout, re.MULTILINE)
    assert re.search(r"^rude +no +RuntimeError: do not ask", result.stdout, re.MULTILINE)
    assert re.search(r"^gpu +(yes|no) ", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", ["[red]x", "a\x1b[31mb", "äö漢字", "a\nb", "[/]"])
def test_odd_names_stay_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # In this process, for the registration is of this process.
    monkeypatch.setattr(Flip, "codec_name", name)
    zarr.registry.register_codec(name, Flip)
    try:
        result = audit(name, "--jobs", "0")
    finally:
        del zarr.registry._codec_registries[name]
    assert result.exit_code == 0, result.output
    assert f"\n{printable(name)} " in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
def test_output_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, "broken")
    result = audit("numcodecs.f*", "zarr.Array", "MemoryStore", COLUMNS=str(columns))
    assert max(map(len, result.stdout.splitlines())) <= columns
    # Nothing is cut off: names that do not fit are folded.
    assert "fixedscaleoffset" in re.sub(r"\s", "", result.stdout) or columns < 60


VERDICTS: tuple[Verdict, ...] = ("device-native", "implicit-transfers", "host-round-trip")


def verdicts(backends: tuple[str, ...]) -> list[SubjectResult]:
    moved = Transfers(Traffic(104, 300_000), Traffic(104, 200_000), 52)
    checks = (CheckRecord("implicit_transfers", "failed", "h2d at x.py:1 in f"),)
    return [
        SubjectResult("codec", name, backend, verdict, moved, checks, package, 9, 11)
        for name, package in (("numcodecs.fixedscaleoffset", "zarr"), ("other", "imagecodecs-zarr"))
        for backend, verdict in zip(backends, VERDICTS, strict=False)
    ]


def decided(*results: SubjectResult) -> Decision:
    return decide(
        Audit(results, (BackendInfo("cpu", on_host=True), BackendInfo("sim"))), fail_on="broken"
    )


@pytest.mark.parametrize("backends", [("cpu", "sim"), ("sim",), ("cpu", "sim", "gpu")])
@pytest.mark.parametrize("width", [40, 80])
def test_table_fits_with_devices(backends: tuple[str, ...], width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False)
    results = verdicts(backends)
    print_audit(console, decided(*results))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    if width == 80:
        row = next(line for line in lines if line.startswith("numcodecs.fixedscaleoffset"))
        if len(backends) == 2:
            assert row.split() == [
                "numcodecs.fixedscaleoffset",
                "9/11",
                "ok",
                "implicit-transfers",
                "2/2",
                "9.6k",
                "-",
            ]
        rows = [line.split() for line in lines if "implicit-transfers" in line and "2/2" in line]
        assert len(rows) == (2 if "sim" in backends and backends != ("sim",) else 0)


def test_devices_are_not_called_ok() -> None:
    out = io.StringIO()
    results = [SubjectResult("codec", "x", "sim", "device-native", Transfers(chunks=4), tried=14)]
    print_audit(Console(file=out, width=80), decided(*results))
    assert re.search(r"^x +- +device-native +0/0 +0", out.getvalue(), re.MULTILINE)
    assert "sim: 1 subject: 1 device-native" in out.getvalue()


def test_verbose_shows_skipped_checks_and_times() -> None:
    quiet, verbose = audit("gzip"), audit("gzip", "-v")
    message = "check_encoded_size skipped: is_fixed_size is false"
    assert message not in quiet.stdout
    assert message in " ".join(verbose.stdout.split())
    assert re.search(r"gzip \[cpu\] \d+\.\d s", verbose.stdout)


def terminal_output(args: list[str], monkeypatch: pytest.MonkeyPatch, **env: str) -> str:
    """Run with consoles that treat their output as a terminal."""
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "80", **env}.items():
        monkeypatch.setenv(name, value)
    if "NO_COLOR" not in env:
        monkeypatch.delenv("NO_COLOR", raising=False)
    out = io.StringIO()

    def console(**options: Any) -> Console:
        return Console(file=out, force_terminal=True, markup=False, highlight=False, stderr=False)

    monkeypatch.setattr(audit_command, "console", console)
    monkeypatch.setattr(output, "console", console)
    with pytest.raises(SystemExit):
        app.commands(["audit", "--backend", "cpu", "-j", "1", *args], prog_name="zarr-devbuf")
    return out.getvalue()


def test_terminal_gets_colour_and_progress_with_the_subject(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = terminal_output(["zstd"], monkeypatch)
    assert "\x1b[32mok" in shown
    assert "zstd on cpu" in shown
    assert "1/1" in shown


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal_output(["zstd"], monkeypatch, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9][0-9;]*m", shown)


def test_interrupt_exits_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(pair: Any, *_: object) -> Any:
        if pair[0].name == "gzip":
            raise KeyboardInterrupt
        return SubjectResult("codec", pair[0].name, pair[1], "device-native")

    monkeypatch.setattr(pool, "_in_this_process", interrupt)
    result = audit("zstd", "gzip", "--backend", "cpu", "--jobs", "0", "--format", "json")
    assert result.exit_code == 130
    assert "interrupted after 1 of 2 subjects" in result.stderr
    zstd, gzip = json.loads(result.stdout)["subjects"]
    assert (zstd["name"], zstd["verdict"]) == ("zstd", "device-native")
    assert "interrupted" in gzip["checks"][0]["message"]


def test_interrupt_of_workers_keeps_what_is_done() -> None:
    subjects = [s for s in find_subjects() if s.name in {"zstd", "gzip"}]
    done: list[str] = []

    class Watch:
        def begun(self, *_: object) -> None:
            if done:
                signal.raise_signal(signal.SIGINT)

        def done(self, result: SubjectResult) -> None:
            done.append(result.name)

    with pytest.raises(Interrupted) as error:
        run_subjects([(subject, "cpu") for subject in subjects], jobs=1, watch=Watch())
    first, second = error.value.results
    assert [first.name] == done
    assert first.judged > 20
    assert "interrupted" in second.unchecked


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_a_time_limit_is_a_positive_number(seconds: str) -> None:
    result = audit("zstd", "--timeout", seconds)
    assert result.exit_code == 2
    assert "--timeout" in result.stderr


@pytest.mark.parametrize("option", ["-o", "--write-baseline"])
def test_a_missing_folder_is_an_error_before_the_audit(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_command, "run_subjects", None)
    result = audit("zstd", option, str(tmp_path / "missing" / "report"))
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")
    path.chmod(0o640)

    def fail(new: Path) -> None:
        new.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(click.FileError, match="No space left"):
        to_file(path, fail)
    assert path.read_text() == "old"
    to_file(path, lambda new: new.write_text("new"))
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("form", "start"),
    [("json", "{"), ("html", "<!doctype html>"), ("junit", "<?xml"), ("markdown", "# Findings")],
)
def test_formats_go_to_standard_output_or_to_a_file(
    form: str, start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch)
    printed = audit("zstd", "--format", form)
    assert printed.exit_code == 0
    assert printed.stdout.lstrip().startswith(start)
    path = tmp_path / "report"
    written = audit("zstd", "--format", form, "-o", str(path))
    assert (written.exit_code, written.stdout) == (0, "")
    assert path.read_text("utf-8").lstrip().startswith(start)
    assert audit("zstd", "--format", form, "-o", str(tmp_path)).exit_code == 2
    assert audit("zstd", "--format", form, "-o", str(path / "x")).exit_code == 2


def test_notes_in_a_markdown_report_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch)
    path = tmp_path / "findings.md"
    notes = (
        "\n<!-- Notes: what follows this line is kept when the report is written again. -->\n\nx\n"
    )
    path.write_text(f"# Findings\n\nold\n{notes}", "utf-8")
    audit("zstd", "--format", "markdown", "-o", str(path))
    text = path.read_text("utf-8")
    assert text == audit("zstd", "--format", "markdown").stdout + notes
    assert "old" not in text
    audit("zstd", "--format", "junit", "-o", str(path))
    assert "Notes" not in path.read_text("utf-8")


def test_table_goes_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    path = tmp_path / "report"
    assert audit("zstd", "-o", str(path)).stdout == ""
    assert "cpu: 1 subject: 1 ok" in path.read_text("utf-8")


def test_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "baseline.json")
    pretend(monkeypatch, "implicit-transfers")
    assert audit("zstd", "--write-baseline", path).exit_code == 0
    same = audit("zstd", "--baseline", path, "--fail-on", "host-round-trip")
    assert same.exit_code == 0
    assert "nothing has changed" in same.stdout
    pretend(monkeypatch, "broken")
    worse = audit("zstd", "--baseline", path)
    assert worse.exit_code == 1
    assert "worse: zstd [cpu]: implicit-transfers → broken" in worse.stdout
    pretend(monkeypatch, "host-round-trip")
    better = audit("zstd", "--baseline", path)
    assert better.exit_code == 0
    assert "better: zstd [cpu]: implicit-transfers → host-round-trip" in better.stdout
    missing = audit("zstd", "--baseline", str(tmp_path / "none.json"))
    assert missing.exit_code == 2
    assert "cannot be read" in missing.stderr


def test_settings_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text(
        """
        [tool.zarr-devbuf]
        backends = ["cpu"]
        subjects = ["zstd"]
        fail-on = "host-round-trip"
        expected = [{subject = "gzip", verdict = "broken", reason = "it is known"}]
        """
    )
    seen = pretend(monkeypatch, "host-round-trip")
    assert invoke("audit").exit_code == 1
    assert seen == ["cpu"]
    assert invoke("audit", "--fail-on", "broken").exit_code == 0
    pretend(monkeypatch, "broken")
    assert invoke("audit", "gzip").exit_code == 0
    pretend(monkeypatch, "device-native")
    stale = invoke("audit", "gzip")
    assert stale.exit_code == 1
    assert "gzip: broken is expected (it is known), but no longer occurs" in " ".join(
        stale.stdout.split()
    )
    Path("pyproject.toml").write_text("[tool.zarr-devbuf]\nbackend = []\n")
    wrong = invoke("audit")
    assert wrong.exit_code == 2
    assert "Did you mean backends?" in " ".join(wrong.stderr.split())


def test_kind_narrows(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    shown = audit("--kind", "store", "--kind", "array").stdout
    assert "LocalStore" in shown
    assert "zarr.Array" in shown
    assert "zstd" not in shown


def test_help_and_version() -> None:
    assert "Run the conformance checks and report host/device transfers." in (
        invoke("audit", "-h").stdout
    )
    assert re.search(r"zarr-devbuf, version \d", invoke("--version").stdout)


def test_text() -> None:
    assert printable("a\n  b\x07") == "a b\\x07"
    assert clip("abcdefgh", 6) == "abc..."
    assert clip("abc", 6) == "abc"
    assert paragraph("word " * 10, 24, 4).splitlines()[0] == "    word word word word"
    shown = [figure(value) for value in (0, 2, 2.04, 2.5, 489.8, 4100, 2_000_000, 3e9)]
    assert shown == ["0", "2", "2", "2.5", "489.8", "4.1k", "2M", "3G"]


def run(*args: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    paths = [str(path)] if path else []
    env = os.environ | {"PYTHONPATH": os.pathsep.join([*paths, str(ROOT)]), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, env=env, check=False, timeout=600
    )  # in the folder that the fixture has chosen


def test_end_to_end_with_a_broken_package(tmp_path: Path) -> None:
    write_package(
        tmp_path, "ruin", "zarr.codecs", "ruined = ruin:Codec", "raise RuntimeError('ruined')"
    )
    given = ["--backend", "cpu", "--timeout", "300", "transpose", "ruined"]
    done = run("-m", "zarr_devbuf.cli", "audit", *given, path=tmp_path)
    assert done.returncode == 1
    assert re.search(r"^transpose +\d+/\d+ ok", done.stdout, re.MULTILINE)
    assert re.search(r"^ruined +- broken", done.stdout, re.MULTILINE)
    assert "cannot be imported from ruin:Codec: RuntimeError: ruined" in done.stdout
    assert done.stderr == ""


def test_import_path_may_name_a_module_in_the_current_directory(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from tests.subjects.audit_codecs import Flip as Mine\n")
    code = (
        f"import os, sys; os.chdir({str(tmp_path)!r}); sys.path[0:1] = []; "
        "from zarr_devbuf.cli import main; "
        "sys.argv[1:] = ['audit', 'mine:Mine', '--backend=cpu']; main()"
    )
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^mine:Mine +\d+/\d+ ok", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_missing_library_is_one_clear_line(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from zarr_devbuf.cli import main; main()"
    done = run("-c", code)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"zarr-devbuf: the command line needs {missing}, which is not installed: "
        'pip install "zarr-devbuf[cli]"\n'
    )


def test_other_missing_modules_are_not_hidden() -> None:
    code = (
        "import sys; sys.modules['zarr_devbuf.audit.formats.terminal'] = None; "
        "from zarr_devbuf.cli import main; main()"
    )
    done = run("-c", code)
    assert done.returncode == 1
    assert "zarr_devbuf.audit.formats.terminal" in done.stderr


def test_the_package_imports_neither_click_nor_rich() -> None:
    code = (
        "import sys, zarr_devbuf, zarr_devbuf.cli, zarr_devbuf.audit; "
        "print(sorted({'click', 'rich', 'jinja2'} & set(sys.modules)))"
    )
    assert run("-c", code).stdout == "[]\n"
