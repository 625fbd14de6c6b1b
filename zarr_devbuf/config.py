"""Configure zarr for one backend."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import zarr

from zarr_devbuf.backend import Backend, get_backend

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["use_backend"]


@contextmanager
def use_backend(backend: str | Backend) -> Iterator[Backend]:
    """Make a backend's reference classes zarr's default buffers for a block.

    Sets ``buffer`` and ``ndbuffer`` in ``zarr.config`` and restores both afterwards, after an
    error too; blocks nest. Zarr's configuration is process-wide: other threads see the change.
    Arrays that are already open read it at each operation.

    Parameters
    ----------
    backend : str or Backend
        A backend or its name.

    Yields
    ------
    Backend
        The backend.

    Raises
    ------
    ValueError
        If the name is unknown.
    BackendUnavailableError
        If the backend cannot be used; the configuration does not change.
    """
    if not isinstance(backend, Backend):
        backend = get_backend(backend)
    backend.require()
    buffer, nd_buffer = backend.prototype
    with zarr.config.set({"buffer": _path(buffer), "ndbuffer": _path(nd_buffer)}):
        yield backend


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
