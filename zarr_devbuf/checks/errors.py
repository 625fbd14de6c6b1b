"""What a check raises: it failed, it does not apply, the subject rejects the input."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarr_devbuf.transfers import TransferLog

__all__ = [
    "CheckFailed",
    "NotApplicable",
    "Refused",
    "Unsupported",
    "describe",
    "during",
    "is_refusal",
    "labelled",
    "taken_for_host",
    "violated",
]


class NotApplicable(Exception):  # noqa: N818 - no error: the check says nothing about the subject
    """Raised by a check that says nothing about this subject; the text is the reason."""


class Unsupported(NotApplicable):
    """Raised by a check where the subject refuses a backend altogether, clearly and early."""


@final
class CheckFailed(AssertionError):  # noqa: N818 - what it is, in the words of this package
    """
    A check does not hold; made by `violated`.

    Attributes
    ----------
    expected, actual, advice : str
        What the check demands, what came instead, and what to do about it.
    case : str
        The input for which it happened; may be empty.
    transfers : TransferLog or None
        Where transfers are the violation: the offending ones.
    """

    def __init__(
        self,
        expected: str,
        actual: str,
        advice: str,
        case: str = "",
        transfers: TransferLog | None = None,
    ) -> None:
        super().__init__(expected, actual, advice, case, transfers)
        self.expected = expected
        self.actual = actual
        self.advice = advice
        self.case = case
        self.transfers = transfers

    def lines(self) -> list[str]:
        """Lay out what it says, one labelled fact a line."""
        facts = [
            ("case", self.case),
            ("expected", self.expected),
            ("actual", self.actual),
            ("to do", self.advice),
        ]
        if self.transfers is not None:
            facts.append(("transfers", f"\n{self.transfers}"))
        return labelled(facts)

    def __str__(self) -> str:
        return "\n" + "\n".join(self.lines())


def violated(
    *,
    expected: str,
    actual: str,
    advice: str,
    case: str = "",
    transfers: TransferLog | None = None,
) -> CheckFailed:
    """
    Make the error of a check that does not hold: ``raise violated(…)``.

    Subject, check and backend are added by what runs the check.

    Parameters
    ----------
    expected, actual : str
        What the check demands, and what came instead, in words or values.
    advice : str
        What the author of the subject has to do.
    case : str, optional
        The input for which it happened: ``"float32 of shape (3, 4), F-ordered"``.
    transfers : TransferLog, optional
        Only where transfers, and nothing else, are what is wrong: those. A subject that breaks no
        other check than such is not called broken.
    """
    return CheckFailed(expected, actual, advice, case, transfers)


@contextmanager
def during(what: str) -> Iterator[str]:
    """
    Name what a check is doing, for the report of an exception that escapes the subject.

    Parameters
    ----------
    what : str
        As in "while …": ``"decoding a chunk of float32 of shape (3, 4)"``.

    Yields
    ------
    str
        `what`, to pass to the assertions: ``with during("…") as case``.
    """
    try:
        yield what
    except (CheckFailed, NotApplicable):
        raise
    except Exception as error:
        error.add_note(f"while {what}")
        raise


class Refused(Exception):  # noqa: N818 - no error: a codec may reject a chunk
    """A codec, or a backend, rejects a kind of chunk, and says so; the text is the reason."""


# How device memory answers to code that takes it for the host's, by way of NumPy.
_TAKEN_FOR_HOST = ("Implicit conversion to a NumPy array", "Unable to avoid copy while creating an")


def taken_for_host(text: str) -> bool:
    """Tell whether a message is what device arrays say to code that takes them for NumPy's."""
    return any(each in text for each in _TAKEN_FOR_HOST)


def describe(error: BaseException) -> str:
    """Give the type of an exception and its message."""
    message = str(error).strip()
    name = type(error).__name__
    return f"{name}: {message}" if message else name


def is_refusal(error: BaseException) -> bool:
    """
    Tell an error by which a codec rejects a chunk from one that shows it to be broken.

    Rejections are `TypeError`, `ValueError`, `NotImplementedError`, `ImportError` (a library that
    it needs is missing) and `RuntimeError` (what bindings to C libraries raise), and their
    subclasses. An `AttributeError`, `IndexError`, `KeyError`, failed assertion or the like is an
    accident. So is what an array library says to code that takes its arrays for NumPy's.
    """
    if taken_for_host(str(error)):
        return False
    return isinstance(
        error, TypeError | ValueError | NotImplementedError | ImportError | RuntimeError
    ) and not isinstance(error, AssertionError | RecursionError | UnicodeError)


def labelled(facts: Iterable[tuple[str, str]]) -> list[str]:
    """Lay facts out as indented lines, ``label: text``, the texts under one another."""
    lines = []
    for label, text in facts:
        if not text:
            continue
        head = f"  {label + ':':<10}"
        first, *rest = text.split("\n")
        lines.append(f"{head} {first}".rstrip())
        indent = " " * (4 if not first else len(head) + 1)
        lines.extend(f"{indent}{line}".rstrip() for line in rest)
    return lines
