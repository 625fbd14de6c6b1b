"""The projects whose GPU tests are run, and the results that are expected."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROJECTS", "Project"]


@dataclass(frozen=True)
class Project:
    """A release of a project, its tests, and their expected results.

    Parameters
    ----------
    package, release
        The package in the index, and its version.
    requirements
        What its tests need besides, as pip's requirements.
    tests
        Patterns of files and folders in its source distribution; if there are none, the tests are
        in its wheel.
    arguments
        Further arguments of pytest.
    without_dependencies
        Whether the package is installed without its dependencies, because CuPy is one of them.
    passed
        The number of tests that pass.
    failing
        The tests that do not pass, as regular expressions, each with its cause.
    """

    package: str
    release: str
    passed: int
    requirements: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    without_dependencies: bool = False
    failing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


PROJECTS: dict[str, Project] = {
    "array-api-compat": Project(
        "array-api-compat",
        "1.16.0",
        passed=99,
        requirements=("dask[array]", "sparse"),
        tests=("tests",),
        arguments=("-k", "cupy"),
    ),
    "dask": Project(
        "dask",
        "2026.8.0",
        passed=369,
        requirements=("dask[array,distributed]==2026.8.0", "scipy", "pytest-xdist"),
        tests=("dask/array/tests/test_cupy_*.py",),
        failing={
            "test_random_Generator_processes": "processes that Dask starts have no simulated GPU",
            "test_(lstsq|cholesky)": "cupyx.scipy.linalg.solve_triangular is not implemented",
        },
    ),
    "xarray": Project(
        "xarray", "2026.9.0", passed=3, tests=("xarray/tests/test_cupy.py",)
    ),
    "cupy-xarray": Project(
        "cupy-xarray",
        "0.1.5",
        passed=3,
        requirements=("xarray==2026.9.0", "dask[array]"),
        arguments=("-p", "third_party_dataset"),
        without_dependencies=True,
    ),
    "anndata": Project(
        "anndata",
        "0.13.4",
        passed=649,
        requirements=(
            "anndata[dask]==0.13.4",
            "awkward", "boltons", "filelock", "joblib", "jsonschema", "openpyxl", "pyarrow",
            "pytest-mock", "pytest-xdist", "scikit-learn",
        ),
        tests=("tests",),
        arguments=("-p", "testing.anndata._pytest", "--import-mode=importlib", "-m", "gpu"),
    ),
}  # fmt: skip
"""The projects by name."""
