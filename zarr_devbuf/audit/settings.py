"""The table ``[tool.zarr-devbuf]`` of a project's pyproject.toml."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zarr_devbuf.audit.findings.expected import Expected
from zarr_devbuf.audit.findings.results import AUDIT_CHECKS, SEVERITY
from zarr_devbuf.audit.findings.strict import STRICT
from zarr_devbuf.audit.subjects.subject import KINDS
from zarr_devbuf.checks import list_checks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

__all__ = ["FAIL_ON", "Settings", "SettingsError", "find_settings", "parse_settings"]

_TABLE = "tool.zarr-devbuf"
# What can be expected, and what the audit can fail on.
FAIL_ON = (*tuple(name for name, rank in SEVERITY.items() if rank)[::-1], "unsupported")


class SettingsError(ValueError):
    """A setting is wrong; the message says which, and lists the valid values."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The settings of a project for its audits. None or empty: not set.

    Attributes
    ----------
    backends, subjects : tuple of str
        As on the command line.
    fail_on : str or None
        The audit fails on this verdict or a worse one.
    timeout : float or None
        Seconds for each subject.
    jobs : int or None
        The number of worker processes.
    baseline : Path or None
        The file with the baseline.
    strict : str or None
        The weakest source of a check whose failure counts.
    references : dict of str to str
        The host codecs of the same format, by the name of the codec.
    expected : tuple of Expected
        The expected findings.
    """

    backends: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    fail_on: str | None = None
    timeout: float | None = None
    jobs: int | None = None
    baseline: Path | None = None
    expected: tuple[Expected, ...] = ()
    strict: str | None = None
    references: Mapping[str, str] = field(default_factory=dict)


def find_settings(folder: Path) -> Settings:
    """
    Read the settings of the project that a folder is part of.

    Only the nearest pyproject.toml is read, in the folder or above it.

    Raises
    ------
    SettingsError
        If a setting is wrong, or the file cannot be read.
    """
    for place in (folder, *folder.parents):
        path = place / "pyproject.toml"
        if path.is_file():
            try:
                data = tomllib.loads(path.read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise SettingsError(f"{path}: {error}") from error
            try:
                return parse_settings(data.get("tool", {}).get("zarr-devbuf", {}), place)
            except SettingsError as error:
                raise SettingsError(f"{path}, {error}") from None
    return Settings()


def parse_settings(table: Any, folder: Path) -> Settings:
    """
    Return the settings in a table.

    Parameters
    ----------
    table : dict
        The table ``[tool.zarr-devbuf]``.
    folder : Path
        The folder that paths in the table are relative to.

    Raises
    ------
    SettingsError
        If a key is unknown, or a value is invalid.
    """
    _require_keys(table, _TABLE, _READERS)
    values = {key.replace("-", "_"): _READERS[key](value) for key, value in table.items()}
    if "codec" in values:
        values["references"] = values.pop("codec")
    if "baseline" in values:
        values["baseline"] = folder / values["baseline"]
    return Settings(**values)


def _require_keys(table: Any, where: str, valid: Collection[str]) -> None:
    if not isinstance(table, dict):
        raise SettingsError(f"[{where}]: expected a table, got {table!r}")
    for key in table:
        if key not in valid:
            close = difflib.get_close_matches(key, valid, n=2)
            hint = f" Did you mean {', '.join(close)}?" if close else ""
            raise SettingsError(
                f"[{where}]: unknown key {key!r}; the keys are: {', '.join(valid)}.{hint}"
            )


def _texts(key: str) -> Callable[[Any], tuple[str, ...]]:
    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise SettingsError(f"[{_TABLE}]: {key} must be a list of strings, not {value!r}")
        return tuple(value)

    return read


def _one_of(key: str, valid: Collection[str], where: str = _TABLE) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in valid:
            raise SettingsError(
                f"[{where}]: {key} must be one of {', '.join(valid)}, not {value!r}"
            )
        return value

    return read


def _timeout(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise SettingsError(
            f"[{_TABLE}]: timeout must be a positive number of seconds, not {value!r}"
        )
    return float(value)


def _jobs(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SettingsError(
            f"[{_TABLE}]: jobs must be the number of worker processes, not {value!r}"
        )
    return value


def _text(key: str, where: str = _TABLE) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise SettingsError(f"[{where}]: {key} must be a non-empty string")
        return value

    return read


_EXPECTED = f"[{_TABLE}.expected]"
_EXPECTED_TABLE = f"[{_EXPECTED}]"
_EXPECTED_READERS: dict[str, Callable[[Any], str]] = {
    "subject": _text("subject", _EXPECTED),
    "reason": _text("reason", _EXPECTED),
    "check": _text("check", _EXPECTED),
    "verdict": _one_of("verdict", FAIL_ON, _EXPECTED),
    "backend": _text("backend", _EXPECTED),
    "kind": _one_of("kind", KINDS, _EXPECTED),
}


def _expected(value: Any) -> tuple[Expected, ...]:
    if not isinstance(value, list):
        raise SettingsError(f"[{_TABLE}]: expected must be a list of tables: {_EXPECTED_TABLE}")
    found = []
    for table in value:
        _require_keys(table, _EXPECTED, _EXPECTED_READERS)
        given = {key: _EXPECTED_READERS[key](each) for key, each in table.items()}
        missing = [key for key in ("subject", "reason") if key not in given]
        if missing:
            raise SettingsError(
                f"{_EXPECTED_TABLE}: {' and '.join(missing)} must be given in {table!r}"
            )
        if ("check" in given) == ("verdict" in given):
            raise SettingsError(
                f"{_EXPECTED_TABLE}: exactly one of check and verdict must be given in {table!r}"
            )
        _require_check(given.get("check", ""))
        found.append(Expected(**given))
    return tuple(found)


_CODEC = f"[{_TABLE}.codec]"
_CODEC_READERS: dict[str, Callable[[Any], str]] = {
    "subject": _text("subject", _CODEC),
    "reference": _text("reference", _CODEC),
}


def _references(value: Any) -> dict[str, str]:
    if not isinstance(value, list):
        raise SettingsError(f"[{_TABLE}]: codec must be a list of tables: [{_CODEC}]")
    found: dict[str, str] = {}
    for table in value:
        _require_keys(table, f"{_TABLE}.codec", _CODEC_READERS)
        given = {key: _CODEC_READERS[key](each) for key, each in table.items()}
        missing = [key for key in _CODEC_READERS if key not in given]
        if missing:
            raise SettingsError(f"[{_CODEC}]: {' and '.join(missing)} must be given in {table!r}")
        if given["subject"] in found:
            raise SettingsError(f"[{_CODEC}]: {given['subject']!r} is given twice")
        found[given["subject"]] = given["reference"]
    return found


def _require_check(name: str) -> None:
    valid = [
        *AUDIT_CHECKS,
        *dict.fromkeys(check.name for kind in KINDS for check in list_checks(kind)),
    ]
    if not name or name in valid or f"check_{name}" in valid:
        return
    close = difflib.get_close_matches(name, valid) or difflib.get_close_matches(
        f"check_{name}", valid
    )
    hint = f" Did you mean {', '.join(close)}?" if close else ""
    raise SettingsError(f"{_EXPECTED_TABLE}: no check is named {name!r}.{hint}")


_READERS: dict[str, Callable[[Any], Any]] = {
    "backends": _texts("backends"),
    "subjects": _texts("subjects"),
    "fail-on": _one_of("fail-on", FAIL_ON),
    "timeout": _timeout,
    "jobs": _jobs,
    "baseline": _text("baseline"),
    "strict": _one_of("strict", STRICT),
    "codec": _references,
    "expected": _expected,
}
