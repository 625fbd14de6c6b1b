"""The checks of codecs on CuPy: clean codecs pass, and broken ones fail as on the simulator."""

from __future__ import annotations

from typing import Any

import pytest
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, VLenUTF8Codec
from zarr.codecs.numcodecs import Zlib

from tests.subjects.codecs import CLEAN, UNUSUAL
from tests.subjects.codecs.aliasing import InPlaceInSingle, RemembersInput
from tests.subjects.codecs.in_array import FillIsNothing, PartOfFirst
from tests.subjects.codecs.out_of_memory import GoesOn
from tests.subjects.codecs.prototypes import ConfiguredPrototype, EvolvesItself, OneGrid
from tests.subjects.codecs.round_trip import FirstField, LosesLastOfOdd, LosesSigns, MemoryOrder
from tests.subjects.codecs.transfers import HandsInHostMemory, HostMemoryForF
from zarr_devbuf.checks.run import run_checks

ZARRS = (
    (BytesCodec(), "device-native"),
    (TransposeCodec(order=(1, 0)), "device-native"),
    (GzipCodec(), "host-round-trip"),
    (VLenUTF8Codec(), "unsupported"),
)

BROKEN = (
    MemoryOrder(),
    LosesSigns(),
    HandsInHostMemory(),
    RemembersInput(),
    ConfiguredPrototype(),
    GoesOn(),
    EvolvesItself(),
    OneGrid(),
    HostMemoryForF(),
    InPlaceInSingle(),
    LosesLastOfOdd(),
    FirstField(),
    FillIsNothing(),
    PartOfFirst(),
)


@pytest.mark.parametrize(("codec", "verdict"), [*CLEAN, *UNUSUAL, *ZARRS], ids=str)
def test_clean_codec_passes_every_check(codec: Any, verdict: str) -> None:
    report = run_checks("codec", codec, "gpu", on_fail=None)
    assert not report.failed, str(report)
    assert report.verdict == verdict


@pytest.mark.parametrize("codec", BROKEN, ids=lambda codec: type(codec).__name__)
def test_broken_codec_is_caught_by_these_checks_alone(codec: Any) -> None:
    report = run_checks("codec", codec, "gpu", on_fail=None)
    failed = {result.check.removeprefix("check_") for result in report.failed}
    assert failed == codec.caught_by, str(report)


def test_checksum_makes_implicit_transfers() -> None:
    report = run_checks("codec", Crc32cCodec(), "gpu", on_fail=None)
    assert {result.check for result in report.failed} == {"check_implicit_transfers"}, str(report)


def test_host_memory_taken_for_device_memory_is_found() -> None:
    report = run_checks("codec", Zlib(), "gpu", on_fail=None)
    assert report.verdict == "broken"
    assert "numcodecs/compat.py" in report.failed[0].message


def test_big_endian_bytes_are_broken() -> None:
    report = run_checks("codec", BytesCodec(endian="big"), "gpu", on_fail=None)
    assert report.verdict == "broken"
    assert "check_byte_orders" in {result.check for result in report.failed}
