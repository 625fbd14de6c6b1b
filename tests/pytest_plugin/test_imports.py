"""The pytest plugin imports no large package in a run that does not use it."""

from __future__ import annotations

import pytest

# Plugins that import numpy or zarr themselves, including that of zarr.
OTHERS = [f"-pno:{name}" for name in ("asyncio", "benchmark", "hypothesispytest", "xdist", "zarr")]

CONFTEST = """
    import sys

    def pytest_unconfigure():
        heavy = {"numpy", "zarr", "cupy"} & set(sys.modules)
        print("\\nloaded:", *sorted(heavy), ".")
"""


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        test_it="""
        import pytest

        def test_host(): pass

        @pytest.mark.max_transfers(d2h=0)
        def test_budget(): pass

        def test_backend(backend): pass
        """
    )


@pytest.mark.parametrize("args", [(), ("--backend=cpu",), ("--backend=cpu", "--require-backend")])
def test_unused(pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    # All are collected, so that parametrisation and markers are handled; one runs.
    result = pytester.runpytest_subprocess(*OTHERS, "-k", "test_host", *args)
    result.assert_outcomes(passed=1, deselected=2)
    result.stdout.fnmatch_lines(["zarr-devbuf: backends: cpu*", "loaded: ."])


@pytest.mark.exhaustive
def test_used(pytester: pytest.Pytester) -> None:
    """The test above can fail."""
    result = pytester.runpytest_subprocess(*OTHERS, "-k", "test_backend")
    result.assert_outcomes(passed=1, deselected=2)
    result.stdout.fnmatch_lines(["loaded: *numpy zarr ."])
