"""The simulator's ``cupy_backends`` module: what programs catch of it."""
