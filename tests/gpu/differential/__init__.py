"""Comparison of the simulated device with CuPy, by generated programs."""
