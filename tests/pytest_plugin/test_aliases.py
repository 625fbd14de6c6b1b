"""``--backend`` works unless another plugin or conftest has it, and never conflicts with theirs."""

from __future__ import annotations

from textwrap import dedent

import pytest

OURS = """
    def test_ours(backend):
        print(f"ran on <{backend.name}>")
"""

# A project that has an option of that name itself.
THEIRS = """
    def pytest_addoption(parser):
        parser.addoption("--backend", action="store", default="numpy")
"""

THEIR_TEST = """
    import pytest

    @pytest.fixture
    def array_library(request):
        return request.config.getoption("--backend")

    def test_theirs(array_library):
        print(f"theirs is <{array_library}>")
"""


def write(path: pytest.Pytester, files: dict[str, str]) -> None:
    for name, text in files.items():
        target = path.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text))


# Plugins that are not needed and take time to load.
UNNEEDED = [f"-pno:{name}" for name in ("asyncio", "benchmark", "hypothesispytest", "zarr")]


def run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    # The configuration selects gpu, so that a header with cpu shows that the option was used.
    return pytester.runpytest_inprocess("-s", "-odevbuf_backends=gpu", *UNNEEDED, *args)


def run_apart(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    """Run pytest in a new process, in which nothing has been imported before."""
    return pytester.runpytest_subprocess("-s", "-odevbuf_backends=gpu", *UNNEEDED, *args)


_MORE = pytest.mark.exhaustive


@pytest.mark.parametrize(
    "args",
    [
        ("--backend=cpu",),
        ("--backend", "cpu"),
        ("--backend", "cpu", "tests"),
        ("tests", "--backend", "cpu"),
        ("--backend=cpu", "--", "tests"),
        ("--devbuf-backend=cpu",),
        ("--devbuf-backend", "cpu", "tests"),
        ("--backend=gpu", "--backend=cpu"),
        ("--devbuf-backend=gpu", "--backend=cpu"),
    ],
    ids=" ".join,
)
def test_spelling(pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    write(pytester, {"tests/test_ours.py": OURS})
    result = run(pytester, *args)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["zarr-devbuf: backends: cpu", "*ran on <cpu>*"])
    result.assert_outcomes(passed=1)


def test_a_path_of_that_name(pytester: pytest.Pytester) -> None:
    write(pytester, {"--backend=far/test_ours.py": OURS})
    # pytest 9 rejects it, as it would without the plugin; earlier versions run it.
    result = pytester.runpytest_inprocess(*UNNEEDED, "--backend=cpu", "--", "--backend=far")
    assert "--devbuf-backend=far" not in result.stdout.str() + result.stderr.str()
    assert "--backend=far" in result.stdout.str() + result.stderr.str()


def test_addopts(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        {"pytest.ini": "[pytest]\naddopts = --backend=cpu\n", "tests/test_ours.py": OURS},
    )
    run(pytester).stdout.fnmatch_lines(["zarr-devbuf: backends: cpu"])
    run(pytester, "--backend=gpu").stdout.fnmatch_lines(["zarr-devbuf: backends: gpu*"])


def test_environment(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    write(pytester, {"tests/test_ours.py": OURS})
    monkeypatch.setenv("PYTEST_ADDOPTS", "--backend=cpu")
    run(pytester).stdout.fnmatch_lines(["zarr-devbuf: backends: cpu"])


def test_value_missing(pytester: pytest.Pytester) -> None:
    write(pytester, {"test_ours.py": OURS})
    result = run(pytester, "--backend")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*error: argument --devbuf-backend: expected one argument"])


def test_values_of_other_options_are_left_alone(pytester: pytest.Pytester) -> None:
    write(pytester, {"tests/test_ours.py": OURS})
    result = run(pytester, "-k", "test_ours and not --backend", "--backend=cpu")
    result.stdout.no_fnmatch_line("*devbuf-backend*")


def test_help_names_the_alias(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--help", "--backend=cpu")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*--devbuf-backend=NAME*", "*--backend is the same*"])


@pytest.mark.parametrize(
    "args", [pytest.param(("--backend=jax",), marks=_MORE), ("--backend", "jax")], ids=" ".join
)
def test_a_conftest_owns_it(pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    write(pytester, {"conftest.py": THEIRS, "test_theirs.py": THEIR_TEST})
    result = run_apart(pytester, *args, "--devbuf-backend=cpu")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["zarr-devbuf: backends: cpu", "*theirs is <jax>*"])
    result.stderr.no_fnmatch_line("*devbuf*")


def test_a_conftest_owns_it_and_it_is_not_given(pytester: pytest.Pytester) -> None:
    write(pytester, {"conftest.py": THEIRS, "test_theirs.py": THEIR_TEST})
    result = run(pytester)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["zarr-devbuf: backends: gpu*", "*theirs is <numpy>*"])


def test_a_conftest_has_a_flag_of_that_name(pytester: pytest.Pytester) -> None:
    # If their option takes no value, the next argument is a path, and must stay one.
    write(
        pytester,
        {
            "sub/conftest.py": """
                def pytest_addoption(parser):
                    parser.addoption("--backend", action="store_true")
            """,
            "sub/test_theirs.py": THEIR_TEST,
        },
    )
    result = run(pytester, "--backend", "sub")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*theirs is <True>*"])


def test_a_conftest_owns_only_the_other_alias(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        {
            "conftest.py": """
                def pytest_addoption(parser):
                    parser.addoption("--require-backend", default="no")
            """,
            "test_ours.py": OURS,
        },
    )
    result = run(pytester, "--backend=cpu", "--require-backend=yes")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["zarr-devbuf: backends: cpu"])


@pytest.mark.parametrize(
    "how",
    [
        "-p",
        pytest.param("addopts", marks=_MORE),
        pytest.param("PYTEST_PLUGINS", marks=_MORE),
        "conftest",
    ],
)
def test_a_plugin_owns_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    write(pytester, {"their_plugin.py": THEIRS, "test_theirs.py": THEIR_TEST})
    pytester.syspathinsert()
    args = ["--backend=jax", "--devbuf-backend=cpu"]
    match how:
        case "-p":
            args = ["-p", "their_plugin", *args]
        case "addopts":
            write(pytester, {"pytest.ini": "[pytest]\naddopts = -p their_plugin\n"})
        case "PYTEST_PLUGINS":
            monkeypatch.setenv("PYTEST_PLUGINS", "their_plugin")
        case "conftest":
            write(pytester, {"conftest.py": 'pytest_plugins = ["their_plugin"]\n'})
    result = run_apart(pytester, *args)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["zarr-devbuf: backends: cpu", "*theirs is <jax>*"])


def test_a_plugin_adds_it_late(pytester: pytest.Pytester) -> None:
    # As late as pytest allows: after all conftests have been loaded.
    late = """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_load_initial_conftests(parser):
            yield
            parser.addoption("--backend", default="numpy")
    """
    write(pytester, {"their_plugin.py": late, "test_theirs.py": THEIR_TEST})
    pytester.syspathinsert()
    result = run(pytester, "-p", "their_plugin", "--backend=jax")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*theirs is <jax>*"])


@pytest.mark.parametrize(
    "args", [pytest.param(("--backend=cpu",), marks=_MORE), ("--backend", "cpu")], ids=" ".join
)
def test_a_later_conftest_adds_it(pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    # pytest loads this conftest when it collects the folder, after options have been parsed.
    write(
        pytester,
        {
            "test_ours.py": OURS,
            "deep/down/conftest.py": THEIRS,
            "deep/down/test_theirs.py": THEIR_TEST,
        },
    )
    result = run_apart(pytester, *args)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*theirs is <numpy>*", "*ran on <cpu>*"])


@pytest.mark.parametrize(
    "args", [pytest.param(("--backend=cpu",), marks=_MORE), ("--backend", "cpu")], ids=" ".join
)
def test_testpaths_conftest_loads(pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    """The name after ``--backend`` is not a path, so `testpaths` and its conftests are used."""
    conftest = """
        def pytest_addoption(parser):
            parser.addoption("--their-level", type=int)
    """
    write(
        pytester,
        {
            "pytest.ini": "[pytest]\ntestpaths = package/checks\n",
            "package/checks/conftest.py": conftest,
            "package/checks/test_ours.py": OURS,
            "elsewhere/test_ours_too.py": OURS,
        },
    )
    result = run(pytester, *args, "--their-level=3")
    result.assert_outcomes(passed=1)


def test_testpaths_conftest_owns_it(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        {
            "pytest.ini": "[pytest]\ntestpaths = package/checks\n",
            "package/checks/conftest.py": THEIRS,
            "package/checks/test_theirs.py": THEIR_TEST,
        },
    )
    run(pytester, "--backend=jax").stdout.fnmatch_lines(["*theirs is <jax>*"])


def test_a_folder_has_a_backends_name(pytester: pytest.Pytester) -> None:
    write(pytester, {"gpu/test_folder.py": OURS, "cpu/test_folder_too.py": OURS})
    result = run(pytester, "--backend", "cpu")
    result.assert_outcomes(passed=2)


def test_plugin_switched_off(pytester: pytest.Pytester) -> None:
    write(pytester, {"test_plain.py": "def test_plain(): pass\n"})
    run(pytester, "-p", "no:zarr_devbuf").assert_outcomes(passed=1)
    result = run(pytester, "-p", "no:zarr_devbuf", "--backend=cpu")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_failing_conftest_is_reported_as_usual(pytester: pytest.Pytester) -> None:
    write(pytester, {"conftest.py": "raise ImportError('theirs is broken')\n"})
    result = run(pytester, "--backend=cpu")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*theirs is broken*"])
