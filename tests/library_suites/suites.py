"""The suites: what is fetched, which tests run, and what is set for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SUITES", "Suite"]


@dataclass(frozen=True)
class Suite:
    """
    The tests of a package.

    Attributes
    ----------
    release : str
        The version of the package on the index, whose source distribution has the tests; or the
        commit of its repository.
    arguments : tuple of str
        Arguments of pytest.
    folder : str
        Where they run, in the distribution or the repository.
    repository : str
        If the tests are in no source distribution: what to fetch the commit from.
    packages : tuple of str
        What has to be installed for them, beside the environment: requirements, whose own are not
        installed.
    variables : mapping of str to str
        For the environment; ``{temporary}`` becomes an empty folder.
    by_chance : mapping of str to str
        Tests that pass or fail, as their threads happen to run, with the reason.
    """

    release: str
    arguments: tuple[str, ...]
    folder: str = "."
    repository: str = ""
    packages: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    by_chance: Mapping[str, str] = field(default_factory=dict)


_KVIKIO_TESTS = (
    "basic_io",
    "async_io",
    "numpy",
    "defaults",
    "http_io",
    "mmap",
    "cufile_driver",
    "utils",
    "remote_endpoint_utils",
    "version",
    "zarr_v3",
)

# The others use numba, which is not simulated, by test_helpers.py.
_RMM_TESTS = (
    "callback_memory_resource",
    "cupy_integration",
    "failure_callback_resource_adaptor",
    "initialization",
    "lifecycle",
    "limiting_resource_adaptor",
    "statistics",
    "stream",
    "tracking_resource_adaptor",
    "version",
)

# Their settings make warnings errors. zarr has a plugin, and is imported before pytest.
_WARNINGS = (
    *("-o", "asyncio_default_fixture_loop_scope=function"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)

SUITES: Mapping[str, Suite] = {
    # `czarr.configure_gpu()` asks for batches of `sys.maxsize` chunks, which is a MemoryError
    # since zarr 3.3.
    "czarr": Suite(
        "0.0.1a0",
        ("tests", "--import-mode=importlib"),
        packages=("czarr==0.0.1a0", "zarr==3.2.1"),
        variables={"SIM_NVCOMP": "5", "CZARR_TEST_TMP": "{temporary}"},
        by_chance={
            "tests/test_core_array.py::TestAsync::test_async_dual": "czarr keeps one Codec of "
            "nvCOMP for all threads (lowlevel/decode.py, _nvcomp_codec): two decode at once"
        },
    ),
    # Not run: S3 and WebHDFS, which are not simulated; examples and benchmarks, which start
    # other processes.
    "kvikio": Suite(
        "2e98113da4669b723f69bb21f87e8506f6210515",
        (
            *(f"test_{name}.py" for name in _KVIKIO_TESTS),
            *_WARNINGS,
        ),
        folder="python/kvikio/tests",
        repository="https://github.com/rapidsai/kvikio.git",
    ),
    "rmm": Suite(
        "5d50a37b9612e29d53f8202fba792b1a36f88a79",
        (*(f"test_{name}.py" for name in _RMM_TESTS), *_WARNINGS),
        folder="python/rmm/rmm/tests",
        repository="https://github.com/rapidsai/rmm.git",
    ),
}
