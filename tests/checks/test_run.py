"""How checks are run: statuses, reports, verdicts, limits; with checks made for it."""

from __future__ import annotations

import json
import pickle
import traceback
import warnings
from typing import Any

import numpy as np
import pytest

from zarr_devbuf import Backend, get_backend
from zarr_devbuf.checks import ConformanceError, check_prototype, list_checks, registry
from zarr_devbuf.checks.errors import NotApplicable, Unsupported, during, violated
from zarr_devbuf.checks.measure import measured
from zarr_devbuf.checks.messages import failure
from zarr_devbuf.checks.registry import Check, Kind, check
from zarr_devbuf.checks.report import CheckReport
from zarr_devbuf.checks.run import run_check, run_checks
from zarr_devbuf.transfers import implicit_transfers, record, record_transfers

SIM = get_backend("sim")


class Subject:
    """Does to order."""

    def __init__(self, **does: Any) -> None:
        self.does = does


@pytest.fixture(autouse=True)
def own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    own: dict[Kind, dict[str, Check]] = {
        "prototype": dict(registry._registry["prototype"]),
        "codec": {},
        "store": {},
        "array": {},
    }
    monkeypatch.setattr(registry, "_registry", own)

    @check("codec")
    def check_values(subject: Subject, backend: Backend) -> None:
        """Values are right.

        Because.
        """
        if "wrong" in subject.does:
            raise violated(
                case="2-d", expected="[1, 2]", actual="[2, 1]", advice="sort them, or\ndo not"
            )
        if "error" in subject.does:
            with during("decoding a chunk"):
                raise subject.does["error"]

    @check("codec")
    def check_moves(subject: Subject, backend: Backend) -> None:
        """It moves nothing."""
        backend.to_host(backend.from_host(np.arange(3)))  # the check's own
        with measured("decoding one chunk"):
            for _ in range(subject.does.get("explicit", 0)):
                record("d2h", 8, explicit=True)
            for _ in range(subject.does.get("implicit", 0)):
                with implicit_transfers():
                    record("h2d", 16, explicit=False)
        if "elsewhere" in subject.does:
            with implicit_transfers():
                record("h2d", 32, explicit=False)

    @check("codec")
    def check_applies(subject: Subject, backend: Backend) -> None:
        """It applies."""
        if "skip" in subject.does:
            raise subject.does["skip"]


def check_it(*, on_fail: Any = None, subject: Any = None, **does: Any) -> CheckReport:
    limits = {
        name: does.pop(name) for name in ("max_transfers", "expected_failures") if name in does
    }
    return run_checks("codec", subject or Subject(**does), SIM, on_fail=on_fail, **limits)


def test_checks_have_an_order_and_say_what_they_demand() -> None:
    found = list_checks("codec")
    assert [each.name for each in found] == ["check_values", "check_moves", "check_applies"]
    assert found[0].requirement == "Values are right."
    assert found[0].short_name == "values"
    assert repr(found[0]) == "<check check_values of a codec>"
    found[0](Subject(), SIM)


@pytest.mark.parametrize(
    ("kind", "name", "doc", "match"),
    [
        ("codecs", "check_x", "Doc.", "kind must be one of 'prototype', 'codec', 'store', 'array'"),
        ("codec", "test_x", "Doc.", "begins with 'check_'"),
        ("codec", "check_x", None, "check_x needs a docstring"),
    ],
)
def test_what_is_no_check(kind: Any, name: str, doc: str | None, match: str) -> None:
    def function(subject: Any, backend: Backend) -> None: ...

    function.__name__, function.__doc__ = name, doc
    with pytest.raises(ValueError, match=match):
        check(kind)(function)
    with pytest.raises(ValueError, match="kind must be one of"):
        list_checks("codecs")  # type: ignore[arg-type]


def test_a_name_is_taken_once() -> None:
    def check_values(subject: Any, backend: Backend) -> None:
        """Doc."""

    check_values.__module__ = "elsewhere"
    with pytest.raises(ValueError, match=r"<check check_values of a codec> exists already"):
        check("codec")(check_values)


def test_all_is_well() -> None:
    report = check_it(on_fail="raise")
    assert [result.status for result in report] == ["passed"] * 3
    assert report.verdict == "device-native"
    assert not report.failed
    assert len(report.transfers) == 0
    assert str(report) == (
        "Subject on backend sim: device-native\n"
        "  check_values   passed\n"
        "  check_moves    passed\n"
        "  check_applies  passed\n"
        "3 passed"
    )


def test_a_failure_reads_well_on_its_own() -> None:
    with pytest.raises(ConformanceError) as caught:
        check_it(on_fail="raise", wrong=True)
    assert str(caught.value) == (
        "check_values failed: Subject on backend sim\n"
        "  check:       Values are right.\n"
        "  case:      2-d\n"
        "  expected:  [1, 2]\n"
        "  actual:    [2, 1]\n"
        "  to do:     sort them, or\n"
        "             do not\n"
        "\n"
        "1 of 3 checks do not hold."
    )
    (result,) = caught.value.results
    assert (result.check, result.subject, result.backend) == ("check_values", "Subject", "sim")
    assert result.exception is caught.value.__cause__
    assert pickle.loads(pickle.dumps(caught.value.results[0].message)) == result.message


def test_an_exception_says_what_was_being_done_and_where() -> None:
    report = check_it(error=KeyError("lost"))
    (result,) = report.failed
    assert report.verdict == "broken"
    assert isinstance(result.exception, KeyError)
    lines = result.message.splitlines()
    assert "  expected:  no exception" in lines
    assert "  actual:    KeyError: 'lost'" in lines
    assert any("while:" in line and "decoding a chunk" in line for line in lines)
    assert any("raised at:" in line and "test_checks_framework.py" in line for line in lines)


class TakesDeviceMemoryForHostMemory:
    """A subject that numpy and the simulated device refuse, in frames of their own."""

    def encode(self, array: Any) -> Any:
        return np.ascontiguousarray(array)  # the line to be mended

    def describe(self) -> str:
        return json.dumps({"scalar": np.uint8(1)})  # another line to be mended


@pytest.mark.parametrize("method", ["encode", "describe"])
def test_an_exception_is_laid_at_the_last_line_that_can_be_mended(method: str) -> None:
    subject = TakesDeviceMemoryForHostMemory()
    try:
        if method == "encode":
            subject.encode(SIM.from_host(np.arange(3)))
        else:
            subject.describe()
    except TypeError as error:
        last = traceback.extract_tb(error.__traceback__)[-1].filename
        message = failure(list_checks("codec")[0], "Subject", "sim", error)
    assert "test_checks_framework.py" not in last
    (line,) = (line for line in message.splitlines() if "raised at:" in line)
    assert "test_checks_framework.py:" in line
    assert f" in {method}: " in line
    assert "to be mended" in line


def test_an_exception_with_nobody_else_in_it_is_laid_where_it_was_raised() -> None:
    try:
        SIM.xp.asarray(np.array(["text"]))
    except ValueError as error:
        if error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next  # without this test
        message = failure(list_checks("codec")[0], "Subject", "sim", error)
    (line,) = (line for line in message.splitlines() if "raised at:" in line)
    assert "zarr_devbuf/simulator" in line


def test_what_is_no_exception_of_the_subject_escapes() -> None:
    with pytest.raises(KeyboardInterrupt):
        check_it(error=KeyboardInterrupt())


def test_skips_have_reasons() -> None:
    report = check_it(skip=NotApplicable("it has no level"))
    assert report[2].status == "skipped"
    assert "check_applies  skipped: it has no level" in str(report)
    assert report.verdict == "device-native"
    assert [result.check for result in report.skipped] == ["check_applies"]


def test_unsupported() -> None:
    assert check_it(skip=Unsupported("no GPUs")).verdict == "unsupported"
    assert check_it(skip=Unsupported("no GPUs"), wrong=True).verdict == "broken"


@pytest.mark.parametrize(
    ("does", "verdict"),
    [
        ({"explicit": 2}, "host-round-trip"),
        ({"implicit": 1}, "implicit-transfers"),
        ({"implicit": 1, "explicit": 1}, "implicit-transfers"),
        ({"elsewhere": True}, "implicit-transfers"),
        ({"implicit": 1, "wrong": True}, "broken"),
        ({"explicit": 1, "skip": NotApplicable("x")}, "host-round-trip"),
    ],
)
def test_verdicts(does: dict[str, Any], verdict: str) -> None:
    assert check_it(**does).verdict == verdict


def test_only_what_was_measured_and_what_is_implicit_is_accounted_for() -> None:
    report = check_it(explicit=2, implicit=1, elsewhere=True)
    assert report.transfers.device_to_host.count == 2
    assert report.transfers.host_to_device.nbytes == 48
    assert "check_moves    passed  2 d2h (16 bytes), 2 h2d (48 bytes)" in str(report)


def test_max_transfers() -> None:
    assert not check_it(explicit=2, max_transfers=2).failed
    report = check_it(explicit=2, max_transfers=1)
    (result,) = report.failed
    assert report.verdict == "host-round-trip"  # not broken: that is what it is
    assert "decoding one chunk made 2" in result.message
    assert "max_transfers=2" in result.message
    assert "device→host: 2 (16 bytes)" in result.message
    assert check_it(implicit=1, max_transfers=0).verdict == "implicit-transfers"


def test_max_transfers_of_several_units() -> None:
    with record_transfers(), measured("nothing in force", units=3) as log:
        record("d2h", 1, explicit=True)
    assert len(log) == 1


def test_expected_failures_are_strict() -> None:
    report = check_it(wrong=True, expected_failures={"check_values": "known"}, on_fail="raise")
    assert report[0].status == "xfailed"
    assert "check_values   xfailed: known" in str(report)
    assert report.verdict == "broken"
    with pytest.raises(ConformanceError, match="passed, though it was expected to fail") as caught:
        check_it(expected_failures={"check_values": "known"}, on_fail="raise")
    assert "to fail: known" in str(caught.value)
    assert "take 'check_values' out of expected_failures" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("check_valeus", r"no check is named 'check_valeus'; did you mean 'check_values'"),
        ("values", r"did you mean 'check_values'"),
        ("nonsense_zzz", r"there are: check_values, check_moves, check_applies"),
    ],
)
def test_unknown_expected_failures(name: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        check_it(expected_failures={name: "x"})


def test_wrong_use() -> None:
    with pytest.raises(ValueError, match="on_fail must be 'raise' or None, not 'warn'"):
        check_it(on_fail="warn")
    with pytest.raises(ValueError, match="no backend named 'smi'"):
        run_checks("codec", Subject(), "smi")


def test_warnings_are_no_findings() -> None:
    @check("codec")
    def check_warns(subject: Subject, backend: Backend) -> None:
        """It warns."""
        warnings.warn("slow", stacklevel=1)

    assert check_it().verdict == "device-native"


def test_the_simulators_limits_are_no_findings() -> None:
    @check("codec")
    def check_simulated(subject: Subject, backend: Backend) -> None:
        """It does what the simulator does not."""
        # A function of CuPy that nobody needs in a codec.
        backend.xp.poly1d([1, 2])

    @check("codec")
    def check_not_implemented(subject: Subject, backend: Backend) -> None:
        """It has everything."""
        raise NotImplementedError("by the subject")

    statuses = {result.check: result.status for result in check_it()}
    assert statuses["check_not_implemented"] == "failed"
    assert statuses["check_simulated"] == "skipped"


def test_reports_are_sequences() -> None:
    report = check_it(wrong=True)
    assert len(report) == 3
    assert report[0].check == "check_values"
    assert isinstance(report[1:], CheckReport)
    assert report[1:].verdict == "device-native"
    assert report == check_it(wrong=True) or report != check_it()
    assert repr(report) == "<CheckReport: Subject on sim: broken, 1 of 3 failed>"


def test_checks_are_functions_that_anybody_may_call() -> None:
    function = registry._registry["prototype"]["check_zero_length"].function
    function(SIM.prototype, SIM)
    result = run_check(list_checks("prototype")[1], SIM.prototype, SIM)
    assert result.status == "passed"
    assert result.ok


def test_the_home_of_a_prototype() -> None:
    from zarr.abc.buffer import BufferPrototype

    with pytest.raises(TypeError, match="expected a zarr BufferPrototype"):
        check_prototype(SIM)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot be told: create_zero_length"):
        check_prototype(BufferPrototype(int, int))  # type: ignore[arg-type]
