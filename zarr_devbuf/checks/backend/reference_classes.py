"""Checks of the reference classes of a backend: that they are there, and are its own."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
from zarr.abc.buffer import Buffer, NDBuffer
from zarr.abc.store import Store

from zarr_devbuf._backends.zarr_internals import default_buffer_prototype
from zarr_devbuf.checks._assertions import (
    assert_in_memory_of,
    assert_own_memory,
    assert_shared_memory,
    class_name,
)
from zarr_devbuf.checks._harness import on_device
from zarr_devbuf.checks.backend.harness import INTEGERS, assert_array, grid, held, to_numpy
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.config import use_backend
from zarr_devbuf.transfers import unrecorded_transfers

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.backend import Backend

_CLASSES: dict[str, type] = {
    "TestBuffer": Buffer,
    "NDBufferUsingTestNDArrayLike": NDBuffer,
    "StoreExpectingTestBuffer": Store,
}
_VIEWS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("array", lambda array: array),
    ("array.transpose()", lambda array: array.transpose()),
    ("array[::2, 1:]", lambda array: array[::2, 1:]),
)


@check("backend")
def check_reference_classes(backend: Backend, _: Backend) -> None:
    """The three reference classes are there, and the attribute ``backend`` of each is this backend.

    Nobody guesses whose memory a reference buffer holds: its class says so. Source: `Backend`; a
    class statement with ``backend=`` sets both.
    """
    for name, base in _CLASSES.items():
        cls = getattr(backend, name, None)
        if not isinstance(cls, type) or not issubclass(cls, base):
            actual = f"{cls!r}"
        elif getattr(cls, "backend", None) is not backend:
            actual = f"{class_name(cls)}, of backend {getattr(cls, 'backend', None)!r}"
        else:
            continue
        raise violated(
            case=f"backend.{name}",
            expected=f"a subclass of {class_name(base)} with backend = {backend!r}",
            actual=actual,
            advice=f"Define it: `class {name}(Reference…, …, backend=BACKEND)`.",
        )


@check("backend")
def check_prototype_classes(backend: Backend, _: Backend) -> None:
    """``prototype`` is the pair of the reference buffer classes, and they name this backend.

    ``prototype.buffer.backend`` is how zarr-devbuf knows where a prototype's memory is. Source:
    `Backend.prototype`.
    """
    with during("asking for the prototype"):
        found = backend.prototype
    expected = (backend.TestBuffer, backend.NDBufferUsingTestNDArrayLike)
    named = [getattr(cls, "backend", None) for cls in found]
    if tuple(found) != expected or any(each is not backend for each in named):
        raise violated(
            case="backend.prototype",
            expected=f"{', '.join(map(class_name, expected))}, both of {backend!r}",
            actual=", ".join(
                f"{class_name(cls)} of {whose!r}" for cls, whose in zip(found, named, strict=True)
            ),
            advice="Leave `prototype` as `Backend` has it.",
        )


@check("backend")
def check_prototype_pickling(backend: Backend, _: Backend) -> None:
    """A pickled prototype has the same classes when it is unpickled.

    Classes are pickled by module and name. Source: zarr's ``BufferPrototype``: "the protocol must
    be pickable".
    """
    with during("pickling the prototype"):
        data = pickle.dumps(backend.prototype)
    with during("unpickling the prototype"):
        found = pickle.loads(data)  # noqa: S301 - our own
    if tuple(found) != tuple(backend.prototype):
        raise violated(
            case="pickle.loads(pickle.dumps(backend.prototype))",
            expected=repr(backend.prototype),
            actual=repr(found),
            advice="Define the reference classes at the top of a module, under their own names.",
        )


@check("backend")
def check_use_backend(backend: Backend, _: Backend) -> None:
    """Under ``use_backend``, zarr's default prototype is that of the backend.

    Zarr finds the classes by the path in its configuration, so they must be registered under it.
    Source: `use_backend`; `zarr.registry.register_buffer`.
    """
    with during("use_backend(backend)"), use_backend(backend):
        found = default_buffer_prototype()
    if tuple(found) != tuple(backend.prototype):
        raise violated(
            case="zarr's default prototype in `with use_backend(backend):`",
            expected=repr(backend.prototype),
            actual=repr(found),
            advice="Give each backend's reference classes a module of their own, or other names.",
        )


@check("backend")
def check_test_array_class(backend: Backend, _: Backend) -> None:
    """`TestNDArrayLike` is a subclass of `array_type`, the same one each time, and not it itself.

    Its instances show that they come from a reference buffer. Source: `Backend.TestNDArrayLike`.
    """
    with during("asking for TestNDArrayLike"):
        found: Any = backend.TestNDArrayLike
        again: Any = backend.TestNDArrayLike
    derived = isinstance(found, type) and issubclass(found, backend.array_type)
    if not derived or found is backend.array_type or found is not again:
        raise violated(
            case="backend.TestNDArrayLike, twice",
            expected=f"one subclass of {class_name(backend.array_type)}",
            actual=f"{found!r}, then {again!r}",
            advice="Derive `TestNDArrayLike` from `array_type`, once.",
        )


@check("backend")
def check_view(backend: Backend, _: Backend) -> None:
    """``backend.view(array)`` gives a `TestNDArrayLike` in the memory of the array.

    Every reference NDBuffer views the array that it is given. Source: `Backend.view`.
    """
    advice = "Share memory, shape, dtype and strides in `view`; change the class alone."
    for dtype in held(backend, INTEGERS):
        values = grid(dtype)
        for text, view in _VIEWS:
            array, host = view(on_device(backend, values)), view(values)
            with during(case := f"view({text}) of {dtype}"):
                found: Any = backend.view(array)
                strides = tuple(found.strides)
            if not isinstance(found, backend.TestNDArrayLike):
                raise violated(
                    case=case,
                    expected=f"a {class_name(backend.TestNDArrayLike)}",
                    actual=f"a {class_name(type(found))}",
                    advice=advice,
                )
            assert_array(backend, found, host, case, advice=advice)
            if strides != tuple(array.strides):
                raise violated(
                    case=case,
                    expected=f"strides {array.strides}",
                    actual=f"strides {strides}",
                    advice=advice,
                )
            assert_shared_memory(backend, array, found, case=case, advice=advice)


@check("backend")
def check_buffers(backend: Backend, _: Backend) -> None:
    """The reference buffers hold arrays of the backend: bytes, and `TestNDArrayLike`.

    `check_prototype` checks these classes in full. Source: docs/backends.md.
    """
    advice = "Derive the classes from `ReferenceBuffer` and `ReferenceNDBuffer`; override nothing."
    data = bytes(range(1, 10))
    with during(case := "TestBuffer.from_bytes of 9 bytes"), unrecorded_transfers():
        array = backend.TestBuffer.from_bytes(data).as_array_like()
    assert_array(backend, array, np.frombuffer(data, "u1"), case, advice=advice)
    classes = backend.NDBufferUsingTestNDArrayLike
    with during(case := "NDBufferUsingTestNDArrayLike.create"), unrecorded_transfers():
        first, second = (
            classes.create(shape=(2, 3), dtype="u1", order="F", fill_value=7).as_ndarray_like()
            for _ in range(2)
        )
    if not isinstance(first, backend.TestNDArrayLike):
        raise violated(
            case=case,
            expected=f"a {class_name(backend.TestNDArrayLike)}",
            actual=f"a {class_name(type(first))}",
            advice=advice,
        )
    assert_in_memory_of(first, backend, case, advice=advice)
    if not (to_numpy(backend, first) == 7).all():
        raise violated(
            case=case, expected="7 everywhere", actual=f"{to_numpy(backend, first)}", advice=advice
        )
    assert_own_memory(backend, first, second, case=case, advice=advice)
