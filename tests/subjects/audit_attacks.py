"""Codecs that disturb the process in which they are audited."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from tests.subjects.audit_codecs import Flip

# The name of a variable with the path of a file for the numbers of processes.
NUMBERS = "ZARR_DEVBUF_TEST_NUMBERS"


def note_process() -> None:
    with Path(os.environ[NUMBERS]).open("a", encoding="ascii") as file:
        file.write(f"{os.getpid()}\n")


class ChangesEverything(Flip):
    def __init__(self) -> None:
        os.chdir(tempfile.mkdtemp())
        (Path(tempfile.gettempdir()) / "left.txt").write_text("left")
        resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))
        zarr.config.set({"array.order": "F"})
        np.add = np.subtract  # type: ignore[assignment]
        sys.modules["zarr_devbuf.checks.codec"] = None  # type: ignore[assignment]
        os.environ.pop("PATH", None)


class LeavesADaemon(Flip):
    def __init__(self) -> None:
        if not os.fork():
            os.setsid()
            if not os.fork():
                note_process()
                time.sleep(600)
            os._exit(0)


class WritesIntoPipes(Flip):
    def __init__(self) -> None:
        for number in range(3, 40):
            try:
                os.write(number, b"\xff" * 100)
            except OSError:
                continue


class SendsNonsense(Flip):
    def __init__(self) -> None:
        content = b'{"what": "result", "result": {"kind": 3}}'
        for number in range(3, 40):
            try:
                os.write(number, len(content).to_bytes(8) + content)
            except OSError:
                continue


class ClosesPipes(Flip):
    def __init__(self) -> None:
        os.closerange(3, 256)
        time.sleep(600)


class PrintsForEver(Flip):
    def __init__(self) -> None:
        while True:
            os.write(1, b"printed by a codec\n" * 10_000)
            time.sleep(0.005)


class Waits(Flip):
    def __init__(self) -> None:
        note_process()
        time.sleep(600)


class RaisesALongMessage(Flip):
    async def _encode_single(self, chunk: Any, spec: Any) -> Any:
        raise ValueError("no \ud800 end " + "x" * (1 << 20))
