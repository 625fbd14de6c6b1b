"""
Hold third parties' codecs, stores and pipelines to the checks, and write docs/real-subjects.md.

Takes several minutes. ``uv run --no-default-groups --group real python -m tests.real``
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from contextlib import ExitStack
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import zarr

from tests.real.subjects import ARRAYS, CODECS, PACKAGES, STORES
from zarr_devbuf.checks import check_array

_BACKENDS = ("cpu", "sim")
_DOCUMENT = Path(__file__).parents[2] / "docs" / "real-subjects.md"
_LEARNED = Path(__file__).with_name("learned.md")

_COMMAND = "uv run --no-default-groups --group real python -m tests.real"

_HEAD = f"""\
# Real subjects

Third parties' codecs, stores and pipelines under the checks of [checks.md](checks.md), on the host
(`cpu`) and on the simulated device (`sim`). The verdicts are those of [audit.md](audit.md). None of
these packages claims to serve devices: `host-round-trip` on `sim` is the best that a codec for the
host can do. A codec is judged as it is without arguments, unless its configuration is shown.

Written by `{_COMMAND}`.
"""


def audited(*subjects: str) -> list[dict[str, Any]]:
    """Run the command line, as a user does."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "zarr_devbuf.cli", "audit", *subjects]
        options = ["--backend", ",".join(_BACKENDS), "--format", "json", "-o", str(report)]
        # Some of these compress for quality, not for speed.
        options += ["--timeout", "600"]
        done = subprocess.run([*command, *options], check=False, env={**os.environ})
        if done.returncode not in (0, 1):
            raise SystemExit(done.returncode)
        found: list[dict[str, Any]] = json.loads(report.read_text())["subjects"]
        return found


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


def _moved(record: dict[str, Any]) -> str:
    moved = record.get("transfers")
    if record["verdict"] in ("broken", "unsupported") or not moved or not moved.get("chunks"):
        return ""
    each = [round(moved[way]["count"] / moved["chunks"], 1) for way in ("d2h", "h2d")]
    return "/".join(f"{count:g}" for count in each)


def _failing(record: dict[str, Any]) -> list[str]:
    return [
        check["check"].removeprefix("check_")
        for check in record["checks"]
        if check["status"] == "failed"
    ]


def _checks(cpu: list[str], sim: list[str]) -> str:
    everywhere = [f"`{check}`" for check in cpu if check in sim]
    here = [f"`{check}` (cpu)" for check in cpu if check not in sim]
    there = [f"`{check}` (sim)" for check in sim if check not in cpu]
    return ", ".join([*everywhere, *here, *there])


def versions() -> str:
    """Name what was under the checks."""
    told = []
    for package in ("zarr", *PACKAGES):
        try:
            told.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            raise SystemExit(f"{package} is not installed: {_COMMAND}") from None
    return f"{', '.join(told)}; Python {sys.version.split()[0]} on {sys.platform}."


def main() -> None:
    """Run everything, and write the document."""
    lines = [_HEAD, versions(), ""]
    for kind, title, records in (
        ("codec", "Codecs", audited(*CODECS)),
        ("store", "Stores", audited(*STORES)),
        ("array", "Pipelines and arrays", arrays()),
    ):
        lines += [f"## {title}", "", *table(kind, records), ""]
    _DOCUMENT.write_text("\n".join([*lines, _LEARNED.read_text()]), encoding="utf-8")


if __name__ == "__main__":
    main()
