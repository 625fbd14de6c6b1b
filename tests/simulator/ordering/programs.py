"""The registry of small programs: each has the rule that it rests on, and whether it races."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PROGRAMS", "Program", "pair", "pinned", "program"]

# The documents that say the rules.
GUIDE = "CUDA programming guide"
RUNTIME = "CUDA runtime API"
CUPY = "CuPy"
INTERFACE = "CUDA array interface"
DLPACK = "DLPack"
KVIKIO = "kvikio"
NVCOMP = "nvCOMP"


@dataclass(frozen=True)
class Program:
    """A program.

    Attributes
    ----------
    run
        Called with the module that is `cupy`.
    kind
        The kind of the hazard; None if everything is ordered.
    rule
        The rule, and the document that says it.
    """

    run: Callable[[Any], None]
    kind: str | None
    rule: str


PROGRAMS: dict[str, Program] = {}


def program(kind: str | None, rule: str) -> Callable[[Callable[[Any], None]], None]:
    """Add a program: one with a hazard of a kind, or without."""

    def add(run: Callable[[Any], None]) -> None:
        assert run.__name__ not in PROGRAMS
        PROGRAMS[run.__name__] = Program(run, kind, rule)

    return add


def pair(cp: Any) -> tuple[Any, Any]:
    """Return two streams that nothing orders."""
    return cp.cuda.Stream(non_blocking=True), cp.cuda.Stream(non_blocking=True)


def made_on(cp: Any, stream: Any, count: int = 8) -> Any:
    """Return an array that a stream has written."""
    with stream:
        return cp.arange(count)


def pinned(cp: Any, count: int = 8) -> Any:
    """Return a NumPy array of int64 in pinned memory."""
    memory = cp.cuda.alloc_pinned_memory(8 * count)
    array = np.frombuffer(memory, np.int64, count)
    array[...] = 1
    return array
