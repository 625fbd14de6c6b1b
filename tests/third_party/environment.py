"""An environment for the tests of a project, and its tests themselves, from the package index."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests import sdists

if TYPE_CHECKING:
    from tests.third_party.projects import Project

__all__ = ["environment", "folder"]

_ROOT = Path(__file__).parents[2]


def environment(project: Project, cache: Path = sdists.CACHE) -> Path:
    """Return the interpreter of an environment with a project and the simulator.

    It is made with ``uv`` at the first call, and kept.

    Parameters
    ----------
    project
        The project.
    cache
        The folder where environments are kept.
    """
    place = cache / "third-party" / f"{project.package}-{project.release}"
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = place / "complete"
    if done.exists():
        return python
    place.parent.mkdir(parents=True, exist_ok=True)
    (cache / ".gitignore").write_text("*\n")
    _uv("venv", "--allow-existing", "--python", sys.executable, str(place))
    pinned = f"{project.package}=={project.release}"
    install = ["pip", "install", "--python", str(python)]
    needed = [*project.requirements, *([] if project.without_dependencies else [pinned])]
    _uv(*install, "--editable", f"{_ROOT}[test]", "scipy", *needed)
    if project.without_dependencies:
        _uv(*install, "--no-deps", pinned)
    done.touch()
    return python


def folder(project: Project, cache: Path = sdists.CACHE) -> Path | None:
    """Return the folder of the source distribution; ``None`` if the tests are in the wheel."""
    if not project.tests:
        return None
    name = project.package.replace("-", "_")
    return sdists.sdist(name, project.release, cache, tests=project.tests[0])


def _uv(*arguments: str) -> None:
    subprocess.run(["uv", "--quiet", *arguments], check=True, cwd=_ROOT)
