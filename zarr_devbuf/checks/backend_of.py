"""Find the backend whose memory a prototype's buffers hold."""

from __future__ import annotations

from zarr.abc.buffer import BufferPrototype

from zarr_devbuf.backend import Backend, backend_names, get_backend

__all__ = ["home_of"]


def home_of(prototype: BufferPrototype) -> Backend:
    """
    Return the backend of a prototype.

    Reference classes, and classes derived from them, name theirs: ``prototype.buffer.backend``. For
    any other class it is the available backend that owns the memory of an empty buffer.

    Raises
    ------
    TypeError
        For what is no `BufferPrototype`.
    ValueError
        Where there is none: name the backend then.
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
            f"which backend {prototype.buffer!r} is of cannot be told: create_zero_length() raises "
            f"{type(error).__name__}: {error}. Name it: check_prototype(prototype, backend=…)"
        ) from error
    for name in backend_names():
        backend = get_backend(name)
        if backend.owns(array):
            return backend
    kind = type(array)
    raise ValueError(
        f"no available backend owns a {kind.__module__}.{kind.__qualname__}, which a "
        f"{prototype.buffer.__qualname__} holds; there are: {', '.join(backend_names())}. Name "
        "one, or register your own with zarr_devbuf.register_backend()"
    )
