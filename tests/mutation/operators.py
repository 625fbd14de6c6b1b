"""The ways in which an expression or a statement is broken."""

from __future__ import annotations

import ast
from copy import deepcopy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NOT_CHANGED", "Change", "change_default", "change_expression", "change_statement"]

# The operator's name, the node whose source is replaced, and the new source.
type Change = tuple[str, ast.AST, str]

_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_SHIFTED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.FloorDiv, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
}  # fmt: skip
_STRINGS = {
    "C": "F", "F": "C", "little": "big", "big": "little", "<": ">", ">": "<", "=": ">",
    "start": "end", "end": "start", ".": "/", "/": ".", "r": "w", "w": "r", "a": "w",
    "K": "C", "A": "C", "i": "f", "u": "i", "V": "S",
}  # fmt: skip
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
# Arguments that only messages and type checkers see, or that guard against what cannot happen.
NOT_CHANGED = {
    "category", "stacklevel", "msg", "message", "repr", "kw_only", "slots", "strict"
}  # fmt: skip
# Swapping the arguments of these is an error at once.
_FIXED_ORDER = {"isinstance", "issubclass", "cast", "hasattr", "getattr", "__setattr__"}


def _text(node: ast.AST) -> str:
    text = ast.unparse(node)
    simple = isinstance(node, ast.Name | ast.Constant | ast.Call | ast.Attribute | ast.Subscript)
    return text if simple else f"({text})"


def _name_of(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def change_expression(node: ast.expr) -> Iterator[Change]:
    """Yield the changes to one expression; those to its parts are not among them."""
    match node:
        case ast.Compare() | ast.BinOp() | ast.BoolOp() | ast.UnaryOp():
            yield from _change_operation(node)
        case ast.IfExp():
            yield from _force(node.test)
        case ast.Constant():
            yield from _change_constant(node)
        case ast.Call():
            yield from _change_call(node)
        case ast.Subscript(slice=ast.Slice() as bounds):
            yield from _change_slice(bounds)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            for generator in node.generators:
                for test in generator.ifs:
                    yield from _force(test)


def _force(test: ast.expr) -> Iterator[Change]:
    yield "condition forced", test, "True"
    yield "condition forced", test, "False"


def _change_operation(node: ast.expr) -> Iterator[Change]:
    changed = deepcopy(node)
    match changed:
        case ast.Compare(ops=[op]):
            for name, table in (("comparison negated", _NEGATED), ("boundary shifted", _SHIFTED)):
                if type(op) in table:
                    changed.ops = [table[type(op)]()]
                    yield name, node, _text(changed)
        case ast.BinOp(op=operator) if type(operator) in _ARITHMETIC and not _is_text(changed):
            changed.op = _ARITHMETIC[type(operator)]()
            yield "arithmetic swapped", node, _text(changed)
        case ast.BoolOp(op=logical):
            changed.op = ast.Or() if isinstance(logical, ast.And) else ast.And()
            yield "and/or swapped", node, _text(changed)
        case ast.UnaryOp(op=ast.Not()):
            yield "not dropped", node, f"({ast.unparse(changed.operand)})"
        case ast.UnaryOp(op=ast.USub()):
            yield "sign dropped", node, _text(changed.operand)


def _change_constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant changed", node, repr(not value)
    elif isinstance(value, int):
        yield "constant changed", node, repr(value + 1)
        yield "constant changed", node, f"({value - 1})"
    elif isinstance(value, str) and value in _STRINGS:
        yield "constant changed", node, repr(_STRINGS[value])


def _is_text(node: ast.BinOp) -> bool:
    """Tell whether an operand is a string, so that only addition has a meaning."""
    return any(
        isinstance(each, ast.JoinedStr)
        or (isinstance(each, ast.Constant) and isinstance(each.value, str))
        for each in (node.left, node.right)
    )


def _change_call(node: ast.Call) -> Iterator[Change]:
    name = _name_of(node.func)
    if isinstance(node.func, ast.Attribute) and name == "copy" and not node.args:
        yield "copy removed", node, _text(node.func.value)
    if isinstance(node.func, ast.Name) and name in _NAMES:
        yield "function swapped", node.func, _NAMES[name]
    for index, keyword in enumerate(node.keywords):
        if keyword.arg is not None and keyword.arg not in NOT_CHANGED and name != "field":
            changed = deepcopy(node)
            del changed.keywords[index]
            yield "keyword dropped", node, ast.unparse(changed)
    plain = not any(isinstance(each, ast.Starred) for each in node.args)
    if len(node.args) >= 2 and plain and name not in _FIXED_ORDER:
        changed = deepcopy(node)
        changed.args[:2] = changed.args[1::-1]
        if ast.dump(changed) != ast.dump(node):
            yield "arguments swapped", node, ast.unparse(changed)


def _change_slice(bounds: ast.Slice) -> Iterator[Change]:
    for name in ("lower", "upper"):
        bound = getattr(bounds, name)
        if bound is not None:
            yield "slice bound shifted", bound, f"({ast.unparse(bound)}) + 1"
            yield "slice bound shifted", bound, f"({ast.unparse(bound)}) - 1"
    if bounds.step is None and bounds.lower is None and bounds.upper is not None:
        yield "slice bound shifted", bounds, f"1:{ast.unparse(bounds.upper)}"
    if bounds.step is None and bounds.upper is None and bounds.lower is not None:
        yield "slice bound shifted", bounds, f"{ast.unparse(bounds.lower)}:-1"


def change_statement(node: ast.stmt, returns: str) -> Iterator[Change]:
    """
    Yield the changes to one statement.

    Parameters
    ----------
    node : ast.stmt
        The statement.
    returns : str
        The annotation of what the function around it returns; empty if there is none.
    """
    match node:
        case ast.If() | ast.While():
            yield from _change_branch(node)
        case ast.Continue() | ast.Break():
            other = "break" if isinstance(node, ast.Continue) else "continue"
            yield "continue/break swapped", node, other
        case (
            ast.Expr(value=ast.Call() | ast.Await())
            | ast.Delete()
            | ast.Raise()
            | ast.Assign(targets=[ast.Attribute() | ast.Subscript()])
        ):
            yield "statement deleted", node, "pass"
        case ast.AugAssign():
            yield "statement deleted", node, "pass"
            if type(node.op) in _ARITHMETIC:
                changed = deepcopy(node)
                changed.op = _ARITHMETIC[type(node.op)]()
                yield "arithmetic swapped", node, ast.unparse(changed)
        case ast.Return(value=ast.expr() as value):
            yield from _change_return(value, returns)
        case ast.Try(handlers=handlers):
            for handler in handlers:
                if handler.type is not None and ast.unparse(handler.type) != "Exception":
                    yield "handler widened", handler.type, "Exception"


def _change_branch(node: ast.If | ast.While) -> Iterator[Change]:
    if isinstance(node, ast.If) and not isinstance(node.test, ast.Constant):
        yield "condition forced", node.test, "True"
        if node.orelse and not _negates_simply(node.test):
            yield "branches swapped", node.test, f"not ({ast.unparse(node.test)})"
    yield "condition forced", node.test, "False"


def _negates_simply(test: ast.expr) -> bool:
    """Tell whether another change to the test has the same effect as to swap the branches."""
    return isinstance(test, ast.Compare) or (
        isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    )


def _change_return(value: ast.expr, returns: str) -> Iterator[Change]:
    if isinstance(value, ast.Constant):
        return
    if not returns or "None" in returns.replace("|", " ").split() or returns == "Any":
        yield "return value changed", value, "None"
    elif returns == "bool" and not _negates_simply(value):
        yield "return value changed", value, f"not ({ast.unparse(value)})"
    elif returns == "int":
        yield "return value changed", value, f"({ast.unparse(value)}) + 1"


def change_default(node: ast.expr) -> Iterator[Change]:
    """Yield the changes to the default of a parameter."""
    for name, place, text in change_expression(node):
        if name in ("constant changed", "sign dropped"):
            yield "default changed", place, text
