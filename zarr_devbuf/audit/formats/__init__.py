"""The formats of the report: tables, HTML, JUnit XML, Markdown; and the checks reference."""

from __future__ import annotations

__all__: list[str] = []
