"""The simulated device itself: memory, devices, dtypes, the array and what acts on it."""
