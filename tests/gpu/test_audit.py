"""The audit's verdicts, on CuPy."""

from __future__ import annotations

import pytest

from zarr_devbuf.audit import SubjectResult, find_subjects, run_subject, select_subjects
from zarr_devbuf.checks import Peak


def run(name: str) -> SubjectResult:
    selected = select_subjects([name], find_subjects())
    (subject,) = (each for each in selected if each.name == name)
    return run_subject(subject, "gpu")


@pytest.mark.parametrize(
    ("name", "verdict", "per_chunk"),
    [
        ("transpose", "device-native", (0, 0)),
        # Down and up to compress, down and up to decompress.
        ("zstd", "host-round-trip", (2, 2)),
        ("crc32c", "implicit-transfers", (2, 2)),
    ],
)
def test_codecs(name: str, verdict: str, per_chunk: tuple[int, int]) -> None:
    result = run(name)
    assert result.verdict == verdict, [check.message for check in result.failed]
    moved = result.transfers
    assert [each.count / moved.chunks for each in (moved.d2h, moved.h2d)] == list(per_chunk)


def test_codec_that_takes_device_memory_for_host_memory() -> None:
    result = run("numcodecs.zlib")
    assert result.verdict == "broken"
    (failed,) = (check for check in result.failed if check.check == "check_round_trip")
    # The line that takes it, not the one of CuPy that refuses.
    assert failed.where[0].startswith("numcodecs/")
    assert failed.where[1].startswith("zarr/codecs/numcodecs/")
    assert "as_numpy_array()" in failed.advice


def test_peak() -> None:
    # The same memory, seen as bytes; what zstd decodes is copied to the device.
    assert run("bytes").peak == Peak(0.0, 0.0)
    zstd = run("zstd").peak
    assert zstd is not None
    assert zstd.write < zstd.read == 1.0


def test_text_is_not_for_devices() -> None:
    result = run("vlen-bytes")
    assert result.verdict == "unsupported"
    assert any("arrays of backend gpu hold no" in check.message for check in result.skipped)


def test_store() -> None:
    memory = run("MemoryStore")
    # It clears although it is read-only, and is device-native otherwise.
    assert [check.check for check in memory.failed] == ["check_clear_read_only"]
    assert not memory.transfers
    assert run("LocalStore").verdict == "host-round-trip"
