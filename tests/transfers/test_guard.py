"""Guards: which transfers they block, when, and their messages."""

from __future__ import annotations

import logging
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import pytest

from zarr_devbuf.transfers import (
    Transfer,
    TransferError,
    accounted_transfer,
    implicit_transfers,
    implicit_transfers_allowed,
    record,
    record_transfers,
    transfer_guard,
    unrecorded_transfers,
)

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

type Level = Literal["allow", "log", "disallow", "disallow_implicit"]

LEVELS: list[Level] = ["allow", "log", "disallow", "disallow_implicit"]
BLOCKED: dict[Level, set[bool]] = {
    "allow": set(),
    "log": set(),
    "disallow": {True, False},
    "disallow_implicit": {False},
}


def passes(*, explicit: bool = True, nbytes: int = 8) -> bool:
    """Return whether the guard allows a transfer."""
    try:
        record("h2d", nbytes, explicit=explicit)
    except TransferError:
        return False
    return True


class TestLevels:
    @pytest.mark.parametrize("explicit", [True, False])
    @pytest.mark.parametrize("level", LEVELS)
    def test_each_blocks_its_own(self, level: Level, explicit: bool) -> None:
        with transfer_guard(level):
            assert passes(explicit=explicit) is (explicit not in BLOCKED[level])

    @pytest.mark.parametrize("level", ["", "deny", "DISALLOW", None, 1, ["allow"]])
    def test_other_levels_raise_an_error_that_lists_the_valid_ones(self, level: Level) -> None:
        match = "must be one of 'allow', 'log', 'disallow', 'disallow_implicit', not "
        with pytest.raises(ValueError, match=match), transfer_guard(level):
            pass

    def test_no_bytes_are_no_transfer(self) -> None:
        with transfer_guard("disallow"):
            assert passes(nbytes=0)

    def test_declarations_count(self) -> None:
        with transfer_guard("disallow_implicit"), implicit_transfers():
            assert not passes(explicit=True)

    def test_unrecorded_transfers_pass(self) -> None:
        with transfer_guard("disallow"), unrecorded_transfers():
            assert passes()


class TestScope:
    def test_a_guard_ends_with_its_block(self) -> None:
        with transfer_guard("disallow"):
            pass
        with record_transfers():
            assert passes()

    def test_an_error_ends_it_too(self) -> None:
        with pytest.raises(TransferError), transfer_guard("disallow"):
            record("h2d", 8, explicit=True)
        with record_transfers():
            assert passes()

    @pytest.mark.parametrize("inner", LEVELS)
    @pytest.mark.parametrize("outer", LEVELS)
    def test_the_innermost_decides_alone(self, outer: Level, inner: Level) -> None:
        with transfer_guard(outer):
            with transfer_guard(inner):
                assert {e for e in (True, False) if not passes(explicit=e)} == BLOCKED[inner]
            assert {e for e in (True, False) if not passes(explicit=e)} == BLOCKED[outer]

    def test_a_session_inside_does_not_hide_it(self) -> None:
        with transfer_guard("disallow"), record_transfers():
            assert not passes()

    def test_closed_out_of_order(self) -> None:
        guards: list[AbstractContextManager[None]] = [
            transfer_guard("disallow"),
            transfer_guard("disallow_implicit"),
            transfer_guard("allow"),
        ]
        for guard in guards:
            guard.__enter__()
        guards[1].__exit__(None, None, None)
        assert passes()
        guards[2].__exit__(None, None, None)
        assert not passes()
        guards[0].__exit__(None, None, None)
        with record_transfers():
            assert passes()

    def test_other_threads_are_guarded(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(passes).result()
            with transfer_guard("disallow"):
                assert not pool.submit(passes).result()
            assert pool.submit(passes).result()


class TestBlocked:
    def test_it_is_raised_before_anything_moves(self) -> None:
        moved = []

        def move() -> None:
            record("h2d", 8, explicit=True)
            moved.append(True)

        with record_transfers() as log, transfer_guard("disallow"), pytest.raises(TransferError):
            move()
        assert not moved
        assert len(log) == 0

    def test_an_accounted_transfer_is_blocked_before_its_block_runs(self) -> None:
        moved = []
        with transfer_guard("disallow"), pytest.raises(TransferError):  # noqa: SIM117
            with accounted_transfer("d2h", 8):
                moved.append(True)
        assert not moved

    @pytest.mark.parametrize(
        ("direction", "explicit", "words"),
        [
            ("d2h", True, ["an explicit device→host transfer", "Keep the data on its device"]),
            ("d2h", False, ["an implicit device→host transfer", "as_numpy_array() or .get()"]),
            ("h2d", True, ["an explicit host→device transfer", "Keep the data on its device"]),
            ("h2d", False, ["an implicit host→device transfer", "from_bytes, from_numpy_array"]),
        ],
    )
    def test_the_message_has_the_transfer_its_line_and_advice(
        self, direction: Literal["h2d", "d2h"], explicit: bool, words: list[str]
    ) -> None:
        with transfer_guard("disallow"), pytest.raises(TransferError) as caught:
            record(direction, 4096, explicit=explicit)
        message = str(caught.value)
        for word in [
            *words,
            "transfer_guard('disallow')",
            "4,096 bytes",
            "test_guard.py:",
            "in TestBlocked.test_the_message_has_the_transfer_its_line_and_advice",
            f"[thread {threading.current_thread().name}]",
            "No data was moved",
            "with transfer_guard('allow'):",
        ]:
            assert word in message

    def test_it_carries_the_transfer(self) -> None:
        with transfer_guard("disallow_implicit"), pytest.raises(TransferError) as caught:
            record("h2d", 8, explicit=False)
        transfer = caught.value.transfer
        assert isinstance(transfer, Transfer)
        assert (transfer.direction, transfer.nbytes, transfer.explicit) == ("h2d", 8, False)
        copy = pickle.loads(pickle.dumps(caught.value))
        assert (str(copy), copy.transfer) == (str(caught.value), transfer)


class TestLogging:
    def test_one_line_a_transfer(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, "zarr_devbuf.transfers"), transfer_guard("log"):
            record("h2d", 8, explicit=False)
            record("d2h", 16, explicit=True)
        assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
        assert [record.name for record in caplog.records] == ["zarr_devbuf.transfers"] * 2
        first, second = (record.getMessage() for record in caplog.records)
        assert first.startswith("implicit host→device transfer of 8 bytes at ")
        assert second.startswith("explicit device→host transfer of 16 bytes at ")
        assert "test_guard.py:" in first

    def test_other_levels_log_nothing(self, caplog: pytest.LogCaptureFixture) -> None:
        with transfer_guard("log"), transfer_guard("allow"):
            record("h2d", 8, explicit=False)
        assert not caplog.records

    def test_logged_transfers_are_recorded(self) -> None:
        with record_transfers() as log, transfer_guard("log"):
            record("h2d", 8, explicit=False)
        assert len(log) == 1


class TestImplicitTransfersAllowed:
    def test_not_by_default(self) -> None:
        assert implicit_transfers_allowed() is False
        with record_transfers():
            assert implicit_transfers_allowed() is False

    @pytest.mark.parametrize("level", LEVELS)
    def test_by_the_innermost_guard(self, level: Level) -> None:
        expected = level in {"allow", "log"}
        for outer in LEVELS:
            with transfer_guard(outer), transfer_guard(level), record_transfers():
                assert implicit_transfers_allowed() is expected
