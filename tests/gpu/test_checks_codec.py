"""The checks of codecs on CuPy: clean codecs pass, and broken ones fail as on the simulator."""

from __future__ import annotations

from typing import Any

import pytest
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, VLenUTF8Codec
from zarr.codecs.numcodecs import Zlib

from tests.subjects.codecs import CLEAN, UNUSUAL
from tests.subjects.codecs.aliasing import InPlaceInSingle, RemembersInput
from tests.subjects.codecs.call_paths import FirstLoop
from tests.subjects.codecs.clean import Xor
from tests.subjects.codecs.devices_only import DeviceOnly, DeviceOnlyWrong
from tests.subjects.codecs.exchange import OtherKeyThanReference
from tests.subjects.codecs.history import BusyAfterErrors, LearnsRange
from tests.subjects.codecs.in_array import FillIsNothing, PartOfFirst
from tests.subjects.codecs.large_chunks import ManyRows, OneMebibyte
from tests.subjects.codecs.leaks import KeepsDecoded, KeepsScratch
from tests.subjects.codecs.out_of_memory import GoesOn
from tests.subjects.codecs.parts import IgnoresSteps, PartOfNan
from tests.subjects.codecs.prototypes import ConfiguredPrototype, EvolvesItself, OneGrid
from tests.subjects.codecs.round_trip import (
    FirstField,
    LosesLastOfOdd,
    LosesSigns,
    MemoryOrder,
    ScalesComplex,
)
from tests.subjects.codecs.transfers import HandsInHostMemory, HostMemoryForF
from zarr_devbuf.checks.reference_codec import referring_to
from zarr_devbuf.checks.run import run_checks

ZARRS = (
    (BytesCodec(), "device-native"),
    (TransposeCodec(order=(1, 0)), "device-native"),
    (GzipCodec(), "host-round-trip"),
    (VLenUTF8Codec(), "unsupported"),
)

# Without `KeepsAfterErrors`: the limit of CuPy's pool is no limit while a block has free parts.
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
    OneMebibyte(),
    ManyRows(),
    LearnsRange(),
    BusyAfterErrors(),
    FirstLoop(),
    KeepsDecoded(),
    KeepsScratch(),
    ScalesComplex(),
    PartOfNan(),
    IgnoresSteps(),
    DeviceOnlyWrong(),
    OtherKeyThanReference(),
)


@pytest.mark.parametrize(("codec", "verdict"), [*CLEAN, *UNUSUAL, *ZARRS], ids=str)
def test_clean_codec_passes_every_check(codec: Any, verdict: str) -> None:
    report = run_checks("codec", codec, "gpu", on_fail=None)
    assert not report.failed, str(report)
    assert report.verdict == verdict


@pytest.mark.parametrize("codec", BROKEN, ids=lambda codec: type(codec).__name__)
def test_broken_codec_is_caught_by_these_checks_alone(codec: Any) -> None:
    with referring_to(getattr(codec, "reference", None)):
        report = run_checks("codec", codec, "gpu", on_fail=None)
    failed = {result.check.removeprefix("check_") for result in report.failed}
    aside = codec.may_be_caught_by
    assert failed - aside == codec.caught_by - aside, str(report)


@pytest.mark.parametrize("reference", [None, Xor()], ids=repr)
def test_codec_for_devices_alone_is_judged_there(reference: Any) -> None:
    with referring_to(reference):
        report = run_checks("codec", DeviceOnly(), "gpu", on_fail=None)
    assert not report.failed, str(report)
    assert report.verdict == "device-native"


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
