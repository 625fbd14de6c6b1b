"""Exchange CuPy's modules for the simulator's, in ``sys.modules`` and in what zarr has bound."""

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

# What zarr calls CuPy where it has tried to import it and failed: the value is None then.
_NAMES = ("cp", "cupy")


@final
class Replacement:
    """The simulator's modules, in CuPy's place from construction until `undo`.

    Attributes
    ----------
    cupy : module
        What stands for ``cupy``.
    """

    def __init__(self) -> None:
        # Not before it is needed: it is large, and most processes never simulate.
        from zarr_devbuf.simulator._replace.fake_modules import (  # noqa: PLC0415
            ROOTS,
            FacadeFinder,
            build_facades,
        )

        self._roots = ROOTS
        self._facades = build_facades()
        self.cupy = self._facades["cupy"]
        self._finder = FacadeFinder(self._facades)
        self._hidden = self._swap(self._facades)
        sys.meta_path.insert(0, self._finder)
        self._bound = self._rebind_zarr()
        self._gpu_mark = _get_gpu_mark()
        _renew_gpu_mark()

    def undo(self) -> None:
        """Put back what was there: the same objects."""
        # It is missing where somebody has restored an older state of the list meanwhile.
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self._swap(self._hidden)
        self._restore_zarr()
        if self._gpu_mark is None:
            _renew_gpu_mark()
        else:
            _set_gpu_mark(self._gpu_mark)
        # Sessions may have been opened or closed while the real CuPy was out of their sight.
        (attach_cupy if observers() else detach_cupy)()

    def _swap(self, new: Mapping[str, Any]) -> dict[str, Any]:
        names = [name for name in list(sys.modules) if name.partition(".")[0] in self._roots]
        # Also what is no module: None, which makes an import fail.
        old = {name: sys.modules.pop(name) for name in names}
        sys.modules.update(new)
        return old

    def _rebind_zarr(self) -> dict[tuple[str, str], Any]:
        facades = {
            id(module): self._facades[name]
            for name, module in self._hidden.items()
            if module is not None and name in self._facades
        }
        bound = {}
        for module, name, value in _bindings():
            facade = facades.get(id(value))
            if value is None and name in _NAMES:
                facade = self.cupy
            if facade is not None:
                bound[module.__name__, name] = value
                setattr(module, name, facade)
        return bound

    def _restore_zarr(self) -> None:
        names = {id(facade): name for name, facade in self._facades.items()}
        for module, name, value in _bindings():
            name_of_cupy = names.get(id(value))
            if name_of_cupy is None:
                continue
            key = module.__name__, name
            # One that was first imported in between gets what it would have found without us.
            real = self._bound[key] if key in self._bound else _import(name_of_cupy)
            setattr(module, name, real)


def _bindings() -> Iterator[tuple[ModuleType, str, Any]]:
    """Go through the global names of all modules of zarr that are loaded."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "zarr" and module is not None:
            for attribute, value in list(vars(module).items()):
                yield module, attribute, value


def _import(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# `zarr.testing.utils` asks once, when it is imported, whether there is a GPU. It needs pytest.


def _get_gpu_mark() -> Any:
    utils = sys.modules.get("zarr.testing.utils")
    return getattr(utils, "skip_if_no_gpu", None)


def _set_gpu_mark(mark: Any) -> None:
    utils: Any = sys.modules["zarr.testing.utils"]
    utils.skip_if_no_gpu = mark


def _renew_gpu_mark() -> None:
    mark = _get_gpu_mark()
    if mark is not None:
        import pytest  # noqa: PLC0415 - it is loaded by now

        skipped = not sys.modules["zarr.testing.utils"].has_cupy()
        _set_gpu_mark(pytest.mark.skipif(skipped, **mark.kwargs))
