"""The markers `gpu`, `backends` and `max_transfers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_zarr_devbuf.availability import look_up, unavailable_message
from pytest_zarr_devbuf.options import settings, unknown_names

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["allowed_backends", "budget", "pytest_runtest_call", "pytest_runtest_setup"]

LIMITS = ("d2h", "h2d", "nbytes")


# First, so that no fixture is set up for a test that is skipped, and before pytest handles `skip`.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `gpu` if there is no GPU, or fail it if a GPU is required."""
    if item.get_closest_marker("gpu") is None or not settings(item.config).owns_gpu_marker:
        return
    reason = look_up("gpu").unavailable_reason()
    if reason is None:
        return
    if settings(item.config).require:
        pytest.fail(unavailable_message("gpu", reason), pytrace=False)
    # By a marker, so that the summary shows the line of the test.
    item.add_marker(pytest.mark.skip(reason=reason))


# Innermost, so that transfers of other plugins before and after the test are not counted.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test marked `max_transfers` that exceeds its budget, unless it fails by itself."""
    limits = budget(item)
    if not limits:
        return (yield)
    from zarr_devbuf.transfers import (  # noqa: PLC0415 - it imports zarr
        TransferError,
        record_transfers,
    )

    excess = ""
    with record_transfers() as log:
        result = yield
    try:
        log.check(**limits)
    except TransferError as error:
        excess = str(error)
    if excess:
        pytest.fail(f"{item.nodeid}: {excess}", pytrace=False)
    return result


def allowed_backends(node: pytest.Item) -> tuple[str, ...] | None:
    """Return the backends that all markers `backends` of a test, its class and module allow.

    None if there is no such marker. Call it only for tests that use our fixture `backend`: in other
    tests the marker may have another meaning.
    """
    allowed: tuple[str, ...] | None = None
    for mark in node.iter_markers("backends"):
        if not mark.args or mark.kwargs:
            _fail_collection(node, f"backends{_arguments(mark)}: expected names of backends")
        if message := unknown_names(mark.args):
            _fail_collection(node, f"backends{_arguments(mark)}: {message}")
        allowed = tuple(name for name in mark.args if allowed is None or name in allowed)
    return allowed


def budget(node: pytest.Item) -> dict[str, int]:
    """Return the limits of the markers `max_transfers`; the closest marker wins for each limit."""
    limits: dict[str, int] = {}
    for mark in node.iter_markers("max_transfers"):
        valid = all(
            name in LIMITS and type(limit) is int and limit >= 0
            for name, limit in mark.kwargs.items()
        )
        if mark.args or not mark.kwargs or not valid:
            _fail_collection(
                node,
                f"max_transfers{_arguments(mark)}: expected one or more of "
                f"{', '.join(f'{name}=' for name in LIMITS)} with a non-negative integer",
            )
        limits = {**mark.kwargs, **limits}
    return limits


def _arguments(mark: pytest.Mark) -> str:
    given = [*map(repr, mark.args), *(f"{name}={value!r}" for name, value in mark.kwargs.items())]
    return f"({', '.join(given)})"


def _fail_collection(node: pytest.Item, message: str) -> None:
    # As for an invalid `parametrize`: an error of the collection, which, unlike a UsageError, a
    # worker of xdist can report.
    pytest.fail(f"{node.nodeid}: @pytest.mark.{message}", pytrace=False)
