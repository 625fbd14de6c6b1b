"""Checks of the reference classes of a backend: that they are there, and are its own."""

from __future__ import annotations

import pickle
from itertools import product
from typing import Any

import numpy as np
from zarr.abc.buffer import Buffer, NDBuffer
from zarr.abc.store import Store

from zarr_devbuf._backends.zarr_internals import default_buffer_prototype
from zarr_devbuf.checks._assertions import class_name
from zarr_devbuf.checks._inputs import grid
from zarr_devbuf.checks.backend.harness import INTEGERS, BackendHarness, Operation, backend_check
from zarr_devbuf.checks.errors import during
from zarr_devbuf.config import use_backend

_CLASSES: dict[str, type] = {
    "TestBuffer": Buffer,
    "NDBufferUsingTestNDArrayLike": NDBuffer,
    "StoreExpectingTestBuffer": Store,
}
_VIEWS: tuple[Operation, ...] = (
    ("array", lambda array: array),
    ("array.transpose()", lambda array: array.transpose()),
    ("array[::2, 1:]", lambda array: array[::2, 1:]),
)


@backend_check(
    severity="raises",
    advice="Define each of the three: `class NAME(Reference…, …, backend=BACKEND)`.",
)
def check_reference_classes(harness: BackendHarness) -> None:
    """The three reference classes are there, and the attribute ``backend`` of each is this backend.

    Nobody guesses whose memory a reference buffer holds: its class says so. Source: `Backend`; a
    class statement with ``backend=`` sets both.
    """
    for name, base in _CLASSES.items():
        cls = getattr(harness.backend, name, None)
        if not isinstance(cls, type) or not issubclass(cls, base):
            actual = f"{cls!r}"
        elif getattr(cls, "backend", None) is not harness.backend:
            actual = f"{class_name(cls)}, of backend {getattr(cls, 'backend', None)!r}"
        else:
            continue
        expected = f"a subclass of {class_name(base)} with backend = {harness.backend!r}"
        raise harness.violated(f"backend.{name}", expected, actual)


@backend_check(severity="raises", advice="Leave `prototype` as `Backend` has it.")
def check_prototype_classes(harness: BackendHarness) -> None:
    """``prototype`` is the pair of the reference buffer classes, and they name this backend.

    ``prototype.buffer.backend`` is how zarr-devbuf knows where a prototype's memory is. Source:
    `Backend.prototype`.
    """
    backend = harness.backend
    with during("asking for the prototype"):
        found = backend.prototype
    expected = (backend.TestBuffer, backend.NDBufferUsingTestNDArrayLike)
    named = [(class_name(cls), getattr(cls, "backend", None)) for cls in found]
    if tuple(found) != expected or any(whose is not backend for _, whose in named):
        right = f"{', '.join(map(class_name, expected))}, both of {backend!r}"
        actual = ", ".join(f"{name} of {whose!r}" for name, whose in named)
        raise harness.violated("backend.prototype", right, actual)


@backend_check(
    severity="raises",
    advice="Define the reference classes at the top of a module, under their own names.",
)
def check_prototype_pickling(harness: BackendHarness) -> None:
    """A pickled prototype has the same classes when it is unpickled.

    Classes are pickled by module and name. Source: zarr's ``BufferPrototype``: "the protocol must
    be pickable".
    """
    with during("pickling the prototype"):
        data = pickle.dumps(harness.backend.prototype)
    with during("unpickling the prototype"):
        found = pickle.loads(data)  # noqa: S301 - our own
    _assert_prototype(harness, found, "the unpickled prototype")


@backend_check(
    severity="raises",
    advice="Give each backend's reference classes a module of their own, or other names.",
)
def check_use_backend(harness: BackendHarness) -> None:
    """Under ``use_backend``, zarr's default prototype is that of the backend.

    Zarr finds the classes by the path in its configuration, so they must be registered under it.
    Source: `use_backend`; `zarr.registry.register_buffer`.
    """
    with during("use_backend(backend)"), use_backend(harness.backend):
        found = default_buffer_prototype()
    _assert_prototype(harness, found, "zarr's default prototype in `with use_backend(backend):`")


def _assert_prototype(harness: BackendHarness, found: Any, case: str) -> None:
    if tuple(found) != tuple(harness.backend.prototype):
        raise harness.violated(case, repr(harness.backend.prototype), repr(found))


@backend_check(severity="raises", advice="Derive `TestNDArrayLike` from `array_type`, once.")
def check_test_array_class(harness: BackendHarness) -> None:
    """`TestNDArrayLike` is a subclass of `array_type`, the same one each time, and not it itself.

    Its instances show that they come from a reference buffer. Source: `Backend.TestNDArrayLike`.
    """
    base = harness.backend.array_type
    with during("asking for TestNDArrayLike"):
        found: Any = harness.backend.TestNDArrayLike
        again: Any = harness.backend.TestNDArrayLike
    derived = isinstance(found, type) and issubclass(found, base)
    if not derived or found is base or found is not again:
        case, actual = "backend.TestNDArrayLike, twice", f"{found!r}, then {again!r}"
        raise harness.violated(case, f"one subclass of {class_name(base)}", actual)


@backend_check(
    severity="raises",
    advice="Share memory, shape, dtype and strides in `view`; change the class alone.",
)
def check_view(harness: BackendHarness) -> None:
    """``backend.view(array)`` gives a `TestNDArrayLike` in the memory of the array.

    Every reference NDBuffer views the array that it is given. Source: `Backend.view`.
    """
    for dtype, (text, view) in product(harness.held(*INTEGERS), _VIEWS):
        array = view(harness.array(grid(dtype)))
        with during(f"view({text}) of {dtype}") as case:
            found: Any = harness.backend.view(array)
            strides = tuple(found.strides)
        _assert_test_array(harness, found, case)
        harness.assert_array(found, view(grid(dtype)), case)
        if strides != tuple(array.strides):
            raise harness.violated(case, f"strides {array.strides}", f"strides {strides}")
        harness.assert_shared_memory(array, found, case)


@backend_check(
    severity="raises",
    advice="Derive the classes from `ReferenceBuffer` and `ReferenceNDBuffer`; override nothing.",
)
def check_buffers(harness: BackendHarness) -> None:
    """The reference buffers hold arrays of the backend: bytes, and `TestNDArrayLike`.

    `check_prototype` checks these classes in full. Source: docs/backends.md.
    """
    data = bytes(range(1, 10))
    with harness.calling("TestBuffer.from_bytes of 9 bytes") as case:
        array = harness.backend.TestBuffer.from_bytes(data).as_array_like()
    harness.assert_array(array, np.frombuffer(data, "u1"), case)
    create = harness.backend.NDBufferUsingTestNDArrayLike.create
    with harness.calling("NDBufferUsingTestNDArrayLike.create") as case:
        first, second = (
            create(shape=(2, 3), dtype="u1", order="F", fill_value=7).as_ndarray_like()
            for _ in range(2)
        )
    _assert_test_array(harness, first, case)
    harness.assert_array(first, np.full((2, 3), 7, "u1"), case)
    harness.assert_own_memory(first, second, case)


def _assert_test_array(harness: BackendHarness, found: object, case: str) -> None:
    cls = harness.backend.TestNDArrayLike
    if not isinstance(found, cls):
        raise harness.violated(case, f"a {class_name(cls)}", f"a {class_name(type(found))}")
