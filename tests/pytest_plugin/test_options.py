"""Options, ini values and the header line of the pytest plugin."""

from __future__ import annotations

import pytest

from zarr_devbuf import backend as registry

UNNEEDED = [f"-pno:{name}" for name in ("asyncio", "benchmark", "hypothesispytest", "zarr")]

# Two third-party backends, so that nothing depends on the devices of this machine.
CONFTEST = """
    from zarr_devbuf import cpu, register_backend

    class Here(type(cpu.BACKEND).__base__):
        xp = cpu.BACKEND.xp
        array_type = cpu.BACKEND.array_type
        TestNDArrayLike = cpu.TestNDArrayLike
        from_host = to_host = staticmethod(lambda array: array)

        def __init__(self, name, reason, devices=()):
            self.name, self.reason, self.devices = name, reason, devices

        def unavailable_reason(self):
            return self.reason

        def device_names(self):
            return self.devices

    register_backend(Here("near", None, ("Device A", "Device B")), replace=True)
    register_backend(Here("far", "its driver [1.0] is missing"), replace=True)
"""

TEST = "def test_it(backend): pass"


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the backends that an inner run registers in this process."""
    monkeypatch.setattr(registry, "_backends", dict(registry._backends))


@pytest.fixture(autouse=True)
def _project(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_it=TEST)


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-v", "-rs", *UNNEEDED, *args)


def header(result: pytest.RunResult) -> str:
    (line,) = [line for line in result.outlines if line.startswith("zarr-devbuf:")]
    return line.removeprefix("zarr-devbuf: ")


def test_default_is_cpu(pytester: pytest.Pytester) -> None:
    result = run(pytester)
    assert header(result) == "backends: cpu"
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*::test_it[[]cpu[]] PASSED*"])


@pytest.mark.parametrize("option", ["--devbuf-backend", "--backend"])
@pytest.mark.parametrize("value", ["near,cpu", " near , cpu ", "near,cpu,near", "near,,cpu,"])
def test_names_in_order(pytester: pytest.Pytester, option: str, value: str) -> None:
    result = run(pytester, f"{option}={value}")
    assert header(result) == "backends: near (Device A, Device B), cpu"
    result.stdout.fnmatch_lines(["*::test_it[[]near[]] PASSED*", "*::test_it[[]cpu[]] PASSED*"])


def test_all(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--backend=all")
    for name in registry.backend_names():
        result.stdout.fnmatch_lines([f"*::test_it[[]{name}[]] *"])
    assert {"cpu", "gpu", "near", "far"} <= set(registry.backend_names())


@pytest.mark.parametrize(
    "config",
    [
        ("pytest.ini", "[pytest]\ndevbuf_backends = near cpu\n"),
        ("pytest.ini", "[pytest]\ndevbuf_backends = near, cpu\n"),
        ("pytest.ini", "[pytest]\ndevbuf_backends =\n  near\n  cpu\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\ndevbuf_backends = ["near", "cpu"]\n'),
        ("pyproject.toml", '[tool.pytest.ini_options]\ndevbuf_backends = "near cpu"\n'),
    ],
    ids=["spaces", "commas", "lines", "toml-list", "toml-string"],
)
def test_ini(pytester: pytest.Pytester, config: tuple[str, str]) -> None:
    name, text = config
    (pytester.path / name).write_text(text)
    run(pytester).assert_outcomes(passed=2)
    # The command line replaces the ini value.
    result = run(pytester, "--backend=cpu")
    assert header(result) == "backends: cpu"
    result.assert_outcomes(passed=1)


def test_ini_override(pytester: pytest.Pytester) -> None:
    run(pytester, "-odevbuf_backends=near cpu").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    "args", [("--devbuf-backend=cpu,nope",), ("--backend", "nope"), ("-odevbuf_backends=nope",)]
)
def test_unknown_name(pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    result = run(pytester, *args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    known = ", ".join(registry.backend_names())
    result.stderr.fnmatch_lines(
        [f"ERROR: --devbuf-backend*devbuf_backends*named 'nope'; known names: {known}, and 'all'"]
    )


@pytest.mark.parametrize("args", ["--devbuf-backend=", "--backend=,", "-odevbuf_backends="])
def test_no_name(pytester: pytest.Pytester, args: str) -> None:
    result = run(pytester, args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: zarr-devbuf: no backend selected; *cpu, gpu*'all'"])


def test_registered_by_a_hook(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        f"""
        def pytest_configure():
            {CONFTEST.replace(chr(10), chr(10) + "        ")}
        """
    )
    result = run(pytester, "--backend=near")
    result.assert_outcomes(passed=1)


def test_unavailable_skips_with_the_reason(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--backend=far,cpu")
    assert header(result) == "backends: far (unavailable: its driver [1.0] is missing), cpu"
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED [[]1[]] test_it.py:1: its driver [[]1.0[]] is missing"])


def test_option_names_are_documented(pytester: pytest.Pytester) -> None:
    help_text = run(pytester, "--help").stdout.str()
    for name in ("--devbuf-backend=", "--devbuf-require-backend", "devbuf_backends", "--backend"):
        assert name in help_text


def test_markers_are_declared(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--markers", "--strict-markers")
    result.stdout.fnmatch_lines(
        ["@pytest.mark.gpu:*", "@pytest.mark.backends(*", "@pytest.mark.max_transfers(*"]
    )


def test_fixtures_are_documented(pytester: pytest.Pytester) -> None:
    text = run(pytester, "--fixtures", "-v").stdout.str()
    assert "no docstring available" not in text
    for name in ("backend", "xp", "prototype", "expecting_store", "transfer_log"):
        assert f"\n{name} " in text
