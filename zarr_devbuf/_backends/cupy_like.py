"""The base of backends whose array namespace is CuPy, or has the interface of CuPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.backend import Backend

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["CupyLikeBackend"]


class CupyLikeBackend(Backend):
    """A device whose array namespace has the interface of CuPy; a subclass defines `xp`."""

    def __init__(self) -> None:
        self._made_for: type | None = None
        self._ndarray_like: type = type(None)

    @property
    def array_type(self) -> type:
        """The namespace's ``ndarray``."""
        return self.xp.ndarray  # type: ignore[no-any-return]

    @property
    def TestNDArrayLike(self) -> type:  # noqa: N802
        """A subclass of the namespace's ``ndarray``, the same as long as that is the same."""
        array_type = self.array_type
        if self._made_for is not array_type:
            self._ndarray_like = type(
                "TestNDArrayLike",
                (array_type,),
                {
                    "__doc__": "A device array that is from a reference buffer.",
                    "__module__": type(self).__module__,
                    "__test__": False,
                    **self._members(array_type),
                },
            )
            self._made_for = array_type
        return self._ndarray_like

    def _members(self, array_type: type) -> dict[str, Any]:  # noqa: ARG002 - for subclasses
        """Return members that `TestNDArrayLike` defines itself."""
        return {}

    def from_host(self, array: npt.NDArray[Any]) -> Any:
        """Copy to the current device: one explicit transfer of ``array.nbytes`` bytes."""
        # CuPy sets a 0-d array by a fill, which loses the sign of -0.0.
        source = array if array.ndim else array.reshape(1)
        if source.dtype.names is not None and not source.dtype.isnative:
            # CuPy holds such dtypes, but converts the fields to native byte order on the way.
            memory = np.ascontiguousarray(source).reshape(-1).view("u1")
            moved = self.xp.asarray(memory).view(source.dtype).reshape(source.shape)
        else:
            moved = self.xp.asarray(source)
        return moved if array.ndim else moved.reshape(())

    def to_host(self, array: Any) -> npt.NDArray[Any]:
        """Copy to the host: one explicit transfer of ``array.nbytes`` bytes."""
        return self.xp.asnumpy(array)  # type: ignore[no-any-return]

    def copy_from_host(self, target: Any, source: npt.NDArray[Any]) -> None:
        """Copy directly into the target's memory: one explicit transfer."""
        target.set(source)

    def device_count(self) -> int:
        """Return the number of devices."""
        if self.unavailable_reason() is not None:
            return 0
        return int(self.xp.cuda.runtime.getDeviceCount())

    def device_names(self) -> tuple[str, ...]:
        """Return the driver's names of the devices."""
        count = self.device_count()
        return tuple(
            self.xp.cuda.runtime.getDeviceProperties(index)["name"].decode()
            for index in range(count)
        )

    def synchronize(self) -> None:
        """Wait until the current device has finished all its work."""
        self.xp.cuda.runtime.deviceSynchronize()
