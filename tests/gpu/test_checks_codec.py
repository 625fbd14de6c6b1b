"""The checks of codecs on CuPy: clean codecs pass them, broken ones are found as on the simulator."""

from __future__ import annotations

from typing import Any

import pytest
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, VLenUTF8Codec
from zarr.codecs.numcodecs import Zlib

import zarr_devbuf.checks.codec  # noqa: F401 - its checks
from tests.subjects import codecs_broken as broken
from tests.subjects import codecs_subtle as subtle
from tests.subjects.codecs import CLEAN
from tests.subjects.codecs_unusual import UNUSUAL
from zarr_devbuf.checks.run import run_checks

ZARRS = (
    (BytesCodec(), "device-native"),
    (TransposeCodec(order=(1, 0)), "device-native"),
    (GzipCodec(), "host-round-trip"),
    (VLenUTF8Codec(), "unsupported"),
)

FOUND: tuple[tuple[Any, set[str]], ...] = (
    (broken.MemoryOrder(), {"memory_layouts", "in_array"}),
    (broken.LosesSigns(), {"special_values"}),
    (broken.HandsInHostMemory(), {"implicit_transfers"}),
    (broken.RemembersInput(), {"no_memory_of_input"}),
    (broken.ConfiguredPrototype(), {"prototype_of_the_spec"}),
    (broken.GoesOn(), {"out_of_memory"}),
    (subtle.EvolvesItself(), {"specs_in_turn"}),
    (subtle.OneGrid(), {"between_devices"}),
    (subtle.HostMemoryForF(), {"implicit_transfers"}),
    (subtle.InPlaceInSingle(), {"input_unchanged"}),
    (subtle.LosesLastOfOdd(), {"chunk_shapes"}),
    (subtle.FirstField(), {"special_values"}),
    (subtle.FillIsNothing(), {"in_array", "in_shards"}),
    (subtle.PartOfFirst(), {"configuration_switched"}),
    (Crc32cCodec(), {"implicit_transfers"}),
)


@pytest.mark.parametrize(("codec", "verdict"), [*CLEAN, *UNUSUAL, *ZARRS], ids=str)
def test_clean_codec_keeps_every_check(codec: Any, verdict: str) -> None:
    report = run_checks("codec", codec, "gpu", on_fail=None)
    assert not report.failed, str(report)
    assert report.verdict == verdict


@pytest.mark.parametrize(("codec", "found"), FOUND, ids=lambda value: type(value).__name__)
def test_broken_codec_is_found_by_these_checks_alone(codec: Any, found: set[str]) -> None:
    report = run_checks("codec", codec, "gpu", on_fail=None)
    assert {result.check.removeprefix("check_") for result in report.failed} == found, str(report)


def test_host_memory_taken_for_device_memory_is_found() -> None:
    report = run_checks("codec", Zlib(), "gpu", on_fail=None)
    assert report.verdict == "broken"
    assert "numcodecs/compat.py" in report.failed[0].message


def test_big_endian_bytes_are_broken() -> None:
    report = run_checks("codec", BytesCodec(endian="big"), "gpu", on_fail=None)
    assert report.verdict == "broken"
    assert "check_byte_orders" in {result.check for result in report.failed}
