"""``cupy.cuda.compiler``: compiles CUDA C++, for the host."""

from __future__ import annotations

import re
from typing import Any

from zarr_devbuf.simulator._kernels import build
from zarr_devbuf.simulator._kernels import options as nvrtc
from zarr_devbuf.simulator._kernels.module import HostModule
from zarr_devbuf.simulator.cupy.cuda.function import Module

__all__ = ["CompileException", "is_valid_kernel_name"]


class CompileException(Exception):  # noqa: N818 - the name is CuPy's
    """CUDA C++ does not compile; the text is the output of the compiler."""

    __module__ = "cupy.cuda.compiler"

    def __init__(
        self, msg: str, source: str, name: str, options: Any, backend: str = "nvrtc"
    ) -> None:
        self._msg = msg
        self.source = source
        self.name = name
        self.options = options
        self.backend = backend
        super().__init__()

    def __reduce__(self) -> Any:
        return type(self), (self._msg, self.source, self.name, self.options, self.backend)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return self.get_message()

    def get_message(self) -> str:
        """Return the output of the compiler."""
        return self._msg

    def dump(self, f: Any) -> None:
        """Write the message and the source, with line numbers, to a file."""
        lines = self.source.split("\n")
        width = len(str(len(lines)))
        numbered = [f"{number:0{width}d} {line.rstrip()}" for number, line in enumerate(lines, 1)]
        head = [
            f"{self.backend.upper()} compilation error: {self}",
            "-----",
            f"Name: {self.name}",
            f"Options: {' '.join(self.options)}",
            "CUDA source:",
        ]
        f.write("\n".join([*head, *numbered, "-----", ""]))
        f.flush()


def is_valid_kernel_name(name: str) -> bool:
    """Return whether a name can be that of a kernel."""
    return re.match("^[a-zA-Z_][a-zA-Z_0-9]*$", name) is not None


_FILE = "kernel.cu"


def compile_module(
    source: str,
    options: tuple[str, ...] = (),
    name_expressions: tuple[str, ...] | None = None,
    *,
    log_stream: Any = None,
    wanted: str | None = None,
    headers: str = "",
) -> Module:
    """Compile a source, and return its module on this thread's device.

    Parameters
    ----------
    source, options, name_expressions, log_stream
        As for ``RawModule``.
    wanted
        A kernel that macros of the source may make.
    headers
        Lines in front of the source.

    Raises
    ------
    CompileException
        If the source does not compile.
    NotImplementedError
        If there is no C++ compiler.
    """
    expressions = name_expressions or ()
    try:
        path = build.build(source, options, expressions, name=_FILE, wanted=wanted, headers=headers)
    except (build.CompilationError, nvrtc.UnknownOptionError) as error:
        raise CompileException(str(error), source, _FILE, options) from None
    if log_stream is not None:
        log_stream.write("")
    module = Module()
    module._load_host(HostModule(path, expressions))  # noqa: SLF001
    return module
