"""Backends that are wrong about themselves."""

from __future__ import annotations

import threading
from typing import Any

from tests.subjects.backends.model import Model, breaks


@breaks
class NotRegistered(Model):
    caught_by = {"name", "pickling"}
    register = False


@breaks
class NamedAsNoIdentifier(Model):
    caught_by = {"name"}

    def __init__(self) -> None:
        self.name = "my gpu"


@breaks
class NamedAsAnother(Model):
    caught_by = {"name", "pickling"}
    register = False

    def __init__(self) -> None:
        self.name = "sim"


@breaks
class UnavailableOnOtherThreads(Model):
    caught_by = {"available"}

    def unavailable_reason(self) -> str | None:
        on_main = threading.current_thread() is threading.main_thread()
        return None if on_main else "no context on this thread"


@breaks
class Unpicklable(Model):
    caught_by = {"pickling"}

    def __reduce__(self) -> Any:
        raise TypeError("cannot pickle a handle of a driver")


@breaks
class PickledByValue(Model):
    caught_by = {"pickling"}

    def __reduce__(self) -> Any:
        return type(self), ()


@breaks
class WithoutDevices(Model):
    caught_by = {"devices"}

    def device_count(self) -> int:
        return 0


@breaks
class CountsOnlyNames(Model):
    caught_by = {"devices"}

    def device_names(self) -> tuple[str, ...]:
        return ("one", "two")


@breaks
class VersionsAreNumbers(Model):
    caught_by = {"versions"}

    def versions(self) -> dict[str, Any]:
        return {"driver": 12.4}


@breaks
class SynchronizeRaises(Model):
    caught_by = {"synchronize", "no_other_transfers"}

    def synchronize(self) -> None:
        raise RuntimeError("no stream")


@breaks
class SynchronizeReturnsAnEvent(Model):
    caught_by = {"synchronize"}

    def synchronize(self) -> Any:
        return threading.Event()
