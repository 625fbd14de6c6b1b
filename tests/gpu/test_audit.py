"""The audit's verdicts, on CuPy."""

from __future__ import annotations

import pytest

from zarr_devbuf.audit import SubjectResult, find_subjects, run_subject, select_subjects


def run(name: str) -> SubjectResult:
    (subject,) = select_subjects([name], find_subjects())
    return run_subject(subject, "gpu")


def test_codec_that_stays_on_the_device() -> None:
    result = run("transpose")
    assert result.verdict == "device-native"
    assert not result.transfers
    assert not result.failed


def test_codec_that_goes_through_the_host() -> None:
    result = run("zstd")
    assert result.verdict == "host-round-trip"
    chunks = result.transfers.chunks
    # Down and up to compress, down and up to decompress.
    assert result.transfers.d2h.count == result.transfers.h2d.count == 2 * chunks


def test_codec_that_hands_in_host_memory() -> None:
    result = run("crc32c")
    assert result.verdict == "implicit-transfers"
    (failed,) = result.failed
    assert failed.check == "implicit_transfers"
    assert "zarr/codecs/crc32c_.py" in failed.message


def test_codec_that_takes_device_memory_for_host_memory() -> None:
    result = run("numcodecs.zlib")
    assert result.verdict == "broken"
    assert [check.check for check in result.failed] == ["encode"]


@pytest.mark.parametrize("name", ["vlen-utf8", "vlen-bytes"])
def test_text_is_not_for_devices(name: str) -> None:
    result = run(name)
    assert result.verdict == "unsupported"
    assert any("arrays of backend gpu hold no" in check.message for check in result.skipped)
