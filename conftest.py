"""Settings of this project's own test run."""

from __future__ import annotations

import pytest

# Shared tests assert in modules that pytest does not collect itself.
pytest.register_assert_rewrite("tests.shared")

pytest_plugins = ["pytester"]
