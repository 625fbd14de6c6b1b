"""``--require-backend``: a run that requires a GPU does not pass without one."""

from __future__ import annotations

import pytest

from zarr_devbuf import backend as registry

UNNEEDED = [f"-pno:{name}" for name in ("asyncio", "benchmark", "hypothesispytest", "zarr")]

CONFTEST = """
    from zarr_devbuf import cpu, register_backend

    class Far(type(cpu.BACKEND).__base__):
        name = "far"
        xp = array_type = TestNDArrayLike = None
        from_host = to_host = None

        def unavailable_reason(self):
            return "its driver is missing"

    register_backend(Far(), replace=True)
"""

MESSAGE = "--require-backend: backend 'far' is unavailable: its driver is missing"


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the backends that an inner run registers in this process."""
    monkeypatch.setattr(registry, "_backends", dict(registry._backends))


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        test_it="""
        import pytest

        def test_it(backend): pass

        def test_host(): pass

        @pytest.mark.parametrize("backend", ["far"], indirect=True)
        def test_far(backend): pass
        """
    )


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-v", *UNNEEDED, *args)


REQUIRE = pytest.mark.parametrize(
    "how", ["--require-backend", "--devbuf-require-backend", "-odevbuf_require_backend=true"]
)


@REQUIRE
@pytest.mark.parametrize("select", [(), ("-k", "test_host"), ("-k", "no_such_test")])
def test_unavailable_fails_the_run(
    pytester: pytest.Pytester, how: str, select: tuple[str, ...]
) -> None:
    result = run(pytester, "--backend=cpu,far", how, *select)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {MESSAGE}"])
    assert result.outlines == []


def test_several_unavailable(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST + CONFTEST.replace("far", "farther").replace("its", "another"))
    result = run(pytester, "--backend=far,farther", "--require-backend")
    result.stderr.fnmatch_lines([f"ERROR: {MESSAGE}", "*'farther'*another driver is missing"])


@REQUIRE
def test_available_passes(pytester: pytest.Pytester, how: str) -> None:
    result = run(pytester, "--backend=cpu", how, "-k", "not far")
    assert result.ret == 0
    result.assert_outcomes(passed=2, deselected=1)
    result.stdout.fnmatch_lines(["zarr-devbuf: backends: cpu; required"])


def test_not_required(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--backend=cpu,far")
    assert result.ret == 0
    result.assert_outcomes(passed=2, skipped=2)


def test_a_test_selects_another_backend(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--require-backend")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines([MESSAGE])
    result.stdout.no_fnmatch_line("*hidden*")


def test_collecting_needs_no_backend(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--backend=far", "--require-backend", "--collect-only")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*test_it[[]far[]]*"])


def test_real_gpu(pytester: pytest.Pytester) -> None:
    """The backend `gpu` itself, whether or not this machine has one."""
    result = run(pytester, "--backend=gpu", "--require-backend", "-k", "test_it")
    reason = registry.get_backend("gpu").unavailable_reason()
    if reason is None:
        result.assert_outcomes(passed=1, deselected=2)
    else:
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert f"backend 'gpu' is unavailable: {reason}" in result.stderr.str()
