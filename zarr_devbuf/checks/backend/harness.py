"""What the checks of backends share: how they run, and what NumPy gives for the same operation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, final

import numpy as np

from zarr_devbuf.checks._device_harness import DeviceHarness, check_with
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    from zarr_devbuf.backend import Backend

__all__ = ["FLOATS", "INTEGERS", "NUMBERS", "BackendHarness", "Operation", "backend_check"]

# An operation as it is written, ``"array[1:]"``, and the function of an array.
type Operation = tuple[str, Callable[[Any], Any]]

# One of each item size that matters, where an operation does not depend on the dtype. Only uint8
# is demanded of a backend: the others are used if it holds them.
INTEGERS = ("u1", "i4")
NUMBERS = ("u1", "i4", "f8")
FLOATS = ("f2", "f4", "f8")


def _harness(_: Backend, backend: Backend, advice: str) -> BackendHarness:
    return BackendHarness(backend, advice)


# Registers a function as a check of backends, and runs it with a `BackendHarness`. What a backend
# has to offer is this project's demand.
backend_check = partial(check_with, "backend", _harness, source="ours")


@final
@dataclass(frozen=True, slots=True)
class BackendHarness(DeviceHarness):
    """A backend: makes arrays of it, and compares what it gives with what NumPy gives."""

    @property
    def xp(self) -> Any:
        """The array namespace of the backend."""
        return self.backend.xp

    def to_host(self, array: Any) -> npt.NDArray[Any]:
        """Copy an array of the backend to the host; the ledger does not see it."""
        with unrecorded_transfers():
            return np.array(self.backend.to_host(array), order="C", copy=True, subok=False)

    def assert_like_numpy(
        self, values: npt.NDArray[Any], text: str, operation: Callable[[Any], Any]
    ) -> tuple[Any, Any]:
        """
        Assert that an operation gives on the backend what it gives on the host.

        Parameters
        ----------
        values : numpy.ndarray
            What it is applied to: copied to the backend first.
        text : str
            The operation, as it is written: ``"array[1:]"``.
        operation : callable
            Takes an array and returns one, or changes it and returns None.

        Returns
        -------
        source, result : array
            Of the backend: what the operation was applied to, and what it gave.
        """
        host = values.copy()
        expected = operation(host)
        source = self.array(values)
        with self.calling(f"`{text}`, array of {values.dtype}, shape {values.shape}") as case:
            found = operation(source)
        if expected is None:
            expected, found = host, source
        self.assert_array(found, expected, case)
        return source, found

    def assert_views(
        self,
        operations: Iterable[Operation],
        values: npt.NDArray[Any],
    ) -> None:
        """Assert that each operation gives NumPy's values, in the memory of the array."""
        for text, operation in operations:
            source, found = self.assert_like_numpy(values, text, operation)
            if found.size:
                case = f"`{text}` and the array of {values.dtype}, shape {values.shape}"
                self.assert_shared_memory(source, found, case)

    def assert_copies(self, operations: Iterable[Operation], values: npt.NDArray[Any]) -> None:
        """Assert that each operation gives NumPy's values, in memory of its own."""
        for text, operation in operations:
            source, found = self.assert_like_numpy(values, text, operation)
            if found.size and values.dtype.kind in "iu":
                case = f"`{text}` and the array of {values.dtype}, shape {values.shape}"
                with unrecorded_transfers():
                    self.assert_own_memory(source, found, case)

    def assert_order(self, array: Any, order: str, case: str) -> None:
        """Assert that the memory of an array is in C or in F order, by its strides."""
        strides = []
        step = int(array.itemsize)
        shape = tuple(array.shape)
        for extent in shape if order == "F" else shape[::-1]:
            strides.append(step)
            step *= extent
        expected = tuple(strides if order == "F" else strides[::-1])
        found = tuple(array.strides)
        differs = any(
            extent > 1 and stride != wanted
            for extent, stride, wanted in zip(shape, found, expected, strict=True)
        )
        if differs:
            wanted = f"memory in {order} order: strides {expected}"
            raise self.violated(case, wanted, f"strides {found}")
