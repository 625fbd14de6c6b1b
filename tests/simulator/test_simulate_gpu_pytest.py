"""``pytest --simulate-gpu``: the simulator replaces CuPy for a whole test run."""

from __future__ import annotations

import sys

import pytest

UNNEEDED = [f"-pno:{name}" for name in ("asyncio", "benchmark", "hypothesispytest", "zarr")]

CONFTEST = """
    import cupy

    def pytest_configure():
        print("conftest:", cupy)
"""

TEST = """
    import cupy
    import pytest
    import zarr
    from zarr.testing.utils import gpu_test
    from zarr_devbuf import get_backend

    def test_ours(backend, xp):
        assert backend.name == "gpu"
        assert xp is cupy
        assert "simulated" in repr(cupy)

    @pytest.mark.gpu
    def test_marked():
        assert cupy.asnumpy(cupy.arange(2)).tolist() == [0, 1]

    @gpu_test
    def test_zarrs():
        with zarr.config.enable_gpu():
            array = zarr.create_array({}, shape=(2,), dtype="i4", fill_value=3)
            assert isinstance(array[:], cupy.ndarray)
"""

HEADER = "*zarr-devbuf: backends: gpu*; the backend gpu is simulated"


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # As on a machine without a GPU.
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_it=TEST)


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(*UNNEEDED, *args)


def test_option(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--simulate-gpu", "--backend=gpu", "--require-backend", "-s")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*conftest: *simulated by zarr_devbuf*", HEADER])


@pytest.mark.exhaustive
def test_ini_value_and_workers_of_xdist(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ndevbuf_simulate_gpu = true\ndevbuf_backends = gpu\nmarkers = gpu")
    result = run(pytester, "-n2")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines([HEADER])


@pytest.mark.exhaustive
def test_option_and_workers_of_xdist(pytester: pytest.Pytester) -> None:
    run(pytester, "--simulate-gpu", "--backend=gpu", "-n2").assert_outcomes(passed=3)


@pytest.mark.exhaustive
def test_an_error_if_cupy_works(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(
        works="""
            from zarr_devbuf.gpu import GpuBackend

            GpuBackend.unavailable_reason = lambda self: None
            GpuBackend.device_names = lambda self: ("NVIDIA H200",)
        """
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    result = run(pytester, "-pworks", "--simulate-gpu")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--simulate-gpu: *NVIDIA H200*CUDA_VISIBLE_DEVICES= pytest*"])


def test_ends_with_the_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    # In this process, which continues afterwards.
    monkeypatch.setattr(
        "zarr_devbuf.simulator._replace.simulate._raise_if_cupy_works", lambda: None
    )
    before = sys.modules.get("cupy")
    pytester.makeconftest("")
    pytester.makepyfile(
        test_it="def test(): import cupy; assert 'simulated by zarr_devbuf' in repr(cupy)"
    )
    pytester.runpytest_inprocess(*UNNEEDED, "--simulate-gpu").assert_outcomes(passed=1)
    assert sys.modules.get("cupy") is before
    pytester.makeconftest("raise ZeroDivisionError")
    assert pytester.runpytest_inprocess(*UNNEEDED, "--simulate-gpu").ret != 0
    assert sys.modules.get("cupy") is before


def test_off_by_default(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("")
    pytester.makepyfile(
        test_it="def test(): import sys; assert 'simulated' not in repr(sys.modules.get('cupy'))"
    )
    result = run(pytester)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*simulated*")
