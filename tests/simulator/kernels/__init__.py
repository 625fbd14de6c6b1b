"""Programs with kernels: they run on the simulator always, and on CuPy in ``tests/gpu``."""
