"""What a codec does not support, and how it says so: refusals, accidents, codecs for devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.subjects.codecs.clean import Raw, Reverse, Xor
from tests.subjects.codecs.clean_unusual import HostForLarge, SixteenBits
from tests.subjects.codecs.devices_only import (
    DecodesOnHost,
    DecodesOnly,
    DeviceOnly,
    GivesDeviceMemoryWrong,
    RawDeviceOnly,
)
from zarr_devbuf.checks import check_codec
from zarr_devbuf.checks.errors import CheckFailed, is_announced, is_refusal

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.core.array_spec import ArraySpec

    from zarr_devbuf.checks.report import CheckReport

WITHIN_SHARDS = "Non-default buffer prototypes are not supported within shards"


def status(report: CheckReport, check: str) -> str:
    return next(each.status for each in report if each.check == f"check_{check}")


@pytest.mark.parametrize(
    "error",
    [
        NotImplementedError(),
        ImportError("libexample"),
        ModuleNotFoundError("No module named 'example'"),
        RuntimeError("libexample is not installed"),
        TypeError(WITHIN_SHARDS),
    ],
    ids=repr,
)
def test_what_is_missing_is_announced(error: Exception) -> None:
    assert is_announced(error)
    assert is_refusal(error)


@pytest.mark.parametrize(
    "error",
    [
        TypeError("takes integers, not float32"),
        OSError("the array is in host memory"),
        OverflowError("the value 70000 does not fit into 16 bits"),
        KeyError("no kernel for float16"),
        AssertionError("two dimensions are needed"),
    ],
    ids=repr,
)
def test_clear_words_are_a_refusal_whatever_the_class(error: Exception) -> None:
    assert is_refusal(error)
    assert not is_announced(error)


@pytest.mark.parametrize(
    "error",
    [
        OverflowError(),
        KeyError("a"),
        AssertionError(),
        AttributeError("the shape (3, 4) has no attribute 'x'"),
        IndexError("the dtype is out of range"),
        ZeroDivisionError("division by zero"),
        MemoryError("out of memory for a chunk"),
        TypeError("encode() missing 1 required positional argument: 'dtype'"),
        TypeError("'NoneType' object is not subscriptable"),
        TypeError("Implicit conversion to a NumPy array is not allowed."),
    ],
    ids=repr,
)
def test_accident_is_no_refusal(error: Exception) -> None:
    assert not is_refusal(error)


@dataclass(frozen=True)
class Rejects(Xor):
    """Raises an error: where it says so, for all chunks or for floats alone."""

    codec_name = "test.rejects"
    where: str = "encode"
    error: Any = None
    floats: bool = False

    def _reject(self, where: str, dtype: Any) -> None:
        if where == self.where and (not self.floats or dtype.to_native_dtype().kind in "fc"):
            raise self.error

    def validate(self, *, shape: Any, dtype: Any, chunk_grid: Any) -> None:
        self._reject("validate", dtype)

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        self._reject("evolve_from_array_spec", array_spec.dtype)
        return self

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        self._reject("resolve_metadata", chunk_spec.dtype)
        return chunk_spec

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.codec_name, "configuration": {}}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        # The tests make the same error for each of them.
        return cls(where="evolve_from_array_spec", error=TypeError("takes no floats"), floats=True)

    def encoded(self, data: Buffer, spec: ArraySpec) -> Any:
        self._reject("encode", spec.dtype)
        return Xor.encoded(self, data, spec)

    def decoded(self, data: Buffer, spec: ArraySpec) -> Any:
        return Xor.decoded(self, data, spec)


ANNOUNCED = ("validate", "evolve_from_array_spec", "resolve_metadata")


@pytest.mark.parametrize("backend", ["cpu", "sim"])
@pytest.mark.parametrize("where", ANNOUNCED)
def test_what_is_announced_for_all_chunks_is_unsupported(where: str, backend: str) -> None:
    report = check_codec(Rejects(where=where, error=ValueError("no chunks")), backend, None)
    assert report.verdict == "unsupported"
    assert not report.failed, str(report)
    assert "no chunks" in report[0].message


@pytest.mark.parametrize("where", [*ANNOUNCED, "encode"])
def test_what_is_rejected_for_some_chunks_leaves_the_others_judged(where: str) -> None:
    codec = Rejects(where=where, error=TypeError("takes no floats"), floats=True)
    report = check_codec(codec, "sim", None)
    assert report.verdict == "device-native"
    assert not report.failed, str(report)
    assert status(report, "round_trip") == "passed"
    assert status(report, "nan") == "skipped"


@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_overflow_that_names_the_value_is_a_refusal(backend: str) -> None:
    report = check_codec(SixteenBits(), backend, None)
    assert not report.failed, str(report)
    assert status(report, "round_trip") == "passed"


@pytest.mark.parametrize("backend", ["cpu", "sim"])
@pytest.mark.parametrize(
    "error",
    [
        TypeError("a bytes-like object is required, not 'Buffer'"),
        TypeError("encode() takes 1 positional argument but 2 were given"),
        ValueError("invalid state"),
        OverflowError("too large to convert"),
    ],
    ids=repr,
)
def test_the_same_words_for_every_chunk_are_broken(error: Exception, backend: str) -> None:
    report = check_codec(Rejects(error=error), backend, None)
    assert report.verdict == "broken"
    first = report.failed[0]
    assert first.check == "check_round_trip"
    assert isinstance(first.exception, CheckFailed)
    assert str(error) in first.exception.actual


@pytest.mark.parametrize("backend", ["cpu", "sim"])
@pytest.mark.parametrize("where", ["evolve_from_array_spec", "encode"])
def test_missing_library_is_the_reason(where: str, backend: str) -> None:
    codec = Rejects(where=where, error=RuntimeError("libexample is not installed"))
    report = check_codec(codec, backend, None)
    assert report.verdict == "unsupported"
    assert not report.failed, str(report)
    # These are skipped for another reason before.
    others = {"check_exchange_with_reference", "check_surplus_input", "check_settings"}
    for result in report:
        if result.check not in others:
            assert "libexample is not installed" in result.message, str(report)


def test_every_check_takes_the_same_words_for_a_refusal() -> None:
    report = check_codec(Rejects(error=TypeError(WITHIN_SHARDS)), "sim", None)
    assert report.verdict == "unsupported"
    assert {result.status for result in report} == {"skipped"}


@pytest.mark.parametrize(
    ("codec", "reference"),
    [
        (DeviceOnly(), None),
        (DeviceOnly(), Xor()),
        (RawDeviceOnly(), None),
        (RawDeviceOnly(), Raw()),
    ],
    ids=repr,
)
def test_codec_for_devices_alone_is_judged_there(codec: Any, reference: Any) -> None:
    report = check_codec(codec, "sim", None, reference=reference)
    assert report.verdict == "device-native"
    assert not report.failed, str(report)
    exchange = "skipped" if reference is None else "passed"
    assert status(report, "exchange_with_reference") == exchange
    for check in ("round_trip", "in_array", "missing_chunks", "memory_is_released", "history"):
        assert status(report, check) == "passed"
    report = check_codec(codec, "cpu", None, reference=reference)
    assert report.verdict == "unsupported"


def test_what_fails_on_the_device_is_reported_there() -> None:
    report = check_codec(GivesDeviceMemoryWrong(), "sim", None)
    error = report.failed[0].exception
    assert isinstance(error, CheckFailed)
    assert "ValueError: Unable to avoid copy" in error.actual
    assert "on backend sim; with NumPy buffers: a buffer of the host that holds" in error.actual


@pytest.mark.parametrize(
    ("codec", "key", "verdict", "moved"),
    [
        (DecodesOnly(), 0x5A, "device-native", set()),
        (DecodesOnHost(), 0x5A, "host-round-trip", {"check_exchange_with_reference"}),
        (DecodesOnly(), 7, "broken", set()),
    ],
)
def test_codec_that_only_decodes_is_judged_by_what_its_reference_encodes(
    codec: Any, key: int, verdict: str, moved: set[str]
) -> None:
    assert check_codec(codec, "sim", None).verdict == "unsupported"
    report = check_codec(codec, "sim", None, reference=Xor(key=key))
    assert report.verdict == verdict, str(report)
    judged = {each.check for each in report if each.status != "skipped"}
    assert judged == {"check_exchange_with_reference"}
    assert {result.check for result in report if len(result.transfers)} == moved


def test_reference_of_another_format_fails_the_exchange_alone() -> None:
    report = check_codec(Xor(), "sim", None, reference=Xor(key=7))
    assert [result.check for result in report.failed] == ["check_exchange_with_reference"]
    assert report.verdict == "broken"


def test_reference_that_rejects_every_chunk_is_not_compared() -> None:
    reference = Rejects(where="validate", error=TypeError("takes no floats"))
    report = check_codec(Reverse(), "sim", None, reference=reference)
    assert status(report, "exchange_with_reference") == "skipped"
    assert not report.failed, str(report)


def test_codec_that_goes_to_the_host_for_large_chunks_makes_a_round_trip() -> None:
    report = check_codec(HostForLarge(), "sim", None)
    assert report.verdict == "host-round-trip"
    moved = {result.check for result in report if len(result.transfers)}
    assert moved == {"check_large_chunks"}
    failing = check_codec(HostForLarge(), "sim", None, max_transfers=0).failed
    assert [result.check for result in failing] == ["check_large_chunks"]
