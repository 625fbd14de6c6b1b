"""The examples of the README and the docs, run as they stand."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import zarr_devbuf.backend as backend_module
from tests.subjects.stores import OLD_ZARR
from zarr_devbuf.simulator._kernels.compiler import find_compiler

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "RawKernel(" in page.read_text("utf-8"):
        try:
            find_compiler()
        except NotImplementedError as error:
            pytest.skip(str(error))
    if page.name == "streams.md" and OLD_ZARR:
        pytest.skip("its output shows what stores have done since zarr 3.4.2")
    monkeypatch.setattr(backend_module, "_backends", dict(backend_module._backends))
    failed, _ = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert failed == 0


def test_there_are_examples() -> None:
    parser = doctest.DocTestParser()
    counts = {page.name: len(parser.get_examples(page.read_text("utf-8"))) for page in PAGES}
    assert counts["README.md"] > 5
    assert counts["backends.md"] > 5
