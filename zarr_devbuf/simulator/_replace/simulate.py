"""The simulator in CuPy's place: ``import cupy`` gives the simulated device."""

from __future__ import annotations

import inspect
import threading
from contextlib import ContextDecorator
from functools import wraps
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf.backend import get_backend
from zarr_devbuf.simulator._replace.module_swap import Replacement

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["simulate_gpu"]


def simulate_gpu(*, force: bool = False) -> _Simulation:
    """Put the simulated device in CuPy's place for a block, or for a function.

    Inside, ``import cupy`` and ``import cupyx`` give the simulator. ``zarr.buffer.gpu``,
    ``zarr.config.enable_gpu()`` and the backend ``gpu`` work on it, and
    ``zarr.testing.utils.has_cupy()`` is true. Afterwards, also after an error, everything is as it
    was: the modules in ``sys.modules`` are the same objects. It makes no difference whether CuPy is
    installed, or zarr was imported before.

    Blocks nest, and may overlap in several threads; the replacement is process-wide, and lasts
    until the last block ends.

    What zarr has bound to the name of CuPy is bound anew. What others have bound before the block
    (``import cupy as cp`` at the top of a module of yours) stays what it is: import such modules
    inside the block, or start the program with ``python -m zarr_devbuf.simulator``, or pytest with
    ``--simulate-gpu``. Arrays that outlive the block keep their values, and belong to no CuPy.

    Parameters
    ----------
    force : bool
        Simulate even where CuPy has a device that it can use.

    Returns
    -------
    context manager and decorator
        Entering it gives the module that stands for ``cupy``. It decorates functions and coroutine
        functions.

    Raises
    ------
    RuntimeError
        On entry, where CuPy has a device that it can use, unless forced.

    Examples
    --------
    >>> import zarr
    >>> with simulate_gpu() as cupy, zarr.config.enable_gpu():
    ...     array = zarr.create_array({}, shape=(4,), dtype="i4", compressors=None)
    ...     array[:] = cupy.arange(4, dtype="i4")
    ...     (array[1:3] + 1).get()
    array([2, 3], dtype=int32)
    """
    return _Simulation(force=force)


@final
class _Simulation(ContextDecorator):
    """Keeps the simulator in CuPy's place while it is entered."""

    def __init__(self, *, force: bool) -> None:
        self._force = force

    def __enter__(self) -> ModuleType:
        global _depth, _replacement  # noqa: PLW0603 - there is one sys.modules, too
        with _lock:
            if _replacement is None:
                if not self._force:
                    _refuse_where_cupy_works()
                _replacement = Replacement()
            _depth += 1
            return _replacement.cupy

    def __exit__(self, *exception: object) -> None:
        global _depth, _replacement  # noqa: PLW0603
        with _lock:
            _depth -= 1
            if _depth == 0 and _replacement is not None:
                replacement, _replacement = _replacement, None
                replacement.undo()

    def __call__[F: Callable[..., Any]](self, func: F) -> F:
        if inspect.isasyncgenfunction(func) or inspect.isgeneratorfunction(func):
            raise TypeError(
                f"simulate_gpu() does not decorate generator functions such as {func.__name__}(): "
                "use it as a context manager inside"
            )
        if not inspect.iscoroutinefunction(func):
            return super().__call__(func)

        @wraps(func)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await func(*args, **kwargs)

        return inside  # type: ignore[return-value]  # the same to whoever awaits it


_lock = threading.RLock()
_depth = 0
_replacement: Replacement | None = None


def _refuse_where_cupy_works() -> None:
    gpu = get_backend("gpu")
    if gpu.unavailable_reason() is None:
        names = ", ".join(gpu.device_names())
        raise RuntimeError(
            f"simulate_gpu(): CuPy has a device to work on here ({names}). "
            "Use it; or hide it (CUDA_VISIBLE_DEVICES= in the environment of a new process); or "
            "simulate all the same, with simulate_gpu(force=True)."
        )
