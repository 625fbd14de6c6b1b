"""``cupy_backends.cuda.api``."""
