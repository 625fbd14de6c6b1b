"""Replace CuPy and other libraries by the simulator, in ``sys.modules`` and in zarr's modules."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf._transfers.cupy_hook import attach_cupy, detach_cupy
from zarr_devbuf._transfers.recorder import observers
from zarr_devbuf.simulator._replace.libraries import LIBRARIES, NAMESPACES, is_replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

__all__ = ["Replacement"]

# The names that zarr sets to None if it cannot import CuPy.
_NAMES = ("cp", "cupy")


@final
class Replacement:
    """Replaces CuPy, and the libraries of the table `LIBRARIES`, from construction until `undo`.

    Attributes
    ----------
    cupy : module
        The module that replaces ``cupy``.
    """

    def __init__(self) -> None:
        # Imported late: the simulator is large, and most processes do not need it.
        from zarr_devbuf.simulator._replace.fake_modules import build_cupy  # noqa: PLC0415
        from zarr_devbuf.simulator._replace.finders import (  # noqa: PLC0415
            CupyFinder,
            LibraryFinder,
            NamespaceFinder,
        )

        self._fakes = build_cupy()
        self.cupy = self._fakes["cupy"]
        first, last = [CupyFinder(self._fakes), LibraryFinder()], NamespaceFinder()
        self._finders = (*first, last)
        self._hidden = self._swap(self._fakes)
        self._parts = _hide_parts()
        sys.meta_path[:0] = first
        sys.meta_path.append(last)
        self._bound = self._rebind_zarr()
        self._gpu_mark = _get_gpu_mark()
        _refresh_gpu_mark()

    def undo(self) -> None:
        """Restore the same objects as before."""
        for finder in self._finders:
            # It is missing if an older state of the list has been restored in the meantime.
            if finder in sys.meta_path:
                sys.meta_path.remove(finder)
        _hide_parts()
        self._swap(self._hidden)
        for package, part, value in self._parts:
            setattr(package, part, value)
        self._restore_zarr()
        if self._gpu_mark is None:
            _refresh_gpu_mark()
        else:
            _set_gpu_mark(self._gpu_mark)
        # Sessions may have been opened or closed while CuPy was replaced.
        (attach_cupy if observers() else detach_cupy)()

    @staticmethod
    def _swap(new: Mapping[str, Any]) -> dict[str, Any]:
        names = [name for name in list(sys.modules) if is_replaced(name) or _is_empty(name)]
        # Values may be None, which makes an import fail.
        old = {name: sys.modules.pop(name) for name in names}
        sys.modules.update(new)
        return old

    def _rebind_zarr(self) -> dict[tuple[str, str], Any]:
        fakes = {
            id(module): self._fakes[name]
            for name, module in self._hidden.items()
            if module is not None and name in self._fakes
        }
        bound = {}
        for module, name, value in _bindings():
            fake = fakes.get(id(value))
            if value is None and name in _NAMES:
                fake = self.cupy
            if fake is not None:
                bound[module.__name__, name] = value
                setattr(module, name, fake)
        return bound

    def _restore_zarr(self) -> None:
        names = {id(fake): name for name, fake in self._fakes.items()}
        for module, name, value in _bindings():
            name_of_cupy = names.get(id(value))
            if name_of_cupy is None:
                continue
            key = module.__name__, name
            # A module that was imported during the simulation gets what CuPy's import gives now.
            real = self._bound[key] if key in self._bound else _import(name_of_cupy)
            setattr(module, name, real)


def _is_empty(name: str) -> bool:
    """Return whether a module has the name of a namespace package, and no parts on disk."""
    return name in NAMESPACES and not getattr(sys.modules[name], "__path__", None)


def _hide_parts() -> list[tuple[ModuleType, str, Any]]:
    """Remove the replaced libraries from the attributes of the namespace packages.

    Returns
    -------
    list
        The packages, and the names and values of the attributes that they had.
    """
    hidden = []
    for library in LIBRARIES:
        namespace, _, part = library.rpartition(".")
        package = sys.modules.get(namespace)
        if package is not None and part in vars(package):
            hidden.append((package, part, vars(package).pop(part)))
    return hidden


def _bindings() -> Iterator[tuple[ModuleType, str, Any]]:
    """Iterate over the global names of all loaded modules of zarr."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "zarr" and module is not None:
            for attribute, value in list(vars(module).items()):
                yield module, attribute, value


def _import(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# `zarr.testing.utils` looks for a GPU only when it is imported. It needs pytest.


def _get_gpu_mark() -> Any:
    utils = sys.modules.get("zarr.testing.utils")
    return getattr(utils, "skip_if_no_gpu", None)


def _set_gpu_mark(mark: Any) -> None:
    utils: Any = sys.modules["zarr.testing.utils"]
    utils.skip_if_no_gpu = mark


def _refresh_gpu_mark() -> None:
    mark = _get_gpu_mark()
    if mark is not None:
        import pytest  # noqa: PLC0415 - already loaded

        skipped = not sys.modules["zarr.testing.utils"].has_cupy()
        _set_gpu_mark(pytest.mark.skipif(skipped, **mark.kwargs))
