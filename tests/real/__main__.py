"""
Hold third parties' codecs, stores and pipelines to the checks, and write docs/real-subjects.md.

Takes several minutes. ``uv run --no-default-groups --group real python -m tests.real``; with the
argument ``devices``, only the packages for GPUs are audited, and only their tables are written.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zarr

from tests.real.devices import BACKENDS as DEVICE_BACKENDS
from tests.real.devices import DEVICE_PACKAGES, GROUPS, Group
from tests.real.subjects import ARRAYS, CODECS, PACKAGES, STORES
from zarr_devbuf.checks import check_array

if TYPE_CHECKING:
    from collections.abc import Sequence

_BACKENDS = ("cpu", "sim")
_ROOT = Path(__file__).parents[2]
_DOCUMENT = _ROOT / "docs" / "real-subjects.md"
_LEARNED = Path(__file__).with_name("learned.md")

_COMMAND = "uv run --no-default-groups --group real python -m tests.real"

_HEAD = f"""\
# Real subjects

Third parties' codecs, stores and pipelines under the checks of [checks.md](checks.md), on the host
(`cpu`) and on the simulated device (`sim`). The verdicts are those of [audit.md](audit.md). Only
the [packages for GPUs](#packages-for-gpus) claim to serve devices: `host-round-trip` on `sim` is
the best that a codec for the host can do. A codec is judged as it is without arguments, unless its
configuration is shown.

Written by `{_COMMAND}`.
"""

_DEVICES_HEAD = """\
## Packages for GPUs

By `zarr-devbuf audit --simulate-gpu --backend cpu,gpu`, on the simulated libraries
([simulated-libraries.md](simulated-libraries.md)). On `gpu` the data is in buffers that zarr takes
for CuPy's. Exchanged with: the host codec of the same format, which has to read what the codec
writes, and the reverse. `d2h/h2d` are the transfers for a chunk (or value) that is written and read
once, counted for broken subjects, too; empty if it cannot be written and read at all.
"""


def audited(*subjects: str, group: Group | None = None) -> list[dict[str, Any]]:
    """Run the command line, as a user does: with settings in a file if there are references."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "zarr_devbuf.cli", "audit", *subjects]
        backends = _BACKENDS if group is None else DEVICE_BACKENDS
        options = ["--backend", ",".join(backends), "--format", "json", "-o", str(report)]
        # Some of these compress for quality, not for speed.
        options += ["--timeout", "600"]
        env = {**os.environ, "PYTHONPATH": str(_ROOT)}
        if group is not None:
            options.append("--simulate-gpu")
            env |= group.variables
            (Path(folder) / "pyproject.toml").write_text(settings(group), encoding="utf-8")
        done = subprocess.run([*command, *options], check=False, cwd=folder, env=env)
        if done.returncode not in (0, 1):
            raise SystemExit(done.returncode)
        found: list[dict[str, Any]] = json.loads(report.read_text())["subjects"]
        return found


def settings(group: Group) -> str:
    """Write the references of a group as settings of the audit."""
    return "\n".join(
        f"[[tool.zarr-devbuf.codec]]\nsubject = {json.dumps(subject)}\n"
        f"reference = {json.dumps(reference)}"
        for subject, reference in group.subjects.items()
        if reference
    )


def device_table(group: Group, records: list[dict[str, Any]]) -> list[str]:
    """Lay out one row a subject for a GPU."""
    head = "| subject | cpu | gpu | d2h/h2d | exchanged with | checks that fail |"
    rows = [head, "|---|---|---|---:|---|---|"]
    for name, reference in group.subjects.items():
        cpu, gpu = (_record(records, name, backend) for backend in DEVICE_BACKENDS)
        checks = _checks(_failing(cpu), _failing(gpu), device="gpu")
        shown = f"`{reference}`" if reference else ""
        cells = [f"`{name}`", _verdict(cpu), gpu["verdict"], _moved(gpu, broken=True), shown]
        rows.append(f"| {' | '.join([*cells, checks])} |")
    return rows


def _record(records: list[dict[str, Any]], name: str, backend: str) -> dict[str, Any]:
    return next(
        (r for r in records if (r["name"], r["backend"]) == (name, backend)),
        {"verdict": "", "checks": []},
    )


def devices() -> list[str]:
    """Audit the packages for GPUs."""
    lines = [_DEVICES_HEAD, f"{versions(DEVICE_PACKAGES)}", ""]
    for group in GROUPS:
        records = audited(*group.subjects, group=group)
        variables = " ".join(f"{name}={value}" for name, value in group.variables.items())
        lines += [f"### {group.title}", ""]
        lines += [f"With `{variables}`.", ""] if variables else []
        lines += [*device_table(group, records), ""]
    return lines


def arrays() -> list[dict[str, Any]]:
    """Run the checks of arrays; they use the named pipeline first, then zarr's own."""
    records: list[dict[str, Any]] = []
    for make, pipeline, name in ARRAYS:
        with ExitStack() as stack:
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            if pipeline is not None:
                stack.enter_context(zarr.config.set({"codec_pipeline.path": pipeline}))
            for backend in _BACKENDS:
                report = check_array(make, backend=backend, on_fail=None)
                checks = [{"check": result.check, "status": result.status} for result in report]
                records.append(
                    {"name": name, "backend": backend, "verdict": report.verdict, "checks": checks}
                )
    return records


def table(kind: str, records: list[dict[str, Any]]) -> list[str]:
    """Lay out one row a subject."""
    # What zarr itself does wrong is no other array's: the first row has it, and findings.md.
    own: tuple[set[str], set[str]] | None = None
    rows = [f"| {kind} | cpu | sim | d2h/h2d | checks that fail |", "|---|---|---|---:|---|"]
    for name in dict.fromkeys(record["name"] for record in records):
        cpu, sim = (
            next(r for r in records if (r["name"], r["backend"]) == (name, backend))
            for backend in _BACKENDS
        )
        shown = name if "`" in name else f"`{name.removeprefix('tests.real.subjects:')}`"
        failing = _failing(cpu), _failing(sim)
        if own is None:
            checks = _checks(*failing)
            own = (set(failing[0]), set(failing[1])) if kind == "array" else None
        else:
            beyond = (
                [x for x in checks if x not in o] for checks, o in zip(failing, own, strict=True)
            )
            checks = ", ".join(filter(None, ["as zarr's own", _checks(*beyond)]))
        cells = [shown.replace("|", "\\|"), _verdict(cpu), sim["verdict"], _moved(sim)]
        rows.append(f"| {' | '.join([*cells, checks])} |")
    return rows


def _verdict(record: dict[str, Any]) -> str:
    verdict: str = record["verdict"]
    # There is nothing to transfer in host memory.
    return "ok" if verdict == "device-native" else verdict


def _moved(record: dict[str, Any], *, broken: bool = False) -> str:
    moved = record.get("transfers")
    left_out = () if broken else ("broken", "unsupported")
    if record["verdict"] in left_out or not moved or not moved.get("chunks"):
        return ""
    each = [round(moved[way]["count"] / moved["chunks"], 1) for way in ("d2h", "h2d")]
    return "/".join(f"{count:g}" for count in each)


def _failing(record: dict[str, Any]) -> list[str]:
    return [
        check["check"].removeprefix("check_")
        for check in record["checks"]
        if check["status"] == "failed"
    ]


def _checks(cpu: list[str], sim: list[str], *, device: str = "sim") -> str:
    everywhere = [f"`{check}`" for check in cpu if check in sim]
    here = [f"`{check}` (cpu)" for check in cpu if check not in sim]
    there = [f"`{check}` ({device})" for check in sim if check not in cpu]
    return ", ".join([*everywhere, *here, *there])


def versions(packages: Sequence[str]) -> str:
    """Name what was under the checks."""
    told = []
    for package in ("zarr", *packages):
        try:
            told.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            raise SystemExit(f"{package} is not installed: {_COMMAND}") from None
    return f"{', '.join(told)}; Python {sys.version.split()[0]} on {sys.platform}."


def everything() -> str:
    """Run everything, and return the document."""
    lines = [_HEAD, versions(PACKAGES), ""]
    for kind, title, records in (
        ("codec", "Codecs", audited(*CODECS)),
        ("store", "Stores", audited(*STORES)),
        ("array", "Pipelines and arrays", arrays()),
    ):
        lines += [f"## {title}", "", *table(kind, records), ""]
    return "\n".join([*lines, *devices(), _LEARNED.read_text("utf-8")])


def with_devices(document: str) -> str:
    """Return the document with new tables of the packages for GPUs."""
    others = document.partition("## Packages for GPUs")[0].partition("## What was learned")[0]
    return others + "\n".join([*devices(), _LEARNED.read_text("utf-8")])


def main() -> None:
    """Run what is asked for, and write the document."""
    parser = argparse.ArgumentParser(prog="python -m tests.real", description=__doc__)
    parser.add_argument("part", nargs="?", choices=["devices"])
    part = parser.parse_args().part
    text = everything() if part is None else with_devices(_DOCUMENT.read_text("utf-8"))
    _DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
