"""The checks of prototypes: which defects they catch, and which prototypes pass."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import numpy as np
import pytest
import zarr
import zarr.buffer.cpu

from tests.checks.versions import skip_if_too_old
from tests.subjects.prototypes import DEVICES_ONLY, Broken, broken_prototypes
from tests.subjects.prototypes.aliasing import CombinesInTheBackground
from tests.subjects.prototypes.clean import THIRD_PARTY, ZARRS_OWN, clean
from tests.subjects.prototypes.derive import derive
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import Backend, get_backend
from zarr_devbuf.checks import Check, CheckReport, _child_process, check_prototype, list_checks, run
from zarr_devbuf.checks._inputs import DTYPES, SIZES, extremes, grid
from zarr_devbuf.checks.prototype.harness import PrototypeHarness, prototype_check
from zarr_devbuf.checks.run import run_check

CHECKS = {check.short_name: check for check in list_checks("prototype")}
BROKEN = broken_prototypes()

# What zarr's own host buffers of 3.4.2 get wrong.
ZARRS_HOST = {
    "all_equal_signed_zeros": "core._array_all_equal compares the bits of zeros for floats only"
}
if OLD_ZARR:
    ZARRS_HOST["variable_text"] = "core.NDBuffer.all_equal raises AttributeError for a number"
# What `zarr.buffer.gpu` of zarr 3.4.2 gets wrong, on CuPy 14.2, real or simulated.
ZARRS_GPU = {
    "check_negative_zero": "CuPy's fill, scalar assignment and upload of a 0-d array clear memory",
    "check_all_equal": "core._array_all_equal broadcasts to the host's scalar, which stays one",
    "check_all_equal_everywhere": "the same: cupy.array_equal compares shapes, and returns False",
    "check_all_equal_of_large_arrays": "the same",
    "check_all_equal_signed_zeros": "the same",
    "check_structured": "the same",
    "check_answers_on_device": "core.Buffer.__eq__ compares on the host",
}

each_broken = pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)


def failing(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.failed}


@pytest.fixture(params=["cpu", "sim"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return get_backend(request.param)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a forked process that hangs no longer than it takes."""
    monkeypatch.setattr(_child_process, "_LIMIT", 3.0)


@pytest.mark.skipif(zarr.__version__ != "3.4.2", reason="the finding is one of zarr 3.4.2")
def test_zarrs_own_host_buffers() -> None:
    report = check_prototype(zarr.buffer.cpu.buffer_prototype, on_fail=None)
    assert report.backend == "cpu"
    assert failing(report) == set(ZARRS_HOST), str(report)
    assert {result.check.removeprefix("check_") for result in report.skipped} == DEVICES_ONLY


_SIMULATED = """
import json
from zarr_devbuf.simulator import simulate_gpu

with simulate_gpu(force=True):
    import zarr.buffer.gpu
    from zarr_devbuf import get_backend
    from zarr_devbuf.checks import check_prototype

    reports = [
        check_prototype(prototype, "gpu", on_fail=None)
        for prototype in (zarr.buffer.gpu.buffer_prototype, get_backend("gpu").prototype)
    ]
print(json.dumps([[report.verdict, [each.check for each in report.failed]] for report in reports]))
"""


@pytest.mark.skipif(zarr.__version__ != "3.4.2", reason="the findings are those of zarr 3.4.2")
def test_zarrs_own_gpu_buffers_on_the_simulator() -> None:
    """They fail what they fail on CuPy: `tests.gpu.test_checks_prototype` has the same set."""
    done = subprocess.run(
        [sys.executable, "-c", _SIMULATED], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    (verdict, failed), reference = json.loads(done.stdout)
    assert verdict == "broken"
    assert set(failed) == set(ZARRS_GPU)
    assert reference == ["device-native", []]


def test_what_is_filled_in_the_background_is_caught(backend: Backend) -> None:
    buffer = derive(CombinesInTheBackground, backend.prototype.buffer, backend)
    subject = backend.prototype._replace(buffer=buffer)
    for name in ("combine", "results_are_final"):
        assert run_check(CHECKS[name], subject, backend).status == "failed"


@pytest.mark.parametrize("derived", [False, True], ids=["reference", "derived"])
def test_reference_classes_pass(backend: Backend, derived: bool) -> None:
    report = check_prototype(clean(backend) if derived else backend.prototype, backend)
    assert report.verdict == "device-native"
    skipped = {result.check.removeprefix("check_") for result in report.skipped}
    expected = set(DEVICES_ONLY) if backend.is_host else {"generic_times", "variable_text"}
    if OLD_ZARR:
        expected.add("generic_times")
    assert skipped == expected
    assert len(report) == len(CHECKS)


@pytest.mark.parametrize(
    ("name", "on"),
    [
        pytest.param(name, on, id=f"{name}-{on}")
        for name, (_, host_only) in THIRD_PARTY.items()
        for on in (("cpu",) if host_only else ("cpu", "sim"))
    ],
)
def test_third_party_prototypes_pass(name: str, on: str) -> None:
    make, _ = THIRD_PARTY[name]
    report = check_prototype(make(get_backend(on)), on, on_fail=None)
    # Those that take zarr's NDBuffer have its finding.
    assert failing(report) == (set(ZARRS_HOST) if name in ZARRS_OWN else set()), str(report)


@each_broken
def test_broken_prototypes_are_caught(backend: Backend, broken: Broken) -> None:
    subject = broken.on(backend)
    for name in sorted(broken.caught_on(backend)):
        result = run_check(CHECKS[name], subject, backend)
        skip_if_too_old(result)
        assert result.status == "failed", f"check_{name} does not catch {broken.name}"
        for part in (f"check_{name} failed", "check:", "expected:", "actual:", "to do:"):
            assert part in result.message


def test_every_check_has_a_broken_prototype() -> None:
    host = get_backend("cpu")
    caught = set().union(*(broken.caught_by | broken.caught_on(host) for broken in BROKEN))
    for name, check in CHECKS.items():
        module = check.function.__module__.rpartition(".")[2]
        assert name in caught, (
            f"check_{name} has no broken subject: "
            f"add a class with caught_by = {{'{name}'}} to tests/subjects/prototypes/{module}.py"
        )


@each_broken
def test_only_known_checks_are_named(broken: Broken) -> None:
    unknown = (broken.caught_by | broken.caught_on(get_backend("cpu"))) - set(CHECKS)
    assert not unknown, (
        f"no check is named {unknown}: correct caught_by or caught_on_host of {broken.name} "
        f"in {inspect.getsourcefile(broken.mixin)}"
    )


# What fails these alone stores and reads right values.
TRANSFERS = {"stays_on_device", "answers_on_device", "one_transfer"}


@pytest.mark.exhaustive
@each_broken
def test_no_other_check_fails(backend: Backend, broken: Broken) -> None:
    report = check_prototype(broken.on(backend), backend, on_fail=None)
    expected = broken.caught_on(backend)
    assert failing(report) == expected, (
        f"correct caught_by of {broken.name}, or the checks that should not fail:\n{report}"
    )
    if expected:
        assert report.verdict == ("host-round-trip" if expected <= TRANSFERS else "broken")


def test_only_transfers_wrong_is_not_broken() -> None:
    subjects = [each for each in BROKEN if each.caught_by and each.caught_by <= TRANSFERS]
    assert len(subjects) >= 9
    sim = get_backend("sim")
    report = check_prototype(subjects[0].on(sim), sim, on_fail=None)
    assert report.verdict == "host-round-trip"


# Checks that never fail alone: another one looks at the same operation, in more places.
OVERLAPPED = {"from_ndarray_like", "set_basic", "all_equal_everywhere"}


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_catches_what_no_other_does(name: str) -> None:
    host = get_backend("cpu")
    alone = [each.name for each in BROKEN if {name} in (each.caught_by, each.caught_on(host))]
    if name in OVERLAPPED:
        assert not alone, f"remove {name!r} from OVERLAPPED: it fails alone"
        return
    assert alone, (
        f"check_{name} never fails alone: add a broken prototype with caught_by = {{'{name}'}}"
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "broken",
    [broken for broken in BROKEN if len(broken.caught_on(get_backend("cpu"))) == 1][::9],
    ids=lambda broken: broken.name,
)
def test_checks_do_not_depend_on_one_another(
    broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the one check that fails, a run of the others passes."""
    (missing,) = broken.caught_on(get_backend("cpu"))
    kept = tuple(check for name, check in CHECKS.items() if name != missing)
    monkeypatch.setattr(run, "list_checks", lambda _: kept)
    assert not check_prototype(broken.on(get_backend("cpu")), "cpu").failed


def test_registered_functions_take_a_prototype_and_a_backend(backend: Backend) -> None:
    function = CHECKS["slices"].function
    assert list(inspect.signature(function).parameters) == ["subject", "backend"]
    assert "def check_slices(harness: PrototypeHarness" in inspect.getsource(function)
    function(backend.prototype, backend)


def test_a_check_needs_cases() -> None:
    with pytest.raises(ValueError, match="a check without cases would check nothing"):
        prototype_check(advice="Add cases.", source="ours", severity="raises", cases=())


def test_the_harness_yields_what_it_says(backend: Backend) -> None:
    harness = PrototypeHarness(backend, "Read this.", backend.prototype)
    arrays = list(harness.arrays("f4"))
    assert len({name for name, _, _ in arrays}) == len(arrays) == 28
    for name, array, values in arrays:
        harness.assert_array(array, values, name)
    more = list(harness.more_dimensions())
    assert {values.ndim for _, _, values in more} == set(range(6))
    for name, array, values in more:
        harness.assert_array(array, values, name)
    scalars = list(harness.scalars())
    assert {"f2", "u8", "c16"} <= {np.dtype(dtype).str[1:] for dtype, _ in scalars}


def test_inputs_are_of_every_kind() -> None:
    for edge in (1 << 16, 1 << 20):
        assert min(SIZES) < edge < max(SIZES)
        assert {edge} < {size for size in SIZES if abs(size - edge) < 200}
    assert max(SIZES) > 3 << 20
    for dtype in DTYPES:
        values = extremes(dtype)
        assert values.dtype == dtype
        assert len(values) > 1
        assert grid(dtype).shape == (3, 4)
    integers = extremes("i8").tolist()
    assert {-(2**63), 2**63 - 1, 2**53 + 1} <= set(integers)
    assert np.signbit(extremes("f8")[extremes("f8") == 0]).tolist() == [False, True]
    assert np.isnat(extremes("M8[ns]")[0])


@pytest.mark.parametrize("check", CHECKS.values(), ids=lambda check: check.short_name)
def test_source_is_named(check: Check) -> None:
    assert check.source in ("documented", "precedent", "ours")
    assert "Source:" in check.why, check
