"""Checks of the account that a backend gives of its copies between host and device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr_devbuf.checks._harness import on_device, require_device
from zarr_devbuf.checks.backend.harness import INTEGERS, grid, held, to_numpy
from zarr_devbuf.checks.errors import during, violated
from zarr_devbuf.checks.registry import check
from zarr_devbuf.transfers import TransferError, record_transfers, transfer_guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf._transfers.transfer import Direction
    from zarr_devbuf.backend import Backend


def _assert_recorded(
    backend: Backend,
    case: str,
    call: Callable[[], object],
    direction: Direction,
    nbytes: int,
    *,
    advice: str,
) -> None:
    """Assert that a call records one explicit transfer; on the host, and of no bytes, none."""
    wanted = [(direction, nbytes, True)] if nbytes and not backend.is_host else []
    with during(case), record_transfers() as log:
        call()
    found = [(each.direction, each.nbytes, each.explicit) for each in log]
    if found != wanted:
        raise violated(
            case=case,
            expected=_text(wanted),
            actual=_text(found),
            advice=advice,
        )


def _text(entries: list[tuple[Direction, int, bool]]) -> str:
    names = [
        f"{direction} of {nbytes} bytes, {'explicit' if explicit else 'implicit'}"
        for direction, nbytes, explicit in entries
    ]
    return f"{len(names)} transfers recorded{': ' if names else ''}{'; '.join(names)}"


@check("backend")
def check_from_host_transfers(backend: Backend, _: Backend) -> None:
    """``from_host`` records one explicit h2d transfer of ``array.nbytes`` bytes; on the host, none.

    Zero bytes are no transfer. Source: `Backend.from_host`, `zarr_devbuf.transfers`.
    """
    for dtype in held(backend, INTEGERS):
        for shape in ((3, 4), (), (0, 3)):
            for source, layout in ((grid(dtype, shape), "C"), (grid(dtype, shape).T, "F")):
                _assert_recorded(
                    backend,
                    f"from_host of {dtype}, shape {source.shape}, {layout} order",
                    lambda source=source: backend.from_host(source),  # type: ignore[misc]
                    "h2d",
                    source.nbytes,
                    advice="Call `transfers.record('h2d', array.nbytes, explicit=True)` once in "
                    "`from_host`.",
                )


@check("backend")
def check_to_host_transfers(backend: Backend, _: Backend) -> None:
    """``to_host`` records one explicit d2h transfer of ``array.nbytes`` bytes; on the host, none.

    Source: `Backend.to_host`, `zarr_devbuf.transfers`.
    """
    for dtype in held(backend, INTEGERS):
        for shape in ((3, 4), (), (0, 3)):
            array = on_device(backend, grid(dtype, shape))
            for source, layout in ((array, "C"), (array.transpose(), "F")):
                _assert_recorded(
                    backend,
                    f"to_host of {dtype}, shape {tuple(source.shape)}, {layout} order",
                    lambda source=source: backend.to_host(source),  # type: ignore[misc]
                    "d2h",
                    int(source.nbytes),
                    advice="Call `transfers.record('d2h', array.nbytes, explicit=True)` once in "
                    "`to_host`.",
                )


@check("backend")
def check_copy_from_host_transfers(backend: Backend, _: Backend) -> None:
    """``copy_from_host`` records one explicit h2d transfer of ``source.nbytes``; on the host, none.

    Source: `Backend.copy_from_host`, `zarr_devbuf.transfers`.
    """
    for dtype in held(backend, INTEGERS):
        array = on_device(backend, grid(dtype, (7,)))
        source = grid(dtype, (3,))
        _assert_recorded(
            backend,
            f"copy_from_host of {dtype}, shape (3,)",
            lambda array=array, source=source: backend.copy_from_host(array[2:5], source),  # type: ignore[misc]
            "h2d",
            source.nbytes,
            advice="Record the transfer in `copy_from_host` or in the `from_host` that it calls.",
        )


@check("backend")
def check_no_other_transfers(backend: Backend, _: Backend) -> None:
    """Allocating, viewing, copying and assigning on the device records no transfer.

    What the ledger shows for a codec would else be the backend's. Source: `zarr_devbuf.transfers`.
    """
    array = on_device(backend, grid("u1"))
    xp = backend.xp
    operations: dict[str, Callable[[], Any]] = {
        "xp.empty(5, dtype='u1')": lambda: xp.empty(5, dtype="u1"),
        "xp.zeros(5, dtype='u1')": lambda: xp.zeros(5, dtype="u1"),
        "xp.full((5,), 7, dtype='u1')": lambda: xp.full((5,), 7, dtype="u1"),
        "array[1:, ::2]": lambda: array[1:, ::2],
        "array.transpose().reshape(-1)": lambda: array.transpose().reshape(-1),
        "array.view('u1')": lambda: array.view("u1"),
        "view(array)": lambda: backend.view(array),
        "array.copy()": array.copy,
        "array[...] = array": lambda: array.__setitem__(..., array),
        "array[...] = 7": lambda: array.__setitem__(..., 7),
        "xp.concatenate([array, array])": lambda: xp.concatenate([array, array]),
        "array == array": lambda: array == array,  # noqa: PLR0124
        "owns(array)": lambda: backend.owns(array),
        "synchronize()": backend.synchronize,
    }
    for text, call in operations.items():
        with during(f"`{text}`"), record_transfers() as log:
            call()
        if len(log):
            raise violated(
                case=f"`{text}`, array of uint8, shape (3, 4)",
                expected="no transfers recorded",
                actual=_text([(each.direction, each.nbytes, each.explicit) for each in log]),
                advice="Do it on the device, and record only copies between host and device.",
            )


@check("backend")
def check_guarded_transfers(backend: Backend, _: Backend) -> None:
    """A transfer that a guard rejects raises `TransferError`, and nothing is copied.

    A transfer is recorded before the bytes are moved, so that a guard can prevent it. Source:
    `transfers.record`.
    """
    require_device(backend)
    advice = "Call `transfers.record` before the copy."
    values = grid("u1", (5,))
    array = on_device(backend, values)
    calls: dict[str, Callable[[], object]] = {
        "from_host": lambda: backend.from_host(values),
        "to_host": lambda: backend.to_host(array),
        "copy_from_host": lambda: backend.copy_from_host(array, values[::-1].copy()),
    }
    for name, call in calls.items():
        case = f"{name} under transfer_guard('disallow')"
        try:
            with during(case), transfer_guard("disallow"):
                call()
        except TransferError:
            pass
        else:
            raise violated(case=case, expected="TransferError", actual="no error", advice=advice)
    if not np.array_equal(found := to_numpy(backend, array), values):
        raise violated(
            case="the target of copy_from_host after the guard has rejected the transfer",
            expected=f"{values}, as before",
            actual=f"{found}",
            advice=advice,
        )
