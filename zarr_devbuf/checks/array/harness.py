"""An array on trial: filled, read and written on the host and on the device, and compared."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, final

import numpy as np
import zarr
from zarr.core.sync import sync

from zarr_devbuf.checks.array.array_params import make_array, numbers
from zarr_devbuf.checks.array.comparing import same
from zarr_devbuf.checks.array.configuration import HOST, host_configuration, is_host, pipelines
from zarr_devbuf.checks.errors import NotApplicable, during, violated
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.config import use_backend
from zarr_devbuf.store import BufferMismatchError, is_metadata_key
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks.array.array_params import Form

__all__ = ["Trial", "applicable_within_shards", "trials"]


def trials(subject: Any, backend: Backend, form: Form | None = None) -> Iterator[Trial]:
    """
    Put an array on trial, under each codec pipeline in turn.

    The configuration names the pipeline for as long as the trial is the current one.
    """
    backend.require()
    for path in pipelines():
        with zarr.config.set({"codec_pipeline.path": path}):
            yield Trial(subject, backend, form, path.rpartition(".")[2])


@contextmanager
def applicable_within_shards() -> Iterator[None]:
    """Leave the check where zarr says that it does not support the prototype within shards."""
    try:
        yield
    except (ValueError, AssertionError) as error:  # the latter in zarr before 3.4
        if "supported within shards" not in str(error):
            raise
        raise NotApplicable(str(error)) from error


@final
class Trial:
    """
    Arrays of one subject, backend, form and pipeline.

    What a check reads was written on the host, and what it writes is read on the host, so that the
    checks of reading say nothing of writing, and the other way round. A store that serves one
    prototype only, and says so by `BufferMismatchError`, is filled and read on the device.
    """

    def __init__(self, subject: Any, backend: Backend, form: Form | None, pipeline: str) -> None:
        self.subject = subject
        self.backend = backend
        self.form = form
        self.pipeline = pipeline
        self.serves_host = True

    def name(self, case: str) -> str:
        """Name a case, for a report."""
        return f"{case}, {self.pipeline}"

    def empty(self) -> zarr.Array[Any]:
        """Make an empty array; the documents of its metadata are written on the host."""
        with during("making an empty array"):
            try:
                with host_configuration():
                    return make_array(self.subject, self.form)
            except BufferMismatchError:
                with use_backend(self.backend):
                    return make_array(self.subject, self.form)

    def make(self) -> zarr.Array[Any]:
        """Make an empty array under the configuration that is in force."""
        return make_array(self.subject, self.form)

    def filled(self) -> tuple[zarr.Array[Any], npt.NDArray[Any]]:
        """Make an array with values in it; return both."""
        array = self.empty()
        values = numbers(array.shape, array.dtype)
        self.fill(array, values)
        return array, values

    def fill(self, array: zarr.Array[Any], values: npt.NDArray[Any]) -> None:
        """Write all of an array, from the host."""
        with during("filling the array"), unrecorded_transfers():
            try:
                if self.serves_host:
                    with host_configuration():
                        array[...] = values
                    return
            except BufferMismatchError:
                self.serves_host = False
            with use_backend(self.backend):
                array[...] = self.backend.from_host(values)

    def contents(self, array: zarr.Array[Any]) -> npt.NDArray[Any]:
        """Read all of an array, on the host."""
        with during("reading the array on the host"), unrecorded_transfers():
            try:
                if self.serves_host:
                    with host_configuration():
                        return np.asarray(array[...])
            except BufferMismatchError:
                self.serves_host = False
            with use_backend(self.backend):
                return np.asarray(self.to_host(array[...]))

    def put(self, values: Any) -> Any:
        """Move a host array to the device, unrecorded, into memory of its own, in C order."""
        with unrecorded_transfers():
            return self.backend.from_host(np.array(values, order="C"))

    def to_host(self, found: Any) -> Any:
        """Move a result to the host, unrecorded; leave what is not on the device."""
        with unrecorded_transfers():
            return self.backend.to_host(found) if self.backend.owns(found) else found

    def reads(
        self,
        array: zarr.Array[Any],
        operation: Callable[..., Any],
        expected: Any,
        case: str,
    ) -> None:
        """Demand of a read that it gives on the host, and on the device, what NumPy gives."""
        case = f"reading {self.name(case)}"
        if self.serves_host:
            try:
                with host_configuration(), during(f"{case}, on plain host memory"):
                    found = operation(array)
            except BufferMismatchError:
                self.serves_host = False
            else:
                same(found, expected, f"{case}, on plain host memory")
        with use_backend(self.backend), during(case), measured(case):
            found = operation(array)
        self.judge(found, expected, case)

    def writes(
        self,
        operation: Callable[..., Any],
        expect: Callable[..., Any],
        case: str,
        *,
        empty: bool = False,
    ) -> tuple[zarr.Array[Any] | None, zarr.Array[Any]]:
        """
        Demand of a write that it leaves, from the host and from the device, what NumPy leaves.

        Parameters
        ----------
        operation : callable
            Writes to the array; its second argument puts values where the operation is tried.
        expect : callable
            Does the same to a NumPy array, in place.
        case : str
            The case, named.
        empty : bool
            Whether the array has no chunks yet, but its fill value everywhere.

        Returns
        -------
        tuple of zarr.Array
            The array that was written from the host, None where the store does not serve it, and
            the one that was written from the device.
        """
        case = f"writing {self.name(case)}"
        host: zarr.Array[Any] | None = None
        if self.serves_host:
            array, expected = self._before(empty)
            expect(expected)
            try:
                with host_configuration(), during(f"{case}, on plain host memory"):
                    operation(array, lambda values: values)
            except BufferMismatchError:
                self.serves_host = False
            else:
                host = array
                same(self.contents(array), expected, f"{case}, on plain host memory")
        array, expected = self._before(empty)
        expect(expected)
        with use_backend(self.backend), during(case), measured(case):
            operation(array, self.put)
        same(self.contents(array), expected, case)
        return host, array

    def writes_or_refuses(
        self,
        operation: Callable[..., Any],
        expect: Callable[..., Any],
        case: str,
    ) -> None:
        """Demand what `writes` does, unless the host refuses; then that the device does too."""
        with host_configuration():
            array, _ = self.filled()
            try:
                operation(array, lambda values: values)
            except (ValueError, IndexError, TypeError) as refusal:
                error: Exception = refusal
            else:
                self.writes(operation, expect, case)
                return
        array, _ = self.filled()
        case = self.name(case)
        with use_backend(self.backend):
            try:
                operation(array, self.put)
            except (ValueError, IndexError, TypeError):
                pass
            else:
                raise violated(
                    case=case,
                    expected=f"a {type(error).__name__}, as on the host: {error}",
                    actual="no exception",
                    advice="judge shapes before anything is written, on any device alike",
                )

    def _before(self, empty: bool) -> tuple[zarr.Array[Any], npt.NDArray[Any]]:
        if not empty:
            return self.filled()
        array = self.empty()
        return array, np.full(array.shape, array.fill_value, array.dtype)

    def judge(self, found: Any, expected: Any, case: str) -> None:
        """Hold a result against what is due: class, shape, dtype, every bit."""
        expected = np.asarray(expected)
        # On the host zarr gives plain NumPy arrays in places, and on the host they are as good.
        due = np.ndarray if is_host(self.backend) else self.backend.TestNDArrayLike
        on_device = isinstance(found, due)
        # One element is given as a scalar, by zarr's own rule; a device has no scalars.
        if not on_device and (expected.ndim or not isinstance(found, np.generic)):
            raise violated(
                case=case,
                expected=f"an array of the prototype: {_name(due)}",
                actual=_name(type(found)),
                advice="make results by the prototype's `nd_buffer`, and give its array",
            )
        same(self.to_host(found), expected, case, swapped=not is_host(self.backend))

    def keys(self, array: zarr.Array[Any]) -> dict[str, bytes]:
        """List the chunks in the store, by key, with their bytes."""
        stored = self._stored(array)
        return {key: data for key, data in stored.items() if not is_metadata_key(key)}

    def nbytes(self, array: zarr.Array[Any]) -> int:
        """Count the bytes in the store, those of metadata included."""
        return sum(map(len, self._stored(array).values()))

    def _stored(self, array: zarr.Array[Any]) -> dict[str, bytes]:
        prefix = f"{array.path}/" if array.path else ""

        async def read(key: str) -> Buffer | None:
            try:
                return await array.store.get(key, prototype=HOST)
            except BufferMismatchError:
                return await array.store.get(key, prototype=self.backend.prototype)

        async def collected() -> dict[str, bytes]:
            names = [key async for key in array.store.list_prefix(prefix)]
            found = {key: await read(key) for key in sorted(names)}
            return {
                key.removeprefix(prefix): bytes(buffer.to_bytes())
                for key, buffer in found.items()
                if buffer is not None
            }

        with unrecorded_transfers():
            return sync(collected())

    def require_device(self) -> None:
        """Leave the check where the backend is the host."""
        if is_host(self.backend):
            raise NotApplicable(f"backend {self.backend.name!r} is the host: nothing crosses")


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
