"""Tell a codec that declines from one that is broken."""

from __future__ import annotations

__all__ = ["Refused", "describe", "is_refusal"]

# How device memory answers to code that takes it for the host's, by way of numpy.
_TAKEN_FOR_HOST = ("Implicit conversion to a NumPy array", "Unable to avoid copy while creating an")


class Refused(Exception):  # noqa: N818 - no error: a codec may decline a chunk
    """A codec, or a backend, does not take a kind of chunk, and says so; the text is the reason."""


def describe(error: BaseException) -> str:
    """Name an exception's type and give its message."""
    message = str(error).strip()
    name = type(error).__name__
    return f"{name}: {message}" if message else name


def is_refusal(error: BaseException) -> bool:
    """
    Tell an error by which a codec declines from one that shows it to be broken.

    Declining is done with `TypeError`, `ValueError`, `NotImplementedError`, `ImportError` (a
    library it needs is missing) and `RuntimeError` (what bindings to C libraries raise), their
    subclasses too. An `AttributeError`, `IndexError`, `KeyError`, failed assertion or the like is
    an accident. So is what an array library says to code that takes its arrays for numpy's.
    """
    if any(text in str(error) for text in _TAKEN_FOR_HOST):
        return False
    return isinstance(
        error, TypeError | ValueError | NotImplementedError | ImportError | RuntimeError
    ) and not isinstance(error, AssertionError | RecursionError | UnicodeError)
