"""How checks run: statuses, reports, verdicts, limits; with checks made for these tests."""

from __future__ import annotations

import json
import pickle
import traceback
import warnings
from typing import Any, ClassVar

import numpy as np
import pytest

import zarr_devbuf.checks
from zarr_devbuf import Backend, get_backend
from zarr_devbuf.checks import (
    Check,
    CheckFailed,
    CheckReport,
    CheckResult,
    ConformanceError,
    Kind,
    NotApplicable,
    Unsupported,
    backend_problem,
    check,
    check_prototype,
    during,
    list_checks,
    measured,
    registry,
    violated,
)
from zarr_devbuf.checks.messages import failure_message
from zarr_devbuf.checks.run import run_check, run_checks
from zarr_devbuf.transfers import implicit_transfers, record, record_transfers

SIM = get_backend("sim")


class Subject:
    """Behaves as its arguments say."""

    def __init__(self, **does: Any) -> None:
        self.does = does


@pytest.fixture(autouse=True)
def own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is remembered of a backend must not come from these.
    monkeypatch.setattr(backend_problem, "_problems", {})
    own: dict[Kind, dict[str, Check]] = {
        "prototype": dict(registry._registry["prototype"]),
        "codec": {},
        "store": {},
        "array": {},
        "backend": {},
    }
    monkeypatch.setattr(registry, "_registry", own)

    @check("codec", source="documented", severity="read wrong")
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


def test_checks_have_an_order_and_a_requirement() -> None:
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
        ("codec", "test_x", "Doc.", "must begin with 'check_'"),
        ("codec", "check_x", None, "check_x needs a docstring"),
    ],
)
def test_invalid_checks_are_rejected(kind: Any, name: str, doc: str | None, match: str) -> None:
    def function(subject: Any, backend: Backend) -> None: ...

    function.__name__, function.__doc__ = name, doc
    with pytest.raises(ValueError, match=match):
        check(kind)(function)
    with pytest.raises(ValueError, match="kind must be one of"):
        list_checks("codecs")  # type: ignore[arg-type]


def test_a_name_is_registered_once() -> None:
    def check_values(subject: Any, backend: Backend) -> None:
        """Doc."""

    check_values.__module__ = "elsewhere"
    with pytest.raises(ValueError, match=r"<check check_values of a codec> already exists"):
        check("codec")(check_values)


def test_all_checks_pass() -> None:
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
        "  check:     Values are right.\n"
        "  severity:  read wrong (source: documented)\n"
        "  case:      2-d\n"
        "  expected:  [1, 2]\n"
        "  actual:    [2, 1]\n"
        "  to do:     sort them, or\n"
        "             do not\n"
        "\n"
        "1 of 3 checks failed."
    )
    (result,) = caught.value.results
    assert (result.check, result.subject, result.backend) == ("check_values", "Subject", "sim")
    assert (result.severity, result.source) == ("read wrong", "documented")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert pickle.loads(pickle.dumps(caught.value.results[0].message)) == result.message


def test_an_exception_is_reported_with_the_operation_and_the_line() -> None:
    report = check_it(error=KeyError("lost"))
    (result,) = report.failed
    assert report.verdict == "broken"
    assert isinstance(result.exception, KeyError)
    lines = result.message.splitlines()
    assert "  expected:  no exception" in lines
    assert "  actual:    KeyError: 'lost'" in lines
    assert any("while:" in line and "decoding a chunk" in line for line in lines)
    assert any("raised at:" in line and "test_run.py" in line for line in lines)


class TakesDeviceMemoryForHostMemory:
    """A subject that makes numpy and the simulated device raise, in frames of their own."""

    def encode(self, array: Any) -> Any:
        return np.ascontiguousarray(array)  # the line to fix

    def describe(self) -> str:
        return json.dumps({"scalar": np.uint8(1)})  # another line to fix


@pytest.mark.parametrize("method", ["encode", "describe"])
def test_an_exception_is_attributed_to_the_last_line_that_can_be_fixed(method: str) -> None:
    subject = TakesDeviceMemoryForHostMemory()
    try:
        if method == "encode":
            subject.encode(SIM.from_host(np.arange(3)))
        else:
            subject.describe()
    except TypeError as error:
        last = traceback.extract_tb(error.__traceback__)[-1].filename
        message = failure_message(list_checks("codec")[0], "Subject", "sim", error)
    assert "test_run.py" not in last
    (line,) = (line for line in message.splitlines() if "raised at:" in line)
    assert "test_run.py:" in line
    assert f" in {method}: " in line
    assert "line to fix" in line


def test_an_exception_without_such_a_line_is_attributed_to_where_it_was_raised() -> None:
    try:
        SIM.xp.asarray(np.array(["text"]))
    except ValueError as error:
        if error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next  # without this test
        message = failure_message(list_checks("codec")[0], "Subject", "sim", error)
    (line,) = (line for line in message.splitlines() if "raised at:" in line)
    assert "zarr_devbuf/simulator" in line


def test_severity_is_that_of_the_check_or_of_what_happened() -> None:
    (wrong,) = check_it(wrong=True).failed
    assert (wrong.severity, wrong.source) == ("read wrong", "documented")
    (raises,) = check_it(error=KeyError("lost")).failed
    assert (raises.severity, raises.source) == ("raises", "documented")
    (moves,) = check_it(explicit=2, max_transfers=1).failed
    assert (moves.severity, moves.source) == ("wasteful", "ours")
    assert {result.severity for result in check_it()} == {None}


def test_the_worst_failures_come_first() -> None:
    report = check_it(wrong=True, explicit=2, max_transfers=1, skip=KeyError("lost"))
    assert [each.severity for each in report.failed] == ["read wrong", "raises", "wasteful"]
    with pytest.raises(ConformanceError) as caught:
        report.raise_failures()
    assert [each.severity for each in caught.value.results] == ["read wrong", "raises", "wasteful"]


class Fails:
    """Raises with another message for each input, always at the same line."""

    does: ClassVar[dict[str, Any]] = {}

    def decode(self, length: int) -> None:
        raise ValueError(f"cannot decode {length} bytes of 'x{length}'")


def test_one_cause_is_told_once() -> None:
    for number in range(40):

        def function(subject: Fails, backend: Backend, number: int = number) -> None:
            """It decodes."""
            subject.decode(number)

        function.__name__ = f"check_decodes_{number}"
        check("codec")(function)
    report = check_it(subject=Fails())
    assert len(report.failed) == 40
    with pytest.raises(ConformanceError) as caught:
        report.raise_failures()
    for text in (str(report), str(caught.value)):
        assert text.count("expected:  no exception") == 1
    assert "also in:   check_decodes_1, check_decodes_2" in str(caught.value)
    assert "and 31 more" in str(caught.value)
    assert "40 of 43 checks failed." in str(caught.value)


def test_a_subject_that_no_check_judged_fails() -> None:
    for name in ("values", "moves"):
        del registry._registry["codec"][f"check_{name}"]
    subject = Subject(skip=NotApplicable("it refuses everything"))
    report = run_checks("codec", subject, SIM, on_fail=None)
    assert report.unchecked == "no check passed, 1 were skipped: it refuses everything"
    assert report.judged == 0
    assert not report.failed
    assert "Nothing was judged: no check passed" in str(report)
    with pytest.raises(ConformanceError, match=r"no check passed.*it refuses everything") as caught:
        run_checks("codec", subject, SIM)
    assert caught.value.results == ()
    assert check_it().unchecked == ""


def test_a_verdict_says_how_little_was_judged() -> None:
    for number in range(4):

        def function(subject: Subject, backend: Backend) -> None:
            """It applies."""
            raise NotApplicable("no")

        function.__name__ = f"check_applies_{number}"
        check("codec")(function)
    report = check_it()
    assert report.judged == 3
    assert str(report).startswith("Subject on backend sim: device-native (3 of 7 checks)\n")


def test_nothing_is_green_on_a_broken_backend() -> None:
    @check("backend")
    def check_bytes(subject: Backend, backend: Backend) -> None:
        """It holds bytes."""
        raise violated(expected="uint8", actual="float64", advice="Hold uint8.")

    report = check_it()
    assert report.verdict == "broken"
    (result,) = report.failed
    assert result.check == "check_backend"
    assert "check_bytes: : expected uint8, got float64" in result.message
    assert run_checks("backend", SIM, SIM, on_fail=None).failed[0].check == "check_bytes"


def test_keyboard_interrupt_is_not_caught() -> None:
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


def test_only_measured_and_implicit_transfers_count() -> None:
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
    with pytest.raises(ConformanceError, match="passed unexpectedly") as caught:
        check_it(expected_failures={"check_values": "known"}, on_fail="raise")
    assert "a failure: known" in str(caught.value)
    assert "Remove 'check_values' from expected_failures." in str(caught.value)


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


def test_warnings_are_ignored() -> None:
    @check("codec")
    def check_warns(subject: Subject, backend: Backend) -> None:
        """It warns."""
        warnings.warn("slow", stacklevel=1)

    assert check_it().verdict == "device-native"


def test_a_check_is_skipped_if_the_simulator_lacks_something() -> None:
    @check("codec")
    def check_simulated(subject: Subject, backend: Backend) -> None:
        """It does what the simulator does not."""
        # A function of CuPy that no codec needs.
        backend.xp.show_config()

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


def test_checks_are_functions_that_can_be_called() -> None:
    function = registry._registry["prototype"]["check_zero_length"].function
    function(SIM.prototype, SIM)
    result = run_check(list_checks("prototype")[1], SIM.prototype, SIM)
    assert result.status == "passed"
    assert result.ok


def test_the_backend_of_a_prototype() -> None:
    from zarr.abc.buffer import BufferPrototype

    with pytest.raises(TypeError, match="expected a zarr BufferPrototype"):
        check_prototype(SIM)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"cannot find the backend of .*: create_zero_length"):
        check_prototype(BufferPrototype(int, int))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cls",
    [
        Check,
        CheckFailed,
        CheckReport,
        CheckResult,
        ConformanceError,
        NotApplicable,
        Unsupported,
    ],
)
def test_users_see_the_module_to_import_from(cls: type) -> None:
    assert cls.__module__ == "zarr_devbuf.checks"
    assert getattr(zarr_devbuf.checks, cls.__name__) is cls


def test_errors_can_be_pickled() -> None:
    error = violated(expected="1", actual="2", advice="Add 1.", case="here")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (CheckFailed, str(error))
