"""The checks of codecs: each has a broken codec that it catches; clean ones pass them all."""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, VLenUTF8Codec

import zarr_devbuf.checks.codec  # noqa: F401 - its checks
from tests.subjects import codecs_broken as broken
from tests.subjects import codecs_subtle as subtle
from tests.subjects.codecs import CLEAN, Deflate, Xor
from tests.subjects.codecs_unusual import UNUSUAL, OnlyDecodes, Whole
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import get_backend, record_transfers
from zarr_devbuf.checks.errors import CheckFailed, NotApplicable
from zarr_devbuf.checks.registry import list_checks
from zarr_devbuf.checks.run import run_checks

if TYPE_CHECKING:
    from zarr_devbuf.checks.report import CheckReport

ZARRS = (
    (BytesCodec(), "device-native"),
    (TransposeCodec(order=(1, 0)), "device-native"),
    (TransposeCodec(order=(2, 0, 1)), "device-native"),
    (GzipCodec(), "host-round-trip"),
)

EVERYTHING_ABOUT_VALUES = {
    "round_trip",
    "chunk_shapes",
    "memory_layouts",
    "byte_orders",
    "results_are_independent",
    "no_memory_of_input",
    "paths_agree",
    "batches",
    "threads",
    "between_devices",
    "prototypes_in_turn",
    "prototype_of_the_spec",
    "specs_in_turn",
    "to_dict",
    "pickling",
    "in_array",
    "in_shards",
    "prototype_argument",
    "configuration_switched",
    "out_of_memory",
}
IN_ARRAYS = {"in_array", "in_shards", "prototype_argument", "configuration_switched"}

# Each broken codec, and the checks that find it: those named, and no others.
FOUND: tuple[tuple[Any, set[str]], ...] = (
    (broken.WrongElsewhere(), EVERYTHING_ABOUT_VALUES | {"special_values", "odd_lengths"}),
    (
        broken.WrongEverywhere(),
        {"round_trip", "chunk_shapes", "special_values", "byte_orders", "odd_lengths"},
    ),
    (broken.RoundsMoreElsewhere(), EVERYTHING_ABOUT_VALUES),
    (broken.OneElementTooMany(), {"chunk_shapes", "prototype_buffers"}),
    (broken.ScalarsFlat(), {"chunk_shapes", "prototype_buffers"}),
    (broken.MemoryOrder(), {"memory_layouts", "in_array"}),
    (broken.WholeBase(), {"memory_layouts", "in_shards"}),
    (broken.LosesSigns(), {"special_values"}),
    (broken.WholeWords(), {"chunk_shapes", "odd_lengths", "encoded_size"}),
    (broken.HostBuffers(), {"prototype_buffers", "prototype_of_the_spec", "in_array"}),
    (
        broken.HostBuffersInSync(),
        {"prototype_buffers", "prototypes_in_turn", "prototype_of_the_spec"},
    ),
    (broken.FlatChunks(), {"resolved_metadata"}),
    (broken.Widens(), {"resolved_metadata"}),
    (broken.DropsPrototype(), {"resolved_metadata", *IN_ARRAYS}),
    (broken.WrongSize(), {"encoded_size"}),
    (broken.NoSize(), {"encoded_size"}),
    (broken.HandsInHostMemory(), {"implicit_transfers"}),
    (broken.HandsInHostMemoryInSync(), {"implicit_transfers"}),
    (broken.InPlace(), {"input_unchanged", "paths_agree", *IN_ARRAYS}),
    (broken.OneScratch(), {"results_are_independent", "batches", *IN_ARRAYS}),
    (broken.RemembersInput(), {"no_memory_of_input"}),
    (
        broken.OtherFormatInSync(),
        {"paths_agree", "prototype_of_the_spec", "memory_layouts"},
    ),
    (broken.ForgetsMissing(), {"batches"}),
    (broken.AsTheyCome(), {"batches"}),
    (broken.OneTaskAtATime(), {"batches", "in_array", "in_shards"}),
    (
        broken.OtherFormatElsewhere(),
        {
            "memory_layouts",
            "byte_orders",
            "between_devices",
            "prototype_of_the_spec",
            "configuration_switched",
        },
    ),
    (broken.FirstPrototype(), {"prototypes_in_turn"}),
    (broken.PrototypeOfCreation(), {"prototypes_in_turn"}),
    (broken.ConfiguredPrototype(), {"prototype_of_the_spec"}),
    (broken.ForgetsKey(key=9), {"to_dict"}),
    (broken.ArrayInMetadata(), {"to_dict"}),
    (broken.PicklesWithoutKey(key=9), {"pickling"}),
    (broken.HoldsLock(), {"pickling"}),
    (broken.GoesOn(), {"out_of_memory"}),
    (broken.StaysLocked(), {"out_of_memory"}),
    (broken.PartWrong(), {"in_array", "prototype_argument"}),
    # What shows only under a condition that few tests set up.
    (subtle.EvolvesItself(), {"specs_in_turn"}),
    (subtle.KnowsByLength(), {"batches", "threads", *IN_ARRAYS}),
    (
        subtle.OneBlock(),
        {"memory_layouts", "byte_orders", "between_devices", "prototype_of_the_spec"},
    ),
    (subtle.OneGrid(), {"between_devices"}),
    (
        subtle.PartsInSync(),
        {"memory_layouts", "in_array", "in_shards", "prototype_argument"},
    ),
    (subtle.HostMemoryForF(), {"implicit_transfers"}),
    (subtle.ReadsAgain(), {"batches", "in_array", "in_shards"}),
    (subtle.OtherThread(), {"threads", *IN_ARRAYS}),
    (subtle.SizeOfWords(), {"encoded_size"}),
    (subtle.FirstField(), {"special_values"}),
    (subtle.MangledFields(), {"special_values"}),
    (subtle.PicklesUnprepared(), {"pickling"}),
    (subtle.FillIsNothing(), {"in_array", "in_shards"}),
    (subtle.PartPutAtStart(), {"in_array"}),
    (subtle.ElementsOfSpec(), {"odd_lengths"}),
    (subtle.HostBufferForNothing(), {"prototype_buffers"}),
    (subtle.InPlaceInSingle(), {"input_unchanged"}),
    (subtle.LosesLastOfOdd(), {"chunk_shapes"}),
    (subtle.Backwards(), {"memory_layouts"}),
    (subtle.PartRaises(), {"in_array"}),
    (subtle.OneScratchInSync(), {"results_are_independent"}),
    (subtle.NewFormatInSync(), {"paths_agree"}),
    (subtle.PartOfFirst(), {"configuration_switched"}),
    (
        subtle.ResolvesByTrying(),
        {"round_trip", "chunk_shapes", "special_values", "byte_orders"},
    ),
)

# In zarr 3.2 arrays with one pipeline, and that one without event loop, are all there is.
# Zarr's own codecs lose a byte order, and refuse chunks of text, before 3.4.2.
mended = pytest.mark.skipif(OLD_ZARR, reason="zarr's own codecs break checks before 3.4.2")
ONE_PIPELINE = not hasattr(zarr.core.codec_pipeline, "FusedCodecPipeline")


def failed(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.failed}


@pytest.mark.parametrize("backend", ["cpu", "sim"])
@pytest.mark.parametrize(
    ("codec", "verdict"),
    [*CLEAN, *UNUSUAL, *(pytest.param(*each, marks=mended) for each in ZARRS)],
    ids=str,
)
def test_clean_codec_keeps_every_check(codec: Any, verdict: str, backend: str) -> None:
    report = run_checks("codec", codec, backend, on_fail=None)
    assert not report.failed, str(report)
    if backend == "cpu" and verdict in ("host-round-trip", "unsupported"):
        # On the host nothing is moved, and a codec for the host is at home.
        assert report.verdict in ("device-native", "unsupported")
    else:
        assert report.verdict == verdict


@pytest.mark.parametrize(("codec", "found"), FOUND, ids=lambda value: type(value).__name__)
def test_broken_codec_is_found_by_these_checks_alone(codec: Any, found: set[str]) -> None:
    report = run_checks("codec", codec, "sim", on_fail=None)
    # An older zarr prepares the codecs of an array in other ways, and calls other methods of them.
    aside = IN_ARRAYS if ONE_PIPELINE and found - IN_ARRAYS else set()
    assert failed(report) - aside == found - aside, str(report)
    only_transfers = found == {"implicit_transfers"}
    assert report.verdict == ("implicit-transfers" if only_transfers else "broken")


def test_codec_that_breaks_in_threads_is_found() -> None:
    # The pipelines of zarr are threads, too: whether they meet in it is a matter of chance.
    report = run_checks("codec", broken.OneAtATime(), "sim", on_fail=None)
    assert "threads" in failed(report)
    assert failed(report) <= {"threads", *IN_ARRAYS}


def test_byte_order_is_found_on_the_host() -> None:
    report = run_checks("codec", broken.NativeOnly(), "cpu", on_fail=None)
    assert failed(report) == {"byte_orders"}, str(report)


# Checks that no broken codec of ours breaks alone, and which others find what they find.
OVERLAPPING = {
    "round_trip": "the plainest of all checks about values: what breaks it breaks most of them",
    "byte_orders": "on devices; on the host it alone finds `NativeOnly`",
    "threads": "zarr's pipelines run in threads, and meet there by chance",
    "in_shards": "a shard calls its codecs as the checks of layouts and batches do",
    "prototype_argument": "it alone finds `PartOfConfiguration`, by the verdict",
    "transfers": "fails only where a maximum is given",
}


def test_without_a_check_something_is_missed() -> None:
    alone = {check for _, found in FOUND if len(found) == 1 for check in found}
    names = {check.short_name for check in list_checks("codec")}
    assert names - alone == set(OVERLAPPING)


def test_parts_that_are_decoded_for_the_configuration_are_found_by_the_prototype_argument() -> None:
    report = run_checks("codec", subtle.PartOfConfiguration(), "sim", on_fail=None)
    assert report.verdict == "implicit-transfers"
    moved = [result.check for result in report if len(result.transfers.implicit)]
    assert moved == ["check_prototype_argument"]


@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_coarse_codec_is_judged_by_large_numbers(backend: str) -> None:
    report = run_checks("codec", Whole(), backend, on_fail=None)
    passed = {result.check for result in report if result.status == "passed"}
    assert {"check_round_trip", "check_chunk_shapes", "check_memory_layouts"} <= passed


def test_codec_that_only_decodes_is_not_broken() -> None:
    report = run_checks("codec", OnlyDecodes(), "cpu", on_fail=None)
    assert report.verdict == "unsupported"
    assert "may be read, not written" in report[0].message


def test_layout_that_cannot_be_encoded_is_one_failure() -> None:
    report = run_checks("codec", subtle.OnlyC(), "cpu", on_fail=None)
    assert failed(report) == {"memory_layouts"}


def test_fault_on_the_host_says_what_was_expected_once() -> None:
    report = run_checks("codec", broken.WrongEverywhere(), "cpu", on_fail=None)
    error = report[0].exception
    assert isinstance(error, CheckFailed)
    assert error.expected == "the values that were written, exactly"
    assert error.actual.startswith("others: 1024 of 1024 differ")


def test_every_check_finds_something() -> None:
    names = {check.short_name for check in list_checks("codec")}
    found = set[str]().union(*(checks_of for _, checks_of in FOUND))
    # This one fails only where a maximum is given.
    assert names - found == {"transfers"}


def test_transfers_are_granted_by_the_maximum() -> None:
    granted = run_checks("codec", Deflate(), "sim", on_fail=None, max_transfers=2)
    assert not granted.failed
    report = run_checks("codec", Deflate(), "sim", on_fail=None, max_transfers=1)
    assert failed(report) == {"transfers"}
    (failure,) = report.failed
    assert "max_transfers=2" in failure.message
    assert "codecs.py" in failure.message  # the ledger names the line
    assert not run_checks("codec", Xor(), "sim", on_fail=None, max_transfers=0).failed


def test_implicit_transfers_name_the_line() -> None:
    report = run_checks("codec", Crc32cCodec(), "sim", on_fail=None)
    assert failed(report) == {"implicit_transfers"}
    assert "crc32c_.py" in report.failed[0].message


@mended
def test_text_is_not_for_devices() -> None:
    report = run_checks("codec", VLenUTF8Codec(), "sim", on_fail=None)
    assert report.verdict == "unsupported"
    assert "hold no" in report[0].message
    report = run_checks("codec", VLenUTF8Codec(), "cpu", on_fail=None)
    assert report.verdict == "device-native"
    ran = {result.check for result in report if result.status == "passed"}
    assert {"check_round_trip", "check_in_array", "check_pickling"} <= ran


@mended
def test_big_endian_bytes_are_wrong_on_devices_and_only_there() -> None:
    codec = BytesCodec(endian="big")
    assert not run_checks("codec", codec, "cpu", on_fail=None).failed
    report = run_checks("codec", codec, "sim", on_fail=None)
    assert report.verdict == "broken"
    assert "byte_orders" in failed(report)


def test_failure_says_what_to_do() -> None:
    failure, *_ = run_checks("codec", broken.MemoryOrder(), "sim", on_fail=None).failed
    assert "memory_layouts" in failure.message
    assert "F layout" in failure.message
    assert "MemoryOrder" in failure.message
    error = failure.exception
    assert isinstance(error, CheckFailed)
    assert error.expected
    assert error.actual
    assert error.advice


@pytest.mark.parametrize("check", list_checks("codec"), ids=lambda check: check.short_name)
def test_check_can_be_called_directly_and_leaves_nothing_behind(check: Any) -> None:
    before = zarr.config.get("buffer"), zarr.config.get("codec_pipeline.path")
    threads = {thread.name for thread in threading.enumerate()}
    codec = Xor()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(codec, get_backend("sim"))
    assert (zarr.config.get("buffer"), zarr.config.get("codec_pipeline.path")) == before
    left = {thread.name for thread in threading.enumerate()} - threads
    assert not {name for name in left if name.startswith("check_")}
    assert vars(codec) == {"key": 0x5A}


def test_what_is_no_codec_is_refused() -> None:
    for check in list_checks("codec"):
        with pytest.raises((TypeError, NotApplicable), match=r"(?i)codec|is_fixed_size"):
            check("zstd", get_backend("sim"))


def test_checks_move_nothing_implicitly_themselves() -> None:
    with record_transfers() as log:
        for check in list_checks("codec"):
            try:
                check(Xor(), get_backend("sim"))
            except NotApplicable:
                continue
    assert not log.implicit, str(log)
    assert len(list_checks("codec")) > 20
