"""Checks of what a backend records: each copy between host and device, once, and nothing else."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from zarr_devbuf.checks._inputs import grid
from zarr_devbuf.checks.backend.harness import INTEGERS, BackendHarness, backend_check
from zarr_devbuf.checks.errors import during
from zarr_devbuf.transfers import TransferError, record_transfers, transfer_guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf._transfers.transfer import Direction

_SHAPES: tuple[tuple[int, ...], ...] = ((3, 4), (), (0, 3))


def _assert_recorded(
    harness: BackendHarness,
    what: str,
    call: Callable[[], object],
    direction: Direction,
    nbytes: int,
) -> None:
    """Assert that a call records one explicit transfer; on the host, and of no bytes, none."""
    one = bool(nbytes) and not harness.backend.is_host
    _assert_transfers(harness, what, call, [(direction, nbytes, True)] if one else [])


def _assert_transfers(
    harness: BackendHarness,
    what: str,
    call: Callable[[], object],
    expected: list[tuple[Direction, int, bool]],
) -> None:
    """Assert which transfers a call records: directions, bytes, and whether they are explicit."""
    with during(what) as case, record_transfers() as log:
        call()
    found = [(each.direction, each.nbytes, each.explicit) for each in log]
    if found != expected:
        raise harness.violated(case, _text(expected), _text(found))


def _text(entries: list[tuple[Direction, int, bool]]) -> str:
    names = [
        f"{direction} of {nbytes} bytes, {'explicit' if explicit else 'implicit'}"
        for direction, nbytes, explicit in entries
    ]
    return f"{len(names)} transfers recorded{': ' if names else ''}{'; '.join(names)}"


@backend_check(
    severity="wasteful",
    advice="Call `transfers.record('h2d', array.nbytes, explicit=True)` once in `from_host`.",
)
def check_from_host_transfers(harness: BackendHarness) -> None:
    """``from_host`` records one explicit h2d transfer of ``array.nbytes`` bytes; on the host, none.

    Zero bytes are no transfer. Source: `Backend.from_host`, `zarr_devbuf.transfers`.
    """
    for dtype, shape in product(harness.held(*INTEGERS), _SHAPES):
        for source, layout in ((grid(dtype, shape), "C"), (grid(dtype, shape).T, "F")):
            what = f"from_host of {dtype}, shape {source.shape}, {layout} order"
            call = partial(harness.backend.from_host, source)
            _assert_recorded(harness, what, call, "h2d", source.nbytes)


@backend_check(
    severity="wasteful",
    advice="Call `transfers.record('d2h', array.nbytes, explicit=True)` once in `to_host`.",
)
def check_to_host_transfers(harness: BackendHarness) -> None:
    """``to_host`` records one explicit d2h transfer of ``array.nbytes`` bytes; on the host, none.

    Source: `Backend.to_host`, `zarr_devbuf.transfers`.
    """
    for dtype, shape in product(harness.held(*INTEGERS), _SHAPES):
        array = harness.array(grid(dtype, shape))
        for source, layout in ((array, "C"), (array.transpose(), "F")):
            what = f"to_host of {dtype}, shape {tuple(source.shape)}, {layout} order"
            call = partial(harness.backend.to_host, source)
            _assert_recorded(harness, what, call, "d2h", int(source.nbytes))


@backend_check(
    severity="wasteful",
    advice="Record the transfer in `copy_from_host` or in the `from_host` that it calls.",
)
def check_copy_from_host_transfers(harness: BackendHarness) -> None:
    """``copy_from_host`` records one explicit h2d transfer of ``source.nbytes``; on the host, none.

    Source: `Backend.copy_from_host`, `zarr_devbuf.transfers`.
    """
    for dtype in harness.held(*INTEGERS):
        target, source = harness.array(grid(dtype, (7,)))[2:5], grid(dtype, (3,))
        call = partial(harness.backend.copy_from_host, target, source)
        what = f"copy_from_host of {dtype}, shape (3,)"
        _assert_recorded(harness, what, call, "h2d", source.nbytes)


@backend_check(
    severity="wasteful",
    advice="Do it on the device, and record only copies between host and device.",
)
def check_no_other_transfers(harness: BackendHarness) -> None:
    """Allocating, viewing, copying and assigning on the device records no transfer.

    What the ledger shows for a codec would else be the backend's. Source: `zarr_devbuf.transfers`.
    """
    backend, xp = harness.backend, harness.xp
    array = harness.array(grid("u1"))
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
        _assert_transfers(harness, f"`{text}`, array of uint8, shape (3, 4)", call, [])


@backend_check(
    severity="wasteful",
    advice="Call `transfers.record` before the copy.",
    device_only=True,
)
def check_guarded_transfers(harness: BackendHarness) -> None:
    """A transfer that a guard rejects raises `TransferError`, and nothing is copied.

    A transfer is recorded before the bytes are moved, so that a guard can prevent it. Source:
    `transfers.record`.
    """
    values = grid("u1", (5,))
    array = harness.array(values)
    calls: dict[str, Callable[[], object]] = {
        "from_host": lambda: harness.backend.from_host(values),
        "to_host": lambda: harness.backend.to_host(array),
        "copy_from_host": lambda: harness.backend.copy_from_host(array, values[::-1].copy()),
    }
    with transfer_guard("disallow"):
        for name, call in calls.items():
            case = f"{name} under transfer_guard('disallow')"
            harness.assert_raises(TransferError, call, case=case)
    harness.assert_array(array, values, "the array, after copy_from_host was rejected")
