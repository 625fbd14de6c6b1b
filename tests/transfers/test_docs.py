"""The examples of docs/transfers.md run, and print the documented output."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "transfers.md"
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
RECORD, IMPLICIT, GUARD, BUDGET = range(4)


@pytest.fixture
def printed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> str:
    """Run an example as a program, and return its output, its log and its error."""
    monkeypatch.chdir(tmp_path)
    code, _ = EXAMPLES[request.param]
    file = tmp_path / {GUARD: "guard.py", BUDGET: "budget.py"}.get(request.param, "example.py")
    end = ""
    with caplog.at_level(logging.WARNING):
        try:
            exec(compile(code, file, "exec"), {"__name__": "__main__"})
        except Exception as error:
            end = f"{type(error).__module__}.{type(error).__name__}: {error}\n"
    logged = "".join(f"{record.getMessage()}\n" for record in caplog.records)
    return capsys.readouterr().out + logged + end


def test_all_examples_are_found() -> None:
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize("printed", [GUARD, BUDGET], indirect=True)
def test_what_they_print(printed: str) -> None:
    assert printed in [text for _, text in EXAMPLES]


# The lines of zarr that cause transfers, and the compressed sizes, differ between versions.


@pytest.mark.parametrize("printed", [RECORD], indirect=True)
def test_record_prints_the_same_counts(printed: str) -> None:
    documented = EXAMPLES[RECORD][1]
    for text in (printed, documented):
        assert text.startswith("Traffic(count=12, nbytes=")
        assert text.splitlines()[1].startswith("8 ")
        assert text.splitlines()[2] == "0"
        assert text.splitlines()[-1].startswith("device→host: 12 (")


@pytest.mark.parametrize("printed", [IMPLICIT], indirect=True)
def test_implicit_prints_the_same_sums(printed: str) -> None:
    assert printed.splitlines()[-1] == EXAMPLES[IMPLICIT][1].splitlines()[-1]
