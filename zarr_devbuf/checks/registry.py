"""A check: a plain function that a subject of one kind has to pass on any backend."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, final, get_args

if TYPE_CHECKING:
    from zarr_devbuf.backend import Backend

__all__ = [
    "KINDS",
    "SEVERITIES",
    "SOURCES",
    "Check",
    "CheckFunction",
    "Kind",
    "Severity",
    "Source",
    "check",
    "list_checks",
]

Kind = Literal["prototype", "codec", "store", "array", "backend"]
type CheckFunction = Callable[[Any, Backend], None]

# Who says that it must hold: zarr's documentation, abstract classes or specification; its
# maintainers, who fixed or ruled the same; this project. The strongest first.
Source = Literal["documented", "precedent", "ours"]
# What it means for users if it does not hold; the worst first.
Severity = Literal["stored wrong", "read wrong", "raises", "leaks", "wasteful"]

KINDS: tuple[Kind, ...] = get_args(Kind)
SOURCES: tuple[Source, ...] = get_args(Source)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_PREFIX = "check_"
_registry: dict[Kind, dict[str, Check]] = {kind: {} for kind in KINDS}


@final
@dataclass(frozen=True, slots=True)
class Check:
    """
    A check of subjects of one kind.

    Attributes
    ----------
    name : str
        The name of the function: ``"check_round_trip"``.
    kind : {"prototype", "codec", "store", "array", "backend"}
        The kind of subject that it checks.
    function : callable
        Takes the subject and a `Backend`. Returns None if the check passes, raises `CheckFailed` if
        it fails, and `NotApplicable` if it does not apply to the subject.
    requirement : str
        What must hold, in one sentence: the first line of the function's docstring.
    source : {"documented", "precedent", "ours"}
        Who says so: zarr's documentation, abstract classes or specification; its maintainers, who
        fixed or ruled the same; this project.
    severity : {"stored wrong", "read wrong", "raises", "leaks", "wasteful"}
        What it means for users if the check fails: wrong values are stored, or read, without an
        error; an operation raises; memory is held; data is copied without need.
    """

    __module__ = "zarr_devbuf.checks"

    name: str
    kind: Kind
    function: CheckFunction
    requirement: str
    source: Source = "ours"
    severity: Severity = "raises"

    @property
    def short_name(self) -> str:
        """The name without ``check_``, as in the ids of tests."""
        return self.name.removeprefix(_PREFIX)

    @property
    def why(self) -> str:
        """The rest of the docstring, as it is written: the details and the reasons."""
        return (inspect.getdoc(self.function) or "").partition("\n")[2].strip()

    def __call__(self, subject: Any, backend: Backend) -> None:
        """Run the check on a subject, as a call of `function` does."""
        __tracebackhide__ = True
        self.function(subject, backend)

    def __repr__(self) -> str:
        return f"<check {self.name} of a {self.kind}>"


def check[F: CheckFunction](
    kind: Kind, *, source: Source = "ours", severity: Severity = "raises"
) -> Callable[[F], F]:
    """
    Register a function as a check.

    The function is returned unchanged, and can be called directly. Checks run in the order in which
    they are defined.

    Parameters
    ----------
    kind, source, severity : str
        As in `Check`.

    Raises
    ------
    ValueError
        If the kind, source or severity is unknown, the name is taken or does not begin with
        ``check_``, or the function has no docstring.
    """
    _require_one_of("kind", kind, KINDS)
    _require_one_of("source", source, SOURCES)
    _require_one_of("severity", severity, SEVERITIES)

    def register(function: F) -> F:
        name = function.__name__
        requirement = (inspect.getdoc(function) or "").partition("\n")[0].strip()
        if not name.startswith(_PREFIX):
            raise ValueError(f"the name of a check must begin with {_PREFIX!r}, not {name!r}")
        if not requirement:
            raise ValueError(f"{name} needs a docstring: its first line states what must hold")
        known = _registry[kind].get(name)
        # A module that is reloaded replaces its own checks.
        if known is not None and known.function.__module__ != function.__module__:
            raise ValueError(f"{known!r} already exists, in {known.function.__module__}")
        _registry[kind][name] = Check(name, kind, function, requirement, source, severity)
        return function

    return register


def list_checks(kind: Kind) -> tuple[Check, ...]:
    """List the checks of one kind, in the order in which they run: the same in every process."""
    _require_one_of("kind", kind, KINDS)
    return tuple(_registry.get(kind, {}).values())


def _require_one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, not {value!r}")
