"""The main function of a worker process, which audits subjects for its parent."""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
from typing import TYPE_CHECKING, Any, BinaryIO

from zarr_devbuf.audit.run.run_subject import UnknownBackendError, run_subject
from zarr_devbuf.audit.subjects.construct import (
    ConstructionError,
    ReferenceCodecError,
    kind_of_path,
)
from zarr_devbuf.backend import BackendUnavailableError
from zarr_devbuf.simulator import simulate_gpu

if TYPE_CHECKING:
    from zarr_devbuf.audit.findings.results import CheckRecord

__all__ = ["main"]


def main(*, simulated: bool = False) -> None:
    """
    Answer the requests on standard input, one after the other, until it is closed.

    Parameters
    ----------
    simulated : bool
        Whether to simulate a GPU for as long as the process lives, before any subject is imported.
    """
    requests, replies = _take_streams()
    # The traceback of a hang or a crash goes to standard error.
    faulthandler.enable()
    if hasattr(signal, "SIGINT"):
        # Ctrl-C in a terminal interrupts every process in it; the parent ends the workers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if simulated:
        simulate_gpu(force=True).__enter__()
    _send(replies, ("ready", None))
    while True:
        try:
            request = pickle.load(requests)  # noqa: S301 - from the parent process
        except EOFError:
            return
        _answer(request, replies)


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input and output for the protocol: subjects may print, or read."""
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
        # Shortly before the parent ends this process, so that it can report where it hangs.
        faulthandler.dump_traceback_later(max(limit * 0.9, limit - 1), repeat=True)

        def report(event: str | CheckRecord) -> None:
            _send(replies, ("check" if isinstance(event, str) else "record", event))

        try:
            _send(replies, ("result", run_subject(subject, backend, report)))
        finally:
            faulthandler.cancel_dump_traceback_later()
    except ConstructionError as error:
        _send(replies, ("error", str(error)))
    except (BackendUnavailableError, UnknownBackendError, ReferenceCodecError) as error:
        _send(replies, ("unusable", str(error)))
    except Exception as error:  # noqa: BLE001 - the parent reports it
        _send(replies, ("error", f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main()
