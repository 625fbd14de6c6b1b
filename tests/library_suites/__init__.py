"""The tests of packages for GPUs, run on the simulator: ``python -m tests.library_suites``."""
