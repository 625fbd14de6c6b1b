"""Record which lines of zarr run, by `sys.monitoring`."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from tests.mutation.install import code_objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Lines", "lines_of_import", "recorded_lines", "watch_functions"]

# The lines that ran, by the path of the file relative to zarr.
type Lines = dict[str, list[int]]

_events = sys.monitoring.events
_hits: set[tuple[str, int]] = set()


def _start() -> int:
    tool = sys.monitoring.COVERAGE_ID
    sys.monitoring.use_tool_id(tool, "zarr-devbuf mutation")
    sys.monitoring.register_callback(tool, _events.LINE, _record)
    return tool


def _record(code: CodeType, line: int) -> Any:
    _hits.add((code.co_filename, line))
    return sys.monitoring.DISABLE  # once is enough, until the events are restarted


def _relative(package: Path) -> Lines:
    prefix = f"{package}/"
    found: dict[str, set[int]] = {}
    for name, line in _hits.copy():
        if name.startswith(prefix):
            found.setdefault(name.removeprefix(prefix), set()).add(line)
    return {file: sorted(lines) for file, lines in found.items()}


def watch_functions(package: Path) -> None:
    """Watch all functions of zarr, which is imported, and no other code."""
    tool = _start()
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(str(package)):
            for code in code_objects(each.__code__):
                sys.monitoring.set_local_events(tool, code, _events.LINE)


@contextmanager
def recorded_lines(package: Path) -> Iterator[Lines]:
    """Collect the lines that run in the block, on all threads; they are there when it ends."""
    _hits.clear()
    sys.monitoring.restart_events()
    found: Lines = {}
    yield found
    found.update(_relative(package))


def lines_of_import(package: Path) -> Lines:
    """Import zarr and the checks, and return the lines of zarr that run meanwhile."""
    sys.monitoring.set_events(_start(), _events.LINE)
    import tests.mutation.subjects  # noqa: F401 - what is measured

    return _relative(package)
