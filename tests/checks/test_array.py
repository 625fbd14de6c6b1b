"""The checks of arrays: each catches its broken subjects, and no others."""

from __future__ import annotations

import doctest
import functools
import re
import threading
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import zarr
from zarr.storage import MemoryStore

from tests.checks.versions import skip_if_too_old
from tests.subjects.arrays import BROKEN, LISTENERS, Broken, Call, Wrapped, clean, spoilt
from tests.subjects.arrays.conditions import codecs
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import StoreExpectingTestBuffer, get_backend, sim
from zarr_devbuf._backends.zarr_internals import pipeline_paths
from zarr_devbuf.checks import _harness as shared_harness
from zarr_devbuf.checks import check_array, list_checks
from zarr_devbuf.checks.array import harness
from zarr_devbuf.checks.run import run_check
from zarr_devbuf.faults import FaultyStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr_devbuf.checks.report import CheckReport
    from zarr_devbuf.checks.results import CheckResult

# Cached results of whole runs belong to one worker of xdist.
pytestmark = pytest.mark.xdist_group("checks of arrays")

# What zarr 3.4.2 itself gets wrong: anywhere, with its own host classes, and on a device.
ZARR_ANYWHERE = {"failed_reads_end", "failed_writes_end"}
ZARR_ON_HOST = ZARR_ANYWHERE | {"negative_zero_of_complex"}
ZARR_ON_DEVICES = ZARR_ANYWHERE | {
    "read_coordinates",
    "write_coordinate_grids",
    "write_negative_zero",
    "out_of_coordinates",
    "shards_read",
    "shards_rewritten_in_part",
    "shard_checksums",
    "shards_in_shards",
    "shards_in_shards_in_part",
    "format_2_prototype_argument",
    "metadata_stays_on_host",
    "counting_moves_nothing",
    "drawn_points_read",
    "drawn_points_written",
    "drawn_reads_of_shards",
    "drawn_writes_to_shards",
    "drawn_points_in_shards",
    "stored_filters",
    "stored_big_endian",
    "stored_format_2",
    "stored_fortran_order",
    "stored_shards",
    "combinations",
    "combinations_in_shards",
}
DEVICES_ONLY = {
    "metadata_stays_on_host",
    "counting_moves_nothing",
    "implicit_transfers",
    "chunks_decoded_on_host",
    "host_values",
    "device_vectors",
    "frees_memory",
    "out_of_memory_reading",
    "out_of_memory_writing",
}
# Zarr 3.4.2 does not support these, on any device.
NOT_APPLICABLE = {"fields"}
# Of zarr's two pipelines, one rejects these.
APPLICABLE_IN_ONE_PIPELINE = {"shards_in_shards_in_part"}
CHECKS = {check.short_name: check for check in list_checks("array")}


def failing(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.failed}


def skipped(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.skipped}


@dataclass(frozen=True)
class Run:
    """All checks of one subject: their results, and in which checks each broken subject acts."""

    results: dict[str, CheckResult] = field(default_factory=dict)
    acting: dict[str, set[str]] = field(default_factory=dict)

    def named(self, status: str) -> set[str]:
        return {name for name, result in self.results.items() if result.status == status}

    def messages(self) -> str:
        return "\n".join(result.message for result in self.results.values() if not result.ok)


def run_all(subject: Any, backend: str, listen: Any = None) -> Run:
    run = Run(acting={broken.name: set() for broken in BROKEN})
    for name, check in CHECKS.items():
        listener = functools.partial(listen, run, name) if listen else None
        LISTENERS.extend([listener] if listener else [])
        try:
            run.results[name] = run_check(check, subject, get_backend(backend))
        finally:
            LISTENERS.clear()
    return run


@functools.cache
def zarr_run(backend: str) -> Run:
    return run_all(None, backend)


def in_one_pipeline() -> Any:
    """Run checks in zarr's default pipeline only: no subject is broken in another one alone."""
    return mock.patch.object(harness, "pipeline_paths", return_value=pipeline_paths()[:1])


def run_in_one_pipeline(check: str, subject: Any, backend: str) -> CheckResult:
    with in_one_pipeline():
        return run_check(CHECKS[check], subject, get_backend(backend))


def run_broken(check: str, broken: Broken) -> CheckResult:
    with broken.within():
        return run_in_one_pipeline(check, broken.subject, broken.backend)


@functools.cache
def clean_run(backend: str) -> Run:
    """Run every check once, and note in which of them each broken subject would differ.

    A subject cannot fail a check in which it behaves as the clean one: so it is run against the
    other checks only, and its results in these are known.
    """
    subjects = [broken for broken in BROKEN if broken.backend == backend]

    def listen(run: Run, name: str, call: Call) -> None:
        for broken in subjects:
            if name not in run.acting[broken.name] and broken.acts(call):
                run.acting[broken.name].add(name)

    with in_one_pipeline():
        return run_all(clean, backend, listen)


def caught_by(broken: Broken) -> set[str]:
    """Return the checks that fail on a subject, and pass on the clean one."""
    run = clean_run(broken.backend)
    if broken.is_zarr:
        return broken.caught_by & run.named("failed")
    # Of a zarr that is broken, nothing is known before.
    acting = run.acting[broken.name] if broken.within is nullcontext else set(CHECKS)
    return {
        name
        for name in acting
        if (name in broken.caught_by or run.results[name].ok)
        and run_broken(name, broken).status == "failed"
    }


# An older zarr has defects of its own on the host, so that nothing on it is clean.
of_a_clean_zarr = pytest.mark.skipif(OLD_ZARR, reason="zarr's own arrays fail checks before 3.4.2")
of_this_zarr = pytest.mark.skipif(
    zarr.__version__ != "3.4.2", reason="the findings are those of zarr 3.4.2"
)
each_broken = pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)


@each_broken
def test_broken_subject_is_caught(broken: Broken) -> None:
    for name in broken.caught_by:
        result = run_broken(name, broken)
        skip_if_too_old(result)
        assert result.status == "failed", (
            f"{result.check} does not catch {broken.name}: fix the check, or take {name!r} out of "
            f"caught_by in {subjects_of(name)}"
        )
        for label in ("check:", "expected:", "actual:", "to do:"):
            assert f"  {label}" in result.message


@of_a_clean_zarr
@each_broken
def test_clean_twin_passes(broken: Broken) -> None:
    for name in broken.caught_by:
        result = run_in_one_pipeline(name, broken.twin, broken.backend)
        assert result.status == "passed", result.message


@of_a_clean_zarr
@pytest.mark.exhaustive
@each_broken
def test_no_other_check_catches_it(broken: Broken) -> None:
    assert caught_by(broken) == broken.caught_by, (
        f"correct caught_by of {broken.name!r} in {subjects_of(min(broken.caught_by))}, or make "
        "the subject misbehave in fewer calls"
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["read_mask", "resize", "failed_rewrites"])
def test_check_passes_if_the_broken_subject_does_not_act_in_it(name: str) -> None:
    broken = next(broken for broken in BROKEN if broken.name == name)
    kinds = ("read", "failed", "out", "invalid")
    run = clean_run(broken.backend)
    idle = [
        check for check in CHECKS if check.split("_")[0] in kinds and check not in run.acting[name]
    ]
    assert len(idle) > 10, "the subject acts in nearly all checks: narrow its `when`"
    for check in idle:
        result = run_in_one_pipeline(check, broken.subject, broken.backend)
        assert result.status == run.results[check].status, check


def subjects_of(check: str) -> str:
    """Return the file with the broken subjects of a check."""
    module = CHECKS[check].function.__module__.rpartition(".")[2]
    return f"tests/subjects/arrays/{module}.py"


@pytest.mark.parametrize("name", CHECKS)
def test_check_has_a_broken_subject(name: str) -> None:
    assert any(name in broken.caught_by for broken in BROKEN), (
        f"check_{name} has no broken subject: add one, broken(caught_by={{{name!r}}}, …), to "
        f"{subjects_of(name)}"
    )


def test_broken_subjects_name_checks_and_have_names_of_their_own() -> None:
    for broken in BROKEN:
        unknown = broken.caught_by - set(CHECKS)
        assert not unknown, f"correct caught_by of {broken.name!r}: there are no checks {unknown}"
    names = [broken.name for broken in BROKEN]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"give all but one of the subjects called {twice} another name="


@of_this_zarr
@pytest.mark.parametrize("backend", [pytest.param("cpu", marks=pytest.mark.exhaustive), "sim"])
def test_what_zarr_gets_wrong_is_found(backend: str) -> None:
    run = zarr_run(backend)
    on_host = backend == "cpu"
    expected = ZARR_ON_HOST if on_host else ZARR_ON_DEVICES
    assert run.named("failed") == expected, run.messages()
    not_held = DEVICES_ONLY if on_host else {"datetimes", "byte_swapped", "stored_text"}
    assert run.named("skipped") == not_held | NOT_APPLICABLE


@pytest.mark.exhaustive
@of_this_zarr
@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_clean_subject_has_the_results_of_zarrs_own_arrays(backend: str) -> None:
    for name, result in zarr_run(backend).results.items():
        if name in APPLICABLE_IN_ONE_PIPELINE:
            continue
        found = clean_run(backend).results[name]
        assert found.status == result.status, found.message


def test_callable_without_arguments_is_checked_with_the_array_that_it_makes() -> None:
    def subject() -> Any:
        return zarr.create_array(
            MemoryStore(), shape=(5, 4, 3), chunks=(2, 4, 2), dtype="f8", compressors=None
        )

    report = check_array(subject, "cpu", on_fail=None)
    passed = {result.check for result in report if result.status == "passed"}
    assert {"check_read_basic", "check_write_orthogonal", "check_between_devices"} <= passed
    assert {"check_failed_rewrites", "check_iteration", "check_invalid_reads"} <= passed
    assert "check_dtypes" in {result.check for result in report.skipped}
    assert OLD_ZARR or failing(report) == ZARR_ANYWHERE


def test_callable_without_arguments_may_make_an_array_without_dimensions() -> None:
    def subject() -> Any:
        return zarr.create_array(MemoryStore(), shape=(), dtype="f8", compressors=None)

    report = check_array(subject, "cpu", on_fail=None)
    assert not failing(report), str(report)
    passed = {result.check for result in report if result.status == "passed"}
    assert {"check_pickling", "check_results_are_independent", "check_input_unchanged"} <= passed
    assert {"read_basic", "failed_reads", "counts"} <= skipped(report)


@pytest.mark.parametrize("name", ["read_basic", "write_basic", "between_devices"])
def test_store_for_one_prototype_is_no_defect(name: str) -> None:
    def subject(**settings: Any) -> Any:
        return zarr.create_array(sim.StoreExpectingTestBuffer(), **settings)

    result = run_check(CHECKS[name], subject, get_backend("sim"))
    if name == "between_devices":
        assert result.status == "failed"  # it mixes prototypes by intent
    else:
        assert result.status == "passed", result.message


def big_endian_records_in_plain_shards(array: Any) -> bool:
    text = codecs(array)
    plain = "big" in text and "zstd" not in text and array.shards is not None
    return plain and array.dtype.names is not None


@pytest.mark.skipif(len(pipeline_paths()) < 2, reason="this zarr has one codec pipeline")
@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("read_basic", lambda _: True),
        ("combinations_in_shards", big_endian_records_in_plain_shards),
    ],
)
def test_defect_of_one_pipeline_is_caught(name: str, when: Callable[[Any], bool]) -> None:
    def take(self: Any, kind: str, selection: Any, result: Any) -> Any:
        fused = "Fused" in zarr.config.get("codec_pipeline.path")
        return spoilt(result) if fused and when(self) else result

    subject = Broken({name}, {"take": take}, name=f"{name}_in_one_pipeline").subject
    result = run_check(CHECKS[name], subject, get_backend("cpu"))
    assert "FusedCodecPipeline" in result.message
    assert run_in_one_pipeline(name, subject, "cpu").status == "passed"


@pytest.mark.parametrize("name", ["failed_reads", "failed_writes"])
def test_operation_that_hangs_after_a_failure_is_caught(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(shared_harness, "TIME_LIMIT", 0.5)
    lock = threading.Lock()

    def locked(method: str) -> Any:
        def operate(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(self.store, FaultyStore):
                return getattr(Wrapped, method)(self, *args, **kwargs)
            lock.acquire()  # and not `with lock`
            result: Any = getattr(Wrapped, method)(self, *args, **kwargs)
            lock.release()
            return result

        return operate

    members = {each: locked(each) for each in ("get_basic_selection", "set_basic_selection")}
    subject = Broken({name}, members, name=f"{name}_locked").subject
    try:
        result = run_check(CHECKS[name], subject, get_backend("cpu"))
    finally:
        lock.release()  # for the thread that hangs
    assert result.status == "failed"
    assert "neither within 0.5 seconds" in result.message


def test_contract_of_the_callable_is_shown_by_an_example() -> None:
    (example,) = doctest.DocTestFinder(recurse=False).find(check_array, "check_array")
    assert len(example.examples) > 5
    assert doctest.DocTestRunner().run(example).failed == 0


def test_every_setting_that_checks_use_is_documented() -> None:
    given: set[str] = set()

    def subject(**settings: Any) -> Any:
        given.update(settings)
        return zarr.create_array(MemoryStore(), **settings)

    for name in ("read_basic", "stored_fortran_order", "shards_read", "chunk_shapes"):
        run_check(CHECKS[name], subject, get_backend("cpu"))
    text = check_array.__doc__ or ""
    assert given >= {"shape", "config", "order", "serializer", "shards"}
    missing = {setting for setting in given if f"``{setting}``" not in text}
    assert not missing, f"name {missing} in the docstring of check_array"


def test_callable_that_makes_no_array_fails() -> None:
    report = check_array(lambda **_: 3, "cpu", on_fail=None)
    assert all(result.status in ("failed", "skipped") for result in report)
    assert "makes no zarr.Array" in report.failed[0].message


def test_reference_stores_serve_the_host_as_well() -> None:
    def subject(**settings: Any) -> Any:
        return zarr.create_array(StoreExpectingTestBuffer(), **settings)

    assert run_check(CHECKS["read_basic"], subject, get_backend("cpu")).status == "passed"


def test_failures_of_several_inputs_are_reported_together() -> None:
    broken = next(each for each in BROKEN if each.name == "drawn_slices_read")
    result = run_check(CHECKS["drawn_slices_read"], broken.subject, get_backend("cpu"))
    assert re.search(r"of \d\d inputs fail", result.message)


def _note_selection(calls: list[str], call: Call) -> None:
    calls.append(str(call.selection))


@pytest.mark.parametrize("name", ["drawn_slices_read", "combinations"])
def test_draws_are_the_same_in_every_run(name: str) -> None:
    seen = []
    for _ in range(2):
        calls: list[str] = []
        LISTENERS.append(functools.partial(_note_selection, calls))
        try:
            run_check(CHECKS[name], clean, get_backend("cpu"))
        finally:
            LISTENERS.clear()
        seen.append(calls)
    assert seen[0] == seen[1]
    assert len(seen[0]) > 50
