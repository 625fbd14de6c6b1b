"""Find all mutants of the source of one module."""

from __future__ import annotations

import ast
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, final

from tests.mutation.mutant import Mutant
from tests.mutation.operators import (
    NOT_CHANGED,
    change_default,
    change_expression,
    change_statement,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.mutation.operators import Change

__all__ = ["find_mutants"]

type Function = ast.FunctionDef | ast.AsyncFunctionDef

# What only people read.
_SHOWN_TO_PEOPLE = {"__repr__", "__str__", "_repr_html_", "info", "_info", "info_complete"}
_MESSAGES = {"warn", "debug", "info", "warning", "error", "exception", "log", "deprecated"}
_TYPES = {"cast", "TypeVar", "ParamSpec", "NewType", "TypedDict", "Literal"}


def find_mutants(file: str, source: str) -> list[Mutant]:
    """
    Find all mutants of a module, in the order of the source.

    Parameters
    ----------
    file : str
        Path relative to the package zarr.
    source : str
        The text of the module.

    Returns
    -------
    list of Mutant
        None is in a docstring, an annotation, a block for type checkers, a
        message, or a function that only formats text for people.
    """
    finder = _Finder(file, source)
    finder.visit(ast.parse(source))
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    places = set()
    for each in sorted(finder.found, key=lambda mutant: (mutant.start, mutant.operator)):
        if (each.start, each.stop, each.after) in places:
            continue
        places.add((each.start, each.stop, each.after))
        key = (each.function, each.operator, each.before, each.after)
        values = each.to_dict()
        values["nth"] = seen[key]
        seen[key] += 1
        found.append(Mutant.from_dict(values))
    return found


def _is_for_type_checkers(node: ast.If) -> bool:
    return ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING"


@final
class _Finder(ast.NodeVisitor):
    def __init__(self, file: str, source: str) -> None:
        self.file = file
        self.found: list[Mutant] = []
        self._data = source.encode()
        lines = self._data.splitlines(keepends=True)
        self._offsets = [0, *accumulate(map(len, lines))]
        self._names: list[str] = []
        self._functions: list[Function] = []
        self._header: Function | None = None

    def visit(self, node: ast.AST) -> None:
        """Collect the changes to a node, then those to its parts."""
        if isinstance(node, ast.If) and _is_for_type_checkers(node):
            pass
        elif isinstance(node, ast.stmt):
            returns = self._functions[-1].returns if self._functions else None
            text = "" if returns is None else ast.unparse(returns).strip("'\"")
            self._add(change_statement(node, text))
        elif isinstance(node, ast.expr):
            self._add(change_expression(node))
        super().visit(node)

    def visit_FunctionDef(self, node: Function) -> None:
        decorators = {ast.unparse(each).partition("(")[0] for each in node.decorator_list}
        if node.name in _SHOWN_TO_PEOPLE or decorators & {"overload", "deprecated"}:
            return
        self._names.append(node.name)
        # Defaults are evaluated where the function is defined.
        self._header = None if self._functions else node
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self._add(change_default(default))
        self._header = None
        self._functions.append(node)
        for statement in node.body:
            self.visit(statement)
        self._functions.pop()
        self._names.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if any(ast.unparse(base).startswith(("TypedDict", "Protocol")) for base in node.bases):
            return
        self._names.append(node.name)
        for statement in node.body:
            self.visit(statement)
        self._names.pop()

    def visit_If(self, node: ast.If) -> None:
        if _is_for_type_checkers(node):
            for statement in node.orelse:
                self.visit(statement)
        else:
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and ast.unparse(node.annotation) != "TypeAlias":
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        if ast.unparse(node.targets[0]) not in ("__all__", "__slots__"):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if ast.unparse(node.func).rpartition(".")[2] not in _MESSAGES | _TYPES:
            self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in NOT_CHANGED:
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # docstrings, and `...`
            self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        # Outside of functions, most subscripts belong to types.
        if self._functions:
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Leave the message alone."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """Leave alone what mostly serves type checkers."""

    def visit_TypeAlias(self, node: ast.TypeAlias) -> None:
        """Leave types alone."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave formatted text alone."""

    def visit_Import(self, node: ast.Import) -> None:
        """Leave imports alone."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Leave imports alone."""

    def _add(self, changes: Iterable[Change]) -> None:
        for operator, node, after in changes:
            if self._concerns_messages(node):
                continue
            start = self._offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]
            stop = self._offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
            line = node.lineno  # type: ignore[attr-defined]
            lines, outermost = self._scope(line)
            self.found.append(
                Mutant(
                    file=self.file,
                    line=line,
                    function=".".join(self._names) or "<module>",
                    operator=operator,
                    before=self._data[start:stop].decode(),
                    after=after,
                    nth=0,
                    start=start,
                    stop=stop,
                    lines=lines,
                    outermost=outermost,
                )
            )

    def _concerns_messages(self, node: ast.AST) -> bool:
        call = node.value if isinstance(node, ast.Expr) else node
        name = ast.unparse(call.func).rpartition(".")[2] if isinstance(call, ast.Call) else ""
        return name in _MESSAGES | _TYPES or name.startswith("_warn")

    def _offset(self, line: int, column: int) -> int:
        return self._offsets[line - 1] + column

    def _scope(self, line: int) -> tuple[tuple[int, int], tuple[str, int] | None]:
        if self._functions:
            function = self._functions[0]
            first = min([function.lineno, *(each.lineno for each in function.decorator_list)])
            return (line, line), (function.name, first)
        if self._header is not None:
            return (self._header.body[0].lineno, self._header.end_lineno or line), None
        return (1, len(self._offsets)), None
