"""The C++ compiler that makes host code of kernels."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import final

__all__ = ["Compiler", "find_compiler", "run"]

_INSTALL = (
    "Install g++ or clang++, or set CXX to a C++17 compiler, or run: "
    "pip install 'zarr-devbuf[kernels]'"
)
_COMMON = (
    "-O1", "-g0", "-fPIC", "-w", "-fwrapv", "-fno-strict-aliasing", "-ffp-contract=off",
    "-fno-stack-protector", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics",
    "-U_FORTIFY_SOURCE", "-fno-math-errno",
)  # fmt: skip
_GCC = ("-fno-gnu-unique", "-fno-tree-vectorize")
_CLANG = (
    "-fno-delete-null-pointer-checks",
    "-fno-vectorize",
    "-fno-slp-vectorize",
    "-fno-sanitize=undefined",
)
# The compiler calls a function for each access to memory, which the runtime defines.
_HOOKS_GCC = ("-fsanitize=thread", "--param", "tsan-instrument-func-entry-exit=0")
_HOOKS_CLANG = ("-fsanitize=thread", "-mllvm", "-tsan-instrument-func-entry-exit=0")


@final
@dataclass(frozen=True, slots=True)
class Compiler:
    """A C++ compiler.

    Attributes
    ----------
    compile, link : tuple of str
        The commands, without files.
    libraries : tuple of str
        What follows the files that are linked.
    hooks : tuple of str
        Options that make the compiler call a function for each access to memory.
    identity : str
        What tells it from another one, and from another version.
    """

    compile: tuple[str, ...]
    link: tuple[str, ...]
    libraries: tuple[str, ...]
    hooks: tuple[str, ...]
    identity: str


def find_compiler() -> Compiler:
    """Return the compiler that ``$CXX`` names, or ``g++``, ``clang++``, or that of ``ziglang``.

    Raises
    ------
    NotImplementedError
        If there is none. The message says what to install.
    """
    return _find(os.environ.get("CXX", ""), os.environ.get("PATH", ""))


@cache
def _find(chosen: str, path: str) -> Compiler:
    if chosen.strip():
        command = tuple(shlex.split(chosen))
        if shutil.which(command[0], path=path) is None:
            raise NotImplementedError(
                "kernels of the simulated GPU need a C++ compiler, and CXX names "
                f"{chosen!r}, which does not exist. {_INSTALL}"
            )
        return _native(command)
    for name in ("g++", "clang++"):
        found = shutil.which(name, path=path)
        if found is not None:
            return _native((found,))
    if importlib.util.find_spec("ziglang") is not None:
        version = importlib.metadata.version("ziglang")
        zig = (sys.executable, "-m", "ziglang")
        flags = (*_COMMON, *_CLANG)
        # The driver would first build the libraries to link with, which takes minutes.
        link = (
            (*zig, "cc", "-shared")
            if sys.platform == "darwin"
            else (*zig, "ld.lld", "-shared", "-Bsymbolic")
        )
        return Compiler((*zig, "c++", *flags), link, (), _HOOKS_CLANG, f"ziglang {version}")
    raise NotImplementedError(
        "kernels of the simulated GPU need a C++ compiler, and there is none: neither CXX, g++, "
        f"clang++ nor the package ziglang. {_INSTALL}"
    )


def _native(command: tuple[str, ...]) -> Compiler:
    done = run((*command, "--version"))
    if done.returncode:
        raise NotImplementedError(
            f"kernels of the simulated GPU need a C++ compiler, and {shlex.join(command)} does not "
            f"run: {done.stdout}. {_INSTALL}"
        )
    clang = "clang" in done.stdout
    flags = (*_COMMON, *(_CLANG if clang else _GCC))
    hooks = _HOOKS_CLANG if clang else _HOOKS_GCC
    identity = f"{shlex.join(command)} {done.stdout}"
    link: tuple[str, ...] = (*command, "-shared")
    libraries: tuple[str, ...] = ()
    if sys.platform != "darwin":
        # No library of C++ is needed, and not to look for one saves time.
        link += ("-nostdlib", "-Wl,-Bsymbolic")
        # GCC calls its own library to count bits, for instance.
        libraries = ("-lm", "-lc") if clang else ("-lm", "-lc", "-lgcc")
    return Compiler((*command, *flags), link, libraries, hooks, identity)


def run(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run a compiler; ``stdout`` of the result has both of its output streams."""
    # Messages in English, since programs look for them.
    environment = os.environ | {"LC_ALL": "C"}
    return subprocess.run(  # noqa: S603 - the compiler of the user
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        env=environment,
    )
