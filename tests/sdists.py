"""Source distributions of other packages, downloaded once and unpacked: their tests are in them."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

__all__ = ["CACHE", "SdistError", "sdist", "unpack"]

CACHE = Path(__file__).parents[1] / ".cache"


class SdistError(RuntimeError):
    """The source distribution of a package is not available."""


def sdist(name: str, release: str, cache: Path = CACHE, *, tests: str = "tests") -> Path:
    """Return the folder of the unpacked source distribution of a release.

    Parameters
    ----------
    name
        The package, as its files are named.
    release
        The version.
    cache
        The folder where the distributions are kept, one folder for each package.
    tests
        A file or folder that it must contain, as a pattern.
    """
    folder = cache / f"{name}-sdist" / f"{name}-{release}"
    if not any(folder.glob(tests)):
        folder.parent.mkdir(parents=True, exist_ok=True)
        # As pytest and mypy do: the cache excludes itself from version control.
        (cache / ".gitignore").write_text("*\n")
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            unpack(_download(name, release, Path(temporary)), folder, tests)
    return folder


def _download(name: str, release: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", f"--no-binary={name}", "--dest", str(folder), f"{name}=={release}"]
    # pip asks a source distribution for its metadata; that of CuPy looks for CUDA then.
    env = os.environ | {"CUPY_INSTALL_USE_STUB": "1"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    archives = list(folder.glob("*.tar.gz"))
    if run.returncode != 0 or len(archives) != 1:
        raise SdistError(
            f"pip cannot download the source distribution of {name} {release}:\n"
            f"{run.stderr.strip()}"
        )
    return archives[0]


def unpack(archive: Path, folder: Path, tests: str = "tests") -> None:
    """Unpack a source distribution, whose top folder becomes `folder`, completely or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        with tarfile.open(archive) as tar:
            tar.extractall(temporary, filter="data")
        (top,) = Path(temporary).iterdir()
        if not any(top.glob(tests)):
            raise SdistError(f"{archive.name} contains no tests")
        try:
            top.rename(folder)
        except OSError:
            # Another process was faster, or an earlier attempt left a folder without tests.
            if not any(folder.glob(tests)):
                raise
