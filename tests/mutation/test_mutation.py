"""The mutator itself; that it finds what the checks miss is for a person to read."""

from __future__ import annotations

import json
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.mutation.__main__ import run_mutant
from tests.mutation.baseline import Baseline
from tests.mutation.equivalent import EQUIVALENT, load_equivalent
from tests.mutation.find_mutants import find_mutants
from tests.mutation.plan import draw
from tests.mutation.report import diffs, summary
from tests.mutation.server import Server
from tests.mutation.targets import find_files, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mutation.mutant import Mutant


def zarr_package() -> Path:
    spec = find_spec("zarr")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def changes(source: str) -> set[tuple[str, str, str]]:
    return {(each.operator, each.before, each.after) for each in find_mutants("x.py", source)}


def function(body: str, head: str = "def f(x, y):") -> str:
    return f"{head}\n    {body}\n"


@pytest.mark.parametrize(
    ("source", "change"),
    [
        (function("return x < y"), ("comparison negated", "x < y", "(x >= y)")),
        (function("return x < y"), ("boundary shifted", "x < y", "(x <= y)")),
        (function("return x + y"), ("arithmetic swapped", "x + y", "(x - y)")),
        (function("x += y"), ("arithmetic swapped", "x += y", "x -= y")),
        (function("x += y"), ("statement deleted", "x += y", "pass")),
        (function("return x and y"), ("and/or swapped", "x and y", "(x or y)")),
        (function("return not x"), ("not dropped", "not x", "(x)")),
        (function("return -x"), ("sign dropped", "-x", "x")),
        (function("return f(1)"), ("constant changed", "1", "(0)")),
        (function("return f('little')"), ("constant changed", "'little'", "'big'")),
        (function("x = True"), ("constant changed", "True", "False")),
        (function("if x: pass"), ("condition forced", "x", "True")),
        (function("while x: pass"), ("condition forced", "x", "False")),
        (function("if x: y\n    else: x"), ("branches swapped", "x", "not (x)")),
        (function("return [z for z in x if z]"), ("condition forced", "z", "False")),
        (function("f(x, y)"), ("statement deleted", "f(x, y)", "pass")),
        (function("x.a = y"), ("statement deleted", "x.a = y", "pass")),
        (function("raise x"), ("statement deleted", "raise x", "pass")),
        (function("f(x, y)"), ("arguments swapped", "f(x, y)", "f(y, x)")),
        (function("f(x, y=1)"), ("keyword dropped", "f(x, y=1)", "f(x)")),
        (function("return x[y:]"), ("slice bound shifted", "y", "(y) + 1")),
        (function("return x[:y]"), ("slice bound shifted", ":y", "1:y")),
        (function("return x.copy()"), ("copy removed", "x.copy()", "x")),
        (function("return min(x, y)"), ("function swapped", "min", "max")),
        (function("return x"), ("return value changed", "x", "None")),
        (
            function("return x", "def f(x) -> bool:"),
            ("return value changed", "x", "not (x)"),
        ),
        ("def f(x=3): return x", ("default changed", "3", "4")),
        (function("for x in y: continue"), ("continue/break swapped", "continue", "break")),
        (
            "def f():\n    try: f()\n    except KeyError: pass",
            ("handler widened", "KeyError", "Exception"),
        ),
    ],
)
def test_operators(source: str, change: tuple[str, str, str]) -> None:
    assert change in changes(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    x = 1",
        "def f(x: Literal['C'] = None) -> Literal['F']: ...",
        "class A:\n    x: Literal['C']\n    def __repr__(self): return 'C' + 1",
        "def f(): raise ValueError('C', 1)",
        "def f():\n    assert 1 == 2",
        "def f():\n    warnings.warn('C', stacklevel=2)",
        "__all__ = ['C']",
    ],
)
def test_what_does_not_run_is_left_alone(source: str) -> None:
    left = {each for each in changes(source) if each[0] != "statement deleted"}
    assert not left


def test_only_the_place_changes() -> None:
    source = 'x = "é"\n\n\ndef f(a):\n    return (a <  # why\n            2)\n'
    (mutant,) = [m for m in find_mutants("x.py", source) if m.operator == "boundary shifted"]
    assert mutant.apply(source).startswith('x = "é"\n\n\ndef f(a):\n    return (')
    assert "(a <= 2)" in mutant.apply(source)
    assert mutant.is_valid(source)


def test_ids_are_stable_and_unique() -> None:
    body = "def f(x):\n    if x < 1:\n        return x < 1\n    return x < 1\n"
    before = find_mutants("x.py", body)
    after = find_mutants("x.py", f"import os\n\n\n{body}")
    assert [each.id for each in before] == [each.id for each in after]
    assert len({each.id for each in before}) == len(before)
    assert [type(each).from_dict(json.loads(json.dumps(each.to_dict()))) for each in before] == (
        before
    )


def test_each_target_is_there() -> None:
    files = find_files(zarr_package())
    assert "core/indexing.py" in files
    assert "codecs/sharding.py" in files
    assert target_of("core/group.py") is None


def baseline_of(*rows: tuple[str, str, str, str, dict[str, list[int]]]) -> Baseline:
    return Baseline(
        zarr_package(),
        [{"step": (*row[:4], 0.1), "status": "passed", "lines": row[4]} for row in rows],
        {},
    )


FILE = "storage/_memory.py"


def memory_mutants() -> list[Mutant]:
    return find_mutants(FILE, (zarr_package() / FILE).read_text(encoding="utf-8"))


def test_the_seed_decides() -> None:
    mutants = memory_mutants()
    every = list(range(1, 1000))
    baseline = baseline_of(("store", "MemoryStore", "cpu", "check_clear", {FILE: every}))

    def drawn(mutants: list[Mutant], seed: int, *excluded: str) -> list[Mutant]:
        return list(islice(draw(mutants, baseline, seed, excluded), 20))

    some = drawn(mutants, 1)
    assert some == drawn(mutants[::-1], 1)
    assert some != drawn(mutants, 2)
    assert len({each.line for each in some}) == 20
    assert some[0] not in drawn(mutants, 1, some[0].id)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    pair = Server(warm=True), Server(warm=False)
    yield pair
    for server in pair:
        server.close()


def find(operator: str, function: str, before: str) -> Mutant:
    return next(
        each
        for each in memory_mutants()
        if (each.operator, each.function, each.before) == (operator, function, before)
    )


def run(mutant: Mutant, servers: tuple[Server, Server], imported: bool) -> dict[str, Any]:
    every = {FILE: list(range(1, 1000))}
    baseline = Baseline(
        zarr_package(),
        [
            {
                "step": ("store", "MemoryStore", "cpu", f"check_{check}", 0.1),
                "status": "passed",
                "lines": every,
            }
            for check in CHECKS
        ],
        every if imported else {},
    )
    return run_mutant(mutant, baseline, *servers)


# The names of the checks of stores change; any of them notices a store that cannot be written.
CHECKS: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _names_of_checks() -> None:
    from zarr_devbuf.checks import list_checks

    CHECKS[:] = [each.short_name for each in list_checks("store")]


@pytest.mark.exhaustive
@pytest.mark.xdist_group("mutation")
@pytest.mark.parametrize("imported", [False, True])
def test_a_mutant_is_noticed(servers: tuple[Server, Server], imported: bool) -> None:
    mutant = find("statement deleted", "MemoryStore.delete", "del self._store_dict[key]")
    row = run(mutant, servers, imported)
    assert row["status"] == "noticed", row
    assert "MemoryStore on cpu: failed" in row["by"]
    assert row["kind"] == "store"


@pytest.mark.exhaustive
@pytest.mark.xdist_group("mutation")
def test_a_trivial_mutant(servers: tuple[Server, Server]) -> None:
    mutant = next(
        each
        for each in memory_mutants()
        if each.operator == "statement deleted" and each.before.startswith("self._store_dict = ")
    )
    row = run(mutant, servers, False)
    assert row["status"] == "trivial", row
    assert "_store_dict" in row["by"]


def test_the_figures() -> None:
    mutant = memory_mutants()[0]
    rows = [
        {**mutant.to_dict(), "status": status, "kind": "store", "seconds": 1.0, "checks": 3}
        | {"failing": 0}
        for status in ("noticed", "timeout", "noticed", "missed", "trivial", "error")
    ]
    text = summary(rows)
    assert "all                                 3 of    4  75%" in text
    assert "trivial 1" in text
    assert diffs(rows, zarr_package()).count("+++ zarr/storage/_memory.py") == 1


def test_equivalent_mutants_have_reasons(tmp_path: Path) -> None:
    load_equivalent(EQUIVALENT)
    path = tmp_path / "equivalent.toml"
    path.write_text('[[equivalent]]\nid = "a"\n')
    with pytest.raises(ValueError, match="expected one id and its reason"):
        load_equivalent(path)
