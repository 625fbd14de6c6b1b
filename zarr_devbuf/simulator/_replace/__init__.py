"""Put the simulated GPU in the place of the real one."""
