"""A mutant: one place of zarr's source, broken in one way."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Mutant"]


@final
@dataclass(frozen=True, slots=True)
class Mutant:
    """
    One change to the source of one module.

    Attributes
    ----------
    file : str
        Path relative to the package zarr.
    line : int
        Where the change begins.
    function : str
        Qualified name of the innermost function or class; ``"<module>"`` outside of both.
    operator : str
        What kind of change it is.
    before, after : str
        The source that is replaced, and what replaces it.
    nth : int
        Counts equal changes in one function, from 0.
    start, stop : int
        The part of the module that is replaced, in bytes of UTF-8.
    lines : tuple of int
        First and last line of the code that runs differently: the line itself, or for what is
        evaluated as the module is imported, the function or module that it belongs to.
    outermost : tuple of str and int, or None
        Name and first line of the outermost function around the change. None if the change takes
        effect on import.
    """

    file: str
    line: int
    function: str
    operator: str
    before: str
    after: str
    nth: int
    start: int
    stop: int
    lines: tuple[int, int]
    outermost: tuple[str, int] | None

    @property
    def id(self) -> str:
        """The same in every version of zarr in which this place has the same source."""
        parts = (self.file, self.function, self.operator, self.before, self.after, str(self.nth))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

    def apply(self, source: str) -> str:
        """Return the source of the module with the change."""
        data = source.encode()
        return (data[: self.start] + self.after.encode() + data[self.stop :]).decode()

    def is_valid(self, source: str) -> bool:
        """Tell whether the module is valid Python with the change."""
        try:
            compile(self.apply(source), self.file, "exec", dont_inherit=True)
        except SyntaxError:
            return False
        return True

    def diff(self, package: Path) -> str:
        """Return the change as a unified diff."""
        source = (package / self.file).read_text(encoding="utf-8")
        lines = unified_diff(
            source.splitlines(),
            self.apply(source).splitlines(),
            f"zarr/{self.file}",
            f"zarr/{self.file}",
            n=4,
            lineterm="",
        )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return all attributes and the id, for JSON."""
        return {"id": self.id, **asdict(self)}

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Mutant:
        """Make a mutant from what `to_dict` gives; other keys are ignored."""
        values = {name: row[name] for name in cls.__dataclass_fields__}
        values["lines"] = tuple(values["lines"])
        values["outermost"] = tuple(values["outermost"]) if values["outermost"] else None
        return cls(**values)
