"""The array that a check works on: filled, read and written on the host and on the device."""

from __future__ import annotations

import functools
import inspect
import itertools
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, final

import numpy as np

from zarr_devbuf._backends.zarr_internals import codec_pipeline, pipeline_paths, sync
from zarr_devbuf.backend import get_backend
from zarr_devbuf.checks._assertions import assert_same, class_name
from zarr_devbuf.checks._harness import HOST, host_configuration, on_device, require_device
from zarr_devbuf.checks.array.array_params import (
    ArrayParams,
    chunk_shape,
    make_array,
    numbers,
    takes_settings,
)
from zarr_devbuf.checks.array.collected_failures import Failures
from zarr_devbuf.checks.array.selection import as_selection
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable, during, violated
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.store import BufferMismatchError, is_metadata_key
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy.typing as npt
    import zarr
    from zarr.abc.buffer import Buffer

    from zarr_devbuf.backend import Backend
    from zarr_devbuf.checks._harness import Layout
    from zarr_devbuf.checks.array.array_params import Shape
    from zarr_devbuf.checks.array.selection import Selection
    from zarr_devbuf.checks.array.selection_cases import Cases
    from zarr_devbuf.checks.registry import CheckFunction, Severity, Source


# By which zarr and NumPy reject selections and values.
REJECTIONS = (IndexError, ValueError, TypeError)


def array_check(
    *arrays: ArrayParams | None,
    advice: str,
    source: Source = "ours",
    severity: Severity = "raises",
    also: tuple[ArrayParams, ...] = (),
    device_only: bool = False,
    elements: bool = False,
) -> Callable[[Callable[[ArrayHarness], None]], CheckFunction]:
    """
    Register a function as a check of arrays; run it for each array and each codec pipeline.

    It goes on with the next input after a failure, unless that took long, and reports the first
    failure with the number of all: see `Failures`. Zarr's own words for what it does not support
    within shards are no failure, but make the input one to which the check does not apply.

    Parameters
    ----------
    *arrays : ArrayParams or None
        The settings of the arrays. None, the default: any array will do.
    advice : str
        What to do if an assertion fails that has no advice of its own.
    source, severity : str
        Who says that it must hold, and what it means if it does not; see `Check`.
    also : tuple of ArrayParams
        More arrays, for subjects that take settings.
    device_only : bool
        Whether the check does not apply to backends in host memory.
    elements : bool
        Whether the check does not apply to arrays without dimensions or elements.

    Returns
    -------
    callable
        A decorator; the registered function takes a subject and a backend, as all checks do.
    """

    def register(function: Callable[[ArrayHarness], None]) -> CheckFunction:
        @functools.wraps(function)
        def run(subject: Any, backend: Backend) -> None:
            __tracebackhide__ = True
            backend.require()
            if device_only:
                require_device(backend)
            more = also if takes_settings(subject) else ()
            inputs = itertools.product((*(arrays or (None,)), *more), pipeline_paths())
            with Failures() as failures:
                for params, path in inputs:
                    own = params and params.with_own_codec()
                    harness = ArrayHarness(subject, backend, own, path.rpartition(".")[2], advice)
                    with codec_pipeline(path), failures.collected(), applicable_within_shards():
                        if elements:
                            harness.require_elements()
                        function(harness)

        run.__signature__ = inspect.signature(run, follow_wrapped=False)  # type: ignore[attr-defined]
        return check("array", source=source, severity=severity)(run)

    return register


# Most checks are of what is documented, and of values that would be wrong without an error.
documented_read = functools.partial(array_check, source="documented", severity="read wrong")
documented_write = functools.partial(array_check, source="documented", severity="stored wrong")
precedent_write = functools.partial(array_check, source="precedent", severity="stored wrong")


@contextmanager
def applicable_within_shards() -> Iterator[None]:
    """Raise `NotApplicable` if zarr reports that it does not support a prototype within shards."""
    try:
        yield
    except (ValueError, AssertionError) as error:  # the latter in zarr before 3.4
        if "supported within shards" not in str(error):
            raise
        raise NotApplicable(str(error)) from error


class LaidOut(NamedTuple):
    """Values to be written, in an array with a certain layout."""

    values: npt.NDArray[Any]
    layout: Layout
    part: Any = ...


@final
@dataclass(slots=True)
class ArrayHarness:
    """
    Arrays of one subject, on one backend, with the same settings, in one codec pipeline.

    What a check reads was written on the host, and what it writes is read on the host, so that
    defects of writing do not fail the checks of reading, and vice versa. A store that serves one
    prototype only, and reports that by `BufferMismatchError`, is filled and read on the device.

    Attributes
    ----------
    subject : callable or None
        Makes the arrays; see `make_array`.
    backend : Backend
        The device, which may be the host.
    needs : ArrayParams or None
        The settings of the arrays; None if any array will do.
    pipeline : str
        The class of the codec pipeline, which zarr's configuration names.
    advice : str
        What to do if an assertion fails.
    """

    subject: Any
    backend: Backend
    needs: ArrayParams | None
    pipeline: str
    advice: str
    _serves_host: bool = True

    @property
    def params(self) -> ArrayParams:
        """The settings that the check needs, or the default ones."""
        return self.needs or ArrayParams()

    def case(self, text: str) -> str:
        """Name an input, for a report: with the settings of the array and the pipeline."""
        return ", ".join(filter(None, (text, str(self.params), self.pipeline)))

    @contextmanager
    def device(self, doing: str) -> Iterator[None]:
        """Configure zarr for the device, and name what is done, for exceptions that escape."""
        with use_backend(self.backend), during(doing):
            yield

    @contextmanager
    def host(self, doing: str) -> Iterator[None]:
        """Configure zarr for the host, and name what is done, for exceptions that escape."""
        with host_configuration(), during(doing):
            yield

    def attempt(
        self, doing: str, call: Callable[[], Any], *errors: type[Exception]
    ) -> tuple[Exception | None, Any]:
        """
        Call with the device configured; return the error by which the call was rejected, or None.

        Parameters
        ----------
        doing : str
            What the call does.
        call : callable
            It gets no arguments; its result is returned, too.
        *errors : type
            The classes of error that reject; `IndexError`, `ValueError`, `TypeError` by default.
        """
        rejections = errors or REJECTIONS
        with self.device(doing):
            try:
                return None, call()
            except rejections as error:
                return error, None

    # Arrays.

    def make(self) -> zarr.Array[Any]:
        """Make an empty array with the configuration that is in force."""
        return make_array(self.subject, self.needs)

    def empty(self) -> zarr.Array[Any]:
        """Make an empty array; its metadata documents are written on the host."""
        return self._on_host("making an empty array", self.make, self.make)

    def blank(self) -> tuple[zarr.Array[Any], npt.NDArray[Any]]:
        """Make an empty array, and a NumPy array of its fill value; return both."""
        array = self.empty()
        fill = 0 if array.fill_value is None else array.fill_value
        return array, np.full(array.shape, fill, array.dtype)

    def filled(self) -> tuple[zarr.Array[Any], npt.NDArray[Any]]:
        """Make an array with values in it, written on the host; return both."""
        array = self.empty()
        values = numbers(array.shape, array.dtype)
        self.fill(array, values)
        return array, values

    def fill(self, array: zarr.Array[Any], values: npt.NDArray[Any]) -> None:
        """Write all of an array, on the host."""
        write = functools.partial(array.__setitem__, ...)
        with unrecorded_transfers():
            self._on_host("filling all", lambda: write(values), lambda: write(self.put(values)))

    def contents(self, array: zarr.Array[Any]) -> npt.NDArray[Any]:
        """Read all of an array, on the host."""
        doing = "reading the array on the host"
        read = functools.partial(array.__getitem__, ...)
        with unrecorded_transfers():
            return np.asarray(self._on_host(doing, read, lambda: self.to_host(read())))

    def _on_host[T](self, doing: str, call: Callable[[], T], instead: Callable[[], T]) -> T:
        """Call on the host; if the store does not serve it, call the other on the device."""
        try:
            if self._serves_host:
                with self.host(doing):
                    return call()
        except BufferMismatchError:
            self._serves_host = False
        with self.device(doing):
            return instead()

    def write(self, array: zarr.Array[Any], key: Any, values: Any, doing: str) -> None:
        """Put values on the device, and write them there."""
        given = self.put(values)
        with self.device(doing):
            array[key] = given

    def write_on_host(self, array: zarr.Array[Any], key: Any, values: npt.NDArray[Any]) -> None:
        """Write values on the host, or on the device if the store serves no host."""
        write = functools.partial(array.__setitem__, key)
        with unrecorded_transfers():
            doing = "writing on the host"
            self._on_host(doing, lambda: write(values), lambda: write(self.put(values)))

    def require_elements(self) -> None:
        """Raise `NotApplicable` if the arrays have no dimensions or no elements."""
        shape = self.empty().shape
        if not shape or not all(shape):
            raise NotApplicable(f"an array of shape {shape} has nothing to select from")

    # Memory.

    def put(self, values: npt.ArrayLike) -> Any:
        """Put values on the device, unrecorded, in memory of their own, in C order."""
        return on_device(self.backend, values)

    def to_host(self, found: Any) -> Any:
        """Move a result to the host, unrecorded; return other objects as they are."""
        with unrecorded_transfers():
            return self.backend.to_host(found) if self.backend.owns(found) else found

    def stored(self, array: zarr.Array[Any], *, metadata: bool = False) -> dict[str, bytes]:
        """Return the bytes of the chunks in the store, by key; those of metadata, too, if asked."""
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
                if buffer is not None and (metadata or not is_metadata_key(key))
            }

        with unrecorded_transfers():
            return sync(collected())

    def put_stored(self, array: zarr.Array[Any], chunks: Mapping[str, bytes]) -> None:
        """Put bytes into the store, each under the key of a chunk of the array."""
        prefix = f"{array.path}/" if array.path else ""

        async def put(prototype: Any) -> None:
            for key, data in chunks.items():
                await array.store.set(prefix + key, prototype.buffer.from_bytes(data))

        with unrecorded_transfers():
            try:
                sync(put(HOST))
            except BufferMismatchError:
                sync(put(self.backend.prototype))

    # Assertions.

    def failed(self, doing: str, *, expected: str, actual: str) -> CheckFailed:
        """Make the error of an assertion that does not hold."""
        return violated(case=self.case(doing), expected=expected, actual=actual, advice=self.advice)

    def assert_result(
        self, found: Any, expected: npt.ArrayLike, doing: str, *, on_host: bool = False
    ) -> None:
        """Assert the class, shape, dtype and bits of what was read with either prototype."""
        # On the host, zarr returns plain NumPy arrays in places, which are as good.
        on_host = on_host or self.backend.is_host
        cls = np.ndarray if on_host else self.backend.TestNDArrayLike
        # One element is a scalar on the host, and devices have no scalars.
        scalar = not np.ndim(expected) and isinstance(found, np.generic)
        if not isinstance(found, cls) and not scalar:
            raise self.failed(
                doing,
                expected=f"an array of the prototype: {class_name(cls)}",
                actual=class_name(type(found)),
            )
        self.assert_values(found, expected, doing)

    def assert_values(self, found: Any, expected: npt.ArrayLike, doing: str) -> None:
        """Assert the shape, dtype and bits of an array on the host or on the device."""
        # A device may have its own byte order only.
        swapped = self.backend.owns(found) and not self.backend.is_host
        found, case = self.to_host(found), self.case(doing)
        assert_same(found, expected, case, advice=self.advice, any_byte_order=swapped)

    def assert_contents(self, array: zarr.Array[Any], expected: npt.ArrayLike, doing: str) -> None:
        """Assert the shape, dtype and bits of all of an array, read on the host."""
        self.assert_values(self.contents(array), expected, doing)

    def assert_reads(
        self, array: zarr.Array[Any], contents: npt.NDArray[Any], key: Any = ..., text: str = ""
    ) -> None:
        """
        Assert that a read returns, on the host and on the device, what NumPy returns.

        Parameters
        ----------
        array : zarr.Array
            The array to read.
        contents : numpy.ndarray
            What it contains.
        key : Selection or object
            What to read; if it is no selection, the key of a basic one.
        text : str
            What is special about the input.
        """
        selection = as_selection(key)
        expected = selection.take(contents, chunks_of(array, selection))
        doing = f"reading {selection}{text and f' of {text}'}"
        for on_host in self.memories(reading=True):
            with self._operating(doing, on_host):
                found = selection.read(array)
            if self._serves_host or not on_host:
                self.assert_result(found, expected, doing, on_host=on_host)

    def assert_reads_each(self, *keys: Any) -> None:
        """Assert that reads return what NumPy returns, one after the other, from one array."""
        array, values = self.filled()
        with Failures() as failures:
            for key in keys:
                with failures.collected():
                    self.assert_reads(array, values, key)

    def assert_writes_each(self, *keys: Any, empty: bool = False) -> None:
        """Assert that writes leave what they leave in NumPy; if `empty`, each in its own array."""
        array = self.empty()
        writes = []
        for number, selection in enumerate(map(as_selection, keys)):
            # Values that no other write has: a write that is dropped must show.
            source = numbers(array.shape, array.dtype, 3000 + 1000 * number)
            values = np.asarray(selection.take(source, chunks_of(array, selection)))
            writes.append((selection, values))
        if not empty:
            self.assert_writes_in_turn(*writes)
            return
        with Failures() as failures:
            for write in writes:
                with failures.collected():
                    self.assert_writes(write, empty=True)

    def assert_writes_in_turn(
        self, *writes: tuple[Selection, npt.NDArray[Any]], empty: bool = False
    ) -> None:
        """Assert that writes leave what they leave in NumPy, one after the other, in one array."""
        with Failures() as failures:
            for on_host in self.memories():
                array, contents = self.blank() if empty else self.filled()
                for selection, values in writes:
                    with failures.collected():
                        self._assert_write(array, contents, selection, values, on_host)
                    if on_host and not self._serves_host:
                        break

    def _assert_write(
        self,
        array: zarr.Array[Any],
        contents: npt.NDArray[Any],
        selection: Selection,
        values: npt.NDArray[Any],
        on_host: bool,
    ) -> None:
        """Write to an array and to what it has to contain; both are equal again after a failure."""
        doing = f"writing {selection}"
        written = False
        try:
            with self._operating(doing, on_host):
                selection.write(array, values.copy() if on_host else self.put(values))
            if on_host and not self._serves_host:
                return
            selection.assign(contents, values, chunks_of(array, selection))
            self.assert_contents(array, contents, doing)
            written = True
        finally:
            # How much of a failed write is there is not known.
            if not written and (self._serves_host or not on_host):
                self.fill(array, contents)

    def each(self, *kinds: Cases) -> Iterator[Selection]:
        """Yield the selections of these kinds, for the shape of the arrays."""
        array = self.empty()
        for make in kinds:
            yield from make(array.shape, chunk_shape(array))

    def assert_writes(self, *writes: tuple[Any, Any], empty: bool = False, text: str = "") -> None:
        """
        Assert that writes leave, from the host and from the device, what they leave in NumPy.

        Parameters
        ----------
        *writes : tuple
            One after the other: a selection, or the key of a basic one; and the values: an array
            that is put on the device, one that is `LaidOut` there, or a scalar, used as it is.
        empty : bool
            Whether the array has no chunks yet, but its fill value everywhere.
        text : str
            What is special about the input.
        """
        keys = ", ".join(str(as_selection(key)) for key, _ in writes)
        doing = f"writing {keys}{text and f' of {text}'}{' to an empty array' if empty else ''}"
        for on_host in self.memories():
            array, expected = self._before_and_after(writes, empty)
            with self._operating(doing, on_host):
                self._write(array, writes, get_backend("cpu") if on_host else self.backend)
            if self._serves_host or not on_host:
                self.assert_contents(array, expected, doing)

    def memories(self, *, reading: bool = False) -> Iterator[bool]:
        """
        Yield in which memory to operate, in turn: True for that of zarr's own host classes.

        On a backend in host memory, whose classes do what those do, they are used for writes in
        the default pipeline, and its own for reads and in other pipelines. On a device, they are
        what checks prepare and compare arrays with.
        """
        paths = pipeline_paths()
        default = self.pipeline == paths[0].rpartition(".")[2]
        if self.backend.is_host and default and not reading and self._serves_host:
            yield True
            if self._serves_host and len(paths) > 1:  # type: ignore[redundant-expr]  # may change
                return
        yield False

    @contextmanager
    def _operating(self, doing: str, on_host: bool) -> Iterator[None]:
        """Configure zarr for plain host memory, or for the device, where transfers are measured."""
        try:
            if on_host:
                with self.host(f"{doing} in plain host memory"):
                    yield
            else:
                with self.device(doing), measured(self.case(doing)):
                    yield
        except BufferMismatchError:
            if not on_host:
                raise
            self._serves_host = False

    def _before_and_after(
        self, writes: tuple[tuple[Any, Any], ...], empty: bool
    ) -> tuple[zarr.Array[Any], npt.NDArray[Any]]:
        """Make an array, and a NumPy array of what it has to contain after the writes."""
        array, expected = self.blank() if empty else self.filled()
        for key, given in writes:
            selection = as_selection(key)
            values = given.values[given.part] if isinstance(given, LaidOut) else given
            selection.assign(expected, values, chunks_of(array, selection))
        return array, expected

    def _write(
        self, array: zarr.Array[Any], writes: tuple[tuple[Any, Any], ...], backend: Backend
    ) -> None:
        for key, given in writes:
            values = given
            if isinstance(given, LaidOut):
                values = on_device(backend, given.values, given.layout)[given.part]
            elif isinstance(given, np.ndarray):
                values = on_device(backend, given)
            as_selection(key).write(array, values)


def chunks_of(array: zarr.Array[Any], selection: Selection) -> Shape:
    """Return the shape of the chunks, which may not have one, if the selection needs it."""
    return chunk_shape(array) if selection.kind == "block" else ()
