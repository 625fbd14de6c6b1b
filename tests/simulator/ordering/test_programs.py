"""The corpus of programs: those that race are reported, the others are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import tests.simulator.ordering.ordered
import tests.simulator.ordering.racing  # noqa: F401 - the modules add their programs
from tests.simulator.ordering.programs import PROGRAMS
from zarr_devbuf.simulator import (
    StreamHazardError,
    StreamHazardWarning,
    check_streams,
    cupy,
    device_count,
    set_device_count,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

RACING = [name for name, one in PROGRAMS.items() if one.kind is not None]
ORDERED = [name for name, one in PROGRAMS.items() if one.kind is None]


@pytest.fixture(autouse=True)
def two_devices() -> Iterator[None]:
    before = device_count()
    set_device_count(2)
    yield
    set_device_count(before)


def run(name: str) -> None:
    try:
        PROGRAMS[name].run(cupy)
    except NotImplementedError as error:
        if "compiler" not in str(error):
            raise
        pytest.skip(str(error))


def test_there_are_many() -> None:
    assert len(RACING) >= 40
    assert len(ORDERED) >= 40


@pytest.mark.parametrize("name", RACING)
def test_races_are_reported(name: str) -> None:
    with check_streams(), pytest.raises(StreamHazardError) as caught:
        run(name)
    assert caught.value.kind == PROGRAMS[name].kind
    assert "To fix this, " in str(caught.value)
    assert "racing.py:" in caught.value.first + caught.value.second


@pytest.mark.parametrize("name", RACING)
def test_races_are_warned_of(name: str) -> None:
    with (
        check_streams(mode="warn"),
        pytest.warns(StreamHazardWarning, match="nothing orders|source"),
    ):
        run(name)


@pytest.mark.parametrize("name", ORDERED)
def test_order_is_known(name: str) -> None:
    with check_streams():
        run(name)


@pytest.mark.parametrize("name", [*RACING, *ORDERED])
def test_nothing_is_checked_outside(name: str) -> None:
    run(name)


def test_a_report_names_both_accesses() -> None:
    program: Any = PROGRAMS["reads_what_another_stream_writes"]
    with check_streams(), pytest.raises(StreamHazardError) as caught:
        program.run(cupy)
    for text, verb in ((caught.value.first, "write"), (caught.value.second, "read")):
        assert text.startswith(f"{verb} of bytes 0 to 64 of an array (int64, shape (8,)), at ")
        assert "racing.py:" in text or "programs.py:" in text
        assert "(non-blocking, device 0), in MainThread" in text
