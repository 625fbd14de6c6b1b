"""The public issues that tell of findings."""

from __future__ import annotations

import fnmatch
import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zarr_devbuf.audit.findings.results import CheckResult, SubjectResult

__all__ = ["Issue", "issues_of", "known_issues"]


@dataclass(frozen=True, slots=True)
class Issue:
    """
    A public issue, and the findings that it tells of.

    Attributes
    ----------
    subject, check : str
        Of the finding; wildcards allowed.
    url, title : str
        Of the issue.
    contains : str
        What the message of the finding has to contain.
    """

    subject: str
    check: str
    url: str
    title: str
    contains: str = ""

    def tells_of(self, result: SubjectResult, check: CheckResult) -> bool:
        """Tell whether it is about a failed check."""
        return (
            fnmatch.fnmatchcase(result.name, self.subject)
            and fnmatch.fnmatchcase(check.check, self.check)
            and self.contains in check.message
        )

    @property
    def short(self) -> str:
        """How people refer to it: ``zarr-python#3640``."""
        owner_and_name, _, number = self.url.rpartition("/")
        return f"{owner_and_name.split('/')[-2]}#{number}"


@functools.cache
def known_issues() -> tuple[Issue, ...]:
    """Read the table of issues."""
    text = files("zarr_devbuf.audit.findings").joinpath("known_issues.toml").read_text("utf-8")
    return tuple(Issue(**each) for each in tomllib.loads(text).get("issue", ()))


def issues_of(result: SubjectResult, check: CheckResult) -> tuple[Issue, ...]:
    """Find the issues that tell of a failed check."""
    if check.status not in ("failed", "xfailed"):
        return ()
    return tuple(issue for issue in known_issues() if issue.tells_of(result, check))
