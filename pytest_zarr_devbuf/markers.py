"""The markers `gpu`, `backends` and `max_transfers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_zarr_devbuf.availability import look_up, missing
from pytest_zarr_devbuf.options import settings, unknown_names

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["allowed_backends", "budget", "pytest_runtest_call", "pytest_runtest_setup"]

LIMITS = ("d2h", "h2d", "nbytes")


# First: no fixture is set up for a test that does not run, and pytest has yet to look at `skip`.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `gpu`, or fail it, where there is no GPU."""
    if item.get_closest_marker("gpu") is None or not settings(item.config).owns_gpu_marker:
        return
    reason = look_up("gpu").unavailable_reason()
    if reason is None:
        return
    if settings(item.config).require:
        pytest.fail(missing("gpu", reason), pytrace=False)
    # By a marker, so that the summary names the test's own line.
    item.add_marker(pytest.mark.skip(reason=reason))


# Innermost: what other plugins do before and after the test is not the test's.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Hold a test marked `max_transfers` to its budget; a failure of its own comes first."""
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
    """Give the backends that the markers `backends` of a test, its class and module all name.

    None where there is no such marker. Only tests with our fixture `backend` are asked: in another
    project the marker may mean something else.
    """
    allowed: tuple[str, ...] | None = None
    for mark in node.iter_markers("backends"):
        if not mark.args or mark.kwargs:
            _refuse(node, f"backends{_arguments(mark)}: give it names of backends")
        if complaint := unknown_names(mark.args):
            _refuse(node, f"backends{_arguments(mark)}: {complaint}")
        allowed = tuple(name for name in mark.args if allowed is None or name in allowed)
    return allowed


def budget(node: pytest.Item) -> dict[str, int]:
    """Give the limits that the markers `max_transfers` set, the closest one counting for each."""
    limits: dict[str, int] = {}
    for mark in node.iter_markers("max_transfers"):
        valid = all(
            name in LIMITS and type(limit) is int and limit >= 0
            for name, limit in mark.kwargs.items()
        )
        if mark.args or not mark.kwargs or not valid:
            _refuse(
                node,
                f"max_transfers{_arguments(mark)}: it takes one or more of "
                f"{', '.join(f'{name}=' for name in LIMITS)} with an integer from 0 up",
            )
        limits = {**mark.kwargs, **limits}
    return limits


def _arguments(mark: pytest.Mark) -> str:
    given = [*map(repr, mark.args), *(f"{name}={value!r}" for name, value in mark.kwargs.items())]
    return f"({', '.join(given)})"


def _refuse(node: pytest.Item, message: str) -> None:
    # What pytest does about a wrong `parametrize`: an error of the collection, which also a
    # worker of xdist can report, as it cannot a UsageError.
    pytest.fail(f"{node.nodeid}: @pytest.mark.{message}", pytrace=False)
