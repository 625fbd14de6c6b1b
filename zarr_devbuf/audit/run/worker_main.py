"""The process in which subjects are audited: whatever becomes of it, the audit goes on."""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
from typing import TYPE_CHECKING, Any, BinaryIO

from zarr_devbuf.audit.run.run_subject import run_subject
from zarr_devbuf.audit.subjects.construct import ConstructionError, kind_of_path

if TYPE_CHECKING:
    from zarr_devbuf.audit.findings.results import CheckResult

__all__ = ["main"]


def main() -> None:
    """Answer requests on standard input, one after the other, until it ends."""
    requests, replies = _take_streams()
    # What keeps a subject from ending, and what crashes it, is told on standard error.
    faulthandler.enable()
    if hasattr(signal, "SIGINT"):
        # A key pressed at the terminal goes to every process there; the parent knows what to do.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _send(replies, ("ready", None))
    while True:
        try:
            request = pickle.load(requests)  # noqa: S301 - from the parent process
        except EOFError:
            return
        _answer(request, replies)


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep the streams of the protocol out of reach of subjects that print, or read."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


def _send(replies: BinaryIO, reply: Any) -> None:
    pickle.dump(reply, replies)
    replies.flush()


def _answer(request: Any, replies: BinaryIO) -> None:
    what, *arguments = request
    try:
        if what == "kind":
            _send(replies, ("kind", kind_of_path(*arguments)))
            return
        subject, backend, limit = arguments
        # Just before the parent loses patience, so that it can say where time went.
        faulthandler.dump_traceback_later(max(limit * 0.9, limit - 1))

        def tell(event: str | CheckResult) -> None:
            _send(replies, ("check" if isinstance(event, str) else "record", event))

        try:
            _send(replies, ("result", run_subject(subject, backend, tell)))
        finally:
            faulthandler.cancel_dump_traceback_later()
    except ConstructionError as error:
        _send(replies, ("error", str(error)))
    except Exception as error:  # noqa: BLE001 - the parent says what is to become of it
        _send(replies, ("error", f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main()
