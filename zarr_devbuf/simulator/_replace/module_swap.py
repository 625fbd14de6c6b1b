"""Replace CuPy's modules by the simulator's, in ``sys.modules`` and in zarr's modules."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, final

from zarr_devbuf._transfers.cupy_hook import attach_cupy, detach_cupy
from zarr_devbuf._transfers.recorder import observers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

__all__ = ["Replacement"]

# The names that zarr sets to None if it cannot import CuPy.
_NAMES = ("cp", "cupy")


@final
class Replacement:
    """Replaces CuPy's modules from construction until `undo`.

    Attributes
    ----------
    cupy : module
        The module that replaces ``cupy``.
    """

    def __init__(self) -> None:
        # Imported late: the simulator is large, and most processes do not need it.
        from zarr_devbuf.simulator._replace.fake_modules import (  # noqa: PLC0415
            ROOTS,
            FakeModuleFinder,
            build_fake_modules,
        )

        self._roots = ROOTS
        self._fakes = build_fake_modules()
        self.cupy = self._fakes["cupy"]
        self._finder = FakeModuleFinder(self._fakes)
        self._hidden = self._swap(self._fakes)
        sys.meta_path.insert(0, self._finder)
        self._bound = self._rebind_zarr()
        self._gpu_mark = _get_gpu_mark()
        _refresh_gpu_mark()

    def undo(self) -> None:
        """Restore the same objects as before."""
        # It is missing if an older state of the list has been restored in the meantime.
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self._swap(self._hidden)
        self._restore_zarr()
        if self._gpu_mark is None:
            _refresh_gpu_mark()
        else:
            _set_gpu_mark(self._gpu_mark)
        # Sessions may have been opened or closed while CuPy was replaced.
        (attach_cupy if observers() else detach_cupy)()

    def _swap(self, new: Mapping[str, Any]) -> dict[str, Any]:
        names = [name for name in list(sys.modules) if name.partition(".")[0] in self._roots]
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
