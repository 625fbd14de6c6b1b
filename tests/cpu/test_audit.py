"""What the audit finds out about a codec."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zarr
import zarr.registry

from tests.cpu import audit_codecs
from zarr_devbuf.audit import (
    CHECKS,
    SEVERITY,
    CheckResult,
    Subject,
    SubjectResult,
    find_subjects,
    run_subject,
    select_subjects,
)
from zarr_devbuf.audit.cases import CASES, TEXT_CASES
from zarr_devbuf.audit.findings import Findings
from zarr_devbuf.audit.judge import judge
from zarr_devbuf.audit.round_trip import Done, Stopped
from zarr_devbuf.audit.runner import _verdict as verdict
from zarr_devbuf.transfers import Traffic, Transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zarr_devbuf import Backend


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    """Register the codecs of `audit_codecs` with zarr for the length of a test."""
    names = []
    for value in vars(audit_codecs).values():
        name = getattr(value, "codec_name", None)
        if isinstance(value, type) and name:
            zarr.registry.register_codec(name, value)
            names.append(name)
    assert len(names) > 10
    yield
    for name in names:
        del zarr.registry._codec_registries[name]


def run(name: str, backend: str = "cpu") -> SubjectResult:
    (subject,) = select_subjects([name], find_subjects())
    return run_subject(subject, backend)


def failure(result: SubjectResult) -> tuple[str, str]:
    (check,) = result.failed
    return check.check, check.message


def test_clean_codec_passes_every_check() -> None:
    result = run("test.flip")
    assert result.verdict == "device-native"
    assert [check.status for check in result.checks] == ["passed"] * len(result.checks)
    assert {check.check for check in result.checks} == set(CHECKS) - {"implicit_transfers"}
    assert result.taken == result.tried == len(CASES)
    assert result.transfers.chunks == sum(case.chunk_count for case in CASES) > len(CASES)
    assert not result.transfers
    assert result.seconds > 0


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("wrong_values", "values", "expected the values that were written, exactly"),
        ("wrong_only_here", "values", "expected the values that plain host memory gives"),
        ("wrong_buffer", "store_buffer", "zarr_devbuf.cpu.TestBuffer"),
        ("accident", "encode", "KeyError: 'oops'"),
        ("cannot_read", "decode", "ValueError: corrupt"),
        ("unopenable", "reopen", "cannot be made from what to_dict() gives"),
        ("fails_to_construct", "construct", "LookupError: no such thing"),
        ("quits", "construct", "SystemExit: 7"),
        ("rounds_more_here", "values", "expected the values that plain host memory gives"),
    ],
)
def test_broken_codec_fails_its_check(name: str, check: str, words: str) -> None:
    result = run(f"test.{name}")
    assert result.verdict == "broken"
    failed, message = failure(result)
    assert failed == check
    assert words in message


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("refuses", "encode", "ValueError: only on Sundays"),
        ("refuses_here", "encode", "not on backend cpu: NotImplementedError: only in host memory"),
        ("needs_arguments", "construct", "needs arguments (width)"),
        ("missing_library", "construct", "ImportError: needs libfoo: pip install foo"),
    ],
)
def test_codec_that_declines_is_unsupported(name: str, check: str, words: str) -> None:
    result = run(f"test.{name}")
    assert result.verdict == "unsupported"
    assert not result.failed
    told = {skipped.check: skipped.message for skipped in result.skipped}
    assert words in told[check]
    assert result.taken == 0


def test_missing_arguments_can_be_given_as_json() -> None:
    assert '{"name": "test.needs_arguments", "configuration": {...}}' in (
        run("test.needs_arguments").skipped[0].message
    )
    result = run('{"name": "test.needs_arguments", "configuration": {"width": 3}}')
    assert result.verdict == "device-native"
    assert result.name == 'test.needs_arguments {"width": 3}'


def test_lossy_codec_is_judged_by_plain_host_memory() -> None:
    result = run("test.rounds")
    assert result.verdict == "device-native"
    checks = {check.check: check for check in result.checks}
    assert "lossy, as on plain host memory" in checks["values"].message


def test_refused_dtypes_are_counted_and_named() -> None:
    result = run("test.rounds")
    floats = [case for case in CASES if case.dtype.startswith("float")]
    assert (result.taken, result.tried) == (len(floats), len(CASES))
    (accept,) = (check for check in result.checks if check.check == "accept")
    assert accept.status == "passed"
    assert "not for uint8-1d, uint8-2d, uint8-rgb: TypeError: takes floats, not uint8" in (
        accept.message
    )
    assert any("TypeError: takes floats, not complex64" in detail for detail in accept.details)


@pytest.mark.parametrize("name", ["transpose", "sharding_indexed", "numcodecs.quantize"])
def test_declared_configurations_spare_arguments(name: str) -> None:
    assert run(name).verdict == "device-native"


@pytest.mark.parametrize("name", ["vlen-utf8", "vlen-bytes"])
def test_codecs_for_text_get_text(name: str) -> None:
    result = run(name)
    assert result.verdict == "device-native"
    assert result.taken == 1
    assert result.tried == len(CASES) + len(TEXT_CASES)


def test_codec_by_import_path_need_not_be_registered() -> None:
    del zarr.registry._codec_registries["test.flip"]
    try:
        for path in ("Flip", "INSTANCE"):
            assert run(f"tests.cpu.audit_codecs:{path}").verdict == "device-native"
    finally:
        zarr.registry.register_codec("test.flip", audit_codecs.Flip)


def test_what_is_no_codec_is_a_finding() -> None:
    zarr.registry.register_codec("test.nothing", audit_codecs.NoCodec)  # type: ignore[arg-type]
    try:
        result = run("test.nothing")
    finally:
        del zarr.registry._codec_registries["test.nothing"]
    assert result.verdict == "broken"
    assert failure(result)[0] == "construct"
    assert "expected a subclass of" in failure(result)[1]


def test_import_failure_is_a_finding() -> None:
    subject = Subject("codec", "x", "lost", "registered", "lost.package:Codec", "x")
    result = run_subject(subject, "cpu")
    assert result.verdict == "broken"
    assert failure(result) == (
        "construct",
        "cannot be imported from lost.package:Codec: ModuleNotFoundError: No module named 'lost'",
    )


def test_subject_and_result_can_be_pickled() -> None:
    (subject,) = select_subjects(["zstd"], find_subjects())
    assert pickle.loads(pickle.dumps(subject)) == subject
    assert pickle.loads(pickle.dumps(run_subject)) is run_subject
    result = run_subject(subject, "cpu")
    assert pickle.loads(pickle.dumps(result)) == result


def test_configuration_is_left_as_it_was() -> None:
    before = {key: zarr.config.get(key) for key in ("buffer", "ndbuffer", "codecs")}
    run("test.wrong_buffer")
    assert {key: zarr.config.get(key) for key in before} == before


def test_unknown_backend_is_an_error() -> None:
    with pytest.raises(ValueError, match="no backend named 'tpu'"):
        run("zstd", backend="tpu")


def test_every_registered_codec_of_zarr_is_found_and_none_is_imported_for_it() -> None:
    found = {subject.codec_name for subject in find_subjects() if subject.package == "zarr"}
    assert set(zarr.config.get("codecs")) <= found
    assert len(found) > 20


def test_severities_order_the_verdicts() -> None:
    assert sorted(SEVERITY, key=lambda verdict: SEVERITY[verdict])[-3:] == [
        "host-round-trip",
        "implicit-transfers",
        "broken",
    ]


@pytest.mark.parametrize("case", CASES + TEXT_CASES, ids=lambda case: case.name)
def test_cases_are_repeatable_and_fill_no_chunk_with_the_fill_value(case: Any) -> None:
    data = case.data()
    assert data.shape == case.shape
    np.testing.assert_array_equal(data, case.data())
    assert case.chunk_count > 1
    if case.dtype != "bool":
        assert np.all(data != np.zeros(1, data.dtype)[0])
    assert any(extent % chunk for extent, chunk in zip(case.shape, case.chunks, strict=True))


# What a device shows, without one: the judge is handed what a round trip would give it.


class Elsewhere:
    """An array that is not NumPy's."""


class Device:
    name = "elsewhere"
    array_type = Elsewhere


CASE = CASES[0]
REFERENCE = Done(CASE.data())


def transfer(direction: Any, *, explicit: bool) -> Transfer:
    return Transfer(direction, 100, explicit, "/x/site-packages/their/codec.py:7 in f", "t")


def judged(*transfers: Transfer, **changes: Any) -> tuple[Findings, Any]:
    findings = Findings()
    done: dict[str, Any] = {"values": CASE.data(), "came_as": Elsewhere, "transfers": transfers}
    outcome = Done(**done | changes)
    device: Backend = Device()  # type: ignore[assignment]
    return findings, judge(findings, CASE, device, REFERENCE, outcome)


def results(findings: Findings) -> dict[str, CheckResult]:
    return {result.check: result for result in findings.results()}


def test_transfers_are_summed_up() -> None:
    down, up = transfer("d2h", explicit=True), transfer("h2d", explicit=True)
    findings, sums = judged(down, up, down)
    assert sums.d2h == Traffic(2, 200)
    assert sums.h2d == Traffic(1, 100)
    assert sums.chunks == CASE.chunk_count
    assert (sums + sums).d2h == Traffic(4, 400)
    assert results(findings)["implicit_transfers"].status == "passed"


def test_implicit_transfers_are_a_finding_with_their_site() -> None:
    findings, _ = judged(transfer("d2h", explicit=True), transfer("h2d", explicit=False))
    check = results(findings)["implicit_transfers"]
    assert check.status == "failed"
    assert check.message == "h2d at their/codec.py:7 in f"


def test_result_in_foreign_memory_is_a_finding() -> None:
    findings, _ = judged(owned=False, came_as=np.ndarray)
    check = results(findings)["memory"]
    assert check.status == "failed"
    assert check.message == "expected Elsewhere (backend elsewhere), got ndarray"


def test_dtype_that_the_device_cannot_hold_is_no_fault() -> None:
    findings = Findings()
    device: Backend = Device()  # type: ignore[assignment]
    judge(findings, CASE, device, REFERENCE, Stopped("hold", ValueError("Unsupported dtype")))
    words = "arrays of backend elsewhere hold no bool: ValueError: Unsupported dtype"
    details = (f"skipped: bool-2d: {words}",)
    assert results(findings)["hold"] == CheckResult("hold", "skipped", words, details)


@pytest.mark.parametrize(
    ("transfers", "expected"),
    [
        ((), "device-native"),
        ((transfer("d2h", explicit=True),), "host-round-trip"),
        ((transfer("d2h", explicit=True), transfer("h2d", explicit=False)), "implicit-transfers"),
    ],
)
def test_transfers_decide_the_verdict(transfers: tuple[Transfer, ...], expected: str) -> None:
    assert verdict(*judged(*transfers)) == expected


def test_failure_outweighs_transfers() -> None:
    assert verdict(*judged(transfer("h2d", explicit=False), owned=False)) == "broken"
