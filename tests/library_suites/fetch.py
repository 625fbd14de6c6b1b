"""Fetches the tests of a package, and the package if they need it; once, into the cache."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests import sdists

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.library_suites.suites import Suite

__all__ = ["FetchError", "folder_of", "packages"]


class FetchError(RuntimeError):
    """The tests of a package, or the package, are not available."""


def folder_of(name: str, suite: Suite, repository: str = "", cache: Path = sdists.CACHE) -> Path:
    """
    Return the folder in which the tests run.

    Parameters
    ----------
    repository
        What to fetch the commit from, instead of the suite's repository: a URL or a folder.
    """
    if not suite.repository:
        return sdists.sdist(name, suite.release, cache) / suite.folder

    def check_out(folder: Path) -> None:
        source = repository or suite.repository
        _run("git", "init", "--quiet", str(folder))
        git = ("git", "-C", str(folder))
        _run(*git, "fetch", "--quiet", "--depth=1", source, suite.release)
        _run(*git, "checkout", "--quiet", "FETCH_HEAD")

    return _once(cache / f"{name}-git" / suite.release, check_out) / suite.folder


def packages(requirements: Sequence[str], cache: Path = sdists.CACHE) -> Path:
    """Return a folder for ``PYTHONPATH`` that has packages, and nothing that they depend on."""

    def install(folder: Path) -> None:
        command = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps")
        _run(*command, "--target", str(folder), *requirements)

    return _once(cache / "packages" / "+".join(requirements), install)


def _once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a folder that does not exist, completely or not at all."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        (folder.parents[1] / ".gitignore").write_text("*\n")
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            made = Path(temporary) / "made"
            fill(made)
            made.rename(folder)
    return folder


def _run(*command: str) -> None:
    arguments: Sequence[str] = command
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FetchError(f"{' '.join(command)}:\n{done.stderr.strip()}")
