"""Switches the checks of streams on and off: `check_streams`, and ``SIM_STREAMS``."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from zarr_devbuf.simulator._ordering.tracker import tracker

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["begin_simulation", "check_streams", "end_simulation"]

_MODES = ("raise", "warn")
_SETTINGS = (*_MODES, "eager")


@contextlib.contextmanager
def check_streams(*, mode: str = "raise") -> Iterator[None]:
    """Check the order of work on streams during a block, for code that uses the backend ``sim``.

    Inside `simulate_gpu` the checks are on already, unless ``SIM_STREAMS=eager`` is set. What
    happened before the block counts as ordered. The checks are process-wide; blocks can be nested.

    Parameters
    ----------
    mode : {"raise", "warn"}
        Whether a hazard raises `StreamHazardError` at the second access, or emits a
        `StreamHazardWarning`. If blocks are nested, one that raises decides.

    Raises
    ------
    StreamHazardError
        From the access that is not ordered after an earlier one to the same bytes.

    Examples
    --------
    >>> from zarr_devbuf import get_backend
    >>> from zarr_devbuf.simulator import StreamHazardError, check_streams
    >>> xp = get_backend("sim").xp
    >>> with check_streams():
    ...     stream = xp.cuda.Stream(non_blocking=True)
    ...     array = xp.arange(4)
    ...     try:
    ...         with stream:
    ...             array += 1
    ...     except StreamHazardError as error:
    ...         print(error.kind)
    write after write
    """
    if mode not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}, not {mode!r}")
    tracker.enable(mode)
    try:
        yield
    finally:
        tracker.disable(mode)


def begin_simulation() -> str:
    """Switch the checks on as ``SIM_STREAMS`` says, and return that."""
    setting = os.environ.get("SIM_STREAMS", "raise")
    if setting not in _SETTINGS:
        raise ValueError(f"SIM_STREAMS must be one of {', '.join(_SETTINGS)}, not {setting!r}")
    if setting != "eager":
        tracker.enable(setting)
    return setting


def end_simulation(setting: str) -> None:
    """Undo `begin_simulation`."""
    if setting != "eager":
        tracker.disable(setting)
