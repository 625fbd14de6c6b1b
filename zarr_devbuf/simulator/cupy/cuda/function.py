"""``cupy.cuda.function``: modules of compiled kernels, and their functions."""

# ruff: noqa: ARG002, PLR0917 - names and signatures are CuPy's.
from __future__ import annotations

import ctypes
import operator
from typing import Any

import numpy as np

from zarr_devbuf.simulator._core.current_device import current_id, require_device
from zarr_devbuf.simulator._core.errors import CUDADriverError, not_implemented
from zarr_devbuf.simulator._core.memory import Block
from zarr_devbuf.simulator._core.properties import attribute
from zarr_devbuf.simulator._kernels.arguments import pack_argument
from zarr_devbuf.simulator._kernels.launch import launch

__all__ = ["Function", "Module"]

_SHARED, _SHARED_OPTIN = 8, 97


class Variable(Block):
    """The memory of a global variable of a module, which host code can use, too."""

    __slots__ = ("_module",)

    def __init__(self, module: Any, address: int, nbytes: int) -> None:
        super().__init__()
        self._module = module
        self.root = np.frombuffer((ctypes.c_uint8 * nbytes).from_address(address), np.uint8)
        self.size = nbytes
        # The address is also that in host memory.
        self._ptr = address

    @property
    def host(self) -> int:
        """The real address of the first byte."""
        return self._ptr


class Module:
    """A module of kernels on one device; `RawModule` makes it."""

    __module__ = "cupy.cuda.function"

    def __init__(self) -> None:
        self.ptr = 0
        self.mapping: dict[str, str] | None = None
        self._host: Any = None
        self._device = current_id()
        self._variables: dict[str, Variable] = {}

    def load_file(self, filename: Any) -> None:
        """Raise ``NotImplementedError``: machine code of a GPU cannot run here."""
        raise not_implemented("cupy.cuda.Module.load_file")

    def load(self, cubin: bytes) -> None:
        """Raise ``NotImplementedError``: machine code of a GPU cannot run here."""
        raise not_implemented("cupy.cuda.Module.load")

    def _load_host(self, host: Any) -> None:
        self._host = host
        self.ptr = id(self)
        self.mapping = host.mapping or None

    def get_function(self, name: str | bytes) -> Function:
        """Return a kernel."""
        return Function(self, name.decode() if isinstance(name, bytes) else name)

    def get_global_var(self, name: str | bytes) -> int:
        """Return the address of a global variable."""
        return self._variable(name.decode() if isinstance(name, bytes) else name).ptr

    def _variable(self, name: str) -> Variable:
        variable = self._variables.get(name)
        if variable is None:
            found = self._host.global_address(name)
            if found is None:
                raise CUDADriverError(500, f"there is no global variable {name!r}")
            variable = self._variables[name] = Variable(self._host, *found)
        return variable


class Function:
    """A kernel of a module."""

    __module__ = "cupy.cuda.function"

    def __init__(self, module: Module, funcname: str) -> None:
        kernel = module._host.kernels.get(funcname)  # noqa: SLF001
        if kernel is None:
            raise CUDADriverError(500, f"there is no kernel {funcname!r} with C linkage")
        self.module = module
        self.ptr = id(self)
        self._kernel = kernel
        self._shared_limit = attribute(_SHARED, current_id())

    def __call__(
        self,
        grid: tuple[Any, ...],
        block: tuple[Any, ...],
        args: Any,
        shared_mem: int = 0,
        stream: Any = None,
        enable_cooperative_groups: bool = False,
    ) -> None:
        """Run the kernel, and return when it is done."""
        self._launch(_sizes("grid", grid), _sizes("block", block), args, shared_mem, stream)

    def linear_launch(
        self,
        size: int,
        args: Any,
        shared_mem: int = 0,
        block_max_size: int = 128,
        stream: Any = None,
        enable_cooperative_groups: bool = False,
    ) -> None:
        """Run the kernel with at least one thread for each element."""
        blocks = min(0x7FFF_FFFF, -(-size // block_max_size))
        self._launch((blocks, 1, 1), (min(block_max_size, size), 1, 1), args, shared_mem, stream)

    def _launch(
        self,
        grid: tuple[int, int, int],
        block: tuple[int, int, int],
        args: Any,
        shared_mem: int,
        stream: Any,
    ) -> None:
        require_device(current_id())
        launch(
            self._kernel,
            grid,
            block,
            [pack_argument(value) for value in args],
            operator.index(shared_mem),
            shared_limit=self._shared_limit,
            variables=self.module._variables.values(),  # noqa: SLF001
            stream=stream,
        )

    def _limit_shared(self, nbytes: int) -> None:
        if not 0 <= nbytes <= attribute(_SHARED_OPTIN, current_id()):
            raise CUDADriverError(1)
        self._shared_limit = nbytes


def _sizes(name: str, given: Any) -> tuple[int, int, int]:
    if not isinstance(given, tuple):
        raise TypeError(
            f"Argument '{name}' has incorrect type (expected tuple, got {type(given).__name__})"
        )
    x, y, z = (max(1, operator.index(one)) for one in (*given, 1, 1)[:3])
    return x, y, z
