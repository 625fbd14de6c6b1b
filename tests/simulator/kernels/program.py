"""The table of programs with kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAMS: dict[str, Program] = {}


@dataclass(frozen=True)
class Program:
    """A program: called with ``cupy``, it returns pairs of what it got and what is expected.

    ``tolerance`` is relative: mathematical functions of a GPU are not those of the host.
    ``missing`` is what the emulated CUDA device lacks, on which CuPy runs in CI.
    """

    run: Callable[[Any], list[tuple[Any, Any]]]
    tolerance: float = 0.0
    missing: str = ""

    def check(self, cupy: Any) -> list[Any]:
        """Run it, compare with what is expected, and return what it got, in host memory."""
        pairs = self.run(cupy)
        assert pairs
        found = []
        for got, expected in pairs:
            host = cupy.asnumpy(got) if isinstance(got, cupy.ndarray) else got
            compare(host, expected, self.tolerance)
            found.append(host)
        return found


def compare(host: Any, expected: Any, tolerance: float) -> None:
    if not isinstance(host, np.ndarray):
        assert host == expected
    elif tolerance:
        np.testing.assert_allclose(host, expected, rtol=tolerance)
        assert host.dtype == np.asarray(expected).dtype
    else:
        np.testing.assert_array_equal(host, expected, strict=True)


type Run = Callable[[Any], Any]


@overload
def program(run: Run) -> Run: ...


@overload
def program(*, tolerance: float = 0.0, missing: str = "") -> Callable[[Run], Run]: ...


def program(run: Run | None = None, *, tolerance: float = 0.0, missing: str = "") -> Any:
    """Add a program to the table, by its name."""

    def add(function: Run) -> Run:
        assert function.__name__ not in PROGRAMS
        PROGRAMS[function.__name__] = Program(function, tolerance, missing)
        return function

    return add if run is None else add(run)


def kernel(cupy: Any, body: str, parameters: str, before: str = "", **options: Any) -> Any:
    """Return a kernel with one function, `f`."""
    code = f'{before}\nextern "C" __global__ void f({parameters}) {{\n{body}\n}}\n'
    return cupy.RawKernel(code, "f", **options)
