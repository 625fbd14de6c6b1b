"""The pytest plugin with pytest-xdist: each worker uses its own GPU; failures are reported."""

from __future__ import annotations

import os

import pytest

from pytest_zarr_devbuf import devices

UNNEEDED = [f"-pno:{name}" for name in ("asyncio", "benchmark", "hypothesispytest", "zarr")]

DEVICES = """
    import os

    visible_to_conftest = os.environ.get("CUDA_VISIBLE_DEVICES")
"""

FAR = """
    def pytest_configure():
        from zarr_devbuf import cpu, register_backend

        class Far(type(cpu.BACKEND).__base__):
            name = "far"
            xp = array_type = TestNDArrayLike = None
            from_host = to_host = None

            def unavailable_reason(self):
                return "its driver is missing"

        register_backend(Far())
"""

# `--dist=each` runs every test on every worker.
VISIBLE = """
    import os
    import pytest
    from conftest import visible_to_conftest

    def test_it(worker_id, pytestconfig):
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        with open(f"{pytestconfig.rootpath}/{worker_id}", "w") as file:
            print(visible_to_conftest, visible, file=file)
"""


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(*UNNEEDED, *args)


def seen(pytester: pytest.Pytester) -> dict[str, str]:
    """Return the devices that the conftest and the test of each worker have seen."""
    return {path.name: path.read_text().strip() for path in pytester.path.glob("gw*")}


class TestDevices:
    @pytest.mark.parametrize(
        ("args", "expected"),
        [
            (("--backend=gpu",), {"gw0": "4,GPU-5 4,GPU-5", "gw1": "GPU-5,4 GPU-5,4"}),
            (("--devbuf-backend", "cpu,far"), {"gw0": "4,GPU-5 4,GPU-5", "gw1": "GPU-5,4 GPU-5,4"}),
            (("--backend=cpu",), {"gw0": "4,GPU-5 4,GPU-5", "gw1": "4,GPU-5 4,GPU-5"}),
        ],
        ids=["gpu", "third-party", "cpu"],
    )
    def test_workers(
        self,
        pytester: pytest.Pytester,
        monkeypatch: pytest.MonkeyPatch,
        args: tuple[str, ...],
        expected: dict[str, str],
    ) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,GPU-5")
        monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
        pytester.makeconftest(DEVICES + FAR if "far" in args[-1] else DEVICES)
        pytester.makepyfile(test_it=VISIBLE)
        result = run(pytester, "--dist=each", "--tx=2*popen", *args)
        assert result.ret == 0, result.outlines
        assert seen(pytester) == expected

    @pytest.mark.exhaustive
    def test_alias_of_another_project(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a project that has its own ``--backend=gpu``, the devices do not change."""
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
        monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
        pytester.makeconftest(
            """
            visible_to_conftest = None

            def pytest_addoption(parser):
                parser.addoption("--backend", choices=["gpu"])
            """
        )
        pytester.makepyfile(test_it=VISIBLE)
        result = run(pytester, "--dist=each", "--tx=2*popen", "--backend=gpu")
        assert result.ret == 0, result.outlines
        assert seen(pytester) == {"gw0": "None 4,5", "gw1": "None 4,5"}

    @pytest.mark.exhaustive
    def test_not_without_xdist(
        self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")
        monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
        pytester.makepyfile(
            """
            import os

            def test_it():
                assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,5"
            """
        )
        run(pytester, "-pno:xdist", "--backend=gpu").assert_outcomes(passed=1)


class TestRotation:
    @pytest.mark.parametrize(
        ("visible", "worker", "expected"),
        [
            ("0,1,2", "gw0", "0,1,2"),
            ("0,1,2", "gw1", "1,2,0"),
            ("0,1,2", "gw5", "2,0,1"),
            ("GPU-a, MIG-b", "gw1", "MIG-b,GPU-a"),
            ("3,1,-1,2", "gw1", "1,3"),
            ("3", "gw1", "3"),
            ("", "gw1", ""),
            ("-1", "gw1", "-1"),
            ("0,1", "main", "0,1"),
            ("0,1", None, "0,1"),
        ],
    )
    def test_list(
        self, monkeypatch: pytest.MonkeyPatch, visible: str, worker: str | None, expected: str
    ) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
        if worker is not None:
            monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        rotation = devices.rotate_devices()
        assert os.environ["CUDA_VISIBLE_DEVICES"] == expected
        if rotation is not None:
            rotation.undo()
        assert os.environ["CUDA_VISIBLE_DEVICES"] == visible

    @pytest.mark.parametrize(("count", "expected"), [(0, None), (1, None), (3, "2,0,1")])
    def test_no_list(
        self, monkeypatch: pytest.MonkeyPatch, count: int, expected: str | None
    ) -> None:
        monkeypatch.setattr(devices, "_device_count", lambda: count)
        monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw2")
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "deleted below, and restored at the end")
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
        rotation = devices.rotate_devices()
        assert os.environ.get("CUDA_VISIBLE_DEVICES") == expected
        if rotation is not None:
            rotation.undo()
        assert "CUDA_VISIBLE_DEVICES" not in os.environ

    def test_undo_does_not_change_a_new_value(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
        rotation = devices.rotate_devices()
        assert rotation is not None
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
        rotation.undo()
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "7"

    def test_counting_needs_no_driver(self) -> None:
        assert devices._device_count() >= 0

    @pytest.mark.parametrize(
        ("status", "expected"), [({}, 4), ({"init": 999}, 0), ({"count": 999}, 0)]
    )
    def test_counting(
        self, monkeypatch: pytest.MonkeyPatch, status: dict[str, int], expected: int
    ) -> None:
        calls = []

        class Library:
            """A fake of NVIDIA's management library."""

            def __init__(self, name: str) -> None:
                assert "nv" in name

            def nvmlInit_v2(self) -> int:
                return status.get("init", 0)

            def nvmlDeviceGetCount_v2(self, count: object) -> int:
                count._obj.value = 4  # type: ignore[attr-defined]
                return status.get("count", 0)

            def nvmlShutdown(self) -> int:
                calls.append("shutdown")
                return 0

        monkeypatch.setattr("ctypes.CDLL", Library)
        assert devices._device_count() == expected
        assert calls == ([] if "init" in status else ["shutdown"])

    def test_counting_without_functions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ctypes.CDLL", lambda _: object())
        assert devices._device_count() == 0


class TestRequire:
    MESSAGE = "*--require-backend: backend 'far' is unavailable: its driver is missing"

    @pytest.fixture(autouse=True)
    def _project(self, pytester: pytest.Pytester) -> None:
        pytester.makeconftest(FAR)
        pytester.makepyfile(
            """
            def test_it(backend): pass
            def test_host(): pass
            """
        )

    @pytest.mark.exhaustive
    def test_skips(self, pytester: pytest.Pytester) -> None:
        result = run(pytester, "-n1", "--backend=cpu,far", "-rs")
        assert result.ret == 0
        result.assert_outcomes(passed=2, skipped=1)
        # The controller has not tested whether it is available.
        result.stdout.fnmatch_lines(["zarr-devbuf: backends: cpu, far"])
        result.stdout.fnmatch_lines(["SKIPPED * its driver is missing"])

    def test_fails(self, pytester: pytest.Pytester) -> None:
        result = run(pytester, "-n1", "--backend=cpu,far", "--require-backend")
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.assert_outcomes(passed=2, errors=1)
        result.stdout.fnmatch_lines([self.MESSAGE, "ERROR: " + self.MESSAGE[1:]])

    @pytest.mark.exhaustive
    def test_fails_even_if_no_test_uses_it(self, pytester: pytest.Pytester) -> None:
        result = run(pytester, "-n1", "--backend=far", "--require-backend", "-k", "test_host")
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["ERROR: " + self.MESSAGE[1:]])

    @pytest.mark.exhaustive
    def test_passes(self, pytester: pytest.Pytester) -> None:
        result = run(pytester, "-n1", "--backend=cpu", "--require-backend")
        assert result.ret == 0
        result.assert_outcomes(passed=2)

    @pytest.mark.exhaustive
    def test_wrong_marker_is_reported(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(
            test_wrong="""
            import pytest

            @pytest.mark.backends("nope")
            def test_it(backend): pass
            """
        )
        result = run(pytester, "-n1")
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(["test_wrong.py::test_it: @pytest.mark.backends('nope'): *"])

    @pytest.mark.exhaustive
    def test_unknown_name(self, pytester: pytest.Pytester) -> None:
        result = run(pytester, "-n1", "--backend=nope")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: *'nope'; known names: cpu, gpu*"])
