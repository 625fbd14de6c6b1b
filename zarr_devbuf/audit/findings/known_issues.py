"""The public issues that describe findings."""

from __future__ import annotations

import fnmatch
import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zarr_devbuf.audit.findings.results import CheckRecord, SubjectResult

__all__ = ["Issue", "issues_of", "known_issues"]


@dataclass(frozen=True, slots=True)
class Issue:
    """
    A public issue, and the findings that it describes.

    Attributes
    ----------
    subject, check : str
        The names in the finding; may have wildcards.
    url, title : str
        The address and the title of the issue.
    contains : str
        A text that the message of the finding must contain.
    """

    subject: str
    check: str
    url: str
    title: str
    contains: str = ""

    def describes(self, result: SubjectResult, check: CheckRecord) -> bool:
        """Return whether the issue describes a failed check."""
        return (
            fnmatch.fnmatchcase(result.name, self.subject)
            and fnmatch.fnmatchcase(check.check, self.check)
            and self.contains in check.message
        )

    @property
    def short(self) -> str:
        """The short reference: ``zarr-python#3640``."""
        owner_and_name, _, number = self.url.rpartition("/")
        return f"{owner_and_name.split('/')[-2]}#{number}"


@functools.cache
def known_issues() -> tuple[Issue, ...]:
    """Read the table of issues."""
    text = files("zarr_devbuf.audit.findings").joinpath("known_issues.toml").read_text("utf-8")
    return tuple(Issue(**each) for each in tomllib.loads(text).get("issue", ()))


def issues_of(result: SubjectResult, check: CheckRecord) -> tuple[Issue, ...]:
    """Find the issues that describe a failed check."""
    if check.status not in ("failed", "xfailed"):
        return ()
    return tuple(issue for issue in known_issues() if issue.describes(result, check))
