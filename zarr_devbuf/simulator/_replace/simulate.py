"""`simulate_gpu`: makes imports of CuPy and of other GPU libraries give the simulator."""

from __future__ import annotations

import inspect
import threading
from contextlib import ContextDecorator
from functools import wraps
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf.backend import get_backend
from zarr_devbuf.simulator._ordering.checking import begin_simulation, end_simulation
from zarr_devbuf.simulator._replace.module_swap import Replacement

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["simulate_gpu"]


def simulate_gpu(*, force: bool = False) -> _Simulation:
    """Simulate a GPU during a block or a function.

    Inside, imports of ``cupy``, ``cupyx``, ``cuda.bindings``, ``cuda.core``, ``kvikio``,
    ``nvidia.nvcomp``, ``nvtx`` and ``rmm`` give the simulator. ``zarr.buffer.gpu``,
    ``zarr.config.enable_gpu()`` and the backend ``gpu`` use it, and
    ``zarr.testing.utils.has_cupy()`` returns True. At the end, also after an error, the previous
    state is restored: the modules in ``sys.modules`` are the same objects as before. It makes no
    difference whether CuPy is installed, or whether zarr has been imported before.

    Blocks can be nested, and can overlap in several threads. The simulation is process-wide, and
    lasts until the last block ends.

    References to CuPy in zarr's modules are replaced. References in other modules that were
    imported before the block (``import cupy as cp`` at the top of your module) are not: import such
    modules inside the block, or run the program with ``python -m zarr_devbuf.simulator``, or pytest
    with ``--simulate-gpu``. Arrays that outlive the block keep their values, but are not arrays of
    the real CuPy.

    Parameters
    ----------
    force : bool
        Simulate a GPU even if CuPy can use a real device.

    Returns
    -------
    context manager and decorator
        ``with`` gives the module that replaces ``cupy``. Functions and coroutine functions can be
        decorated.

    Raises
    ------
    RuntimeError
        On entry, if CuPy can use a real device and `force` is false.

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
    """Replaces CuPy by the simulator while it is entered."""

    __module__ = "zarr_devbuf.simulator"

    def __init__(self, *, force: bool) -> None:
        self._force = force

    def __enter__(self) -> ModuleType:
        global _depth, _replacement, _streams  # noqa: PLW0603 - process-wide, as sys.modules is
        with _lock:
            if _replacement is None:
                if not self._force:
                    _raise_if_cupy_works()
                _streams = begin_simulation()
                try:
                    _replacement = Replacement()
                except BaseException:
                    end_simulation(_streams)
                    raise
            _depth += 1
            return _replacement.cupy

    def __exit__(self, *exception: object) -> None:
        global _depth, _replacement  # noqa: PLW0603
        with _lock:
            _depth -= 1
            if _depth == 0 and _replacement is not None:
                replacement, _replacement = _replacement, None
                replacement.undo()
                end_simulation(_streams)

    def __call__[F: Callable[..., Any]](self, func: F) -> F:
        if inspect.isasyncgenfunction(func) or inspect.isgeneratorfunction(func):
            raise TypeError(
                f"simulate_gpu() cannot decorate a generator function such as {func.__name__}(). "
                "Use it as a context manager in the function."
            )
        if not inspect.iscoroutinefunction(func):
            return super().__call__(func)

        @wraps(func)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return await func(*args, **kwargs)

        return inside  # type: ignore[return-value]  # a coroutine function, as `func`


_lock = threading.RLock()
_depth = 0
_streams = "eager"
_replacement: Replacement | None = None


def _raise_if_cupy_works() -> None:
    gpu = get_backend("gpu")
    if gpu.unavailable_reason() is None:
        names = ", ".join(gpu.device_names())
        raise RuntimeError(
            f"simulate_gpu(): CuPy can use a real device here ({names}). To simulate a GPU "
            "nevertheless, call simulate_gpu(force=True), or set CUDA_VISIBLE_DEVICES= in the "
            "environment of a new process."
        )
