"""The code that downloads and unpacks source distributions."""

from __future__ import annotations

import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests import sdists

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def make_archive(folder: Path, *files: str) -> Path:
    for name in files:
        file = folder / "zarr-0.1" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    with tarfile.open(folder / "zarr-0.1.tar.gz", "w:gz") as tar:
        tar.add(folder / "zarr-0.1", "zarr-0.1")
    return folder / "zarr-0.1.tar.gz"


def test_the_sdist_is_downloaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = make_archive(tmp_path, "tests/test_a.py", "pyproject.toml")
    downloads = []

    def download(name: str, release: str, _: Path) -> Path:
        assert (name, release) == ("zarr", "0.1")
        downloads.append(1)
        return archive

    monkeypatch.setattr(sdists, "_download", download)
    cache = tmp_path / ".cache"
    for _ in range(2):
        found = sdists.sdist("zarr", "0.1", cache)
        assert found == cache / "zarr-sdist" / "zarr-0.1"
        assert sorted(p.name for p in found.iterdir()) == ["pyproject.toml", "tests"]
    assert len(downloads) == 1
    assert (tmp_path / ".cache" / ".gitignore").read_text() == "*\n"
    assert [p.name for p in (cache / "zarr-sdist").iterdir()] == ["zarr-0.1"]


def test_an_sdist_without_tests_is_rejected(tmp_path: Path) -> None:
    archive = make_archive(tmp_path, "pyproject.toml")
    with pytest.raises(sdists.SdistError, match="contains no tests"):
        sdists.unpack(archive, tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()


def test_the_error_of_pip_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert "zarr==0.1" in command
        return subprocess.CompletedProcess(command, 1, "", "no matching distribution")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(sdists.SdistError, match=r"zarr 0\.1:\nno matching distribution"):
        sdists.sdist("zarr", "0.1", tmp_path)
