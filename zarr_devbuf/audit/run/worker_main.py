"""The main function of a worker process: it audits each subject in a process that it forks."""

from __future__ import annotations

import faulthandler
import gc
import os
import select
import signal
import sys
import tempfile
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from zarr_devbuf.audit.run.messages import (
    MalformedMessage,
    Reply,
    Request,
    first_message,
    receive,
    send,
    send_bytes,
)
from zarr_devbuf.audit.run.processes import (
    adopt_orphans,
    die_with_parent,
    end_children,
    end_group,
)
from zarr_devbuf.audit.run.run_subject import UnknownBackendError, run_subject
from zarr_devbuf.audit.subjects.construct import (
    ConstructionError,
    ReferenceCodecError,
    kind_of_path,
)
from zarr_devbuf.audit.subjects.subject import KINDS
from zarr_devbuf.backend import BackendUnavailableError, get_backend
from zarr_devbuf.checks import list_checks
from zarr_devbuf.checks.backend_problem import backend_problem
from zarr_devbuf.simulator import simulate_gpu

if TYPE_CHECKING:
    from zarr_devbuf.audit.findings.results import CheckRecord

__all__ = ["main"]

# A process of macOS that has used its libraries cannot be forked.
_FORKS = hasattr(os, "fork") and sys.platform != "darwin"
# Seconds between two looks at whether the parent lives.
_TURN = 0.2


def main(folder: str, *, simulated: bool = False) -> None:
    """
    Answer the requests on standard input, one after the other, until it is closed.

    Each is answered by a process of its own, so that what a subject does to modules, settings or
    limits reaches no other. That process is forked from this one, in which everything but the
    subject is imported. Where there is no fork, this process answers, and only once.

    Parameters
    ----------
    folder : str
        Where subjects make their temporary files.
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
    for kind in KINDS:
        list_checks(kind)
    adopt_orphans()
    gc.collect()
    gc.freeze()
    send(replies, Reply("ready", number=int(_FORKS)))
    safe = {"cpu", "sim", "gpu"} if simulated else {"cpu", "sim"}
    while (request := receive(requests, Request)) is not None:
        if request.what == "stop":  # it came too late
            continue
        if _FORKS and request.backend in safe:
            # Once for all of its subjects. A process that uses a real device cannot be forked.
            backend_problem(get_backend(request.backend))
        _serve(request, requests, replies, folder)


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input and output for the protocol: subjects may print, or read."""
    # Without a buffer, so that `select` knows what has come.
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


def _serve(request: Request, requests: BinaryIO, replies: BinaryIO, folder: str) -> None:
    """Answer a request in a child process, and end what the child leaves behind."""
    if not _FORKS:
        _answer(request, replies)
        send(replies, Reply("ended"))
        return
    with tempfile.TemporaryDirectory(
        prefix="zarr-devbuf-", dir=folder, ignore_cleanup_errors=True
    ) as own:
        source, target = os.pipe()
        child = os.fork()
        if not child:
            os.close(source)
            requests.close()
            replies.close()
            _be_child(request, target, own)
        os.close(target)
        with suppress(OSError):  # the child has done it
            os.setpgid(child, child)
        wrong = ""
        try:
            _relay(child, source, requests, replies)
        except MalformedMessage as error:
            wrong = str(error)
        end_group(child)
        os.close(source)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        end_children()
    send(replies, Reply("ended", wrong, status))


def _relay(child: int, source: int, requests: BinaryIO, replies: BinaryIO) -> None:
    """
    Pass on the messages of a child until it has ended, or is to be stopped.

    A message is passed on when it is whole: a child may be killed while it writes. Processes that
    the child has started may keep the pipe open, and the child may close it.

    Raises
    ------
    MalformedMessage
        If a message is too long.
    """
    parent, is_open, turn = os.getppid(), True, 0.001
    unread = bytearray()
    while True:
        watched: list[Any] = [source, requests] if is_open else [requests]
        ready, _, _ = select.select(watched, [], [], turn)
        if source in ready:
            part = os.read(source, 1 << 20)
            is_open, turn = bool(part), 0.001
            unread += part
            while (content := first_message(unread)) is not None:
                send_bytes(replies, content)
        elif requests in ready:
            # It says stop; or the parent has closed it, and wants no answer.
            receive(requests, Request)
            return
        elif os.getppid() != parent or _has_ended(child):
            return
        else:
            turn = min(2 * turn, _TURN)


def _has_ended(child: int) -> bool:
    # Without reaping it, so that its number stays its own.
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _be_child(request: Request, target: int, folder: str) -> NoReturn:
    """Answer a request, and end the process without the handlers that it has inherited."""
    status = 1
    try:
        os.setpgid(0, 0)
        die_with_parent()
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        with os.fdopen(target, "wb", buffering=0) as replies:
            _answer(request, replies)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - as Python does at the end of a program
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(status & 0xFF)


def _answer(request: Request, replies: BinaryIO) -> None:
    try:
        if request.subject is None:
            send(replies, Reply("kind", kind_of_path(request.path)))
            return
        # Shortly before the parent ends this process, so that it can report where it hangs.
        limit = request.limit
        faulthandler.dump_traceback_later(max(limit * 0.9, limit - 1), repeat=True)
        send(replies, Reply("begun"))

        def report(event: str | CheckRecord) -> None:
            if isinstance(event, str):
                send(replies, Reply("check", event))
            else:
                send(replies, Reply("record", record=event))

        try:
            result = run_subject(request.subject, request.backend, report)
        finally:
            faulthandler.cancel_dump_traceback_later()
        send(replies, Reply("result", result=result))
    except ConstructionError as error:
        send(replies, Reply("error", str(error)))
    except (BackendUnavailableError, UnknownBackendError, ReferenceCodecError) as error:
        send(replies, Reply("unusable", str(error)))
    except Exception as error:  # noqa: BLE001 - the parent reports it
        send(replies, Reply("error", f"{type(error).__name__}: {error}"))
