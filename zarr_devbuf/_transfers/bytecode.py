"""Read from the bytecode of a Python frame which function it is calling."""

from __future__ import annotations

import dis
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = ["called_name"]

type _Code = list[dis.Instruction]

_LOADS_BY_NAME = ("LOAD_FAST", "LOAD_DEREF", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_CLASSDEREF")
_ATTRIBUTE_LOADS = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR")
# Instructions between the callee and its arguments, or after them. The names of keyword arguments
# are a constant, which Python 3.13 places at the position of the callee.
_NOT_A_CALLEE = ("LOAD_CONST", "PUSH_NULL", "CACHE", "EXTENDED_ARG", "PRECALL", "KW_NAMES")

# The keys hold `id(code)`, because hashing a code object reads all of it. The values keep the code
# alive, so that no other object gets its id.
_callees: dict[tuple[int, int], tuple[CodeType, dis.Instruction | None]] = {}


def called_name(frame: FrameType) -> str | None:
    """
    Return the name of the function that a frame is calling.

    For ``array.get()``, the current instruction of the frame is a call, and the name is that of the
    attribute that was loaded for it. A variable is looked up, so that an alias of ``array.get``
    gives ``"get"``.

    Parameters
    ----------
    frame : FrameType
        A frame in the middle of a call.

    Returns
    -------
    str or None
        None if the instruction is not a call (``array[key]``, ``if array:``), or if the callee is
        the result of an expression (``table[0](array)``).
    """
    code, offset = frame.f_code, frame.f_lasti
    found = _callees.get((id(code), offset))
    if found is None:
        found = _callees[id(code), offset] = (code, _callee(code, offset))
    load = found[1]
    if load is None:
        return None
    name = str(load.argval)
    return name if load.opname in _ATTRIBUTE_LOADS else _name_of_variable(frame, name)


def _name_of_variable(frame: FrameType, name: str) -> str | None:
    for namespace in (frame.f_locals, frame.f_globals, frame.f_builtins):
        if name in namespace:
            value = namespace[name]
            while isinstance(value, partial):
                value = value.func
            own = getattr(value, "__name__", None)
            return own if isinstance(own, str) else None
    return None


def _callee(code: CodeType, offset: int) -> dis.Instruction | None:
    """Find the instruction that loads the callee; None if there is no call at this offset."""
    # While a Python function runs, the offset of its caller may point into the cache entries that
    # follow the call instruction.
    before = [each for each in dis.get_instructions(code) if each.offset <= offset]
    if not before:
        return None
    instruction = before.pop()
    if not instruction.opname.startswith("CALL") or "INTRINSIC" in instruction.opname:
        return None
    load = _by_position(before, instruction) or _by_stack(before, instruction)
    if load is not None and load.opname.startswith((*_LOADS_BY_NAME, *_ATTRIBUTE_LOADS)):
        return load
    return None


def _by_position(before: _Code, call: dis.Instruction) -> dis.Instruction | None:
    """Find the callee by its source position: it starts where the call starts, and ends earlier."""
    place = call.positions
    if place is None or place.col_offset is None:
        return None
    for instruction in before[::-1]:
        other = instruction.positions
        if (
            other is not None
            and other[::2] == place[::2]
            and other[1::2] != place[1::2]
            and instruction.opname not in _NOT_A_CALLEE
        ):
            return instruction
    return None


def _by_stack(before: _Code, call: dis.Instruction) -> dis.Instruction | None:
    """
    Find the callee by its position on the stack, below the arguments.

    For code without usable source positions, such as assertions that pytest has rewritten. The
    result is wrong if an argument is a conditional expression.
    """
    if call.arg is None or "_EX" in call.opname:
        return None
    wanted = call.arg + 1 + (call.opname == "CALL_KW")
    height = 0
    for instruction in before[::-1]:
        height += dis.stack_effect(instruction.opcode, instruction.arg, jump=False)
        if height >= wanted and instruction.opname not in _NOT_A_CALLEE:
            return instruction
    return None
