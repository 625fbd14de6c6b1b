"""``rmm.pylibrmm.cuda_stream_pool``: streams that are used in turn."""

from __future__ import annotations

import itertools

from zarr_devbuf.simulator.rmm.pylibrmm.stream import CudaStreamFlags, Stream

__all__ = ["CudaStreamPool"]


class CudaStreamPool:
    """A number of streams.

    Parameters
    ----------
    pool_size
        The number.
    flags
        Of each stream.
    """

    def __init__(
        self, pool_size: int = 16, flags: CudaStreamFlags = CudaStreamFlags.SYNC_DEFAULT
    ) -> None:
        if pool_size <= 0:
            raise RuntimeError("RMM failure: Stream pool size must be greater than zero")
        self._streams = [Stream(flags=flags) for _ in range(pool_size)]
        self._turns = itertools.count()

    def get_stream(self, stream_id: int | None = None) -> Stream:
        """Return the next stream, or one by its number."""
        number = next(self._turns) if stream_id is None else stream_id
        return self._streams[number % len(self._streams)]

    def get_pool_size(self) -> int:
        """Return the number of streams."""
        return len(self._streams)
