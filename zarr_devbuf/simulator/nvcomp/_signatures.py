"""Functions that check their arguments as those of nvCOMP do: by written signatures, in turn."""

from __future__ import annotations

import inspect
import operator
import re
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from zarr_devbuf.simulator.nvcomp._version import api_version

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["convert_list", "converter", "signature", "signatures_of"]


_converters: dict[str, Callable[[Any], Any]] = {}


def converter(name: str, function: Callable[[Any], Any]) -> None:
    """Set the function that checks and converts the arguments of a type.

    Parameters
    ----------
    name
        The type, as signatures write it.
    function
        Returns the value to be used, or raises ``TypeError``.
    """
    _converters[name] = function


@dataclass(frozen=True, slots=True)
class _Signature:
    """One signature: its text, and the names, types and defaults of its parameters."""

    text: str
    inspected: inspect.Signature
    types: tuple[str, ...]

    def bind(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        """Return the value of each parameter; raise ``TypeError`` if the arguments do not fit."""
        bound = self.inspected.bind(*arguments, **named)
        values = []
        for name, kind in zip(self.inspected.parameters, self.types, strict=True):
            if name not in bound.arguments:
                values.append(self.inspected.parameters[name].default)
                continue
            value = bound.arguments[name]
            is_default_none = value is None and self.inspected.parameters[name].default is None
            values.append(value if is_default_none else _converters[kind](value))
        return values


_PARAMETER = re.compile(r"(\w+): ([\w\[\]]+)(?: = (None|\[\]|True|False|''|-?\d+))?(?:, )?")
_LITERALS = {"None": None, "[]": (), "True": True, "False": False, "''": ""}


def _parse(text: str) -> _Signature:
    parameters, types = [], []
    for name, kind, default in _PARAMETER.findall(text[1 : text.rindex(")")]):
        if name == "self":
            continue
        value: Any = inspect.Parameter.empty
        if default:
            value = _LITERALS[default] if default in _LITERALS else int(default)
        parameters.append(
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value)
        )
        types.append(kind)
    return _Signature(text, inspect.Signature(parameters), tuple(types))


def signature(
    *texts: str, five: tuple[str, ...] = (), name: str | None = None
) -> Callable[[Any], Any]:
    """Check the arguments of a function by nvCOMP's signatures, and pass them by position.

    Parameters
    ----------
    texts
        The signatures, in the order in which they are tried. The function is called with the
        converted values of the first that fits.
    five
        The signatures in nvCOMP 5, if they are others.
    name
        What errors call the function, if it is not its own name.

    Returns
    -------
    decorator
        The decorated function raises ``TypeError`` if no signature fits.
    """
    parsed = {6: tuple(map(_parse, texts)), 5: tuple(map(_parse, five or texts))}

    def decorate(function: Any) -> Any:
        label = name or function.__name__
        bound = texts[0].startswith("(self")

        @wraps(function)
        def call(*arguments: Any, **named: Any) -> Any:
            first, rest = (arguments[:1], arguments[1:]) if bound else ((), arguments)
            for each in parsed[api_version()]:
                try:
                    values = each.bind(rest, named)
                except TypeError:
                    continue
                return function(*first, *values)
            shown = rest if label == "__init__" else arguments
            raise _no_match(label, parsed[api_version()], shown, named)

        vars(call)["_signatures"] = parsed
        vars(call).pop("__wrapped__")
        return call

    return decorate


def signatures_of(function: Any) -> tuple[str, ...]:
    """Return the signatures of a decorated function, in the version that is simulated."""
    return tuple(each.text for each in function._signatures[api_version()])  # noqa: SLF001


def _no_match(
    name: str, parsed: tuple[_Signature, ...], arguments: Any, named: dict[str, Any]
) -> TypeError:
    kind = "constructor" if name == "__init__" else "function"
    lines = "\n".join(f"    {number}. {each.text}" for number, each in enumerate(parsed, 1))
    given = ", ".join(map(repr, arguments))
    if named:
        given += "; kwargs: " + ", ".join(f"{key}={value!r}" for key, value in named.items())
    return TypeError(
        f"{name}(): incompatible {kind} arguments. The following argument types are supported:\n"
        f"{lines}\n\nInvoked with: {given}"
    )


def _int(value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError as error:
        raise TypeError from error


def _bool(value: Any) -> bool:
    if value is None:
        return False
    if not hasattr(type(value), "__bool__"):
        raise TypeError
    return bool(value)


def _str(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError
    return value


def convert_list(item: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    """Return the converter for a list of items: any sequence, but no text and no bytes."""

    def convert(value: Any) -> list[Any]:
        if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__getitem__"):
            raise TypeError
        return [item(each) for each in value]

    return convert


def _object(value: Any) -> Any:
    return value


converter("int", _int)
converter("bool", _bool)
converter("str", _str)
converter("object", _object)
converter("list[int]", convert_list(_int))
converter("list[object]", convert_list(_object))
