"""Put a mutant in the place of zarr's own code: as zarr is imported, or afterwards."""

from __future__ import annotations

import gc
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from tests.mutation.mutant import Mutant

__all__ = ["code_objects", "import_with", "replace_code"]


def code_objects(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and all that are nested in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_objects(constant)


def replace_code(mutant: Mutant, package: Path) -> bool:
    """
    Replace the code of the functions that a mutant changes, in a process that has imported zarr.

    Returns
    -------
    bool
        False if that is impossible, and zarr has to be imported with the mutant. Nothing is changed
        then.
    """
    if mutant.outermost is None:
        return False
    path = package / mutant.file
    name, first = mutant.outermost
    changed = compile(
        mutant.apply(path.read_text(encoding="utf-8")), str(path), "exec", dont_inherit=True
    )
    new = [
        code
        for code in code_objects(changed)
        if (code.co_name, code.co_firstlineno) == (name, first)
    ]
    live = [
        each
        for each in gc.get_objects()
        if isinstance(each, FunctionType)
        and each.__code__.co_filename == str(path)
        and (each.__code__.co_name, each.__code__.co_firstlineno) == (name, first)
    ]
    if len(new) != 1 or not live:
        return False
    if any(each.__code__.co_freevars != new[0].co_freevars for each in live):
        return False
    for each in live:
        each.__code__ = new[0]
    return True


def import_with(mutant: Mutant, package: Path) -> None:
    """Let the import of the mutant's module give the changed one; zarr must not be imported yet."""
    if "zarr" in sys.modules:
        raise RuntimeError("zarr is imported already")
    text = mutant.apply((package / mutant.file).read_text(encoding="utf-8"))
    name = ".".join(["zarr", *mutant.file.removesuffix(".py").split("/")])
    sys.meta_path.insert(0, _Finder(name.removesuffix(".__init__"), text))


@final
class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, _fullname: str) -> CodeType:
        return compile(self._text, self.path, "exec", dont_inherit=True)


@final
class _Finder(MetaPathFinder):
    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self._text)
        return spec
