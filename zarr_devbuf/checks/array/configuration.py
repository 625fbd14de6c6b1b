"""What zarr's configuration may name: the host's buffers, codec pipelines; what a backend holds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import zarr
import zarr.buffer.cpu
import zarr.core.codec_pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

__all__ = ["HOST", "holds", "host_configuration", "is_host", "pipelines"]

HOST = zarr.buffer.cpu.buffer_prototype

_PIPELINES = ("BatchedCodecPipeline", "FusedCodecPipeline")


def pipelines() -> tuple[str, ...]:
    """Name the codec pipelines of the installed zarr, after the one that is configured."""
    module = zarr.core.codec_pipeline
    own = [f"{module.__name__}.{name}" for name in _PIPELINES if hasattr(module, name)]
    return tuple(dict.fromkeys((zarr.config.get("codec_pipeline.path"), *own)))


@contextmanager
def host_configuration() -> Iterator[None]:
    """Make zarr's host classes its default buffers for a block."""
    with zarr.config.set(
        {"buffer": "zarr.buffer.cpu.Buffer", "ndbuffer": "zarr.buffer.cpu.NDBuffer"}
    ):
        yield


def is_host(backend: Backend) -> bool:
    """Tell whether the backend's memory is the host's."""
    return issubclass(backend.array_type, np.ndarray)


def holds(backend: Backend, dtype: npt.DTypeLike) -> bool:
    """Tell whether arrays of the backend can have a dtype."""
    try:
        backend.xp.zeros(1, dtype=np.dtype(dtype))
    except (TypeError, ValueError, NotImplementedError):
        return False
    return True
