"""`parametrize_with_checks`, in runs of pytest of its own."""

from __future__ import annotations

from typing import Any

import pytest
import zarr.buffer.cpu
from zarr.codecs import BytesCodec, GzipCodec
from zarr.storage import MemoryStore

from zarr_devbuf import get_backend
from zarr_devbuf.checks import parametrize_with_checks

SIM = get_backend("sim")

CHECKS = """
    import dataclasses
    from zarr.abc.codec import BytesBytesCodec
    from zarr_devbuf.checks import NotApplicable, check, parametrize_with_checks, registry, violated

    @dataclasses.dataclass(frozen=True)
    class MyCodec(BytesBytesCodec):
        level: int = 1

    registry._registry["codec"].clear()

    @check("codec")
    def check_level(codec, backend):
        '''The level is 1.'''
        if codec.level != 1:
            raise violated(expected="1", actual=str(codec.level), advice="set it")

    @check("codec")
    def check_memory(codec, backend):
        '''It runs on devices.'''
        if backend.name == "cpu":
            raise NotApplicable("the host")
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Any:
    def run(test: str, *options: str) -> Any:
        pytester.makepyfile(CHECKS + test)
        # In a process of its own: the checks are replaced.
        chosen = () if "no:zarr_devbuf" in options else ("--backend=cpu,sim",)
        return pytester.runpytest_subprocess(
            "-v", "-rA", "-p", "no:cacheprovider", *chosen, *options
        )

    return run


def test_ids_statuses_and_messages(run: Any) -> None:
    result = run(
        """
    @parametrize_with_checks([MyCodec(), MyCodec(level=3)])
    def test_codec(subject, check, backend):
        check(subject, backend)
"""
    )
    result.assert_outcomes(passed=4, failed=2, skipped=2)
    result.stdout.fnmatch_lines(["*::test_codec?MyCodec()-sim-level? PASSED*"])
    result.stdout.fnmatch_lines(["*::test_codec?MyCodec(level=3)-sim-level? FAILED*"])
    result.stdout.fnmatch_lines(
        [
            "*check_level failed: MyCodec(level=3) on backend cpu",
            "*check:     The level is 1.",
            "*expected:  1",
            "*actual:    3",
            "*to do:     set it",
        ]
    )
    result.stdout.fnmatch_lines(["SKIPPED*the host*"])


def test_expected_failures(run: Any) -> None:
    result = run(
        """
    @parametrize_with_checks([MyCodec(level=3)], expected_failures={"check_level": "it is 3"})
    def test_xfails(subject, check, backend):
        check(subject, backend)

    @parametrize_with_checks([MyCodec()], expected_failures={"check_level": "it is 3"})
    def test_xpasses(subject, check, backend):
        check(subject, backend)

    @parametrize_with_checks(
        [MyCodec(), MyCodec(level=3)],
        expected_failures=lambda codec, backend: {"check_level": "3"} if codec.level == 3 else {},
    )
    def test_by_subject(subject, check, backend):
        check(subject, backend)
"""
    )
    result.assert_outcomes(passed=6, xfailed=4, failed=2, skipped=4)
    result.stdout.fnmatch_lines(["XFAIL*test_xfails*it is 3*"])
    result.stdout.fnmatch_lines(["*check_level passed unexpectedly*"])


def test_no_frames_of_ours_in_the_traceback(run: Any) -> None:
    result = run(
        """
    @parametrize_with_checks([MyCodec(level=3)])
    def test_codec(subject, check, backend):
        check(subject, backend)
"""
    )
    result.stdout.no_fnmatch_line("*checks/parametrize.py:*")


def test_without_the_plugin(run: Any) -> None:
    result = run(
        """
    @parametrize_with_checks([MyCodec()])
    def test_codec(subject, check, backend):
        check(subject, backend)
""",
        "-p",
        "no:zarr_devbuf",
    )
    result.assert_outcomes(passed=3, skipped=1)


def test_backends_are_chosen_before_pytest_asks_for_them(
    run: Any, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_generate_tests(metafunc):
            plan = getattr(metafunc.function, "__devbuf_checks__", None)
            if plan is not None:
                plan.backends = ("sim",)
        """
    )
    result = run(
        """
    @parametrize_with_checks([MyCodec()])
    def test_codec(subject, check, backend):
        check(subject, backend)
"""
    )
    result.assert_outcomes(passed=2)


def test_backends_may_be_chosen_as_the_plugin_does() -> None:
    @parametrize_with_checks([SIM.prototype])
    def test(subject: Any, check: Any, backend: Any) -> None: ...

    plan = test.__devbuf_checks__  # type: ignore[attr-defined]
    plan.backends = ("sim",)
    sets = list(plan)
    assert len(sets) == len(plan) > 30
    assert sets[0] in plan
    name = "zarr_devbuf.sim(TestBuffer, NDBufferUsingTestNDArrayLike)"
    assert sets[0].id == f"{name}-sim-prototype_classes"
    subject, backend, check = sets[0].values
    assert repr(check) == "prototype_classes"
    check(subject, backend)


def test_an_unavailable_backend_skips_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    @parametrize_with_checks([SIM.prototype])
    def test(subject: Any, check: Any, backend: Any) -> None: ...

    gpu = get_backend("gpu")
    monkeypatch.setattr(type(gpu), "unavailable_reason", lambda self: "no driver")
    plan = test.__devbuf_checks__  # type: ignore[attr-defined]
    _, _, check = next(iter(plan)).values
    with pytest.raises(pytest.skip.Exception, match="'gpu' is unavailable: no driver"):
        check(SIM.prototype, gpu)
    plan.require = True
    with pytest.raises(pytest.fail.Exception, match="'gpu' is unavailable: no driver"):
        check(SIM.prototype, gpu)


@pytest.mark.parametrize(
    ("subjects", "keywords", "error", "match"),
    [
        ([], {}, ValueError, "got no subjects"),
        ([BytesCodec(), MemoryStore], {}, TypeError, "of one kind, got codec, store"),
        ([GzipCodec], {}, TypeError, "GzipCodec is a class: pass an instance"),
        ([lambda: None], {}, TypeError, "cannot find the kind"),
        (
            [zarr.buffer.cpu.buffer_prototype],
            {"expected_failures": {"check_zero_lenght": "x"}},
            ValueError,
            "did you mean 'check_zero_length'",
        ),
    ],
)
def test_wrong_use(subjects: Any, keywords: Any, error: Any, match: str) -> None:
    with pytest.raises(error, match=match):
        parametrize_with_checks(subjects, **keywords)
