"""The words of the glossary: one term for each idea, in all that a user can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("zarr_devbuf", "pytest_zarr_devbuf", "docs", "examples", "README.md", "CONTRIBUTING.md")
SUFFIXES = {".py", ".md", ".html", ".js", ".json", ".toml"}
FILES = sorted(
    path
    for place in PLACES
    for path in ((ROOT / place).rglob("*") if (ROOT / place).is_dir() else [ROOT / place])
    if path.suffix in SUFFIXES and "__pycache__" not in path.parts
)
# Not in the glossary: but
INSTEAD = {
    r"laws?": "check",
    r"book of checks": "checks reference",
    r"dockets?|proceedings": "harness, input, run",
    r"trials?": "harness",
    r"mends?|mended": "fix",
    r"beneath": "underlying, wrapped",
    r"anew": "again",
    r"handed over": "passed",
    r"none but": "only",
    r"came of|comes of": "result",
    r"deeds?": "operation",
    r"(?:held|holds?|holding) (?:it|them|a subject|subjects|everything|codecs|stores) to": "check",
    r"(?:is|are|was|were) due": "expected",
    r"tells? (?:of|that)|is told|are told": "reports",
}
# CONTRIBUTING.md shows the glossary itself.
GLOSSARY = re.compile(r"\n\| not \|.*?\n\n", re.DOTALL)


@pytest.mark.parametrize("word", INSTEAD)
def test_word_of_the_glossary(word: str) -> None:
    pattern = re.compile(rf"\b(?:{word})\b", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in FILES
        for match in pattern.finditer(GLOSSARY.sub("\n", path.read_text("utf-8") + "\n\n"))
    ]
    assert not found, f"write {INSTEAD[word]!r} instead in:\n" + "\n".join(found)


def test_the_files_were_found() -> None:
    assert len(FILES) > 200
