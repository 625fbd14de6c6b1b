"""``python -m zarr_devbuf.simulator``: programs run as with python, but with a simulated GPU."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

type Done = subprocess.CompletedProcess[str]

# `--force`, because CuPy may have a device on this machine.
OURS = ("-m", "zarr_devbuf.simulator", "--force")

PROGRAM = """
import os, pickle, sys
import cupy
print("simulated" in repr(cupy), __name__, sys.argv, os.path.realpath(sys.path[0] or "."))
class Own: pass
print(type(pickle.loads(pickle.dumps(Own()))) is Own)
if "fail" in sys.argv: 1 / 0
if "exit" in sys.argv: sys.exit(3)
if "say" in sys.argv: sys.exit("no")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "program.py").write_text(PROGRAM)
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("from . import other\n" + PROGRAM)
    (package / "other.py").write_text("")
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "script.py").write_text("import beside\n" + PROGRAM)
    (scripts / "beside.py").write_text("")
    return tmp_path


def python(folder: Path, *arguments: str) -> Done:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ("program.py", "--help", "-m", "x"),
        pytest.param(("scripts/script.py", "fail"), marks=pytest.mark.exhaustive),
        ("-m", "package", "--help"),
        pytest.param(("-m", "package", "fail"), marks=pytest.mark.exhaustive),
        pytest.param(("-m", "program", "exit"), marks=pytest.mark.exhaustive),
        pytest.param(("program.py", "say"), marks=pytest.mark.exhaustive),
    ],
    ids=" ".join,
)
def test_as_python_does(folder: Path, command: tuple[str, ...]) -> None:
    # Compare with python, with an empty module as `cupy`.
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import sys, types; sys.modules['cupy'] = types.ModuleType('simulated')"
    )
    plain = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    ours = python(folder, *OURS, *command)
    assert ours.stdout == plain.stdout
    assert ours.stdout.startswith("True __main__")
    assert ours.returncode == plain.returncode
    # With -m, python shows two frames of its own, which are not needed.
    expected = [line for line in plain.stderr.splitlines() if "<frozen runpy>" not in line]
    assert ours.stderr.splitlines() == expected


def test_code(folder: Path) -> None:
    ours = python(folder, *OURS, "-c", PROGRAM, "a", "--help")
    lines = ours.stdout.splitlines()
    assert lines == [f"True __main__ ['-c', 'a', '--help'] {folder.resolve()}", "True"]
    assert (ours.returncode, ours.stderr) == (0, "")


@pytest.mark.exhaustive
def test_a_syntax_error(folder: Path) -> None:
    ours = python(folder, *OURS, "-c", "def f(")
    plain = python(folder, "-c", "def f(")
    assert (ours.returncode, ours.stderr) == (plain.returncode, plain.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            (), "expected a script, -m and a module, or -c and code", marks=pytest.mark.exhaustive
        ),
        pytest.param(("-m",), "expected a script", marks=pytest.mark.exhaustive),
        (("no_such.py",), "no_such.py"),
        pytest.param(("-m", "no_such"), "No module named no_such", marks=pytest.mark.exhaustive),
        (("--devices", "-1", "-c", ""), "must not be negative"),
        pytest.param(
            ("--devices", "x", "-c", ""), "invalid int value", marks=pytest.mark.exhaustive
        ),
    ],
)
def test_wrong_use(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    done = python(folder, *OURS, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.exhaustive
def test_an_import_error_of_the_program_has_its_traceback(folder: Path) -> None:
    (folder / "broken.py").write_text("import no_such\n")
    done = python(folder, *OURS, "broken.py")
    assert done.returncode == 1
    assert 'broken.py", line 1' in done.stderr
    assert "runpy" not in done.stderr
    assert "zarr_devbuf" not in done.stderr


@pytest.mark.exhaustive
def test_help(folder: Path) -> None:
    done = python(folder, *OURS, "--help")
    assert done.returncode == 0
    assert "--devices N" in done.stdout


def test_devices_and_memory(folder: Path) -> None:
    code = """
import cupy
print(cupy.cuda.runtime.getDeviceCount())
for number in range(2):
    with cupy.cuda.Device(number):
        cupy.zeros(100)
        try:
            cupy.zeros(10_000)
        except cupy.cuda.memory.OutOfMemoryError as error:
            print(type(error).__name__)
"""
    done = python(folder, *OURS, "--devices", "2", "--memory", "4096", "-c", code)
    assert done.stdout.split() == ["2", "OutOfMemoryError", "OutOfMemoryError"], done.stderr


@pytest.mark.exhaustive
def test_until_the_process_ends(folder: Path) -> None:
    code = """
import atexit, sys, threading, time
def last():
    import cupy
    print(cupy)
def later():
    time.sleep(0.2)
    import cupy
    print(cupy)
atexit.register(last)
threading.Thread(target=later).start()
"""
    done = python(folder, *OURS, "-c", code)
    assert done.stdout.count("simulated by zarr_devbuf") == 2, done.stderr
