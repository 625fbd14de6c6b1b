"""The checks of arrays: what they catch, what they let pass, and what each is there for."""

from __future__ import annotations

import doctest
import functools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import zarr
from zarr.storage import MemoryStore

from tests.subjects.array_wrapping import LISTENERS, Call, Wrapped, spoilt
from tests.subjects.arrays import BROKEN, Broken, clean, metadata_on_host
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import StoreExpectingTestBuffer, get_backend, sim
from zarr_devbuf.checks import check_array, list_checks
from zarr_devbuf.checks.array import fault_injection as failing_operations
from zarr_devbuf.checks.array import harness as trial
from zarr_devbuf._backends.zarr_internals import pipeline_paths as pipelines
from zarr_devbuf.checks.run import run_check
from zarr_devbuf.faults import FaultyStore

if TYPE_CHECKING:
    from zarr_devbuf.checks.report import CheckReport
    from zarr_devbuf.checks.results import CheckResult

# What is judged once for all tests is judged by one worker of xdist.
pytestmark = pytest.mark.xdist_group("checks of arrays")

# What zarr 3.4.2 itself gets wrong, none of it told to the checks: on any device, the host included,
ZARR_ANYWHERE = {"negative_zero_of_complex", "failed_reads_end", "failed_writes_end"}
# and on a device.
ZARR_ON_DEVICES = ZARR_ANYWHERE | {
    "read_coordinates",
    "write_coordinate_grids",
    "write_negative_zero",
    "out_of_coordinates",
    "big_endian_storage",
    "format_2_order",
    "format_2_compressors",
    "shards_read",
    "shards_rewritten_in_part",
    "shard_checksums",
    "shards_in_shards",
    "format_2_prototype_argument",
    "metadata_stays_on_host",
    "counting_moves_nothing",
}
DEVICES_ONLY = {
    "metadata_stays_on_host",
    "counting_moves_nothing",
    "implicit_transfers",
    "host_values",
    "device_vectors",
    "frees_memory",
    "out_of_memory_reading",
    "out_of_memory_writing",
}
REFUSED = {"fields", "shards_in_shards_in_part"}
CHECKS = {check.short_name: check for check in list_checks("array")}

# The checks that each catch what no other catches: all of them. A check whose subjects others catch as
# well would have to be named here, with these others, and a reason to keep it.
OVERLAPS: dict[str, set[str]] = {}


def failing(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.failed}


def skipped(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.skipped}


@dataclass(frozen=True)
class Run:
    """All checks over one subject: what came of each, and who acts in it."""

    results: dict[str, CheckResult] = field(default_factory=dict)
    acting: dict[str, set[str]] = field(default_factory=dict)

    def named(self, status: str) -> set[str]:
        return {name for name, result in self.results.items() if result.status == status}


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
    """Put arrays on trial in zarr's default pipeline alone: what breaks the subjects is in none."""
    return mock.patch.object(trial, "pipeline_paths", return_value=pipelines()[:1])


@functools.cache
def clean_run(backend: str) -> Run:
    """Run every check once, and note which broken subjects would depart from the clean one in it.

    A check in which a defect never acts cannot be broken by it: so each subject is held to the checks
    in which it does, and what comes of all the others is known.
    """
    subjects = [broken for broken in BROKEN if broken.backend == backend]

    def listen(run: Run, name: str, call: Call) -> None:
        for broken in subjects:
            if name not in run.acting[broken.name] and broken.acts(call):
                run.acting[broken.name].add(name)

    with in_one_pipeline():
        return run_all(clean, backend, listen)


@functools.cache
def caught_by(broken: Broken) -> frozenset[str]:
    """Name the checks that a subject breaks, and its clean twin does not."""
    run = clean_run(broken.backend)
    if not broken.members:
        return frozenset({broken.check} & run.named("failed"))
    caught = set()
    with in_one_pipeline():
        for name in run.acting[broken.name]:
            result = run_check(CHECKS[name], broken.subject, get_backend(broken.backend))
            if result.status == "failed" and (name == broken.check or run.results[name].ok):
                caught.add(name)
    return frozenset(caught)


# An older zarr has defects of its own on the host, so that nothing on it is clean.
mended = pytest.mark.skipif(OLD_ZARR, reason="zarr's own arrays break checks before 3.4.2")
of_this_zarr = pytest.mark.skipif(
    zarr.__version__ != "3.4.2", reason="the findings are those of zarr 3.4.2"
)
by_name = pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)


def messages(run: Run) -> str:
    return "\n".join(result.message for result in run.results.values() if not result.ok)


@of_this_zarr
def test_what_zarr_gets_wrong_on_the_host_is_found() -> None:
    run = zarr_run("cpu")
    assert run.named("failed") == ZARR_ANYWHERE, messages(run)
    assert run.named("skipped") == DEVICES_ONLY | REFUSED


@of_this_zarr
def test_what_zarr_gets_wrong_on_a_device_is_found() -> None:
    run = zarr_run("sim")
    assert run.named("failed") == ZARR_ON_DEVICES, messages(run)
    assert run.named("skipped") == {"datetimes", "byte_swapped"} | REFUSED


@of_this_zarr
@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_a_wrapped_array_fares_as_zarrs_own(backend: str) -> None:
    for name, result in zarr_run(backend).results.items():
        found = clean_run(backend).results[name]
        assert found.status == result.status, found.message


def test_an_array_of_no_arguments_is_judged_as_it_is() -> None:
    def subject() -> Any:
        return zarr.create_array(
            MemoryStore(), shape=(5, 4, 3), chunks=(2, 4, 2), dtype="f8", compressors=None
        )

    report = check_array(subject, "cpu", on_fail=None)
    passed = {result.check for result in report if result.status == "passed"}
    assert {"check_read_basic", "check_write_orthogonal", "check_between_devices"} <= passed
    assert {"check_failed_rewrites", "check_iteration", "check_invalid_reads"} <= passed
    assert "check_dtypes" in {result.check for result in report.skipped}
    assert OLD_ZARR or failing(report) == ZARR_ANYWHERE - {"negative_zero_of_complex"}


@pytest.mark.parametrize("name", ["read_basic", "write_basic", "between_devices"])
def test_a_store_for_one_prototype_is_no_defect(name: str) -> None:
    def subject(**settings: Any) -> Any:
        return zarr.create_array(sim.StoreExpectingTestBuffer(), **settings)

    result = run_check(CHECKS[name], subject, get_backend("sim"))
    if name == "between_devices":
        assert result.status == "failed"  # it mixes prototypes by intent
    else:
        assert result.status == "passed", result.message


@by_name
def test_what_is_broken_is_caught(broken: Broken) -> None:
    assert broken.check in caught_by(broken)


@mended
@by_name
def test_its_clean_twin_passes(broken: Broken) -> None:
    if broken.twin is clean:
        result = clean_run(broken.backend).results[broken.check]
    else:
        result = run_check(CHECKS[broken.check], broken.twin, get_backend(broken.backend))
    assert result.status == "passed", result.message


@mended
@by_name
def test_without_the_check_the_defect_goes_unnoticed(broken: Broken) -> None:
    assert caught_by(broken) - {broken.check} == OVERLAPS.get(broken.name, set())


@pytest.mark.skipif(len(pipelines()) < 2, reason="this zarr has one codec pipeline")
def test_a_defect_of_one_pipeline_is_caught() -> None:
    def take(self: Any, kind: str, selection: Any, result: Any) -> Any:
        fused = "Fused" in zarr.config.get("codec_pipeline.path")
        return spoilt(result) if fused else result

    subject = Broken("read_basic", {"take": take}, name="read_basic_in_one_pipeline").subject
    check, backend = CHECKS["read_basic"], get_backend("cpu")
    result = run_check(check, subject, backend)
    assert "FusedCodecPipeline" in result.message
    with in_one_pipeline():
        assert run_check(check, subject, backend).status == "passed"


def test_what_hangs_after_a_failure_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failing_operations, "_PATIENCE", 0.5)
    lock = threading.Lock()

    def get(self: Any, selection: Any = ..., **kwargs: Any) -> Any:
        if not isinstance(self.store, FaultyStore):
            return Wrapped.get_basic_selection(self, selection, **kwargs)
        lock.acquire()  # and not `with lock`
        result: Any = Wrapped.get_basic_selection(self, selection, **kwargs)
        lock.release()
        return result

    subject = Broken("failed_reads", {"get_basic_selection": get}, name="failed_reads_locked")
    try:
        result = run_check(CHECKS["failed_reads"], subject.subject, get_backend("cpu"))
    finally:
        lock.release()  # for the thread that hangs
    assert result.status == "failed"
    assert "neither within 0.5 seconds" in result.message


def test_metadata_can_be_kept_on_the_host() -> None:
    check, backend = CHECKS["metadata_stays_on_host"], get_backend("sim")
    assert run_check(check, metadata_on_host, backend).status == "passed"
    assert run_check(check, clean, backend).status == "failed"


def test_every_check_has_a_broken_subject() -> None:
    assert {broken.check for broken in BROKEN} | {"metadata_stays_on_host"} == set(CHECKS)
    assert len({broken.name for broken in BROKEN}) == len(BROKEN)


@pytest.mark.parametrize("name", ["read_mask", "resize", "failed_rewrites"])
def test_a_check_in_which_a_defect_never_acts_does_not_see_it(name: str) -> None:
    broken = next(broken for broken in BROKEN if broken.name == name)
    near = [
        check for check in CHECKS if check.split("_")[0] in ("read", "failed", "out", "refused")
    ]
    idle = [check for check in near if check not in clean_run(broken.backend).acting[name]]
    assert len(idle) > 10
    with in_one_pipeline():
        for check in idle:
            result = run_check(CHECKS[check], broken.subject, get_backend(broken.backend))
            assert result.status == clean_run(broken.backend).results[check].status, check


def test_the_contract_of_the_callable_is_shown_by_an_example() -> None:
    (example,) = doctest.DocTestFinder(recurse=False).find(check_array, "check_array")
    assert len(example.examples) > 5
    assert doctest.DocTestRunner().run(example).failed == 0


def test_every_setting_of_the_contract_is_one_that_checks_use() -> None:
    given: set[str] = set()

    def subject(**settings: Any) -> Any:
        given.update(settings)
        return zarr.create_array(MemoryStore(), **settings)

    for name in ("read_basic", "format_2_order", "shards_read", "dtypes"):
        run_check(CHECKS[name], subject, get_backend("cpu"))
    text = check_array.__doc__ or ""
    assert given >= {"shape", "config", "order", "serializer"}
    assert {setting for setting in given if f"``{setting}``" not in text} == set()


def test_what_makes_no_array_is_refused() -> None:
    report = check_array(lambda **_: 3, "cpu", on_fail=None)
    assert all(result.status in ("failed", "skipped") for result in report)
    assert "makes no zarr.Array" in report.failed[0].message


def test_reference_stores_serve_the_host_as_well() -> None:
    def subject(**settings: Any) -> Any:
        return zarr.create_array(StoreExpectingTestBuffer(), **settings)

    assert run_check(CHECKS["read_basic"], subject, get_backend("cpu")).status == "passed"
