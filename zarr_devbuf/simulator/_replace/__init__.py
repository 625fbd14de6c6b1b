"""Replace CuPy by the simulator, for `simulate_gpu`."""
