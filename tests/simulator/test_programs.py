"""The generation and comparison of programs that compare the simulator with CuPy.

The comparison itself needs CuPy and a device: ``tests/gpu/test_differential.py``.
"""

from __future__ import annotations

import os
import signal
import types
from typing import TYPE_CHECKING, Any

import pytest

import zarr_devbuf.simulator.cupy as simulated
from tests.gpu.differential.catalogue import SUBJECTS, names
from tests.gpu.differential.comparing import difference
from tests.gpu.differential.devices import PROGRAMS, observe
from tests.gpu.differential.exclusions import excluded
from tests.gpu.differential.in_child import in_child
from tests.gpu.differential.recorded_devices import RECORDED
from tests.gpu.differential.running import Program, run
from tests.gpu.differential.survey import Summary, _safely, compare, for_each
from zarr_devbuf.simulator import device_count, set_device_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOT_IMPLEMENTED_AT_MOST = 0.02
_MISTAKES = (NameError, SyntaxError, UnboundLocalError)
# `convolve` and `correlate` raise it for an unknown mode.
_MISTAKE_OF_CUPY = "cannot access local variable 'out_size'"


@pytest.mark.exhaustive
def test_every_operation_is_drawn_and_few_are_not_implemented() -> None:
    """On the simulator only: programs must be valid Python, and nearly all must be implemented."""
    drawn: set[tuple[str, str]] = set()
    mistakes: list[str] = []
    counts = {"run": 0, "not implemented": 0}

    def look(program: Program) -> None:
        drawn.add((program.subject, program.operation))
        if excluded(program):
            return
        result = run(program, simulated)
        counts["run"] += 1
        ours = "not implemented by the simulated GPU" in result.message
        counts["not implemented"] += result.error is NotImplementedError and ours
        cupys = _MISTAKE_OF_CUPY in result.message
        if result.error is not None and issubclass(result.error, _MISTAKES) and not cupys:
            mistakes.append(f"{program}\n{result.message}")

    for subject, table in SUBJECTS.items():
        for operation in table.operations:
            for_each(subject, operation, 1, 0, look)
    assert drawn == {(name, row) for name, table in SUBJECTS.items() for row in table.operations}
    assert len(drawn) > 1500
    assert len(names()) > 450
    assert not mistakes, "\n\n".join(mistakes)
    assert counts["not implemented"] < _NOT_IMPLEMENTED_AT_MOST * counts["run"], counts


def _broken(name: str, replacement: Callable[..., Any]) -> Any:
    """Return the simulator's ``cupy`` with one function replaced."""
    twin = types.ModuleType("broken")
    vars(twin).update(vars(simulated))
    setattr(twin, name, replacement)
    return twin


def test_a_difference_shrinks_to_a_small_program() -> None:
    twin = _broken("flip", lambda a, axis=None: a)
    with pytest.raises(AssertionError) as caught:
        compare(Summary(), simulated, "views", "xp.flip(a, <axis>)", count=200, twin=twin)
    report = "\n".join(line.strip() for line in str(caught.value).splitlines())
    # Three elements in C order, the first axis, and seed 0.
    assert "a = xp.asarray(data('i8', (3,), 0))\nr = xp.flip(a, None)" in report
    assert "layout is" in report


def test_a_failing_program_runs_as_it_is_printed() -> None:
    program = Program(
        "views", "xp.flip(a)", (("a", "xp.asarray(data('i8', (3,), 0))"),), "r = xp.flip(a)"
    )
    scope: dict[str, Any] = {}
    text = str(program).replace("import cupy as xp", "import zarr_devbuf.simulator.cupy as xp")
    exec(text, scope)
    assert scope["r"].shape == (3,)


def _outcomes(action: str, twin: Any) -> tuple[Program, Any, Any]:
    operands = (("a", "xp.asarray(data('f4', (2, 3), 1))"),)
    program = Program("any", action, operands, action)
    return program, run(program, twin), run(program, simulated)


@pytest.mark.parametrize(
    ("twin", "action", "expected"),
    [
        (_broken("sqrt", lambda a: simulated.sqrt(a) * 2), "r = xp.sqrt(a)", "values are"),
        (_broken("flip", lambda a: a.astype("f8")), "r = xp.flip(a)", "dtype is"),
        (_broken("flip", lambda a: a[:1]), "r = xp.flip(a)", "shape is"),
        (_broken("flip", lambda a: simulated.flip(a).copy()), "r = xp.flip(a)", "layout is"),
        (_broken("copy", lambda a: a), "r = xp.copy(a)", "shares is"),
        (_broken("copy", lambda a: a.get()), "r = xp.copy(a)", "kind is"),
        (_broken("copy", lambda a: int("x")), "r = xp.copy(a)", "simulated: ValueError"),
        (
            _broken("sin", lambda a: simulated.asarray(simulated.sin(a).get())),
            "r = xp.sin(a)",
            "transfers",
        ),
        (
            _broken("copy", lambda a: (a.copy(), a.fill(9))[0]),
            "r = xp.copy(a)",
            "operand 0 afterwards",
        ),
    ],
)
def test_every_kind_of_difference_is_found(twin: Any, action: str, expected: str) -> None:
    found = difference(*_outcomes(action, twin))
    assert found is not None
    assert expected in found
    program, ours, _ = _outcomes(action, simulated)
    assert difference(program, ours, ours) is None


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_programs_run_and_repeat(subject: str) -> None:
    summary = Summary()
    compare(summary, simulated, subject, count=20, always_the_same=True)
    assert summary.compared >= 10
    assert not summary.differing


@pytest.fixture
def two_devices() -> Iterator[None]:
    before = device_count()
    set_device_count(2)
    yield
    set_device_count(before)


@pytest.mark.usefixtures("two_devices")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_two_devices_without_peer_access_behave_as_with_cupy(program: str) -> None:
    assert observe(program, simulated) == RECORDED[program]


def test_every_line_that_is_recorded_is_compared() -> None:
    assert set(RECORDED) == set(PROGRAMS)
    assert sum("Peer access is unavailable" in text for text in RECORDED.values()) > 40


def test_seeds_draw_different_programs() -> None:
    def draw(chosen: int) -> list[str]:
        programs: list[Program] = []
        for_each("functions", "xp.roll(a, 1)", 3, chosen, programs.append)
        return [str(one) for one in programs]

    assert draw(1) == draw(1)
    assert not set(draw(1)) & set(draw(2))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_program_that_ends_its_process_differs() -> None:
    assert in_child(lambda: 3) == (3, 0)
    assert in_child(_die) == (None, -signal.SIGKILL)
    one = ("functions", "xp.roll(a, 1)")
    other = ("functions", "xp.kron(2, 3)")

    def run(operations: Any) -> Summary:
        if one in operations:
            _die()
        return Summary(5, {other})

    found = _safely(run, [one, other])
    assert (found.programs, found.operations) == (6, {one, other})
    ((program, text),) = found.differing
    assert (program.operation, text) == (one[1], "the process ended with -9")
