"""Errors of checks: a check failed, it does not apply, the subject rejects the input."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarr_devbuf.transfers import TransferLog

__all__ = [
    "CheckFailed",
    "NotApplicable",
    "Refused",
    "Unsupported",
    "blames_the_chunk",
    "blames_the_memory",
    "bounded",
    "describe",
    "during",
    "is_announced",
    "is_refusal",
    "labelled",
    "lacks_library",
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
    """
    A codec, or a backend, rejects a kind of chunk; the text is the reason.

    Attributes
    ----------
    announced : bool
        Whether it is announced, or is about what was found missing; false if a call raised it.
    """

    def __init__(self, reason: str, *, announced: bool = True) -> None:
        super().__init__(reason)
        self.announced = announced


# What NumPy or CuPy raises if code takes a device array for a NumPy array.
_TAKEN_FOR_HOST = ("Implicit conversion to a NumPy array", "Unable to avoid copy while creating an")


def taken_for_host(text: str) -> bool:
    """Return whether a message is of the error for a device array that is used as a NumPy array."""
    return any(each in text for each in _TAKEN_FOR_HOST)


_LONGEST_MESSAGE = 4000


def bounded(text: str, length: int = 16_000) -> str:
    """Leave out the middle of text of more than `length` characters, and say how much that is."""
    left_out = len(text) - length
    if left_out <= 0:
        return text
    half = length // 2
    return f"{text[:half]}\n[{left_out} characters left out]\n{text[-half:]}"


def describe(error: BaseException) -> str:
    """Return the type of an exception and its message; of a long one, the beginning and the end."""
    message = bounded(str(error).strip(), _LONGEST_MESSAGE)
    name = type(error).__name__
    return f"{name}: {message}" if message else name


# Nobody raises these to reject a chunk.
_ACCIDENTS = (
    AttributeError,
    BufferError,
    EOFError,
    IndexError,
    MemoryError,
    NameError,
    RecursionError,
    ReferenceError,
    StopAsyncIteration,
    StopIteration,
    SyntaxError,
    SystemError,
    TimeoutError,
    UnicodeError,
    ZeroDivisionError,
    CheckFailed,
)
# What the interpreter, or asyncio, says of a mistake in the code.
_MISTAKES = re.compile(
    r"missing \d+ required|takes .*argument.* given|unexpected keyword argument|"
    r"multiple values for (keyword )?argument|'NoneType' object|'?coroutine'? |"
    r"object is not (callable|subscriptable)|can't be used in 'await'|event loop|different loop|"
    r"changed size during iteration|already executing"
)
# What is said of a library, and what zarr raises if a codec within a shard is called with other
# buffers than the configured ones.
_MISSING = re.compile(
    r"\bnot (available|installed)\b|No module named|pip install|(Import|ModuleNotFound)Error",
    re.IGNORECASE,
)
_WITHIN_SHARDS = "Non-default buffer prototypes are not supported within shards"
# What an error is about if it says what is wrong with a chunk, and not with a call.
_ABOUT_CHUNKS = re.compile(
    r"\b(shapes?|dimensions?|dimensional|ndim|rank|ax[ei]s|channels?|lengths?|sizes?|itemsize|"
    r"[1-9]-?[dD]|dtypes?|data types?|input types?|structured|endian|byte order|bool|booleans?|"
    r"u?int(eger)?s?\d*|floats?\d*|floating|complex\d*|strings?|text|values?|images?|"
    r"contiguous|chunks?|elements?|fits?)\b"
)
_ABOUT_MEMORY = re.compile(r"\b(device|host|gpu|cuda|cupy|numpy)", re.IGNORECASE)


def is_announced(error: BaseException) -> bool:
    """
    Return whether an error says that something is not there, whatever the chunk is.

    A `NotImplementedError`; that a library is missing, by an `ImportError` or in words; or that
    zarr does not support other than the configured buffers within shards.
    """
    text = describe(error)
    return (
        isinstance(error, NotImplementedError | ImportError)
        or _WITHIN_SHARDS in text
        or lacks_library(text)
    )


def lacks_library(text: str) -> bool:
    """Return whether the text of a rejection is that a library is missing."""
    return _MISSING.search(text) is not None


def is_refusal(error: BaseException) -> bool:
    """
    Return whether a codec rejects a chunk with this error; other errors show that it is broken.

    A codec rejects a kind of chunk if it

    * announces it: `validate`, `evolve_from_array_spec` or `resolve_metadata` raises, or the codec
      declares its dtypes (`supported_dtypes`, or ``dtype`` in its configuration); or
    * says so in words, when it is called to encode, before it has done anything. Any class of
      exception will do, except those that are raised by accident alone (`AttributeError`,
      `NameError`, `IndexError`, `ZeroDivisionError`, `MemoryError`, `RecursionError` and the like;
      `KeyError` and `AssertionError` without a sentence; a call with a wrong signature; a device
      array that is taken for a NumPy array).

    It must not reject every chunk in the second way: see `blames_the_chunk`.
    """
    text = bounded(str(error), _LONGEST_MESSAGE)
    if is_announced(error):
        return True
    if taken_for_host(text) or _MISTAKES.search(text) or isinstance(error, _ACCIDENTS):
        return False
    needed = 2 if isinstance(error, LookupError | AssertionError | ArithmeticError) else 1
    words = re.findall(r"[^\W\d_]{2,}", text)
    return isinstance(error, Exception) and len(words) >= needed


def blames_the_chunk(text: str) -> bool:
    """
    Return whether the text of a rejection says what is wrong with a chunk, or with its memory.

    If a codec rejects every chunk, and says each time the same, which is not about chunks, then it
    is broken: it serves nobody, and a check that skips it has checked nothing.
    """
    message = text.partition(": ")[2] or text
    if "cannot be interpreted as an integer" in message or "operand type" in message:
        return False
    return bool(_ABOUT_CHUNKS.search(message)) or blames_the_memory(message)


def blames_the_memory(text: str) -> bool:
    """Return whether the text of a rejection is about host or device memory."""
    return bool(_ABOUT_MEMORY.search(text))


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
