"""The markers `backends`, `gpu` and `max_transfers`."""

from __future__ import annotations

from textwrap import dedent

import pytest

from zarr_devbuf import backend as registry

UNNEEDED = [f"-pno:{name}" for name in ("asyncio", "benchmark", "hypothesispytest", "zarr")]

# A second backend that works everywhere, and a fake GPU, which the environment makes unavailable.
CONFTEST = """
    import os
    from zarr_devbuf import cpu, register_backend

    class Near(type(cpu.BACKEND).__base__):
        xp = cpu.BACKEND.xp
        array_type = cpu.BACKEND.array_type
        TestNDArrayLike = cpu.TestNDArrayLike
        from_host = to_host = staticmethod(lambda array: array)

        def __init__(self, name, reason=None):
            self.name, self.reason = name, reason

        def unavailable_reason(self):
            return self.reason

    register_backend(Near("near"), replace=True)
    register_backend(Near("gpu", os.environ.get("GPU_IS_MISSING")), replace=True)
"""


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the backends that an inner run registers in this process."""
    monkeypatch.setattr(registry, "_backends", dict(registry._backends))


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-v", "-rs", "--strict-markers", *UNNEEDED, *args)


def names(result: pytest.RunResult) -> list[str]:
    """Return the tests that passed, without the name of the file."""
    lines = [line.split()[0] for line in result.outlines if "::" in line and "PASSED" in line]
    return [line.split("::", 1)[1] for line in lines]


class TestBackends:
    def test_narrows_the_choice(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import pytest

            @pytest.mark.backends("near", "gpu")
            def test_two(backend): pass

            @pytest.mark.backends("near")
            class TestClass:
                def test_one(self, xp): pass

                @pytest.mark.backends("cpu", "near")
                def test_both(self, backend): pass
            """
        )
        assert names(run(pytester, "--backend=cpu,near")) == [
            "test_two[near]",
            "TestClass::test_one[near]",
            "TestClass::test_both[near]",
        ]

    def test_nothing_left(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import pytest

            @pytest.mark.backends("near", "gpu")
            def test_it(backend):
                raise RuntimeError("must not run")
            """
        )
        result = run(pytester)
        result.assert_outcomes(skipped=1)
        reason = "marked for the backends near, gpu; this run has selected cpu (--devbuf-backend)"
        result.stdout.fnmatch_lines([f"SKIPPED * {reason}"])

    def test_markers_exclude_each_other(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import pytest

            @pytest.mark.backends("near")
            @pytest.mark.backends("cpu")
            def test_it(backend): pass
            """
        )
        result = run(pytester, "--backend=cpu,near")
        result.assert_outcomes(skipped=1)
        result.stdout.fnmatch_lines(["SKIPPED * marked for no backend in common*"])

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                '"cpu", "nope"',
                "no zarr-devbuf backend is named 'nope'; known names: cpu, gpu, *near",
            ),
            ('["cpu"]', "no zarr-devbuf backend is named [[]'cpu'[]]; known names: cpu*"),
            ("", "expected names of backends"),
            ('name="cpu"', "expected names of backends"),
        ],
    )
    def test_wrong(self, pytester: pytest.Pytester, arguments: str, message: str) -> None:
        pytester.makepyfile(
            test_it=f"""
            import pytest

            @pytest.mark.backends({arguments})
            def test_marked(backend): pass
            """
        )
        result = run(pytester)
        assert result.ret == pytest.ExitCode.INTERRUPTED
        result.stdout.fnmatch_lines(
            [f"test_it.py::test_marked: @pytest.mark.backends(*): {message}"]
        )
        result.stdout.no_fnmatch_line("*During handling*")
        result.stdout.no_fnmatch_line("*hidden*")

    def test_of_another_project(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import pytest

            @pytest.mark.backends("jax", 3, when="now")
            def test_it(request):
                assert request.node.get_closest_marker("backends").args == ("jax", 3)
            """
        )
        run(pytester).assert_outcomes(passed=1)


class TestGpu:
    TEST = """
        import pytest

        @pytest.fixture
        def costly():
            print("costly set up")

        @pytest.mark.gpu
        def test_it(costly): pass

        @pytest.mark.gpu
        def test_too(backend): pass

        def test_host(): pass
    """

    def test_runs(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(self.TEST)
        run(pytester).assert_outcomes(passed=3)

    def test_skips(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GPU_IS_MISSING", "it was [un]plugged")
        pytester.makepyfile(test_it=self.TEST)
        result = run(pytester, "-s")
        result.assert_outcomes(passed=1, skipped=2)
        for line in (7, 10):
            result.stdout.fnmatch_lines(
                [f"SKIPPED [[]1[]] test_it.py:{line}: it was [[]un[]]plugged"]
            )
        result.stdout.no_fnmatch_line("*costly set up*")

    @pytest.mark.parametrize("how", ["--require-backend", "-odevbuf_require_backend=true"])
    def test_fails_if_required(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, how: str
    ) -> None:
        monkeypatch.setenv("GPU_IS_MISSING", "it was [un]plugged")
        pytester.makepyfile(self.TEST)
        result = run(pytester, how)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.assert_outcomes(passed=1, errors=2)
        result.stdout.fnmatch_lines(
            ["--require-backend: backend 'gpu' is unavailable: it was [[]un[]]plugged"]
        )

    def test_a_plugins_gpu_marker_changes_nothing(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # zarr's pytest plugin declares one in every project that has zarr installed.
        monkeypatch.setenv("GPU_IS_MISSING", "it was [un]plugged")
        pytester.makepyfile(
            their_plugin="""
                def pytest_configure(config):
                    config.addinivalue_line("markers", "gpu: mark a test as requiring a GPU")
            """
        )
        pytester.syspathinsert()
        pytester.makepyfile(self.TEST)
        run(pytester, "-p", "their_plugin").assert_outcomes(passed=1, skipped=2)

    def test_a_projects_own_gpu_marker_is_left_to_the_project(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # zarr-python declares one, and has tests under it that need no GPU.
        monkeypatch.setenv("GPU_IS_MISSING", "it was [un]plugged")
        pytester.makeini("[pytest]\nmarkers =\n    gpu: mark a test as requiring CuPy and GPU\n")
        pytester.makepyfile(self.TEST)
        result = run(pytester, "-m", "gpu")
        result.assert_outcomes(passed=2, deselected=1)


class TestMaxTransfers:
    TEST = """
        import threading
        import pytest
        from zarr_devbuf.transfers import explicit_transfers, record, record_transfers

        @pytest.fixture
        def uploaded():
            record("h2d", 1000, explicit=True)
            yield
            record("d2h", 1000, explicit=True)

        MARK

        def test_it(uploaded):
            record("d2h", 3, explicit=True)
            thread = threading.Thread(target=record, args=("d2h", 4), kwargs={"explicit": False})
            thread.start()
            thread.join()
            record("h2d", 8, explicit=True)
    """

    def run(self, pytester: pytest.Pytester, decorators: str) -> pytest.RunResult:
        text = dedent(self.TEST).replace("MARK\n", decorators)
        pytester.makepyfile(test_it=text)
        return run(pytester)

    @pytest.mark.parametrize(
        "limits", ["d2h=2", "h2d=1", "nbytes=15", "d2h=2, h2d=1, nbytes=15", "d2h=9"]
    )
    def test_within(self, pytester: pytest.Pytester, limits: str) -> None:
        self.run(pytester, f"@pytest.mark.max_transfers({limits})").assert_outcomes(passed=1)

    @pytest.mark.parametrize(
        ("limits", "passing"),
        [
            ("d2h=1", "d2h=2"),
            ("d2h=0", "d2h=2"),
            ("h2d=0", "h2d=1"),
            ("nbytes=14", "nbytes=15"),
            ("d2h=9, h2d=0", "d2h=9, h2d=1"),
        ],
    )
    def test_exceeded(self, pytester: pytest.Pytester, limits: str, passing: str) -> None:
        result = self.run(pytester, f"@pytest.mark.max_transfers({limits})")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            [
                "test_it.py::test_it: transfer budget exceeded (*)",
                "*device→host*3*explicit*test_it.py:*",
                f"*would pass: {passing}",
            ]
        )
        result.stdout.no_fnmatch_line("*markers.py*")
        result.stdout.no_fnmatch_line("*During handling*")
        result.stdout.no_fnmatch_line("*hidden*")

    def test_closest_counts_for_each_limit(self, pytester: pytest.Pytester) -> None:
        result = self.run(
            pytester,
            "pytestmark = pytest.mark.max_transfers(d2h=0, h2d=0)\n"
            "@pytest.mark.max_transfers(d2h=2)",
        )
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*(h2d: 1 > 0)"])

    def test_a_failure_of_the_test_comes_first(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import pytest
            from zarr_devbuf.transfers import record

            @pytest.mark.max_transfers(d2h=0)
            def test_it():
                record("d2h", 3, explicit=True)
                assert not "a failure of its own"

            @pytest.mark.max_transfers(d2h=0)
            def test_skipped():
                record("d2h", 3, explicit=True)
                pytest.skip("for a reason of its own")
            """
        )
        result = run(pytester)
        result.assert_outcomes(failed=1, skipped=1)
        result.stdout.fnmatch_lines(["*a failure of its own*"])
        result.stdout.no_fnmatch_line("*budget*")

    def test_other_plugins_do_not_count(self, pytester: pytest.Pytester) -> None:
        pytester.makeconftest(
            """
            import pytest
            from zarr_devbuf.transfers import record

            @pytest.hookimpl(wrapper=True)
            def pytest_runtest_call():
                record("h2d", 1, explicit=True)
                result = yield
                record("h2d", 1, explicit=True)
                return result
            """
        )
        limits = "d2h=2, h2d=1"
        self.run(pytester, f"@pytest.mark.max_transfers({limits})").assert_outcomes(passed=1)

    def test_expected_failure(self, pytester: pytest.Pytester) -> None:
        result = self.run(
            pytester, "@pytest.mark.xfail(strict=True)\n@pytest.mark.max_transfers(d2h=0)"
        )
        result.assert_outcomes(xfailed=1)

    @pytest.mark.parametrize(
        "arguments",
        ["", "1", "d2h=-1", "d2h=1.5", "d2h=True", "d2h='1'", "d2h=None", "both=1", "0, h2d=0"],
    )
    def test_wrong(self, pytester: pytest.Pytester, arguments: str) -> None:
        result = self.run(pytester, f"@pytest.mark.max_transfers({arguments})")
        assert result.ret == pytest.ExitCode.INTERRUPTED
        usage = "expected one or more of d2h=, h2d=, nbytes= with a non-negative integer"
        result.stdout.fnmatch_lines(
            [f"test_it.py::test_it: @pytest.mark.max_transfers({arguments}): {usage}"]
        )

    def test_wrong_on_a_parameter(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            """
            import pytest

            @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.max_transfers(9))])
            def test_it(n): pass
            """
        )
        result = run(pytester)
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*test_it[[]1[]]: @pytest.mark.max_transfers(9): expected*"])
