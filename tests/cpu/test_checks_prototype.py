"""The laws of prototypes: what they catch, and what they let pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import zarr.buffer.cpu

from tests.subjects.prototype import BROKEN, DEVICES_ONLY, Broken, clean, prototype_of
from zarr_devbuf import Backend, get_backend
from zarr_devbuf.checks import check_prototype, laws, run
from zarr_devbuf.checks.run import run_law

if TYPE_CHECKING:
    from zarr_devbuf.checks import CheckReport


def failing(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.failed}


@pytest.fixture(params=["cpu", "sim"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return get_backend(request.param)


def test_zarrs_own_host_buffers_pass() -> None:
    report = check_prototype(zarr.buffer.cpu.buffer_prototype)
    assert report.backend == "cpu"
    assert report.verdict == "device-native"
    assert {result.check.removeprefix("check_") for result in report.skipped} == DEVICES_ONLY


@pytest.mark.parametrize("derived", [False, True], ids=["reference", "derived"])
def test_the_reference_classes_pass(backend: Backend, derived: bool) -> None:
    prototype = clean(backend) if derived else backend.prototype
    report = check_prototype(prototype, backend)
    assert report.verdict == "device-native"
    skipped = {result.check.removeprefix("check_") for result in report.skipped}
    assert skipped == (DEVICES_ONLY if backend.name == "cpu" else set())
    assert len(report) == len(laws("prototype"))


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.mixin.__name__)
def test_what_is_broken_is_caught(backend: Backend, broken: Broken) -> None:
    report = check_prototype(prototype_of(broken, backend), backend, on_fail=None)
    expected = broken.on_host if backend.name == "cpu" else broken.laws
    assert failing(report) == expected, str(report)


def test_every_law_is_the_only_one_that_catches_something() -> None:
    alone = {next(iter(broken.laws)) for broken in BROKEN if len(broken.laws) == 1}
    overlapping = {"prototype_pickling"}  # what a class is not found by, its buffers are not either
    assert alone | overlapping == {law.short_name for law in laws("prototype")}


def test_without_the_law_the_defect_goes_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    sim = get_backend("sim")
    for broken in [broken for broken in BROKEN if len(broken.laws) == 1][::6]:
        missing = f"check_{next(iter(broken.laws))}"
        kept = tuple(law for law in laws("prototype") if law.name != missing)
        monkeypatch.setattr(run, "laws", lambda kind, kept=kept: kept)
        assert not check_prototype(prototype_of(broken, sim), sim, on_fail=None).failed


def test_only_transfers_wrong_is_not_broken() -> None:
    sim = get_backend("sim")
    verdicts = {
        broken.mixin.__name__: check_prototype(prototype_of(broken, sim), sim, on_fail=None).verdict
        for broken in BROKEN
        if broken.laws <= {"stays_on_device", "one_transfer"}
    }
    assert set(verdicts.values()) == {"host-round-trip"}, verdicts
    assert len(verdicts) >= 6


def test_laws_are_quick(backend: Backend) -> None:
    for law in laws("prototype"):
        started = time.perf_counter()
        run_law(law, backend.prototype, backend)
        assert time.perf_counter() - started < 1.0, law
