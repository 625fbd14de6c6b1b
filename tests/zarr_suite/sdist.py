"""The source distribution of the installed zarr, fetched once and kept."""

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
    """The sdist of the installed zarr is not to be had."""


def sdist(cache: Path = CACHE) -> Path:
    """Return the folder of the unpacked sdist of the zarr that is installed."""
    name = f"zarr-{version('zarr')}"
    folder = cache / name
    if not (folder / "tests").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        # As pytest and mypy do: the cache keeps itself out of version control.
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
            f"pip cannot fetch the sdist of the installed zarr {release}:\n{run.stderr.strip()}"
        )
    return archives[0]


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an sdist, whose one top folder becomes `folder`; all of it or nothing."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        with tarfile.open(archive) as tar:
            tar.extractall(temporary, filter="data")
        (top,) = Path(temporary).iterdir()
        if not (top / "tests").is_dir():
            raise SdistError(f"{archive.name} holds no tests")
        try:
            top.rename(folder)
        except OSError:
            # Somebody else was faster, or an earlier attempt left a folder that lacks its tests.
            if not (folder / "tests").is_dir():
                raise
