"""The checks of prototypes: what they catch, and what they let pass."""

from __future__ import annotations

import functools
import time

import pytest
import zarr.buffer.cpu

import tests.subjects.prototype_subtle  # noqa: F401 - adds to BROKEN
from tests.subjects.prototype import BROKEN, DEVICES_ONLY, Broken, clean, prototype_of
from tests.subjects.prototype_clean import THIRD_PARTY
from zarr_devbuf import Backend, get_backend
from zarr_devbuf.checks import CheckReport, check_prototype, list_checks, run
from zarr_devbuf.checks.run import run_check

# What is judged once for all tests is judged by one worker of xdist.
pytestmark = pytest.mark.xdist_group("checks of prototypes")

NAMES = [check.short_name for check in list_checks("prototype")]

# Checks that never stand alone, and the one that always fails with them. None so far: were one to
# come, ask whether it is needed.
OVERLAPPED: dict[str, str] = {}


@functools.cache
def judged(broken: Broken, backend: str) -> CheckReport:
    """Judge a broken prototype by all checks, once for all tests."""
    device = get_backend(backend)
    return check_prototype(prototype_of(broken, device), device, on_fail=None)


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
    assert len(report) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "on"),
    [
        pytest.param(name, on, id=f"{name}-{on}")
        for name, (_, host_only) in THIRD_PARTY.items()
        for on in (("cpu",) if host_only else ("cpu", "sim"))
    ],
)
def test_what_others_write_passes(name: str, on: str) -> None:
    make, _ = THIRD_PARTY[name]
    assert check_prototype(make(get_backend(on)), on).verdict == "device-native"


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.mixin.__name__)
def test_what_is_broken_is_caught(backend: Backend, broken: Broken) -> None:
    report = judged(broken, backend.name)
    expected = broken.on_host if backend.name == "cpu" else broken.checks
    assert failing(report) == expected, str(report)


@pytest.mark.parametrize("name", NAMES)
def test_without_the_check_the_defect_goes_unnoticed(name: str) -> None:
    missed = [
        (broken.mixin.__name__, on)
        for broken in BROKEN
        if name in broken.checks
        for on in ("cpu", "sim")
        if failing(judged(broken, on)) == {name}
    ]
    if name in OVERLAPPED:
        assert not missed
        assert all(
            OVERLAPPED[name] in failing(judged(broken, "sim"))
            for broken in BROKEN
            if name in broken.checks
        )
    else:
        assert missed


def test_checks_do_not_lean_on_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above concludes from a run of all checks is what comes of a run without one."""
    for broken in [broken for broken in BROKEN if len(broken.on_host) == 1][::9]:
        missing = f"check_{next(iter(broken.on_host))}"
        kept = tuple(check for check in list_checks("prototype") if check.name != missing)
        monkeypatch.setattr(run, "list_checks", lambda kind, kept=kept: kept)
        assert not check_prototype(prototype_of(broken, get_backend("cpu")), "cpu").failed


def test_only_transfers_wrong_is_not_broken() -> None:
    verdicts = {
        broken.mixin.__name__: judged(broken, "sim").verdict
        for broken in BROKEN
        if broken.checks <= {"stays_on_device", "one_transfer"}
    }
    assert set(verdicts.values()) == {"host-round-trip"}, verdicts
    assert len(verdicts) >= 9


def test_checks_are_quick(backend: Backend) -> None:
    for check in list_checks("prototype"):
        started = time.thread_time()
        run_check(check, backend.prototype, backend)
        assert time.thread_time() - started < 0.5, check
