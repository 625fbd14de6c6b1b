"""A loaded shared object with kernels."""

from __future__ import annotations

import ctypes
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

from zarr_devbuf.simulator._kernels.cache import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr_devbuf.simulator._kernels.requests import LaunchRequest

__all__ = ["HostKernel", "HostModule", "Parameter"]


class Parameter(ctypes.Structure):
    """The size in bytes and the kind of a parameter, as in ``runtime.h``."""

    _fields_: ClassVar[Sequence[Any]] = [("size", ctypes.c_uint32), ("kind", ctypes.c_char)]


class _Entry(ctypes.Structure):
    """An entry of a module's list of kernels, as in ``runtime.h``."""


_Entry._fields_ = [
    ("name", ctypes.c_char_p),
    ("thread", ctypes.c_void_p),
    ("address", ctypes.c_void_p),
    ("parameters", ctypes.POINTER(Parameter)),
    ("count", ctypes.c_uint32),
    ("next", ctypes.POINTER(_Entry)),
]


class _Symbol(ctypes.Structure):
    """What ``dladdr`` returns, and its symbol."""

    _fields_: ClassVar[Sequence[Any]] = [
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    ]


class _ElfSymbol(ctypes.Structure):
    _fields_: ClassVar[Sequence[Any]] = [
        ("name", ctypes.c_uint32),
        ("info", ctypes.c_ubyte),
        ("other", ctypes.c_ubyte),
        ("section", ctypes.c_uint16),
        ("value", ctypes.c_uint64),
        ("size", ctypes.c_uint64),
    ]


_lock = threading.Lock()
_loaded: set[Path] = set()


@final
class HostKernel:
    """A kernel in host code.

    Attributes
    ----------
    name : str
        As in the source.
    parameters : tuple of Parameter
        Its parameters, in order.
    """

    __slots__ = ("module", "name", "parameters", "thread")

    def __init__(self, module: HostModule, name: str, entry: _Entry) -> None:
        self.module = module
        self.name = name
        self.thread: int = entry.thread
        self.parameters = tuple(entry.parameters[number] for number in range(entry.count))


@final
class HostModule:
    """A shared object that `build` has made; its global variables belong to it alone.

    Attributes
    ----------
    kernels : dict
        `HostKernel` by name, by name expression, and by the compiler's name of the function.
    mapping : dict
        For each name expression, the compiler's name of the function.
    """

    def __init__(self, path: Path, name_expressions: tuple[str, ...] = ()) -> None:
        library = ctypes.CDLL(str(_own_copy(path)))
        self._library = library
        self._run = library.zdb_run
        self._run.restype = None
        self.find_addresses = library.zdb_find_addresses
        self.find_addresses.restype = ctypes.c_uint64
        self.kernels: dict[str, HostKernel] = {}
        self.mapping: dict[str, str] = {}
        pointer = ctypes.POINTER(_Entry).in_dll(library, "zdb_kernels")
        while pointer:  # type: ignore[truthy-bool]  # a null pointer is false
            entry = pointer.contents
            name = entry.name.decode()
            self.kernels[name] = HostKernel(self, name, entry)
            if name in name_expressions:
                symbol = _symbol_name(entry.address) or name
                self.mapping[name] = symbol
                self.kernels.setdefault(symbol, self.kernels[name])
            pointer = entry.next

    def run(self, request: LaunchRequest) -> None:
        """Run a launch; other host threads go on meanwhile."""
        self._run(ctypes.byref(request))

    def global_address(self, name: str) -> tuple[int, int] | None:
        """Return the address and the size in bytes of a global variable; ``None`` without one."""
        try:
            address = ctypes.addressof(ctypes.c_char.in_dll(self._library, name))
        except ValueError:
            return None
        return address, _symbol_size(address)


def _own_copy(path: Path) -> Path:
    """Return a path that is not loaded yet: each module has its own global variables."""
    with _lock:
        if path in _loaded:
            handle, name = tempfile.mkstemp(suffix=path.suffix, dir=temporary_folder())
            with open(handle, "wb") as copy, path.open("rb") as original:  # noqa: PTH123
                shutil.copyfileobj(original, copy)
            path = Path(name)
        _loaded.add(path)
    return path


def _symbol_name(address: int) -> str | None:
    found = _Symbol()
    if not ctypes.CDLL(None).dladdr(ctypes.c_void_p(address), ctypes.byref(found)):
        return None
    return found.name.decode() if found.name and found.address == address else None


# `__constant__` memory is that large; where the size of a variable is unknown, it is taken.
_LARGEST = 65536
_WITH_ELF_SYMBOL = 1


def _symbol_size(address: int) -> int:
    lookup = getattr(ctypes.CDLL(None), "dladdr1", None) if sys.platform == "linux" else None
    if lookup is None:
        return _LARGEST
    found, symbol = _Symbol(), ctypes.POINTER(_ElfSymbol)()
    arguments = ctypes.c_void_p(address), ctypes.byref(found), ctypes.byref(symbol)
    if not lookup(*arguments, _WITH_ELF_SYMBOL) or not symbol:  # type: ignore[truthy-bool]  # null is false
        return _LARGEST
    return int(symbol.contents.size) or _LARGEST
