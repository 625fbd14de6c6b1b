"""All subjects, and the strategy that generates programs from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.gpu.differential.drawing import Draw
from tests.gpu.differential.subjects import (
    arrays,
    conversion,
    creation,
    functions,
    indexing,
    numerics,
    operators,
    reductions,
    signatures,
    structured,
    ufuncs,
    views,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from tests.gpu.differential.running import Program
    from tests.gpu.differential.subject import Subject

__all__ = ["SUBJECTS", "names", "programs"]

_PARTS = (
    operators,
    ufuncs,
    reductions,
    indexing,
    views,
    creation,
    conversion,
    functions,
    numerics,
    arrays,
    structured,
    signatures,
)

SUBJECTS: dict[str, Subject] = {
    subject.name: subject for part in _PARTS for subject in part.SUBJECTS
}
"""The subjects by name."""


@st.composite
def programs(draw: DrawFn, subject: str, operation: str | None = None) -> Program:
    """Draw a program of an operation, or of any operation of a subject."""
    return SUBJECTS[subject].draw(Draw(draw), operation)


_NAME = re.compile(
    r"(?:\b(?:xp|np|[abhrs])|<module>|\))\.([a-z_][\w.]*)|(?<=\s)(<<|>>|\*\*|//|[-+*/%&|^@<>=!]=?)(?==?\s)"
)


def names() -> set[str]:
    """Return the distinct functions, methods, attributes and operators in the tables."""
    return {
        found
        for subject in SUBJECTS.values()
        for operation in subject.operations
        for match in _NAME.finditer(operation)
        for found in match.groups()
        if found
    }
