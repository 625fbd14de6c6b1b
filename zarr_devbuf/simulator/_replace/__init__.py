"""Replace CuPy and other GPU libraries by the simulator, for `simulate_gpu`."""
