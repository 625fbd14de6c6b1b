"""What CuPy defines in its private package of this name."""
