"""The source distribution of the installed zarr, which is downloaded once."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

__all__ = ["CACHE", "SdistError", "sdist", "unpack"]

CACHE = Path(__file__).parents[2] / ".cache" / "zarr-sdist"


class SdistError(RuntimeError):
    """The source distribution of the installed zarr is not available."""


def sdist(cache: Path = CACHE) -> Path:
    """Return the folder of the unpacked source distribution of the installed zarr."""
    name = f"zarr-{version('zarr')}"
    folder = cache / name
    if not (folder / "tests").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        # As pytest and mypy do: the cache excludes itself from version control.
        (cache.parent / ".gitignore").write_text("*\n")
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            unpack(_download(Path(temporary)), folder)
    return folder


def _download(folder: Path) -> Path:
    release = version("zarr")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary=zarr", "--dest", str(folder), f"zarr=={release}"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    archives = list(folder.glob("zarr-*.tar.gz"))
    if run.returncode != 0 or len(archives) != 1:
        raise SdistError(
            f"pip cannot download the source distribution of zarr {release}:\n{run.stderr.strip()}"
        )
    return archives[0]


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a source distribution, whose top folder becomes `folder`, completely or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        with tarfile.open(archive) as tar:
            tar.extractall(temporary, filter="data")
        (top,) = Path(temporary).iterdir()
        if not (top / "tests").is_dir():
            raise SdistError(f"{archive.name} contains no tests")
        try:
            top.rename(folder)
        except OSError:
            # Another process was faster, or an earlier attempt left a folder without tests.
            if not (folder / "tests").is_dir():
                raise
