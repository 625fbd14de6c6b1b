"""The advice of checks: each check gives its own, in one imperative sentence."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import zarr_devbuf.checks

CHECKS = Path(zarr_devbuf.checks.__file__).parent


def literal(node: ast.expr) -> str | None:
    """Give the text of a string literal, with its placeholders as ``{}``; None for other nodes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return None


def advice() -> dict[str, set[str]]:
    """Give each text of advice in the sources, with the functions that it stands in."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(CHECKS.glob("*/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
            for node in ast.walk(function):
                if isinstance(node, ast.keyword) and node.arg == "advice":
                    text = literal(node.value)
                    if text is not None:
                        found[text].add(f"{path.parent.name}.{function.name}")
    return found


def test_no_two_checks_give_the_same_advice() -> None:
    shared = {text: names for text, names in advice().items() if len(names) > 1}
    assert not shared, "give each of these checks an advice of its own: " + "\n".join(
        f"{sorted(names)}: {text}" for text, names in shared.items()
    )


def test_advice_is_a_sentence() -> None:
    wrong = [
        text
        for text in advice()
        if not (text[:1].isupper() or text[:1] in "`{") or text[-1:] not in ".?)"
    ]
    assert not wrong, "begin with a capital letter and end with a full stop: " + "\n".join(wrong)


def test_advice_was_found() -> None:
    assert len(advice()) > 100
