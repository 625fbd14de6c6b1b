"""The document holds what the run and its reader have found; the run itself takes minutes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.real import __main__ as command
from tests.real.devices import DEVICE_PACKAGES, GROUPS
from tests.real.subjects import ARRAYS, CODECS, PACKAGES, STORES

FOLDER = Path(__file__).parent
DOCUMENT = (FOLDER.parents[1] / "docs" / "real-subjects.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", [*PACKAGES, *DEVICE_PACKAGES])
def test_package_has_a_version(package: str) -> None:
    assert f"{package} " in DOCUMENT


def test_what_was_learned_is_in_it() -> None:
    assert DOCUMENT.endswith((FOLDER / "learned.md").read_text(encoding="utf-8"))


def test_devices_alone_can_be_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "devices", lambda: ["## Packages for GPUs", "none", ""])
    written = command.with_devices(DOCUMENT)
    assert written.count("## What was learned") == written.count("## Packages for GPUs") == 1
    assert command.with_devices(written) == written
    others, _, rest = DOCUMENT.partition("## Packages for GPUs")
    learned = rest[rest.index("## What was learned") :]
    assert command.with_devices(others + learned) == written


def test_subjects_have_rows() -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| ")]
    for subject in CODECS:
        if subject.startswith("{"):
            assert any(json.dumps(json.loads(subject)["configuration"]) in row for row in rows)
    for path in STORES:
        assert any(path.rpartition(":")[2] in row for row in rows)
    for _, _, name in ARRAYS:
        assert any(name in row for row in rows)
    assert sum("imagecodecs_" in row for row in rows) > 80


def test_subjects_for_gpus_have_rows_with_their_references() -> None:
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| `")]
    for group in GROUPS:
        assert f"### {group.title}\n" in DOCUMENT
        for subject, reference in group.subjects.items():
            row = next(row for row in rows if row.startswith(f"| `{subject}` |"))
            assert not reference or f"| `{reference}` |" in row
