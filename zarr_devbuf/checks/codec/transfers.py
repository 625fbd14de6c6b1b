"""Checks about what a codec moves between host and device."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks.codec.chunks import TYPICAL
from zarr_devbuf.checks.codec.for_each_chunk import each_chunk
from zarr_devbuf.checks.codec.harness import paths_of
from zarr_devbuf.checks.errors import violated
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import record_transfers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.codec.harness import Trial
    from zarr_devbuf.checks.codec.host_result import Reference
    from zarr_devbuf.checks.codec.layouts import Layout
    from zarr_devbuf.transfers import TransferLog


_LAYOUTS: tuple[Layout, ...] = ("C", "F", "strided")
_FLAT_LAYOUTS: tuple[Layout, ...] = ("C", "part")


@check("codec")
def check_implicit_transfers(subject: Any, backend: Backend) -> None:
    """Neither encoding nor decoding moves data between host and device without asking for it.

    Host memory handed in where device memory is due, and device arrays converted by ``np.asarray``
    and the like: on a GPU the one is a hidden copy, the other an error, or the reverse, as the
    array library has it. Along every code path, in every memory layout. A codec that has to work
    on the host asks for it: ``buffer.as_numpy_array()``, ``prototype.buffer.from_bytes(...)``.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        for path in paths_of(trial.codec):
            for layout, data in _inputs(trial):
                with record_transfers() as log, _unless_it_fails(layout):
                    trial.encode(data, path)
                _require_explicit(log, trial.about("encode", path, layout))
            data = trial.buffer(expected.encoded, flat=trial.gives_bytes)
            with record_transfers() as log:
                trial.decode(data, path)
            _require_explicit(log, trial.about("decode", path))

    each_chunk(subject, backend, TYPICAL, judge)


def _inputs(trial: Trial) -> Iterator[tuple[Layout, Any]]:
    for layout in _FLAT_LAYOUTS if trial.takes_bytes else _LAYOUTS:
        yield layout, trial.input(layout)


@contextmanager
def _unless_it_fails(layout: Layout) -> Iterator[None]:
    """Leave it to `check_memory_layouts` to say that a layout cannot be encoded at all."""
    try:
        yield
    except Exception:
        if layout == "C":
            raise


def _require_explicit(log: TransferLog, case: str) -> None:
    implicit = log.implicit
    if len(implicit):
        raise violated(
            expected="no implicit transfers",
            actual=f"{len(implicit)} of {implicit.nbytes} bytes in all",
            advice="keep the data on its device; or ask for the copy, by as_numpy_array(), "
            "from_bytes() or from_numpy_array()",
            case=case,
            transfers=implicit,
        )


@check("codec")
def check_transfers(subject: Any, backend: Backend) -> None:
    """Encoding a chunk and decoding it make no more transfers than are granted (max_transfers).

    Without a maximum the check measures, and the verdict says what it found: ``device-native`` where
    nothing was moved in any memory layout, along any code path; ``host-round-trip`` otherwise.
    """

    def judge(trial: Trial, expected: Reference) -> None:
        for path in paths_of(trial.codec):
            for layout, data in _inputs(trial):
                with measured(trial.about("encode", path, layout)), _unless_it_fails(layout):
                    trial.encode(data, path)
            data = trial.buffer(expected.encoded, flat=trial.gives_bytes)
            with measured(trial.about("decode", path)):
                trial.decode(data, path)

    each_chunk(subject, backend, TYPICAL, judge)
