"""The simulated device against CuPy: programs, running them, comparing what they did."""
