"""The parts of CuPy's tests that are run, and those that are not, with the reasons."""

from __future__ import annotations

__all__ = ["FOLDERS", "LEFT_OUT"]

_CUPY = (
    "binary",
    "core",
    "creation",
    "cuda",
    "fft",
    "functional",
    "indexing",
    "io",
    "lib",
    "linalg",
    "logic",
    "manipulation",
    "math",
    "misc",
    "padding",
    "polynomial",
    "random",
    "sorting",
    "statistics",
    "testing",
)

FOLDERS: dict[str, tuple[str, ...]] = {
    **{name: (f"cupy_tests/{name}_tests",) for name in _CUPY},
    "(top)": tuple(
        f"cupy_tests/test_{name}.py" for name in ("init", "ndim", "numpy_interop", "type_routines")
    ),
    "cupyx": (
        *(f"cupyx_tests/test_{name}.py" for name in ("cupyx", "pinned_array", "rsqrt")),
        *(f"cupyx_tests/test_{name}.py" for name in ("runtime", "time")),
        "cupyx_tests/profiler_tests",
        "cupyx_tests/scipy_tests/test_get_array_module.py",
    ),
    "cupyx.scipy.fft": (
        "cupyx_tests/scipy_tests/fft_tests",
        "cupyx_tests/scipy_tests/fftpack_tests",
    ),
    "cupyx.scipy.sparse": ("cupyx_tests/scipy_tests/sparse_tests",),
}
"""Files and folders by the name under which their results are counted, below ``tests``."""

LEFT_OUT: dict[str, str] = {
    "cupy_tests/core_tests/fusion_tests": "kernels",
    "cupy_tests/core_tests/test_carray.py": "kernels",
    "cupy_tests/core_tests/test_cub_reduction.py": "kernels",
    "cupy_tests/core_tests/test_elementwise.py": "kernels",
    "cupy_tests/core_tests/test_function.py": "machine code",
    "cupy_tests/core_tests/test_gufuncs.py": "a private class",
    "cupy_tests/core_tests/test_include.py": "machine code",
    "cupy_tests/core_tests/test_mdspan.py": "kernels",
    "cupy_tests/core_tests/test_raw.py": "kernels",
    "cupy_tests/core_tests/test_reduction.py": "kernels",
    "cupy_tests/core_tests/test_scan.py": "a private function",
    "cupy_tests/core_tests/test_userkernel.py": "kernels",
    "cupy_tests/cuda_tests/test_compiler.py": "machine code",
    "cupy_tests/cuda_tests/test_compiler_cache.py": "machine code",
    "cupy_tests/cuda_tests/test_nvrtc.py": "machine code",
}
"""Tests of kernels and machine code, below ``tests``."""
