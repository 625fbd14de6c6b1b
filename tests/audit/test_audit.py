"""The audit of one subject, in this process."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
import zarr
import zarr.registry

from tests.subjects import audit_codecs
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import get_backend
from zarr_devbuf.audit import (
    KINDS,
    SEVERITY,
    Subject,
    SubjectResult,
    find_subjects,
    run_subject,
    select_subjects,
)
from zarr_devbuf.audit.findings.results import AUDIT_CHECKS
from zarr_devbuf.audit.subjects.construct import kind_of_path
from zarr_devbuf.checks import Peak, list_checks

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def messages(result: SubjectResult) -> dict[str, str]:
    return {check.check: check.message for check in result.failed}


def test_clean_codec_passes_every_check() -> None:
    seen: list[object] = []
    (subject,) = select_subjects(["test.flip"], find_subjects())
    result = run_subject(subject, "cpu", seen.append)
    assert result.verdict == "device-native"
    assert messages(result) == {}
    assert [check.check for check in result.checks] == [
        check.name for check in list_checks("codec")
    ]
    assert [check.requirement for check in result.checks] == [
        check.requirement for check in list_checks("codec")
    ]
    assert result.taken == result.tried == result.transfers.chunks > 10
    assert not result.transfers
    assert 0 < sum(check.seconds for check in result.checks) < result.seconds
    # Each check is reported before it runs and afterwards.
    assert seen[0] == "construct"
    assert [each for each in seen if not isinstance(each, str)] == list(result.checks)


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("wrong_values", "check_round_trip", "with NumPy buffers too"),
        ("wrong_only_here", "check_round_trip", "values that NumPy buffers give"),
        ("wrong_buffer", "check_prototype_buffers", "zarr_devbuf.cpu.TestBuffer"),
        ("accident", "check_round_trip", "KeyError: 'oops'"),
        ("cannot_read", "check_round_trip", "ValueError: corrupt"),
        ("unopenable", "check_to_dict", "cannot be made from what to_dict() gives"),
        # It rejects every chunk, and does not say what is wrong with it.
        ("rejects", "check_round_trip", "ValueError: only on Sundays"),
        ("fails_to_construct", "construct", "ZeroDivisionError: division by zero"),
        ("quits", "construct", "SystemExit: 7"),
        ("rounds_more_here", "check_round_trip", "values that NumPy buffers give"),
    ],
)
def test_broken_codec_fails_its_check(name: str, check: str, words: str) -> None:
    result = run(f"test.{name}")
    assert result.verdict == "broken"
    assert words in messages(result)[check]
    assert {failed.finding for failed in result.failed} == {"broken"}


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("rejects_here", "check_round_trip", "NotImplementedError: only in host memory"),
        ("needs_arguments", "construct", "needs arguments (width)"),
        ("missing_library", "construct", "ImportError: needs libfoo: pip install foo"),
    ],
)
def test_codec_that_rejects_is_unsupported(name: str, check: str, words: str) -> None:
    result = run(f"test.{name}")
    assert result.verdict == "unsupported"
    assert not result.failed
    reasons = {skipped.check: skipped.message for skipped in result.skipped}
    assert words in reasons[check]


def test_missing_arguments_can_be_given_as_json() -> None:
    assert '{"name": "test.needs_arguments", "configuration": {...}}' in (
        run("test.needs_arguments").skipped[0].message
    )
    result = run('{"name": "test.needs_arguments", "configuration": {"width": 3}}')
    assert result.name == 'test.needs_arguments {"width": 3}'
    assert {check.check for check in result.checks} == {
        check.name for check in list_checks("codec")
    }


def test_what_a_codec_takes_is_counted() -> None:
    result = run("test.rounds")
    assert result.verdict == "device-native"
    assert 0 < result.taken < result.tried


@pytest.mark.parametrize("name", ["transpose", "numcodecs.quantize", "cast_value"])
def test_declared_configurations_replace_arguments(name: str) -> None:
    assert run(name).checks[0].check == list_checks("codec")[0].name


@pytest.mark.parametrize(
    ("name", "verdict", "per_chunk"),
    [
        ("transpose", "device-native", (0, 0)),
        ("zstd", "host-round-trip", (2, 2)),
        ("crc32c", "implicit-transfers", (2, 2)),
    ],
)
def test_verdicts_and_transfers_on_a_device(
    name: str, verdict: str, per_chunk: tuple[int, int]
) -> None:
    result = run(name, "sim")
    assert result.verdict == verdict
    moved = result.transfers
    assert [each.count / moved.chunks for each in (moved.d2h, moved.h2d)] == list(per_chunk)
    assert bool(result.ledger) == bool(moved)
    if name == "crc32c":
        assert "zarr/codecs/crc32c_.py" in result.ledger[0].where
        assert not result.ledger[0].explicit
        assert {check.finding for check in result.failed} == {"implicit-transfers"}


def test_peak_is_measured_on_devices() -> None:
    assert run("test.copies_twice", "sim").peak == Peak(3.0, 1.0)
    assert run("test.copies_twice", "cpu").peak is None


def test_kinds_have_checks_and_subjects() -> None:
    found = find_subjects()
    for kind in KINDS:
        assert any(subject.kind == kind for subject in found)
        assert list_checks(kind) or kind == "array"


@pytest.mark.skipif(OLD_ZARR, reason="zarr's own stores break checks before 3.4.2")
@pytest.mark.parametrize("name", ["WrapperStore", "LocalStore", "ZipStore"])
@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_stores_run_the_checks_of_stores(name: str, backend: str) -> None:
    result = run(name, backend)
    assert result.verdict in ("device-native", "host-round-trip")
    assert [check.check for check in result.checks] == [
        check.name for check in list_checks("store")
    ]
    assert result.transfers.chunks == 1


def test_prototype_is_audited_on_its_own_backend() -> None:
    (subject,) = select_subjects(["zarr.buffer.cpu"], find_subjects())
    assert subject.only_backend == "cpu"
    result = run_subject(subject, "cpu")
    assert [check.check for check in result.checks] == [
        check.name for check in list_checks("prototype")
    ]
    elsewhere = run_subject(
        Subject("prototype", "x", "", "import", "zarr.buffer.cpu:buffer_prototype"), "sim"
    )
    assert elsewhere.verdict == "unsupported"
    assert "memory of backend cpu" in elsewhere.checks[0].message


def test_codec_by_import_path_need_not_be_registered() -> None:
    for path in ("Flip", "INSTANCE"):
        assert run(f"tests.subjects.audit_codecs:{path}").package == "tests"
        assert kind_of_path(f"tests.subjects.audit_codecs:{path}") == "codec"


def test_class_that_is_not_a_codec_is_a_finding() -> None:
    zarr.registry.register_codec("test.nothing", audit_codecs.NoCodec)  # type: ignore[arg-type]
    try:
        result = run("test.nothing")
    finally:
        del zarr.registry._codec_registries["test.nothing"]
    assert result.verdict == "broken"
    assert "expected a subclass of" in messages(result)["construct"]


def test_import_failure_is_a_finding() -> None:
    subject = Subject("codec", "x", "lost", "registered", "lost.package:Codec", "x")
    result = run_subject(subject, "cpu")
    assert result.verdict == "broken"
    assert messages(result) == {
        "import": "cannot be imported from lost.package:Codec: ModuleNotFoundError: No module "
        "named 'lost'"
    }
    assert result.failed[0].requirement == AUDIT_CHECKS["import"]


def test_subject_and_result_can_be_pickled() -> None:
    (subject,) = select_subjects(["crc32c"], find_subjects())
    assert pickle.loads(pickle.dumps(subject)) == subject
    result = run_subject(subject, "sim")
    assert pickle.loads(pickle.dumps(result)) == result


def test_configuration_is_left_as_it_was() -> None:
    before = {key: zarr.config.get(key) for key in ("buffer", "ndbuffer", "codecs")}
    run("test.wrong_buffer")
    assert {key: zarr.config.get(key) for key in before} == before


def test_unknown_backend_is_an_error() -> None:
    with pytest.raises(ValueError, match="no backend named 'tpu'"):
        run("zstd", backend="tpu")


def test_every_registered_codec_of_zarr_is_found() -> None:
    subjects = [subject for subject in find_subjects() if subject.package == "zarr"]
    found = {name for subject in subjects for name in (subject.codec_name, *subject.aliases)}
    assert set(zarr.config.get("codecs")) <= found
    assert len(found) > 20


def test_severities_order_the_verdicts() -> None:
    assert sorted(SEVERITY, key=lambda verdict: SEVERITY[verdict])[-3:] == [
        "host-round-trip",
        "implicit-transfers",
        "broken",
    ]


def test_backends_reference_classes_are_prototypes() -> None:
    names = {subject.name for subject in find_subjects() if subject.kind == "prototype"}
    assert {"zarr.buffer.cpu", "zarr.buffer.gpu", "zarr_devbuf.cpu", "zarr_devbuf.sim"} <= names
    assert get_backend("sim").prototype is not None
