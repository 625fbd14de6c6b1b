"""The checks of codecs: each has broken codecs that fail it; clean codecs pass them all."""

from __future__ import annotations

import threading
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, VLenUTF8Codec
from zarr.dtype import Int16, data_type_registry

from tests.checks.versions import skip_if_too_old
from tests.subjects.codecs import CLEAN, UNUSUAL, broken_codecs
from tests.subjects.codecs.base import IN_ARRAYS, PARTS
from tests.subjects.codecs.call_paths import AsTheyCome, OneTaskAtATime
from tests.subjects.codecs.clean import Deflate, Reverse, Xor
from tests.subjects.codecs.clean_unusual import OnlyDecodes, Whole
from tests.subjects.codecs.in_array import PartOfConfiguration
from tests.subjects.codecs.round_trip import MemoryOrder, WrongEverywhere
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import get_backend, record_transfers
from zarr_devbuf.checks.codec import settings
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable
from zarr_devbuf.checks.reference_codec import referring_to
from zarr_devbuf.checks.registry import list_checks
from zarr_devbuf.checks.run import run_check, run_checks

if TYPE_CHECKING:
    from zarr_devbuf.checks.report import CheckReport

ZARRS = (
    (BytesCodec(), "device-native"),
    (TransposeCodec(order=(1, 0)), "device-native"),
    (TransposeCodec(order=(2, 0, 1)), "device-native"),
    (GzipCodec(), "host-round-trip"),
)

CHECKS = list_checks("codec")
BROKEN = broken_codecs()

# In zarr 3.2 arrays with one pipeline, and that one without event loop, are all there is.
# Zarr's own codecs lose a byte order, and reject chunks of text, before 3.4.2.
fixed = pytest.mark.skipif(OLD_ZARR, reason="zarr's own codecs fail checks before 3.4.2")
ONE_PIPELINE = not hasattr(zarr.core.codec_pipeline, "FusedCodecPipeline")


def run(codec: Any, backend: str, **options: Any) -> CheckReport:
    """Run all checks, with the reference that the class of the codec names, if any."""
    with referring_to(getattr(codec, "reference", None)):
        return run_checks("codec", codec, backend, on_fail=None, **options)


def failed(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.failed}


@pytest.mark.parametrize("backend", [pytest.param("cpu", marks=pytest.mark.exhaustive), "sim"])
@pytest.mark.parametrize(
    ("codec", "verdict"),
    [*CLEAN, *UNUSUAL, *(pytest.param(*each, marks=fixed) for each in ZARRS)],
    ids=str,
)
def test_clean_codec_passes_every_check(codec: Any, verdict: str, backend: str) -> None:
    report = run(codec, backend)
    assert not report.failed, str(report)
    if backend == "cpu" and verdict in ("host-round-trip", "unsupported"):
        # On the host nothing is transferred, and a codec for the host works.
        assert report.verdict in ("device-native", "unsupported")
    else:
        assert report.verdict == verdict


def unpredictable(codec: Any) -> set[str]:
    # An older zarr prepares the codecs of an array in other ways, and calls other methods of them.
    in_arrays = IN_ARRAYS | PARTS
    older = set(in_arrays) if ONE_PIPELINE and codec.caught_by - in_arrays else set[str]()
    return older.union(codec.may_be_caught_by)


def name_of_class(codec: Any) -> str:
    return type(codec).__name__


@pytest.mark.parametrize("codec", BROKEN, ids=name_of_class)
def test_broken_codec_is_caught(codec: Any) -> None:
    backend = get_backend(codec.backend)
    caught_by = codec.caught_by - unpredictable(codec)
    checks = [each for each in CHECKS if each.short_name in caught_by]
    assert len(checks) == len(caught_by) > 0
    for check in checks:
        with referring_to(getattr(codec, "reference", None)):
            result = run_check(check, codec, backend)
        skip_if_too_old(result)
        assert result.status == "failed", f"{check.name} passes with {name_of_class(codec)}"
        assert result.message.startswith(f"{check.name} failed: {name_of_class(codec)}")
        for label in ("check:", "expected:", "actual:", "to do:"):
            assert f"\n  {label}" in result.message, result.message


@pytest.mark.exhaustive
@pytest.mark.parametrize("codec", BROKEN, ids=name_of_class)
def test_broken_codec_is_caught_by_no_other_check(codec: Any) -> None:
    report = run(codec, codec.backend)
    aside = unpredictable(codec)
    assert failed(report) - aside == codec.caught_by - aside, str(report)
    only_transfers = codec.caught_by == {"implicit_transfers"}
    assert report.verdict == ("implicit-transfers" if only_transfers else "broken")


def test_every_check_has_a_broken_subject() -> None:
    caught = set[str]().union(*(codec.caught_by for codec in BROKEN))
    for check in CHECKS:
        # This one fails only with a maximum.
        if check.short_name not in caught | {"transfers"}:
            module = check.function.__module__.rpartition(".")[2]
            pytest.fail(
                f"{check.name} has no broken subject: add a class with "
                f"caught_by = {{{check.short_name!r}}} to tests/subjects/codecs/{module}.py"
            )
    unknown = caught - {check.short_name for check in CHECKS}
    assert not unknown, f"no check has these names: remove them from caught_by: {unknown}"


# Checks that no broken codec fails alone, and which other checks catch what they catch.
OVERLAPPING = {
    "round_trip": "the plainest of all checks of values: what breaks it breaks most of them",
    "specs_in_turn": "`history` uses one codec for two specs, too; not by every call path",
    "in_shards": "a shard calls its codecs as the checks of layouts and batches do",
    "prototype_argument": "it alone finds `PartOfConfiguration`, by the verdict",
    "transfers": "fails only with a maximum",
}


def test_without_a_check_something_is_missed() -> None:
    alone = {check for codec in BROKEN if len(codec.caught_by) == 1 for check in codec.caught_by}
    for check in CHECKS:
        if (check.short_name in alone) is (check.short_name in OVERLAPPING):
            pytest.fail(
                f"if a broken codec fails {check.name} and no other check, remove the check from "
                "OVERLAPPING in this module; otherwise add such a codec to tests/subjects/codecs, "
                "or add the check to OVERLAPPING with the reason"
            )


def test_parts_that_are_decoded_for_the_configuration_are_found_by_the_prototype_argument() -> None:
    report = run(PartOfConfiguration(), "sim")
    assert report.verdict == "implicit-transfers"
    moved = [result.check for result in report if len(result.transfers.implicit)]
    assert moved == ["check_prototype_argument"]


@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_coarse_codec_is_checked_with_large_numbers(backend: str) -> None:
    report = run_checks("codec", Whole(), backend, on_fail=None)
    passed = {result.check for result in report if result.status == "passed"}
    assert {"check_round_trip", "check_chunk_shapes", "check_memory_layouts"} <= passed


def test_codec_that_only_decodes_is_not_broken() -> None:
    report = run(OnlyDecodes(), "cpu")
    assert report.verdict == "unsupported"
    assert "may be read, not written" in report[0].message


def test_fault_on_the_host_says_what_was_expected_once() -> None:
    report = run(WrongEverywhere(), "cpu")
    error = report[0].exception
    assert isinstance(error, CheckFailed)
    assert error.expected == "the values that were written, exactly"
    assert error.actual.startswith("others: 1024 of 1024 differ")


def test_transfers_are_granted_by_the_maximum() -> None:
    granted = run(Deflate(), "sim", max_transfers=2)
    assert not granted.failed
    report = run(Deflate(), "sim", max_transfers=1)
    assert failed(report) == {"transfers", "large_chunks"}
    for failure in report.failed:
        assert "max_transfers=2" in failure.message
        assert "clean.py" in failure.message  # the ledger names the line
    assert not run(Xor(), "sim", max_transfers=0).failed


def test_implicit_transfers_name_the_line() -> None:
    report = run(Crc32cCodec(), "sim")
    assert failed(report) == {"implicit_transfers"}
    assert "crc32c_.py" in report.failed[0].message


@fixed
def test_text_is_not_for_devices() -> None:
    report = run(VLenUTF8Codec(), "sim")
    assert report.verdict == "unsupported"
    assert "hold no" in report[0].message
    report = run(VLenUTF8Codec(), "cpu")
    assert report.verdict == "device-native"
    ran = {result.check for result in report if result.status == "passed"}
    assert {"check_round_trip", "check_in_array", "check_pickling"} <= ran


class LosesAccents(VLenUTF8Codec):
    """Writes a question mark for each character that is not ASCII."""

    def _encode_sync(self, chunk_array: Any, chunk_spec: Any) -> Any:
        flat = chunk_array.as_numpy_array().reshape(-1)
        text = [str(each).encode("ascii", "replace").decode() for each in flat]
        array = np.array(text, dtype=np.dtypes.StringDType()).reshape(chunk_spec.shape)
        made = chunk_spec.prototype.nd_buffer.from_numpy_array(array)
        return VLenUTF8Codec._encode_sync(self, made, chunk_spec)

    async def _encode_single(self, chunk_array: Any, chunk_spec: Any) -> Any:
        return self._encode_sync(chunk_array, chunk_spec)


@fixed
def test_text_of_any_script_is_checked() -> None:
    report = run(LosesAccents(), "cpu")
    assert "round_trip" in failed(report)
    assert report.verdict == "broken"


@pytest.mark.parametrize(
    ("name", "own", "alike"),
    [
        # So many of the others are the default, written out.
        ("gzip", {"level": 5}, 0),
        ("zstd", {"level": 0, "checksum": False}, 1),
        (
            "blosc",
            {"typesize": 4, "cname": "zstd", "clevel": 5, "shuffle": "shuffle", "blocksize": 0},
            2,
        ),
    ],
)
def test_settings_make_a_difference(name: str, own: dict[str, Any], alike: int) -> None:
    data = np.frombuffer(settings.CHUNKS[0].values().tobytes(), "u1")
    others = settings.OTHERS[name]
    encoded = {settings.encoded(name, {**own, **each}, data) for each in ({}, *others)}
    assert len(encoded) == 1 + len(others) - alike


@fixed
def test_big_endian_bytes_are_wrong_on_devices_and_only_there() -> None:
    codec = BytesCodec(endian="big")
    assert not run(codec, "cpu").failed
    report = run(codec, "sim")
    assert report.verdict == "broken"
    assert "byte_orders" in failed(report)


class Celsius(Int16):
    """A dtype of another package."""

    _zarr_v3_name = "test.celsius"  # type: ignore[assignment]


class KnowsZarrsDtypes(Reverse):
    """Loses the values of dtypes that are not zarr's, in NumPy buffers too."""

    codec_name = "test.knows_zarrs_dtypes"

    def decoded(self, data: Any, spec: Any) -> Any:
        done = Reverse.decoded(self, data, spec)
        known = type(spec.dtype).__module__.startswith("zarr.")
        return done if known else done.astype(bool).astype(spec.dtype.to_native_dtype())


def test_dtypes_of_other_packages_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    (check,) = [each for each in CHECKS if each.short_name == "special_values"]
    sim = get_backend("sim")
    assert run_check(check, KnowsZarrsDtypes(), sim).status == "passed"
    monkeypatch.setitem(data_type_registry.contents, "test.celsius", Celsius)
    assert run_check(check, Reverse(), sim).status == "passed"
    result = run_check(check, KnowsZarrsDtypes(), sim)
    assert result.status == "failed"
    assert "test.celsius of shape (8, 12)" in result.message


def test_race_between_the_chunks_of_a_batch_is_told_as_a_race() -> None:
    (check,) = [each for each in CHECKS if each.short_name == "batches"]
    for codec, words in ((OneTaskAtATime(), "at the same time"), (AsTheyCome(), "in their order")):
        error = run_check(check, codec, get_backend("sim")).exception
        assert isinstance(error, CheckFailed)
        assert words in error.advice


def test_failure_says_what_to_do() -> None:
    failure, *_ = run(MemoryOrder(), "sim").failed
    assert "memory_layouts" in failure.message
    assert "F layout" in failure.message
    assert "MemoryOrder" in failure.message
    error = failure.exception
    assert isinstance(error, CheckFailed)
    assert error.expected
    assert error.actual
    assert error.advice


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.short_name)
def test_check_can_be_called_directly_and_leaves_nothing_behind(check: Any) -> None:
    before = zarr.config.get("buffer"), zarr.config.get("codec_pipeline.path")
    threads = {thread.name for thread in threading.enumerate()}
    codec = Xor()
    # Some do not apply to it; they leave nothing behind all the same.
    with warnings.catch_warnings(), suppress(NotApplicable):
        warnings.simplefilter("error")
        check(codec, get_backend("sim"))
    assert (zarr.config.get("buffer"), zarr.config.get("codec_pipeline.path")) == before
    left = {thread.name for thread in threading.enumerate()} - threads
    assert not {name for name in left if name.startswith("check_")}
    assert vars(codec) == {"key": 0x5A}


def test_subject_that_is_not_a_codec_is_rejected() -> None:
    for check in CHECKS:
        with pytest.raises(TypeError, match="expected an instance of zarr's ArrayArrayCodec"):
            check("zstd", get_backend("sim"))


def test_checks_move_nothing_implicitly_themselves() -> None:
    with record_transfers() as log:
        for check in CHECKS:
            try:
                check(Xor(), get_backend("sim"))
            except NotApplicable:
                continue
    assert not log.implicit, str(log)
    assert len(CHECKS) > 20
