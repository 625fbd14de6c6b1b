"""The simulated device: memory, devices, dtypes, the array class and its operations."""
