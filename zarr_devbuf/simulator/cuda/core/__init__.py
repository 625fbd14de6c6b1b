"""``cuda.core``: devices, streams and memory."""

__version__ = "1.2.2"
