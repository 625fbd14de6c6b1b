"""The laws of arrays: what they catch, and what they let pass."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import zarr
from zarr.storage import MemoryStore

from tests.subjects.arrays import (
    BROKEN,
    WITH_FIELDS,
    WITH_NESTED_PARTS,
    Broken,
    Wrapped,
    clean,
    make,
    metadata_on_host,
)
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf import StoreExpectingTestBuffer, get_backend, sim
from zarr_devbuf.checks import check_array, laws
from zarr_devbuf.checks.run import run_law

if TYPE_CHECKING:
    from zarr_devbuf.checks.report import CheckReport

# What zarr 3.4.2 itself gets wrong on a device; none of it was told to the laws.
ZARR_ON_DEVICES = {
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
}
DEVICES_ONLY = {"metadata_stays_on_host", "implicit_transfers", "host_values", "device_vectors"}
REFUSED = {"fields", "shards_in_shards_in_part"}
LAWS = {law.short_name: law for law in laws("array")}


def failing(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.failed}


def skipped(report: CheckReport) -> set[str]:
    return {result.check.removeprefix("check_") for result in report.skipped}


# An older zarr has defects of its own on the host, so that nothing on it is clean.
mended = pytest.mark.skipif(OLD_ZARR, reason="zarr's own arrays break laws before 3.4.2")


@mended
@pytest.mark.parametrize("subject", [None, clean], ids=["zarr", "wrapped"])
def test_zarr_passes_on_the_host(subject: Any) -> None:
    report = check_array(subject, "cpu")
    assert report.verdict == "device-native"
    assert skipped(report) <= DEVICES_ONLY | REFUSED
    assert len(report) == len(LAWS)


@pytest.mark.skipif(zarr.__version__ != "3.4.2", reason="the findings are those of zarr 3.4.2")
def test_what_zarr_gets_wrong_on_a_device_is_found() -> None:
    report = check_array(None, "sim", on_fail=None)
    assert failing(report) == ZARR_ON_DEVICES, str(report)
    assert skipped(report) == {"datetimes"} | REFUSED


def test_an_array_of_no_arguments_is_judged_as_it_is() -> None:
    def subject() -> Any:
        return zarr.create_array(
            MemoryStore(), shape=(5, 4, 3), chunks=(2, 4, 2), dtype="f8", compressors=None
        )

    report = check_array(subject, "cpu")
    passed = {result.check for result in report if result.status == "passed"}
    assert {"check_read_basic", "check_write_orthogonal", "check_between_devices"} <= passed
    assert "check_dtypes" in {result.check for result in report.skipped}


@pytest.mark.parametrize("name", ["read_basic", "write_basic", "between_devices"])
def test_a_store_for_one_prototype_is_no_defect(name: str) -> None:
    def subject(**settings: Any) -> Any:
        return zarr.create_array(sim.StoreExpectingTestBuffer(), **settings)

    result = run_law(LAWS[name], subject, get_backend("sim"))
    if name == "between_devices":
        assert result.status == "failed"  # it mixes prototypes by intent
    else:
        assert result.status == "passed", result.message


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.law)
def test_what_is_broken_is_caught(broken: Broken) -> None:
    result = run_law(LAWS[broken.law], broken.subject, get_backend(broken.backend))
    assert result.status == "failed", result.message


@mended
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.law)
def test_its_clean_twin_passes(broken: Broken) -> None:
    subject: Any = clean
    if broken.law in REFUSED:
        members = WITH_FIELDS if broken.law == "fields" else WITH_NESTED_PARTS
        subject = partial(make, type("Clean", (Wrapped,), members))
    result = run_law(LAWS[broken.law], subject, get_backend(broken.backend))
    assert result.status == "passed", result.message


def test_metadata_can_be_kept_on_the_host() -> None:
    law, backend = LAWS["metadata_stays_on_host"], get_backend("sim")
    assert run_law(law, metadata_on_host, backend).status == "passed"
    assert run_law(law, clean, backend).status == "failed"


def test_every_law_has_a_broken_subject() -> None:
    assert {broken.law for broken in BROKEN} | {"metadata_stays_on_host"} == set(LAWS)


@mended
@pytest.mark.parametrize(
    "name", ["read_mask", "write_negative_zero", "resize", "results_are_independent"]
)
def test_without_the_law_the_defect_goes_unnoticed(name: str) -> None:
    broken = next(broken for broken in BROKEN if broken.law == name)
    report = check_array(broken.subject, broken.backend, on_fail=None)
    assert failing(report) == {name}, str(report)


def test_what_makes_no_array_is_refused() -> None:
    report = check_array(lambda **_: 3, "cpu", on_fail=None)
    assert all(result.status in ("failed", "skipped") for result in report)
    assert "makes no zarr.Array" in report.failed[0].message


@pytest.mark.parametrize("backend", ["cpu", "sim"])
def test_laws_are_quick(backend: str) -> None:
    for law in LAWS.values():
        started = time.process_time()
        run_law(law, None, get_backend(backend))
        assert time.process_time() - started < 2.0, law


def test_reference_stores_serve_the_host_as_well() -> None:
    def subject(**settings: Any) -> Any:
        return zarr.create_array(StoreExpectingTestBuffer(), **settings)

    assert run_law(LAWS["read_basic"], subject, get_backend("cpu")).status == "passed"
