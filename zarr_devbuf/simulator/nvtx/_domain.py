"""The domain of ranges that is used if no profiler is attached."""

# ruff: noqa: ARG002, ARG004 - names and signatures are nvtx's.
from __future__ import annotations

from typing import Any

from zarr_devbuf.simulator._core.errors import not_implemented
from zarr_devbuf.simulator._core.refusals import refused_method

__all__ = ["Domain", "DummyDomain", "dummy_domain"]


class DummyDomain:
    """A domain that is switched off, because no profiler is attached: its methods do nothing.

    There are no attributes of events either: `get_event_attributes` returns None.
    """

    def get_registered_string(self, string: Any) -> None:
        """Return None."""

    def get_category_id(self, name: Any) -> None:
        """Return None."""

    def get_event_attributes(
        self, message: Any = None, color: Any = None, category: Any = None, payload: Any = None
    ) -> None:
        """Return None."""

    def set_event_attributes(
        self,
        attributes: Any,
        *,
        message: Any = None,
        color: Any = None,
        category: Any = None,
        payload: Any = None,
    ) -> None:
        """Do nothing."""
        _check(attributes)

    def mark(
        self,
        attributes: Any = None,
        *,
        message: Any = None,
        color: Any = None,
        category: Any = None,
        payload: Any = None,
    ) -> None:
        """Do nothing."""
        _check(attributes)

    def push_range(
        self,
        attributes: Any = None,
        *,
        message: Any = None,
        color: Any = None,
        category: Any = None,
        payload: Any = None,
    ) -> None:
        """Do nothing."""
        _check(attributes)

    def pop_range(self) -> None:
        """Do nothing."""

    def start_range(
        self,
        attributes: Any = None,
        *,
        message: Any = None,
        color: Any = None,
        category: Any = None,
        payload: Any = None,
    ) -> int:
        """Return 0, the identifier of all ranges."""
        _check(attributes)
        return 0

    def end_range(self, range_id: int) -> None:
        """Do nothing."""

    def get_counter(self, *args: Any, **kwargs: Any) -> Any:
        """Raise ``NotImplementedError``: counters are not modelled."""
        raise not_implemented("nvtx.Domain.get_counter")

    def get_timestamp(self) -> int:
        """Return 0."""
        return 0


def _check(attributes: Any) -> None:
    # Nobody has attributes: `get_event_attributes` returns None.
    if attributes is not None:
        raise TypeError(
            "Argument 'attributes' has incorrect type (expected nvtx._lib.lib.EventAttributes, "
            f"got {type(attributes).__name__})"
        )


dummy_domain = DummyDomain()

_METHODS = (
    "end_range",
    "get_category_id",
    "get_counter",
    "get_event_attributes",
    "get_registered_string",
    "get_timestamp",
    "mark",
    "pop_range",
    "push_range",
    "set_event_attributes",
    "start_range",
)


def _method(name: str) -> Any:
    return refused_method(f"nvtx.Domain.{name}")


class Domain:
    """A domain of ranges for an attached profiler; without one, `dummy_domain` replaces it."""

    def __new__(cls, name: str | None = None) -> Any:
        """Return the domain that is used if no profiler is attached."""
        return dummy_domain

    end_range, get_category_id, get_counter, get_event_attributes = map(_method, _METHODS[:4])
    get_registered_string, get_timestamp, mark, pop_range = map(_method, _METHODS[4:8])
    push_range, set_event_attributes, start_range = map(_method, _METHODS[8:])
