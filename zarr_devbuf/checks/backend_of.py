"""Find the backend whose memory a prototype's buffers hold."""

from __future__ import annotations

from zarr.abc.buffer import BufferPrototype

from zarr_devbuf.backend import Backend, backend_names, get_backend
from zarr_devbuf.checks._assertions import class_name

__all__ = ["backend_of"]


def backend_of(prototype: BufferPrototype) -> Backend:
    """
    Return the backend of a prototype.

    Reference classes, and classes derived from them, name theirs: ``prototype.buffer.backend``. For
    any other class it is the available backend that owns the memory of an empty buffer.

    Raises
    ------
    TypeError
        If it is not a `BufferPrototype`.
    ValueError
        If no available backend owns the memory: pass the backend by name then.
    """
    if not isinstance(prototype, BufferPrototype):
        raise TypeError(f"expected a zarr BufferPrototype, got {prototype!r}")
    own: object = getattr(prototype.buffer, "backend", None)
    if isinstance(own, Backend):
        return own
    try:
        array: object = prototype.buffer.create_zero_length().as_array_like()
    except Exception as error:
        raise ValueError(
            f"cannot find the backend of {prototype.buffer!r}: create_zero_length() raises "
            f"{type(error).__name__}: {error}. Pass the backend: "
            "check_prototype(prototype, backend=…)"
        ) from error
    for name in backend_names():
        backend = get_backend(name)
        if backend.owns(array):
            return backend
    raise ValueError(
        f"no available backend owns a {class_name(type(array))}, which a "
        f"{prototype.buffer.__qualname__} holds; there are: {', '.join(backend_names())}. Pass one "
        "of them, or register your own with zarr_devbuf.register_backend()"
    )
