"""A check: a plain function that a subject of some kind has to pass on any backend."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, final, get_args

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

__all__ = ["Kind", "Check", "CheckFunction", "check", "list_checks"]

Kind = Literal["prototype", "codec", "store", "array", "backend"]
type CheckFunction = Callable[[Any, Backend], None]

_KINDS: tuple[Kind, ...] = get_args(Kind)
_PREFIX = "check_"
_registry: dict[Kind, dict[str, Check]] = {kind: {} for kind in _KINDS}


@final
@dataclass(frozen=True, slots=True)
class Check:
    """
    One demand on subjects of one kind.

    Attributes
    ----------
    name : str
        The name of the function: ``"check_round_trip"``.
    kind : {"prototype", "codec", "store", "array", "backend"}
        What it is a check of.
    function : callable
        Takes the subject and a `Backend`; returns where the check holds; raises `CheckFailed` where
        it does not, and `NotApplicable` where it says nothing about this subject.
    requirement : str
        What must hold, in one sentence: the first line of the function's docstring.
    """

    name: str
    kind: Kind
    function: CheckFunction
    requirement: str

    @property
    def short_name(self) -> str:
        """The name without ``check_``, as in the ids of tests."""
        return self.name.removeprefix(_PREFIX)

    @property
    def why(self) -> str:
        """The rest of the docstring, as it is written: the reasons, and what exactly is meant."""
        return (inspect.getdoc(self.function) or "").partition("\n")[2].strip()

    def __call__(self, subject: Any, backend: Backend) -> None:
        """Hold a subject to the check, as a call of `function` does."""
        __tracebackhide__ = True
        self.function(subject, backend)

    def __repr__(self) -> str:
        return f"<check {self.name} of a {self.kind}>"


def check[F: CheckFunction](kind: Kind) -> Callable[[F], F]:
    """
    Make a function a check.

    The function stays what it is, and can be called directly. Checks run in the order in which they
    were defined.

    Parameters
    ----------
    kind : {"prototype", "codec", "store", "array", "backend"}
        What it is a check of.

    Raises
    ------
    ValueError
        For an unknown kind, a name that is taken or does not begin with ``check_``, and for a
        function without a docstring.
    """
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(map(repr, _KINDS))}, not {kind!r}")

    def register(function: F) -> F:
        name = function.__name__
        requirement = (inspect.getdoc(function) or "").partition("\n")[0].strip()
        if not name.startswith(_PREFIX):
            raise ValueError(f"a check's name begins with {_PREFIX!r}: {name!r} does not")
        if not requirement:
            raise ValueError(f"{name} needs a docstring: its first line states the check")
        known = _registry[kind].get(name)
        # A module that is loaded again replaces its own checks.
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"{known!r} exists already, in {known.function.__module__}")
        _registry[kind][name] = Check(name, kind, function, requirement)
        return function

    return register


def list_checks(kind: Kind) -> tuple[Check, ...]:
    """
    List the checks of one kind, in the order in which they run.

    Parameters
    ----------
    kind : {"prototype", "codec", "store", "array", "backend"}
        What they are checks of.

    Returns
    -------
    tuple of Check
        The order is the same in every process.
    """
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(map(repr, _KINDS))}, not {kind!r}")
    return tuple(_registry[kind].values())
