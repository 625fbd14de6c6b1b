"""Compiles CUDA C++ into a shared object for the host."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zarr_devbuf.simulator._core.properties import attribute
from zarr_devbuf.simulator._kernels.cache import cached
from zarr_devbuf.simulator._kernels.compiler import find_compiler, run
from zarr_devbuf.simulator._kernels.options import host_options
from zarr_devbuf.simulator._kernels.source import (
    find_kernels,
    has_conditions,
    kernel_table,
    rewrite,
)

if TYPE_CHECKING:
    from zarr_devbuf.simulator._kernels.compiler import Compiler

__all__ = ["CompilationError", "build", "checks_accesses", "includes"]

_HERE = Path(__file__).parent
_SHARED_OPTIN = 97


class CompilationError(Exception):
    """The compiler rejects a source; the message is its output."""


def includes() -> Path:
    """Return the folder of the headers for kernels."""
    return _HERE / "include"


@cache
def _our_sources() -> str:
    files = sorted(path for path in _HERE.rglob("*") if path.suffix in (".h", ".cpp", ".cuh"))
    return "".join(path.read_text(encoding="utf-8") for path in files)


def checks_accesses() -> bool:
    """Return whether each access of a kernel to memory is checked, as the compiler allows it."""
    return bool(_hooks(find_compiler()))


@cache
def _hooks(compiler: Compiler) -> tuple[str, ...]:
    """Return the options for checks of accesses; none if the compiler does not have them."""

    def probe(path: Path) -> None:
        source = path.with_suffix(".cpp")
        source.write_text("void f(int* x) { *x = 1; }\n", encoding="utf-8")
        target = path.with_suffix(".o")
        try:
            done = run((*compiler.compile, *compiler.hooks, "-c", str(source), "-o", str(target)))
            works = not done.returncode and b"__tsan_write4" in target.read_bytes()
        finally:
            source.unlink()
            target.unlink(missing_ok=True)
        path.write_text("yes" if works else "no", encoding="utf-8")

    answer = cached(("hooks", compiler.identity, *compiler.hooks), ".txt", probe)
    return compiler.hooks if answer.read_text(encoding="utf-8") == "yes" else ()


def _runtime(compiler: Compiler) -> Path:
    """Return the object file of the runtime that each kernel is linked with."""
    # Kernels may use all of the shared memory of a block.
    macro = f"-DZDB_DYNAMIC_SHARED={attribute(_SHARED_OPTIN, 0)}"
    command = (*compiler.compile, "-std=gnu++17", "-O2", macro)

    def make(path: Path) -> None:
        source = _HERE / "runtime" / "runtime.cpp"
        done = run((*command, "-c", str(source), "-o", str(path)))
        if done.returncode:
            raise CompilationError(f"the runtime of kernels does not compile:\n{done.stdout}")

    key = ("runtime", compiler.identity, *command, _our_sources())
    return cached(key, ".o", make)


def build(
    source: str,
    options: tuple[str, ...] = (),
    name_expressions: tuple[str, ...] = (),
    *,
    name: str = "default_program",
    wanted: str | None = None,
    headers: str = "",
) -> Path:
    """Compile a source, unless it has been compiled before; return the shared object.

    Parameters
    ----------
    source
        CUDA C++.
    options
        Those of NVRTC.
    name_expressions
        Kernels to make available besides those with C linkage, such as ``"f<int>"``.
    name
        The name of the source in the compiler's messages.
    wanted
        A kernel to look for also in what macros make.
    headers
        Lines in front of the source and of the macros that options define.

    Raises
    ------
    NotImplementedError
        If there is no compiler.
    CompilationError
        If it rejects the source.
    """
    compiler = find_compiler()
    host, macros = host_options(options)
    start = headers + macros
    flags = (
        *host,
        *_hooks(compiler),
        f"-I{includes()}",
        "-include",
        str(includes() / "zdb" / "prelude.h"),
    )
    if has_conditions(source):
        kernels = find_kernels(_preprocessed(compiler, start + source, flags))
    else:
        kernels = find_kernels(source)
    if wanted is not None and wanted not in kernels and wanted not in name_expressions:
        kernels |= find_kernels(_preprocessed(compiler, start + source, flags))
    kernels |= {expression: expression for expression in name_expressions}
    unit = f'{start}#line 1 "{name}"\n{rewrite(source)}\n{kernel_table(kernels)}'

    def make(path: Path) -> None:
        runtime = _runtime(compiler)
        with tempfile.TemporaryDirectory(prefix="zarr-devbuf-") as folder:
            text, target = Path(folder) / "kernel.cpp", Path(folder) / "kernel.o"
            text.write_text(unit, encoding="utf-8")
            done = run((*compiler.compile, *flags, "-c", str(text), "-o", str(target)))
            if done.returncode:
                raise CompilationError(done.stdout)
            files = (str(target), str(runtime), *compiler.libraries)
            done = run((*compiler.link, *files, "-o", str(path)))
            if done.returncode:
                raise CompilationError(done.stdout)

    commands = (*compiler.compile, *compiler.link, *compiler.libraries, *flags)
    key = ("kernel", compiler.identity, *commands, _our_sources(), unit)
    return cached(key, ".so", make)


def _preprocessed(compiler: Compiler, source: str, flags: tuple[str, ...]) -> str:
    with tempfile.TemporaryDirectory(prefix="zarr-devbuf-") as folder:
        text = Path(folder) / "kernel.cpp"
        # The qualifier survives, so that kernels can be found.
        text.write_text(f"#undef __global__\n{source}", encoding="utf-8")
        return run((*compiler.compile, *flags, "-E", str(text))).stdout
