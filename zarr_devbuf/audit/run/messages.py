"""The messages of the audit and its worker processes: JSON of a known shape and limited size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal

# Messages are validated by these annotations.
from zarr_devbuf.audit.findings.results import CheckRecord, SubjectResult  # noqa: TC001
from zarr_devbuf.audit.subjects.subject import Subject  # noqa: TC001

__all__ = [
    "LARGEST",
    "MalformedMessage",
    "Reply",
    "Request",
    "decode",
    "first_message",
    "receive",
    "receive_bytes",
    "send",
    "send_bytes",
]

LARGEST = 64 << 20
"""The most bytes that a message may have."""

_HEADER = 8


class MalformedMessage(ValueError):  # noqa: N818 - the message is
    """Bytes that are no message, because their size or their content is wrong."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    What a worker process is to do.

    Attributes
    ----------
    what : {"kind", "audit", "stop"}
        Find the kind of subject that an import path names; audit a subject; end what it is doing.
    path : str
        The import path.
    subject : Subject or None
        The subject to audit.
    backend : str
        The name of the backend.
    limit : float
        The seconds after which to write down which lines are running.
    """

    what: Literal["kind", "audit", "stop"]
    path: str = ""
    subject: Subject | None = None
    backend: str = ""
    limit: float = 0.0


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What a worker process has done.

    Attributes
    ----------
    what : str
        ``"ready"``: it waits for requests; ``number`` is 1 if it answers more than one.
        ``"begun"``: an audit begins, and its time limit counts from now. ``"check"``: a check
        begins, ``text`` is its name. ``"record"``, ``"result"``, ``"kind"``: what was found.
        ``"error"``, ``"unusable"``: it cannot, ``text`` says why. ``"ended"``: the process of the
        request has ended; ``number`` is the exit status, negative for a signal, and ``text`` says
        what was wrong with the messages, if anything.
    """

    what: Literal[
        "ready", "begun", "check", "record", "result", "kind", "error", "unusable", "ended"
    ]
    text: str = ""
    number: int = 0
    record: CheckRecord | None = None
    result: SubjectResult | None = None


def send(stream: BinaryIO, message: Request | Reply) -> None:
    """Write a message. Characters that UTF-8 cannot encode become ``?``."""
    import msgspec  # noqa: PLC0415 - of the extra `cli`

    try:
        content = msgspec.json.encode(message)
    except UnicodeEncodeError:
        content = msgspec.json.encode(_encodable(msgspec.to_builtins(message)))
    send_bytes(stream, content)


def _encodable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(each) for each in value]
    return value


def send_bytes(stream: BinaryIO, content: bytes) -> None:
    """Write the bytes of a message, after their number."""
    data = memoryview(len(content).to_bytes(_HEADER) + content)
    while data:
        data = data[stream.write(data) :]
    stream.flush()


def receive[T: (Request, Reply)](stream: BinaryIO, form: type[T]) -> T | None:
    """
    Read a message; None if the stream has ended.

    Raises
    ------
    MalformedMessage
        If it is too long, or no message of this form.
    """
    content = receive_bytes(stream)
    return None if content is None else decode(content, form)


def receive_bytes(stream: BinaryIO) -> bytes | None:
    """
    Read the bytes of a message; None if the stream ends before they do.

    Raises
    ------
    MalformedMessage
        If there are more than `LARGEST`.
    """
    header = _read(stream, _HEADER)
    return None if header is None else _read(stream, _size(header))


def first_message(data: bytearray) -> bytes | None:
    """
    Take the bytes of the first message from data; None if it is not whole.

    Raises
    ------
    MalformedMessage
        If there are more than `LARGEST`.
    """
    if len(data) < _HEADER:
        return None
    end = _HEADER + _size(data[:_HEADER])
    if len(data) < end:
        return None
    content = bytes(data[_HEADER:end])
    del data[:end]
    return content


def _size(header: bytes | bytearray) -> int:
    size = int.from_bytes(header)
    if size > LARGEST:
        raise MalformedMessage(f"a message of {size} bytes, more than {LARGEST}")
    return size


def _read(stream: BinaryIO, size: int) -> bytes | None:
    parts = []
    while size:
        part = stream.read(size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def decode[T: (Request, Reply)](content: bytes, form: type[T]) -> T:
    """
    Decode the bytes of a message.

    Raises
    ------
    MalformedMessage
        If they are no message of this form.
    """
    import msgspec  # noqa: PLC0415 - of the extra `cli`

    try:
        return msgspec.json.decode(content, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(str(error)) from error
