"""Errors of checks: a check failed, it does not apply, the subject rejects the input."""

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


# Users see these names in tracebacks: they carry the module to import them from.
_PUBLIC_MODULE = "zarr_devbuf.checks"


class NotApplicable(Exception):  # noqa: N818 - not an error: the check is skipped
    """Raised by a check that does not apply to the subject; the text is the reason."""

    __module__ = _PUBLIC_MODULE


class Unsupported(NotApplicable):
    """Raised by a check if the subject rejects a backend, clearly and before it does anything."""

    __module__ = _PUBLIC_MODULE


@final
class CheckFailed(AssertionError):  # noqa: N818 - named as the status is
    """
    A check failed; made by `violated`.

    Attributes
    ----------
    expected, actual, advice : str
        What the check expects, what it got, and how to fix the subject.
    case : str
        The input with which it failed; may be empty.
    transfers : TransferLog or None
        The transfers that violate the check; None if the check failed for another reason.
    """

    __module__ = _PUBLIC_MODULE

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
        """Return the lines of the message, each with a label."""
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
    Make the error with which a check fails: ``raise violated(…)``.

    The message that users see also names the subject, the check and the backend.

    Parameters
    ----------
    expected, actual : str
        What the check expects, and what it got, in words or values.
    advice : str
        What the author of the subject has to do: one imperative sentence.
    case : str, optional
        The input with which it failed: ``"float32 of shape (3, 4), F-ordered"``.
    transfers : TransferLog, optional
        The transfers that violate the check, if nothing else is wrong. If a subject fails only such
        checks, its verdict is not ``"broken"``.
    """
    return CheckFailed(expected, actual, advice, case, transfers)


@contextmanager
def during(what: str) -> Iterator[str]:
    """
    Name what a check is doing, for the message about an exception that the subject raises.

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


class Refused(Exception):  # noqa: N818 - not an error: a codec may reject a chunk
    """A codec, or a backend, rejects a kind of chunk; the text is the reason."""


# What NumPy or CuPy raises if code takes a device array for a NumPy array.
_TAKEN_FOR_HOST = ("Implicit conversion to a NumPy array", "Unable to avoid copy while creating an")


def taken_for_host(text: str) -> bool:
    """Return whether a message is of the error for a device array that is used as a NumPy array."""
    return any(each in text for each in _TAKEN_FOR_HOST)


def describe(error: BaseException) -> str:
    """Return the type of an exception and its message."""
    message = str(error).strip()
    name = type(error).__name__
    return f"{name}: {message}" if message else name


def is_refusal(error: BaseException) -> bool:
    """
    Return whether a codec rejects a chunk with this error; other errors show that it is broken.

    Codecs reject by `TypeError`, `ValueError`, `NotImplementedError`, `ImportError` (a library that
    they need is missing) and `RuntimeError` (what bindings to C libraries raise), and by subclasses
    of these. An `AttributeError`, `IndexError`, `KeyError` or failed assertion is a bug. So is the
    error for a device array that is used as a NumPy array.
    """
    if taken_for_host(str(error)):
        return False
    return isinstance(
        error, TypeError | ValueError | NotImplementedError | ImportError | RuntimeError
    ) and not isinstance(error, AssertionError | RecursionError | UnicodeError)


def labelled(facts: Iterable[tuple[str, str]]) -> list[str]:
    """Format facts as indented lines, ``label: text``, with the texts aligned."""
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
