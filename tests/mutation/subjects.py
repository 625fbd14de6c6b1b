"""Subjects and their checks; of the modules here, the only one that imports zarr."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, final

import numpy as np
import zarr
from zarr.codecs import BytesCodec, ShardingCodec
from zarr.storage import MemoryStore

import zarr_devbuf
from zarr_devbuf.audit.subjects.construct import (
    ConstructionError,
    OtherBackend,
    backend_for,
    constructed,
)
from zarr_devbuf.audit.subjects.discovery import find_subjects
from zarr_devbuf.audit.subjects.subject import KINDS
from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks import list_checks
from zarr_devbuf.checks.run import run_check

if TYPE_CHECKING:
    from zarr_devbuf.audit.subjects.subject import Subject
    from zarr_devbuf.checks import Kind

__all__ = ["Bench", "list_subjects", "screen"]

# Found before the fork, as this takes longer than most checks; what they name is loaded later.
_SUBJECTS = find_subjects()

# The simulator replaces CuPy for these. The other subjects do the same on `gpu` as on `sim`.
_ON_GPU = {"zarr.buffer.gpu", "zarr_devbuf.gpu", "GpuMemoryStore", "zarr.Array (enable_gpu)"}


def list_subjects() -> list[tuple[Kind, str, str]]:
    """List kind, name and backend of all that zarr ships, the simulated GPU's last."""
    subjects = [each for each in _SUBJECTS if each.package in ("zarr", "zarr-devbuf")]
    found: list[tuple[Kind, str, str]] = [
        (each.kind, each.name, backend)
        for each in subjects
        for backend in ("cpu", "sim")
        if each.runs_on(backend)
        # What wraps numcodecs works on the host alone, and says so.
        and not (each.name.startswith("numcodecs.") and backend != "cpu")
    ]
    found += [(each.kind, each.name, "gpu") for each in subjects if each.name in _ON_GPU]
    return found


def screen() -> None:
    """Write and read one plain array and one sharded one; raise if that does not work."""
    values = np.arange(100, dtype="f4").reshape(10, 10)
    for serializer in (BytesCodec(), ShardingCodec(chunk_shape=(2, 5), codecs=[BytesCodec()])):
        array = zarr.create_array(
            MemoryStore(), shape=(10, 10), chunks=(4, 5), dtype="f4", serializer=serializer
        )
        array[:] = values
        if not np.array_equal(np.asarray(array[:]), values):
            raise ValueError("an array has other values than were written")


@final
class Bench:
    """
    Runs single checks, and keeps what they need until it is closed.

    Temporary files stay behind if the process dies: they lie in `folder`.
    """

    def __init__(self, folder: str) -> None:
        tempfile.tempdir = folder
        self._stack = ExitStack()
        self._subjects = {(each.kind, each.name): each for each in _SUBJECTS}
        self._checks = {(kind, each.name): each for kind in KINDS for each in list_checks(kind)}
        self._made: dict[tuple[str, str, str], Any] = {}

    def names_of_checks(self, kind: str) -> list[str]:
        """List the checks of a kind in their order."""
        return [name for of, name in self._checks if of == kind]

    def run(self, kind: Kind, subject: str, backend: str, check: str) -> str:
        """
        Run one check.

        Returns
        -------
        str
            ``"passed"``, ``"failed"``, ``"skipped"``; ``"not made"`` if the subject could not be
            constructed; ``"not here"`` if it has nothing to do on this backend.
        """
        if backend == "gpu" and "gpu" not in (each for _, _, each in self._made):
            simulate = getattr(zarr_devbuf, "simulate_gpu", None) or zarr_devbuf.simulate_cupy
            self._stack.enter_context(simulate())
        key = (kind, subject, backend)
        if key not in self._made:
            self._made[key] = self._make(self._subjects[kind, subject], backend)
        if isinstance(self._made[key], ConstructionError):
            return "not made"
        if isinstance(self._made[key], OtherBackend):
            return "not here"
        on = backend_for(self._subjects[kind, subject], get_backend(backend))
        result = run_check(self._checks[kind, check], self._made[key], on)
        return result.status

    def _make(self, subject: Subject, backend: str) -> Any:
        try:
            return self._stack.enter_context(constructed(subject, get_backend(backend)))
        except (ConstructionError, OtherBackend) as error:
            return error
