"""`parametrize_with_checks`, in runs of pytest of its own."""

from __future__ import annotations

import re
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
    result.assert_outcomes(passed=7, failed=3, skipped=2)
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


@pytest.mark.exhaustive
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
    result.assert_outcomes(passed=14, xfailed=4, failed=2, skipped=4)
    result.stdout.fnmatch_lines(["XFAIL*test_xfails*it is 3*"])
    result.stdout.fnmatch_lines(["*check_level passed unexpectedly*"])


@pytest.mark.exhaustive
def test_no_frames_of_ours_in_the_traceback(run: Any) -> None:
    result = run(
        """
    @parametrize_with_checks([MyCodec(level=3)])
    def test_codec(subject, check, backend):
        check(subject, backend)
"""
    )
    result.stdout.no_fnmatch_line("*checks/parametrize.py:*")


@pytest.mark.exhaustive
def test_a_subject_that_no_check_judged_is_red(run: Any) -> None:
    test = """
    registry._registry["codec"].pop("check_level")

    @parametrize_with_checks([MyCodec()])
    def test_codec(subject, check, backend):
        check(subject, backend)
"""
    result = run(test)
    result.assert_outcomes(passed=2, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*::test_codec?MyCodec()-cpu-passes_a_check? FAILED*"])
    result.stdout.fnmatch_lines(["*no check passed, 1 were skipped: the host"])
    # Alone, it runs the checks itself.
    run(test, "-k", "passes_a_check").assert_outcomes(passed=1, failed=1, deselected=2)


@pytest.mark.exhaustive
def test_reference(run: Any) -> None:
    result = run(
        """
    from zarr_devbuf.checks.reference_codec import reference_codec

    @check("codec")
    def check_reference(codec, backend):
        '''It is given.'''
        assert reference_codec.get() == MyCodec(level=9)

    @parametrize_with_checks([MyCodec()], reference=MyCodec(level=9))
    def test_codec(subject, check, backend):
        check(subject, backend)
"""
    )
    result.assert_outcomes(passed=7, skipped=1)


WRONG_LINE = """
    import numpy as np
    from dataclasses import dataclass
    from zarr.abc.codec import BytesBytesCodec
    from zarr_devbuf.checks import check_codec, parametrize_with_checks

    @dataclass(frozen=True)
    class Wrong(BytesBytesCodec):
        is_fixed_size = True

        def compute_encoded_size(self, n, spec):
            return n

        def to_dict(self):
            return {"name": "wrong"}

        @classmethod
        def from_dict(cls, data):
            return cls()

        async def _encode_single(self, chunk, spec):
            return self.work(chunk, spec)

        async def _decode_single(self, chunk, spec):
            return self.work(chunk, spec)

        def work(self, chunk, spec):
            BODY

    @parametrize_with_checks([Wrong()])
    def test_codec(subject, check, backend):
        check(subject, backend)

    def test_all_at_once():
        check_codec(Wrong())
"""
BODIES = {
    "raises": "return chunk_spec.prototype.buffer.from_bytes(chunk.to_bytes())",
    "raises with the input": 'raise KeyError(f"{len(chunk)} bytes")',
    "takes host memory": "return spec.prototype.buffer.from_array_like(np.frombuffer("
    "np.asarray(chunk.as_array_like()), dtype='B'))",
    "is wrong": "return spec.prototype.buffer.from_bytes(chunk.to_bytes()[::-1] + b'x')",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_output_is_the_message_and_the_frames_of_the_user(
    body: str, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(WRONG_LINE.replace("BODY", body))
    result = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "--backend=sim", "-k", "test_codec"
    )
    text = result.stdout.str()
    parts = re.split(
        r"^_{3,} .* _{3,}$", text.partition("short test summary")[0], flags=re.MULTILINE
    )[1:]
    assert parts
    for part in parts:
        assert len(part.splitlines()) < 40, part
        # No frame of ours or of zarr's: not their source, not their lines.
        assert not re.search(
            r"^\S*(zarr_devbuf|site-packages|asyncio)/\S*:\d+: ", part, re.MULTILINE
        )
    if body != BODIES["is wrong"]:
        assert "in work: " in text or ">       return" in text or ">       raise" in text


def test_one_cause_is_told_once(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(WRONG_LINE.replace("BODY", BODIES["raises"]))
    result = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "--backend=cpu,sim", "-rs", "-k", "test_codec and not passes"
    )
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] <= 2 * 2
    result.stdout.fnmatch_lines(["SKIPPED*fails for the same cause as check_round_trip: *"])


@pytest.mark.exhaustive
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
    result.assert_outcomes(passed=5, skipped=1)


@pytest.mark.exhaustive
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
    result.assert_outcomes(passed=3)


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
