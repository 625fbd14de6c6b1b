"""CuPy's own tests, run on the simulator: ``python -m tests.cupy_suite``."""
