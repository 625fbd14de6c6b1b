"""``nvtx.nvtx``: functions that mark ranges and events; there is no profiler that sees them."""

# ruff: noqa: ARG001, N801 - names and signatures are nvtx's.
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Self

from zarr_devbuf.simulator.nvtx._domain import Domain, DummyDomain, dummy_domain

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Domain",
    "DummyDomain",
    "annotate",
    "dummy_domain",
    "enabled",
    "end_range",
    "get_domain",
    "mark",
    "pop_range",
    "push_range",
    "start_range",
]

_ENABLED = not os.getenv("NVTX_DISABLE")


class annotate:
    """A range, as a context manager or a decorator; a decorated function is returned unchanged.

    Parameters
    ----------
    message, color, domain, category, payload
        What a profiler would show.
    """

    def __init__(
        self,
        message: Any = None,
        color: Any = None,
        domain: Any = None,
        category: Any = None,
        payload: Any = None,
    ) -> None:
        self.init_args = message, color, domain, category, payload
        self.domain = get_domain(domain)

    def __reduce__(self) -> tuple[type[Self], tuple[Any, ...]]:
        return type(self), self.init_args

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: object, exc_value: object, traceback: object) -> None:
        """Do nothing: there is no profiler."""

    def __call__[F: Callable[..., Any]](self, func: F) -> F:
        """Return the function unchanged."""
        return func


def get_domain(name: str | None = None) -> DummyDomain:
    """Return the domain with a name: without a profiler, always the same."""
    return dummy_domain


def enabled() -> bool:
    """Return whether nvtx is not switched off by the environment variable ``NVTX_DISABLE``."""
    return _ENABLED


def mark(
    message: Any = None,
    color: Any = "blue",
    domain: Any = None,
    category: Any = None,
    payload: Any = None,
) -> None:
    """Do nothing."""


def push_range(
    message: Any = None,
    color: Any = "blue",
    domain: Any = None,
    category: Any = None,
    payload: Any = None,
) -> None:
    """Do nothing."""


def pop_range(domain: Any = None) -> None:
    """Do nothing."""


def start_range(
    message: Any = None,
    color: Any = None,
    domain: Any = None,
    category: Any = None,
    payload: Any = None,
) -> None:
    """Return None, which `end_range` accepts."""


def end_range(range_id: Any) -> None:
    """Do nothing."""
